"""Draws 05-loop-or-array.svg from one recorded run of 06-loop-or-array (Python 3.11.7, NumPy 2.4.6, one thread)."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, PURPLE, new_plot, save_plot

SIZES = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144)
MICROSECONDS = {  # as the run printed them
    "loop over the array": (
        0.48,
        0.72,
        1.83,
        5.59,
        20.60,
        86.31,
        339.78,
        1333.04,
        5017.53,
        20724.78,
    ),
    "loop over a list": (0.08, 0.13, 0.37, 1.23, 4.30, 18.00, 71.50, 248.48, 993.40, 4047.29),
    "array expression": (1.06, 1.20, 1.10, 1.12, 1.29, 1.53, 2.19, 4.86, 17.85, 83.38),
}


def main(out: Path) -> None:
    """Nanoseconds an element, both axes logarithmic, lines labeled at their right ends."""
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for (name, times), color in zip(MICROSECONDS.items(), (ORANGE, PURPLE, BLUE), strict=True):
        each = [1000 * t / n for t, n in zip(times, SIZES, strict=True)]
        axes.plot(SIZES, each, color=color, marker="o", markersize=3.5)
        axes.text(400_000, each[-1], name, color=color, va="center")
    axes.axvline(13.5, color=MUTED, linewidth=1, linestyle="--")
    axes.text(16, 0.35, "13 elements: the array\nexpression draws level", color=MUTED, va="bottom")
    axes.set(xscale="log", yscale="log", xlim=(0.8, 3e7), xticks=[1, 100, 10_000, 100_000])
    axes.set_xticklabels(["1", "100", "10,000", "100,000"])
    axes.set(xlabel="elements", ylabel="nanoseconds an element")
    axes.minorticks_off()
    save_plot(figure, out / "05-loop-or-array.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
