"""Draws 00-two-budgets.svg: the time that arithmetic needs and the time that memory needs, for five computations."""

import sys
from pathlib import Path

from given.drawing import BLUE, ORANGE, new_plot, save_plot
from minigrad.roofline import dram_bandwidth, peak_flops, work

PEAK, BANDWIDTH = peak_flops(2.4e9, 4, 8, 2), dram_bandwidth(2, 2.4e9)
ROWS = [
    ("c = a + b, ten million numbers", work("add", 10**7)),
    ("dot product, ten million", work("dot", 10**7)),
    ("matrix times vector, n = 3,000", work("matvec", 3000)),
    ("matrix product, n = 1,000,\nevery operand from memory", work("matmul-naive", 1000)),
    ("matrix product, n = 1,000,\nevery number moved once", work("matmul-once", 1000)),
]


def main(out: Path) -> None:
    """Two bars a computation, in milliseconds on a logarithmic axis."""
    figure = new_plot(7.4, 4.3)
    axes = figure.subplots()
    for y, (_, asked) in enumerate(reversed(ROWS)):
        for shift, seconds, color in [
            (0.18, asked.flops / PEAK, BLUE),
            (-0.18, asked.nbytes / BANDWIDTH, ORANGE),
        ]:
            axes.barh(y + shift, seconds * 1000, height=0.32, color=color)
            axes.text(
                seconds * 1150, y + shift, f"{seconds * 1000:.3g} ms", va="center", color=color
            )
    axes.set_yticks(range(len(ROWS)), [name for name, _ in reversed(ROWS)])
    axes.set(xscale="log", xlim=(0.01, 1500), xlabel="milliseconds")
    axes.text(30, 4.0, "arithmetic", color=BLUE, va="center")
    axes.text(30, 3.7, "memory", color=ORANGE, va="center")
    axes.minorticks_off()
    save_plot(figure, out / "00-two-budgets.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
