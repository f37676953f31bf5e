"""Draws 03-bias.svg: the size of Adam's step for a constant gradient, with and without the correction."""

import sys
from pathlib import Path

from given.drawing import BLUE, RED, new_plot, save_plot

B1, B2 = 0.9, 0.999
STEPS = sorted({round(10 ** (i / 25)) for i in range(101)})


def main(out: Path) -> None:
    """Both in units of the learning rate."""
    raw = [(1 - B1**t) / (1 - B2**t) ** 0.5 for t in STEPS]
    figure = new_plot(7.2, 3.6)
    axes = figure.subplots()
    axes.plot(STEPS, raw, color=RED)
    axes.plot(STEPS, [1.0] * len(STEPS), color=BLUE)
    axes.text(25, 6.2, "uncorrected", color=RED)
    axes.text(1.2, 0.4, "corrected", color=BLUE)
    axes.text(1.05, 2.6, "3.16", color=RED, fontsize=10)
    axes.set(xscale="log", xlabel="step", ylabel="step, in learning rates", ylim=(0, 7))
    axes.minorticks_off()
    save_plot(figure, out / "03-bias.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
