"""One list of 100,000 float32 numbers, added in pieces: how far the total lies from the exact sum."""

import math
import random
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

from given.drawing import BLUE, MUTED, new_plot, save_plot


def in_pieces(xs: np.ndarray, pieces: int) -> float:
    """Each piece from left to right, then the pieces' sums from left to right; float32 throughout."""
    parts = [np.add.accumulate(part)[-1] for part in np.array_split(xs, pieces)]
    return float(np.add.accumulate(np.array(parts, dtype=np.float32))[-1])


def main(folder: Path) -> None:
    """Draws the error against the number of pieces (which is what a thread count is)."""
    draw = random.Random(42)
    xs = np.array([draw.random() for _ in range(100_000)], dtype=np.float32)
    exact = float(sum(Fraction(float(x)) for x in xs))
    pieces = [2**k for k in range(13)]
    errors = [in_pieces(xs, n) - exact for n in pieces]
    figure = new_plot(7.2, 3.6)
    axes = figure.subplots()
    axes.axhline(0, color=MUTED, linewidth=1)
    axes.plot([math.log2(n) for n in pieces], errors, "o-", color=BLUE)
    axes.set_xticks(range(13), [str(n) for n in pieces])
    axes.set_xlabel("pieces that are added separately, then together")
    axes.set_ylabel("total minus exact sum")
    axes.annotate(
        f"one piece: {errors[0]:+.3f}", (0, errors[0]), (0.7, errors[0]), va="center", color=BLUE
    )
    axes.annotate(
        f"four pieces: {errors[2]:+.3f}",
        (2, errors[2]),
        (2.3, errors[2] - 0.13),
        va="center",
        color=BLUE,
    )
    save_plot(figure, folder / "03-order-of-addition.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
