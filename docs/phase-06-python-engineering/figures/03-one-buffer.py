"""Draws 03-one-buffer.svg: twelve int32 in a row of bytes, and how three arrays walk over them."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, TINT, Canvas

LEFT, CELL = 60, 50


def draw() -> Canvas:
    """The buffer on top; below it, for each view, the elements that it visits in C order as a path."""
    a = np.arange(12, dtype=np.int32).reshape(3, 4)
    canvas = Canvas(
        720, 440, "One buffer of 48 bytes; a, a.T and a[:, ::2] differ only in shape and strides"
    )

    def middle(element: int) -> float:
        return LEFT + CELL * (element + 0.5)

    canvas.text(20, 38, "byte", size=12, color=MUTED, anchor="start")
    for i in range(12):
        canvas.text(LEFT + CELL * i, 38, str(4 * i), size=12, color=MUTED)
        canvas.raw(
            f'<rect x="{LEFT + CELL * i}" y="50" width="{CELL}" height="34" fill="{TINT[INK]}" stroke="{INK}"/>'
        )
        canvas.text(middle(i), 67, str(i), mono=True)
    canvas.text(LEFT + CELL * 12, 38, "48", size=12, color=MUTED)
    views = [("a", a, BLUE), ("a.T", a.T, ORANGE), ("a[:, ::2]", a[:, ::2], GREEN)]
    for row, (name, view, color) in enumerate(views):
        y = 150 + 105 * row
        canvas.text(
            20,
            y - 32,
            f"{name}: shape {view.shape}, strides {view.strides}",
            mono=True,
            size=13,
            anchor="start",
            color=color,
            bold=True,
        )
        order = view.ravel().tolist()
        for element in range(12):
            seen = element in order
            fill = TINT[color] if seen else "#ffffff"
            edge = color if seen else "#d5dbe1"
            canvas.raw(
                f'<rect x="{LEFT + CELL * element + 3}" y="{y - 14}" width="{CELL - 6}" height="28" rx="4" fill="{fill}" stroke="{edge}"/>'
            )
            if seen:
                canvas.text(middle(element), y, str(order.index(element) + 1), mono=True, size=13)
        wide = view.shape[1]
        for first, second in pairwise(order[:wide]):
            canvas.arrow((middle(first), y + 16), (middle(second), y + 16), color=color, bend=14)
    canvas.text(
        360,
        420,
        "numbers: the order in which the view visits the elements; arrows: its first row, one inner stride each",
        size=12.5,
        color=MUTED,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "03-one-buffer.svg")
