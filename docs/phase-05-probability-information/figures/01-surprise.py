"""Draws 01-surprise.svg: the surprise of one outcome, and the mean surprise of a coin."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.probability import entropy


def main(out: Path) -> None:
    """Two panels over p; six digits, so that the figure is the same anywhere."""
    grid = [i / 100 for i in range(101)]
    figure = new_plot(7.4, 3.6)
    left, right = figure.subplots(1, 2)
    inner = grid[1:]
    left.plot(inner, [round(math.log(1 / p), 6) for p in inner], color=ORANGE)
    left.plot([0.5], [round(math.log(2), 6)], "o", color=ORANGE)
    left.text(0.53, 0.85, "ln 2 = 1 bit", color=ORANGE)
    left.plot([0.01], [round(math.log(100), 6)], "o", color=ORANGE)
    left.text(0.04, 4.5, "once in 100: 4.6 nats", color=ORANGE)
    left.set(
        title="surprise of one outcome", xlabel="its probability p", ylabel="nats", ylim=(0, 5)
    )
    right.plot(grid, [round(float(entropy([p, 1 - p])), 6) for p in grid], color=BLUE)
    parts = [round(p * math.log(1 / p), 6) if p else 0.0 for p in grid]
    right.plot(grid, parts, color=MUTED, linestyle="--", linewidth=1.2)
    right.text(0.5, 0.72, "ln 2", color=BLUE, ha="center")
    right.text(0.27, 0.29, "p ln(1/p) alone", color=MUTED)
    right.set(title="mean surprise of a coin", xlabel="probability of heads", ylim=(0, 0.8))
    save_plot(figure, out / "01-surprise.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
