"""Draws 01-copies.svg: a row that broadcasting copies, and its two gradients on the way back, added."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas


def row(canvas: Canvas, x: float, y: float, words: list[str], color: str) -> None:
    """Three cells side by side around (x, y)."""
    for i, word in enumerate(words):
        canvas.box(x + 52 * (i - 1), y, 50, 34, word, color=color, mono=True)


def main(out: Path) -> None:
    """Forward on the left, backward on the right."""
    canvas = Canvas(
        800, 250, "A row is copied into two rows; their gradients are added into one row"
    )
    canvas.text(180, 28, "forward: copies", bold=True)
    row(canvas, 100, 125, ["1", "2", "3"], BLUE)
    row(canvas, 290, 80, ["1", "2", "3"], BLUE)
    row(canvas, 290, 170, ["1", "2", "3"], BLUE)
    canvas.arrow((182, 115), (208, 85))
    canvas.arrow((182, 135), (208, 165))
    canvas.text(605, 28, "backward: the sum over the copies", bold=True)
    row(canvas, 700, 80, ["1", "1", "1"], ORANGE)
    row(canvas, 700, 170, ["20", "20", "20"], ORANGE)
    row(canvas, 510, 125, ["21", "21", "21"], ORANGE)
    canvas.arrow((618, 85), (592, 115))
    canvas.arrow((618, 165), (592, 135))
    canvas.text(100, 225, "a, (3,)", color=MUTED)
    canvas.text(290, 225, "as used, (2, 3)", color=MUTED)
    canvas.text(510, 225, "gradient of a, (3,)", color=MUTED)
    canvas.text(700, 225, "g b, (2, 3)", color=MUTED)
    canvas.save(out / "01-copies.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
