"""Draws 05-sum-errors.svg: relative error of four sums of float32 numbers in [0, 1) against the length of the list."""

import math
import random
import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED, new_plot, save_plot
from minigrad.numerics import kahan_sum, naive_sum, pairwise_sum

SIZES = (100, 300, 1000, 3000, 10000, 30000)
LISTS = 6
UNIT = 2.0**-24


def mean_errors() -> dict[str, list[float]]:
    """The mean relative error of each method over a few lists, for each length."""
    draw = random.Random(42)
    lists = [np.array([draw.random() for _ in range(SIZES[-1])], np.float32) for _ in range(LISTS)]
    found: dict[str, list[float]] = {"naive": [], "pairwise": [], "Kahan, Neumaier": []}
    for n in SIZES:
        exact = [math.fsum(x[:n].tolist()) for x in lists]
        for name, add in zip(found, (naive_sum, pairwise_sum, kahan_sum), strict=True):
            off = [abs(add(x[:n]) - s) / s for x, s in zip(lists, exact, strict=True)]
            found[name].append(sum(off) / LISTS)
    return found


def main(out: Path) -> None:
    """Three lines and two guides on logarithmic axes, labeled at their right ends."""
    figure = new_plot(7.2, 4.2)
    axes = figure.subplots()
    axes.plot(SIZES, [n * UNIT for n in SIZES], "--", color=MUTED, linewidth=1)
    axes.text(SIZES[-1] * 1.15, SIZES[-1] * UNIT, "bound n u", color=MUTED, va="center")
    axes.plot(SIZES, [math.sqrt(n) * UNIT for n in SIZES], ":", color=MUTED, linewidth=1)
    axes.text(
        SIZES[-1] * 1.15, math.sqrt(SIZES[-1]) * UNIT * 1.5, "sqrt(n) u", color=MUTED, va="center"
    )
    axes.axhline(UNIT, color=GREEN, linewidth=1, linestyle="--")
    axes.text(SIZES[0], UNIT * 1.2, "u = 6e-8", color=GREEN)
    for (name, errors), color in zip(mean_errors().items(), (RED, ORANGE, BLUE), strict=True):
        axes.plot(SIZES, errors, "o-", color=color, markersize=4)
        axes.text(
            SIZES[-1] * 1.15,
            errors[-1] * (1.5 if name == "pairwise" else 0.85),
            name,
            color=color,
            va="center",
        )
    axes.set(xscale="log", yscale="log", xlim=(80, 250000), xticks=[100, 1000, 10000])
    axes.set_xticklabels(["100", "1,000", "10,000"])
    axes.minorticks_off()
    axes.set(xlabel="entries", ylabel="relative error, mean of 6 lists")
    save_plot(figure, out / "05-sum-errors.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
