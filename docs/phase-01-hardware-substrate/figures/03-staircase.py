"""Draws 03-staircase.svg: simulated miss rates of strided walks, and of a column walk against the number of rows."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.cachesim import Cache, strided, table

STRIDES = [2**e for e in range(9)]
ROWS = [8, 16, 24, 28, 30, 31, 32, 33, 34, 36, 40, 48, 56, 64]


def walk(stride: int, itemsize: int) -> float:
    """The miss rate of a cold walk in 32 KiB with 8 ways."""
    cache = Cache(32768)
    cache.run(strided(2**15, stride, itemsize))
    return cache.miss_rate


def columns(rows: int) -> float:
    """The miss rate down the columns of `rows` x 64 doubles, 32 lines, fully associative."""
    cache = Cache(2048, 64, None)
    cache.run(table(rows, 64, "columns"))
    return cache.miss_rate


def main(out: Path) -> None:
    """Left the staircase, right the cliff."""
    figure = new_plot(7.6, 3.7)
    left, right = figure.subplots(1, 2)
    for itemsize, color, name, y in [(4, BLUE, "float32", 0.07), (8, ORANGE, "float64", 0.31)]:
        left.plot(
            STRIDES, [walk(s, itemsize) for s in STRIDES], color=color, marker="o", markersize=4
        )
        left.text(1.35 if itemsize == 4 else 0.85, y, name, color=color, va="center")
    left.set_xscale("log", base=2)
    left.set_yscale("log", base=2)
    left.set_xticks([1, 8, 16, 256], ["1", "8", "16", "256"])
    left.set_yticks([1 / 16, 1 / 8, 1 / 4, 1 / 2, 1], ["1/16", "1/8", "1/4", "1/2", "1"])
    left.set(xlabel="stride, elements", ylabel="misses an access")
    right.plot(ROWS, [columns(r) for r in ROWS], color=ORANGE, marker="o", markersize=4)
    right.axhline(1 / 8, color=BLUE)
    right.text(64, 0.16, "row after row", color=BLUE, ha="right")
    right.text(64, 0.93, "column after column", color=ORANGE, ha="right")
    right.axvline(32, color=MUTED, linewidth=0.8, linestyle=":")
    right.text(31, 0.55, "32 lines fit", color=MUTED, ha="right")
    right.set(xlabel="rows of the table", ylim=(0, 1.08), xticks=[8, 32, 64])
    right.set_yticks([0, 1 / 8, 1 / 2, 1], ["0", "1/8", "1/2", "1"])
    save_plot(figure, out / "03-staircase.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
