"""Draws 05-zigzag.svg: two paths down a long bowl, and how fast each direction shrinks with and without memory."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, INK, MUTED, ORANGE, new_plot, save_plot
from minigrad.optim import descend, momentum_step, sgd_step

LOW, HIGH, BETA = 1.0, 25.0, 0.5


def slowest_root(eta_lambda: float, beta: float) -> float:
    """The larger size of the two roots of r^2 - (1 + beta - eta lambda) r + beta."""
    return float(np.abs(np.roots([1.0, -(1 + beta - eta_lambda), beta])).max())


def main(out: Path) -> None:
    """Left: the paths at their best rates. Right: the factor a step, against rate times curvature."""
    curvature = np.array([LOW, HIGH])
    figure = new_plot(7.2, 3.8)
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    x, y = np.linspace(-5.4, 1.2, 61), np.linspace(-1.3, 1.3, 61)
    heights = (LOW * x[None, :] ** 2 + HIGH * y[:, None] ** 2) / 2
    left.contour(x, y, heights, levels=[0.3, 1.2, 3, 6, 10, 16], colors="#b8c1ca", linewidths=0.8)
    beta = ((5 - 1) / (5 + 1)) ** 2
    for step, lr, options, color, name in [
        (sgd_step, 2 / (LOW + HIGH), {}, ORANGE, "plain"),
        (momentum_step, 4 / (5 + 1) ** 2, {"beta": beta}, BLUE, "momentum"),
    ]:
        path = descend(step, lambda p: curvature * p, np.array([-5.0, 0.6]), lr, 14, **options)
        left.plot(*np.round(path, 4).T, "o-", color=color, markersize=3, linewidth=1.4, label=name)
    left.plot(0, 0, "*", color=INK, markersize=11)
    left.set(
        title="14 steps at the best rate, curvatures 1 and 25",
        xticks=[],
        yticks=[],
        xlim=(-5.4, 1.2),
        ylim=(-1.3, 1.3),
    )
    left.title.set_fontsize(10)
    left.legend(loc="lower right", fontsize=10)
    grid = np.linspace(0.001, 3.99, 400)
    for beta_, color in ((0.0, ORANGE), (0.5, BLUE), (0.9, "#6d3fb0")):
        values = np.round([slowest_root(g, beta_) for g in grid], 5)
        keep = values <= 1.15
        right.plot(grid[keep], values[keep], color=color)
        edge = 2 * (1 + beta_)
        right.plot([edge], [1], "o", color=color, markersize=5)
    right.axhline(1, color=MUTED, linewidth=0.8, linestyle="--")
    right.text(1.12, 0.06, "beta 0", color=ORANGE)
    right.text(1.75, 0.63, "beta 0.5", color=BLUE)
    right.text(2.2, 0.88, "beta 0.9", color="#6d3fb0")
    right.text(0.1, 1.06, "above 1: lost", color=MUTED, fontsize=10)
    right.set(
        xlabel="rate times curvature", title="left over after one step", ylim=(0, 1.15), xlim=(0, 4)
    )
    right.title.set_fontsize(10)
    save_plot(figure, out / "05-zigzag.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
