"""Draws 04-circle-to-ellipse.svg: the unit circle, its image under [[3, 0], [4, 5]], and the singular directions."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

LEFT, RIGHT, UNIT, SCALE = (165.0, 190.0), (520.0, 190.0), 85.0, 20.0
ROOT = math.sqrt(0.5)


def curve(canvas: Canvas, points: list[tuple[float, float]]) -> None:
    """A closed line through pixels."""
    text = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    canvas.raw(f'<polygon points="{text}" fill="none" stroke="{INK}" stroke-width="1.8"/>')


def draw() -> Canvas:
    """Two panels and an arrow between them."""
    canvas = Canvas(
        720, 370, "A circle becomes an ellipse; v1, v2 go to the half-axes s1 u1, s2 u2"
    )
    angles = [2 * math.pi * i / 120 for i in range(120)]
    circle = [(math.cos(a), math.sin(a)) for a in angles]
    curve(canvas, [(LEFT[0] + UNIT * x, LEFT[1] - UNIT * y) for x, y in circle])
    curve(
        canvas,
        [(RIGHT[0] + SCALE * 3 * x, RIGHT[1] - SCALE * (4 * x + 5 * y)) for x, y in circle],
    )
    for (x, y), color, name, image in [
        ((ROOT, ROOT), BLUE, "v1", ("s1 u1", "length 6.71")),
        ((ROOT, -ROOT), ORANGE, "v2", ("s2 u2", "length 2.24")),
    ]:
        end = LEFT[0] + UNIT * x, LEFT[1] - UNIT * y
        canvas.arrow(LEFT, end, color=color, width=2.6)
        canvas.text(end[0] + 18, end[1] - 8 * math.copysign(1, y), name, color=color, bold=True)
        tip = RIGHT[0] + SCALE * 3 * x, RIGHT[1] - SCALE * (4 * x + 5 * y)
        canvas.arrow(RIGHT, tip, color=color, width=2.6)
        for line, text in enumerate(image):
            canvas.text(tip[0] + 18, tip[1] + 18 * line, text, color=color, anchor="start")
    canvas.arrow((290, 190), (385, 190), color=MUTED, bend=-22)
    canvas.text(338, 150, "A", bold=True, size=16)
    canvas.text(LEFT[0], 300, "all inputs of length 1", size=13, color=MUTED)
    canvas.text(RIGHT[0] - 120, 300, "their images", size=13, color=MUTED)
    canvas.text(
        360, 350, "both pairs stand at right angles (the panels have different scales)", size=13
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "04-circle-to-ellipse.svg")
