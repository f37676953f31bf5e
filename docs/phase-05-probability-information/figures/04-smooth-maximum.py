"""Draws 04-smooth-maximum.svg: log-sum-exp of (a, 0) over a, above the corner of the maximum, and its slope."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.probability import log_normalize, log_total


def main(out: Path) -> None:
    """Left the total and the maximum, right the slope of the total; six digits."""
    grid = np.arange(-50, 51) / 10
    pairs = np.stack([grid, np.zeros_like(grid)], axis=1)
    figure = new_plot(7.4, 3.6)
    left, right = figure.subplots(1, 2)
    left.plot(grid, np.maximum(grid, 0), color=MUTED, linestyle="--", linewidth=1.2)
    left.plot(grid, np.asarray(log_total(pairs)).round(6), color=BLUE)
    left.plot([0, 0], [0, round(float(np.log(2)), 6)], color=ORANGE)
    left.text(0.25, 0.2, "ln 2", color=ORANGE)
    left.text(-4.7, 1.1, "ln(e^a + 1)", color=BLUE)
    left.text(2.6, 1.4, "max(a, 0)", color=MUTED)
    left.set(title="the total hugs the maximum", xlabel="a", ylim=(-0.3, 5))
    right.plot(grid, np.exp(log_normalize(pairs))[:, 0].round(6), color=ORANGE)
    right.text(0.6, 0.45, "softmax of a", color=ORANGE)
    right.set(title="its slope is a probability", xlabel="a", ylim=(-0.05, 1.05))
    save_plot(figure, out / "04-smooth-maximum.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
