"""Draws 01-downhill.svg: Rosenbrock's level lines, the way straight down at nine points, and the way to the minimum."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, INK, MUTED, ORANGE, new_plot, save_plot
from minigrad.optim import rosenbrock, rosenbrock_gradient

POINTS = [
    (-1.5, 2.0),
    (-1.2, 0.6),
    (-0.6, 1.2),
    (0.0, 0.6),
    (0.0, -0.6),
    (0.6, 1.3),
    (0.9, 0.1),
    (1.5, 1.2),
    (1.6, 2.8),
]


def main(out: Path) -> None:
    """Arrows of one length; orange crosses the level lines at right angles, blue looks at the star."""
    x, y = np.linspace(-2, 2, 81), np.linspace(-1, 3, 81)
    heights = np.array([[rosenbrock(np.array([a, b])) for a in x] for b in y])
    figure = new_plot(7.2, 5.6)
    axes = figure.subplots()
    axes.contour(
        x,
        y,
        np.round(heights, 6),
        levels=[3, 12, 40, 100, 300, 900],
        colors="#b8c1ca",
        linewidths=0.9,
    )
    for p in POINTS:
        at = np.array(p)
        for way, color in ((-rosenbrock_gradient(at), ORANGE), (np.ones(2) - at, BLUE)):
            end = at + 0.45 * way / np.sqrt(way @ way)
            axes.annotate(
                "",
                xy=end.round(4),
                xytext=at,
                arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.8},
            )
        axes.plot(*at, "o", color=INK, markersize=4)
    axes.plot(1, 1, "*", color=INK, markersize=14)
    axes.text(-0.62, 2.82, "orange: straight down", color=ORANGE)
    axes.text(-0.62, 2.6, "blue: toward (1, 1)", color=BLUE)
    axes.text(1.08, 0.83, "(1, 1)", color=MUTED)
    axes.set(xlim=(-2, 2), ylim=(-1, 3), xlabel="x", ylabel="y", aspect="equal")
    save_plot(figure, out / "01-downhill.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
