"""Draws 02-three-views.svg: one product as entries, as columns, as a sum of outer products."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, PAPER, Canvas

N, CELL = 4, 15
Marks = dict[tuple[int, int], str]


def grid(canvas: Canvas, x: float, y: float, marks: Marks, name: str) -> None:
    """A small matrix with its top left corner at (x, y); marked cells are filled."""
    for i in range(N):
        for j in range(N):
            fill = marks.get((i, j), PAPER)
            canvas.raw(
                f'<rect x="{x + j * CELL:g}" y="{y + i * CELL:g}" width="{CELL}" height="{CELL}" '
                f'fill="{fill}" stroke="{MUTED}" stroke-width="0.8"/>'
            )
    canvas.text(x + N * CELL / 2, y + N * CELL + 14, name, size=13, mono=True)


def row(i: int, color: str) -> Marks:
    """Row i in one color."""
    return {(i, j): color for j in range(N)}


def column(j: int, color: str) -> Marks:
    """Column j in one color."""
    return {(i, j): color for i in range(N)}


def everything(color: str) -> Marks:
    """All cells in one color."""
    return {(i, j): color for i in range(N) for j in range(N)}


def draw() -> Canvas:
    """Three rows: what each view computes at a time."""
    canvas = Canvas(
        720, 330, "Three views of the same product: an entry, a column, an outer product at a time"
    )
    views = [
        (
            "an entry at a time",
            "row of A . column of B",
            {(1, 2): GREEN},
            row(1, BLUE),
            column(2, ORANGE),
        ),
        (
            "a column at a time",
            "A does to B's column what it does to any vector",
            column(2, GREEN),
            everything(BLUE),
            column(2, ORANGE),
        ),
        (
            "an outer product at a time",
            "column of A times row of B, added up over k",
            everything("#a5d0a7"),
            column(1, BLUE),
            row(1, ORANGE),
        ),
    ]
    for n, (title, note, c, a, b) in enumerate(views):
        y = 22 + n * 102
        canvas.text(20, y + 20, title, anchor="start", bold=True, size=15)
        canvas.text(20, y + 42, note, anchor="start", size=12.5, color=MUTED)
        grid(canvas, 360, y, c, "C")
        canvas.text(443, y + 30, "=" if n < 2 else "+=", size=20, color=INK)
        grid(canvas, 470, y, a, "A")
        canvas.text(550, y + 30, "x", size=16, color=INK)
        grid(canvas, 572, y, b, "B")
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "02-three-views.svg")
