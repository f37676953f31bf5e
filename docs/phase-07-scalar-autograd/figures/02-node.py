"""Draws 02-node.svg: one node with all that it keeps, and what it hands down on the way back."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas
from minigrad.scalar import Value


def draw() -> Canvas:
    """c = a * b at 2.5 and -1.3, with a gradient of 10 that arrives from above."""
    a, b = Value(2.5), Value(-1.3)
    c = a * b
    c.grad = 10.0
    to_a, to_b = c._local
    canvas = Canvas(
        720, 330, "A node keeps its number, its inputs and one local derivative for each"
    )
    for name, value, y in (("a", a, 85), ("b", b, 245)):
        canvas.box(90, y, 130, 56, [name, f"data {value.data:g}"], color=INK, mono=True, size=13)
    canvas.box(430, 165, 230, 150, "", color=BLUE)
    rows = [
        ("c", INK),
        (f"data    {c.data:g}", INK),
        ("_prev   (a, b)", INK),
        (f"_local  ({to_a:g}, {to_b:g})", BLUE),
        (f"grad    {c.grad:g}", ORANGE),
    ]
    for i, (text, color) in enumerate(rows):
        x, anchor = (430, "middle") if i == 0 else (345, "start")
        canvas.text(
            x, 109 + 28 * i, text, color=color, mono=True, size=14, anchor=anchor, bold=i == 0
        )
    canvas.arrow((157, 70), (313, 120), label="forward", label_size=12)
    canvas.arrow((157, 232), (313, 182), label="forward", label_size=12)
    canvas.arrow((313, 150), (157, 100), color=ORANGE, dashed=True)
    canvas.arrow((313, 212), (157, 262), color=ORANGE, dashed=True)
    canvas.text(225, 161, f"{to_a:g} * 10 = {to_a * 10:g}", color=ORANGE, mono=True, size=12)
    canvas.text(252, 268, f"{to_b:g} * 10 = {to_b * 10:g}", color=ORANGE, mono=True, size=12)
    canvas.arrow((690, 165), (548, 165), color=ORANGE, dashed=True)
    canvas.text(622, 143, "10 arrives", color=ORANGE, size=12)
    canvas.text(622, 187, "from its users", color=ORANGE, size=12)
    canvas.text(
        360,
        308,
        "solid: the run; dashed: the walk back, which only multiplies and adds",
        color=MUTED,
        size=13,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "02-node.svg")
