"""Draws 06-crossing-lines.svg: where two uncertain lines cross, at a right angle and nearly parallel."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, RED, Canvas

HALF, BAND = 125.0, 11.0


def strip(canvas: Canvas, center: tuple[float, float], angle: float, color: str) -> None:
    """A line through the center with its band of uncertainty."""
    c, s = math.cos(angle), math.sin(angle)
    corners = [(-HALF, -BAND), (HALF, -BAND), (HALF, BAND), (-HALF, BAND)]
    points = [(center[0] + c * x + s * y, center[1] - s * x + c * y) for x, y in corners]
    text = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    canvas.raw(f'<polygon points="{text}" fill="{color}" fill-opacity="0.16"/>')
    canvas.arrow(
        (center[0] - c * HALF, center[1] + s * HALF),
        (center[0] + c * HALF, center[1] - s * HALF),
        color=color,
        head=False,
    )


def crossing(center: tuple[float, float], one: float, two: float) -> list[tuple[float, float]]:
    """The corners of the parallelogram in which two bands overlap."""
    corners = []
    det = math.sin(two - one)
    for a, b in [(BAND, BAND), (BAND, -BAND), (-BAND, -BAND), (-BAND, BAND)]:
        x = (b * math.cos(one) - a * math.cos(two)) / det
        y = (b * math.sin(one) - a * math.sin(two)) / det
        corners.append((center[0] - x, center[1] + y))
    return corners


def draw() -> Canvas:
    """Two panels with the same bands."""
    canvas = Canvas(
        720, 330, "Steep lines fix their crossing; nearly parallel ones leave it free along them"
    )
    for center, one, two, name, note in [
        ((180, 165), math.radians(40), math.radians(130), "condition 1", "error of x = error of b"),
        (
            (535, 165),
            math.radians(12),
            math.radians(30),
            "condition 6.3",
            "error of x: up to 6.3 times that of b",
        ),
    ]:
        strip(canvas, center, one, BLUE)
        strip(canvas, center, two, ORANGE)
        text = " ".join(f"{x:.2f},{y:.2f}" for x, y in crossing(center, one, two))
        canvas.raw(f'<polygon points="{text}" fill="{RED}" fill-opacity="0.55" stroke="{RED}"/>')
        canvas.text(center[0], 26, name, bold=True, size=15)
        canvas.text(center[0], 312, note, size=13, color=MUTED)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "06-crossing-lines.svg")
