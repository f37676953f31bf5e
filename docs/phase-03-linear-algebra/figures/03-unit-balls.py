"""Draws 03-unit-balls.svg: all vectors of length 1 in the plane, for three lengths."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, Canvas

CENTER, RADIUS = (210.0, 190.0), 140.0


def at(x: float, y: float) -> tuple[float, float]:
    """From coordinates to pixels."""
    return CENTER[0] + RADIUS * x, CENTER[1] - RADIUS * y


def polygon(canvas: Canvas, points: list[tuple[float, float]], color: str) -> None:
    """A closed outline through points given in coordinates."""
    text = " ".join(f"{x:.2f},{y:.2f}" for x, y in (at(*point) for point in points))
    canvas.raw(f'<polygon points="{text}" fill="none" stroke="{color}" stroke-width="2.2"/>')


def draw() -> Canvas:
    """Diamond, circle, square, and the diagonal on which they differ most."""
    canvas = Canvas(
        720, 380, "Unit balls: the diamond of the 1-norm inside the circle inside the square"
    )
    canvas.arrow(at(-1.25, 0), at(1.25, 0))
    canvas.arrow(at(0, -1.22), at(0, 1.25))
    polygon(canvas, [(1, 1), (-1, 1), (-1, -1), (1, -1)], GREEN)
    polygon(canvas, [(1, 0), (0, 1), (-1, 0), (0, -1)], ORANGE)
    x, y = CENTER
    canvas.raw(
        f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS:g}" fill="none" stroke="{BLUE}" stroke-width="2.2"/>'
    )
    canvas.arrow(at(0, 0), at(1, 1), color=INK, width=1.2, head=False, dashed=True)
    rows = [
        (1.0, GREEN, "largest entry is 1", "(1, 1)", "lengths 2, 1.414, 1"),
        (math.sqrt(0.5), BLUE, "root of squares is 1", "(0.707, 0.707)", "lengths 1.414, 1, 0.707"),
        (0.5, ORANGE, "sum is 1", "(0.5, 0.5)", "lengths 1, 0.707, 0.5"),
    ]
    canvas.text(400, 36, "On the diagonal, length 1 by ...", anchor="start", bold=True, size=15)
    for i, (where, color, name, point, lengths) in enumerate(rows):
        px, py = at(where, where)
        canvas.raw(f'<circle cx="{px:.2f}" cy="{py:.2f}" r="5" fill="{color}"/>')
        top = 82 + i * 74
        canvas.text(400, top, name, anchor="start", color=color, bold=True)
        canvas.text(400, top + 22, f"at {point}", anchor="start", size=13)
        canvas.text(545, top + 22, f"{lengths}", anchor="start", size=13, color=MUTED)
    canvas.text(400, 322, "On the axes all three agree: a vector with", anchor="start", size=13)
    canvas.text(400, 342, "one entry has one length.", anchor="start", size=13)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "03-unit-balls.svg")
