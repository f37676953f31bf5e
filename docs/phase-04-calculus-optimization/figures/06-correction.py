"""Draws 06-correction.svg: the length of Adam's steps under a constant gradient, with and without the correction."""

import sys
from math import sqrt
from pathlib import Path

import numpy as np

from given.drawing import BLUE, ORANGE, new_plot, save_plot
from minigrad.optim import adam_step

SHOWN = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 80, 120, 200, 350, 600, 1000, 1800, 3000]


def corrected() -> list[float]:
    """Steps of `adam_step` at rate 1 under a gradient of 0.5."""
    theta, state, steps = np.zeros(1), {}, []
    for _ in range(max(SHOWN)):
        new, state = adam_step(theta, np.full(1, 0.5), state, 1.0)
        steps.append(round(float(theta[0] - new[0]), 5))
        theta = new
    return [steps[t - 1] for t in SHOWN]


def main(out: Path) -> None:
    """Two curves over a logarithmic time axis."""
    raw = [round((1 - 0.9**t) / sqrt(1 - 0.999**t), 5) for t in SHOWN]
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for values, color, name, spot in [
        (raw, ORANGE, "no correction", (14, 6.6)),
        (corrected(), BLUE, "as it should be", (1.2, 0.6)),
    ]:
        axes.plot(SHOWN, values, "o-", color=color, markersize=3.5)
        axes.text(*spot, name, color=color)
    axes.set(
        xscale="log", xlabel="step", ylabel="length of the step, in units of lr", ylim=(0, 7.2)
    )
    axes.set_xticks([1, 10, 100, 1000])
    axes.set_xticklabels(["1", "10", "100", "1,000"])
    axes.minorticks_off()
    save_plot(figure, out / "06-correction.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
