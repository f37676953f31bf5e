"""Draws 04-minus-truth.svg: probabilities of five classes, and the gradient of the loss for the third."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, RED, new_plot, save_plot

LOGITS, TRUE = [1.0, 2.0, 0.5, -0.5, 1.5], 2


def main(out: Path) -> None:
    """Two rows of bars; only the true class differs between them, by one."""
    top = [math.exp(x) for x in LOGITS]
    p = [round(x / sum(top), 4) for x in top]
    grad = [round(x - (i == TRUE), 4) for i, x in enumerate(p)]
    figure = new_plot(7.2, 3.8)
    left, right = figure.subplots(1, 2, sharey=True)
    places = list(range(len(p)))
    for axes, values, title in ((left, p, "probability"), (right, grad, "gradient")):
        colors = [GREEN if i == TRUE else BLUE if v > 0 else RED for i, v in enumerate(values)]
        axes.bar(places, values, color=colors, alpha=0.8)
        axes.axhline(0, color="black", linewidth=0.8)
        for x, v in zip(places, values, strict=True):
            axes.text(x, v + (0.03 if v > 0 else -0.1), f"{v:.2f}", ha="center", fontsize=9)
        axes.set(title=title, xlabel="class (2 is true)", ylim=(-1.05, 0.6))
        axes.set_xticks(places)
    save_plot(figure, out / "04-minus-truth.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
