"""Draws 07-moons.svg: the forty points of lab 07.2's second task."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, ORANGE, new_plot, save_plot


def main(out: Path) -> None:
    """Two half moons that reach into each other."""
    angles = [math.pi * i / 19 for i in range(20)]
    figure = new_plot(7.2, 3.0)
    axes = figure.subplots()
    axes.plot(
        [math.cos(a) for a in angles],
        [math.sin(a) for a in angles],
        "o",
        color=BLUE,
        label="target 1",
    )
    axes.plot(
        [1 - math.cos(a) for a in angles],
        [0.5 - math.sin(a) for a in angles],
        "s",
        color=ORANGE,
        label="target -1",
    )
    axes.set(xlabel="first input", ylabel="second input", aspect="equal")
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    save_plot(figure, out / "07-moons.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
