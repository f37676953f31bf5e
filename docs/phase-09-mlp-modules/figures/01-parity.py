"""Draws 01-parity.svg: four corners, opposite ones alike; one line fails, a bend doesn't."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot

CORNERS = [(-1, -1, 0), (-1, 1, 1), (1, -1, 1), (1, 1, 0)]


def main(out: Path) -> None:
    """Left: any line has at least one corner on the wrong side. Right: the band between two lines."""
    figure = new_plot(7.2, 3.6)
    for axes, title in zip(figure.subplots(1, 2), ("one line", "two lines"), strict=True):
        for x, y, c in CORNERS:
            axes.scatter([x], [y], s=220, color=ORANGE if c else BLUE, zorder=3)
        if title == "one line":
            axes.plot([-1.6, 1.6], [0.3, -0.9], color=MUTED, linestyle="--")
        else:
            axes.fill_between([-1.6, 1.6], [0.8, -2.4], [2.4, -0.8], color=ORANGE, alpha=0.15)
            axes.plot([-1.6, 1.6], [0.8, -2.4], color=MUTED, linestyle="--")
            axes.plot([-1.6, 1.6], [2.4, -0.8], color=MUTED, linestyle="--")
        axes.set(title=title, xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), xticks=[-1, 1], yticks=[-1, 1])
        axes.set_aspect("equal")
    save_plot(figure, out / "01-parity.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
