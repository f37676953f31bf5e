"""Draws 07-certainty.svg: the loss of four answers, three of them right, over a factor on all logits."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, RED, new_plot, save_plot


def main(out: Path) -> None:
    """The loss and its least, and the share that is right."""
    factors = [i / 20 for i in range(121)]
    losses = [0.75 * math.log1p(math.exp(-c)) + 0.25 * math.log1p(math.exp(c)) for c in factors]
    best = math.log(3)
    figure = new_plot(7.2, 3.4)
    axes = figure.subplots()
    axes.plot(factors, losses, color=RED)
    axes.plot(factors, [0.75] * len(factors), "--", color=BLUE)
    axes.plot([best], [0.75 * math.log(4 / 3) + 0.25 * math.log(4)], "o", color=RED)
    axes.text(best + 0.1, 0.42, "c = ln 3", color=RED)
    axes.text(4.6, 1.35, "loss", color=RED)
    axes.text(4.9, 0.63, "share that is right", color=BLUE)
    axes.set(xlabel="factor c on all logits", ylabel="loss; share", ylim=(0, 1.6))
    save_plot(figure, out / "07-certainty.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
