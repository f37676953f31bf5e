"""Draws 02-two-threads.svg: who holds the GIL when two threads count in Python, and when they multiply in NumPy."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, TINT, Canvas

LEFT, SCALE = 150, 3.7  # pixels before time 0, pixels a unit of time


def span(canvas: Canvas, row: int, start: float, end: float, color: str, held: bool) -> None:
    """A piece of work; filled where the thread holds the lock."""
    x, width = LEFT + SCALE * start, SCALE * (end - start)
    fill = color if held else TINT[color]
    canvas.raw(
        f'<rect x="{x:g}" y="{row - 13}" width="{width:g}" height="26" fill="{fill}" stroke="{color}"/>'
    )


def draw() -> Canvas:
    """A schema, not a measurement: slices of 5 ms above, short moments of the lock below."""
    canvas = Canvas(
        720, 340, "Counting in Python takes turns; multiplying in NumPy runs at the same time"
    )
    canvas.text(20, 26, "count in Python", bold=True, anchor="start")
    for row, name, first in ((58, "thread 1", 0), (94, "thread 2", 1)):
        canvas.text(20, row, name, anchor="start", size=13)
        for i in range(first, 14, 2):
            span(canvas, row, 10 * i, 10 * i + 10, ORANGE, held=True)
    canvas.text(
        LEFT,
        124,
        "each holds the lock while it works, and waits while the other does",
        size=12.5,
        color=MUTED,
        anchor="start",
    )
    canvas.text(20, 166, "multiply in NumPy", bold=True, anchor="start")
    for row, name, shift in ((198, "thread 1", 0.0), (234, "thread 2", 2.0)):
        canvas.text(20, row, name, anchor="start", size=13)
        for i in range(4):
            start = shift + 17 * i
            span(canvas, row, start, start + 2, BLUE, held=True)
            span(canvas, row, start + 2, start + 17, BLUE, held=False)
    canvas.text(
        LEFT,
        264,
        "each needs the lock for a moment at the start of a call; the arithmetic runs without it",
        size=12.5,
        color=MUTED,
        anchor="start",
    )
    canvas.arrow((LEFT, 300), (LEFT + SCALE * 146, 300), color=MUTED)
    canvas.text(LEFT + SCALE * 140, 318, "time", size=12.5, color=MUTED)
    for x, color, text, held in ((20, INK, "with the lock", True), (20, INK, "without it", False)):
        y = 300 if held else 322
        fill = color if held else TINT[color]
        canvas.raw(
            f'<rect x="{x}" y="{y - 7}" width="18" height="14" fill="{fill}" stroke="{color}"/>'
        )
        canvas.text(x + 26, y, text, size=12, color=MUTED, anchor="start")
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "02-two-threads.svg")
