"""Draws 03-three-products.svg: the product and its two gradients as blocks whose sides fit."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, Canvas

M, K, N = 70, 110, 50
ROWS = [
    ("forward", ("A", M, K, BLUE), ("B", K, N, BLUE), ("C", M, N, GREEN)),
    ("to A", ("G", M, N, GREEN), ("Bᵀ", N, K, BLUE), ("dA", M, K, ORANGE)),
    ("to B", ("Aᵀ", K, M, BLUE), ("G", M, N, GREEN), ("dB", K, N, ORANGE)),
]


def main(out: Path) -> None:
    """Each block is drawn with its rows down and its columns across."""
    canvas = Canvas(
        720, 420, "C = A B, dA = G B^T, dB = A^T G: the inner sides of each product are equal"
    )
    for i, (label, *blocks) in enumerate(ROWS):
        y = 75 + 135 * i
        canvas.text(60, y, label, bold=True)
        x = 130.0
        for j, (name, rows, columns, color) in enumerate(blocks):
            x += columns / 2
            canvas.box(x, y, columns, rows, name, color=color)
            x += columns / 2 + 28
            if j < 2:
                canvas.text(x - 1, y, "@" if j == 0 else "=", size=18)
                x += 28
        canvas.text(650, y, "m k n", color=MUTED)
    canvas.text(650, 25, "multiply-adds", color=MUTED)
    canvas.save(out / "03-three-products.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
