"""Draws 06-race.svg: five paths through Rosenbrock's valley at their tuned rates, and their distance from its end."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, RED, new_plot, save_plot
from minigrad.optim import (
    adam_step,
    adamw_step,
    descend,
    momentum_step,
    nesterov_step,
    rosenbrock,
    rosenbrock_gradient,
    sgd_step,
)

START, MINIMUM = np.array([-1.5, 2.0]), np.ones(2)
RACERS = [
    ("SGD", sgd_step, 0.001585, {}, BLUE),
    ("momentum", momentum_step, 0.0006813, {}, ORANGE),
    ("Nesterov", nesterov_step, 0.0006813, {}, GREEN),
    ("Adam", adam_step, 0.2154, {}, RED),
    ("AdamW, decay 0.001", adamw_step, 0.2154, {"weight_decay": 0.001}, PURPLE),
]


def main(out: Path) -> None:
    """Dots: the first 60 steps. Lines are thinned where they hardly move."""
    x, y = np.linspace(-2, 2, 61), np.linspace(-1, 3, 61)
    heights = np.round([[rosenbrock(np.array([a, b])) for a in x] for b in y], 5)
    figure = new_plot(9.6, 6.4)
    panels = figure.subplots(2, 3).ravel()
    for axes, (name, step, lr, options, color) in zip(panels, RACERS, strict=False):
        path = descend(step, rosenbrock_gradient, START, lr, 2000, **options)
        axes.contour(x, y, heights, levels=[3, 15, 60, 200, 700], colors="#c5ccd3", linewidths=0.7)
        shown = np.round(np.concatenate([path[:200], path[200::5]]), 3)
        axes.plot(*shown.T, color=color, linewidth=1)
        axes.plot(*np.round(path[:60], 3).T, "o", color=color, markersize=2)
        axes.plot(*MINIMUM, "*", color=INK, markersize=10)
        axes.set(
            xlim=(-2, 2),
            ylim=(-1, 3),
            xticks=[-2, 0, 2],
            yticks=[-1, 1, 3],
            title=f"{name}, lr {lr:.3g}",
        )
        axes.title.set_fontsize(10.5)
        distance = np.sqrt(((path - MINIMUM) ** 2).sum(axis=1))[::10]
        panels[5].plot(
            range(0, 2001, 10),
            [float(f"{d:.3g}") for d in np.maximum(distance, 1e-12)],
            color=color,
        )
    panels[5].axhline(0.01, color=MUTED, linewidth=0.9, linestyle="--")
    panels[5].set(yscale="log", xlabel="step", title="distance from the minimum", ylim=(1e-9, 10))
    panels[5].title.set_fontsize(10.5)
    panels[5].minorticks_off()
    save_plot(figure, out / "06-race.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
