"""Draws 03-two-paths.svg: the graph of page 03 with every contribution on its way back, the two into `a` marked."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, PURPLE, Canvas
from minigrad.scalar import Value

PLACES = {
    "b": (85, 60),
    "a": (85, 180),
    "c": (85, 300),
    "ab": (270, 115),
    "e": (455, 115),
    "f": (455, 270),
    "L": (635, 190),
}


def draw() -> Canvas:
    """Numbers from the engine; orange is the path a-ab-e-L, purple the path a-f-L."""
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    ab = a * b
    e, f = ab + c, a - c
    result = e * f
    result.backward()
    named = {"a": a, "b": b, "c": c, "ab": ab, "e": e, "f": f, "L": result}
    names = {value: name for name, value in named.items()}
    paths = {("a", "ab"): ORANGE, ("ab", "e"): ORANGE, ("e", "L"): ORANGE} | {
        ("a", "f"): PURPLE,
        ("f", "L"): PURPLE,
    }
    canvas = Canvas(720, 390, "Two arrows leave a; -6 and 10 come back along them and add to 4")
    for name, value in named.items():
        for p in value._prev:
            start, end = PLACES[names[p]], PLACES[name]
            x0, x1 = start[0] + 55, end[0] - 57
            color = paths.get((names[p], name), MUTED)
            canvas.arrow(
                (x0, start[1]), (x1, end[1]), color=color, width=2.4 if color != MUTED else 1.5
            )
    for name, value in named.items():
        for p, local in zip(value._prev, value._local, strict=True):
            start, end = PLACES[names[p]], PLACES[name]
            x0, x1 = start[0] + 55, end[0] - 57
            color = paths.get((names[p], name), MUTED)
            x, y = x0 + 0.32 * (x1 - x0), start[1] + 0.32 * (end[1] - start[1])
            canvas.raw(
                f'<rect x="{x - 18:g}" y="{y - 10:g}" width="36" height="20" fill="#ffffff"/>'
            )
            canvas.text(x, y, f"{local * value.grad:+g}", color=color, size=13, bold=color != MUTED)
    for name, (x, y) in PLACES.items():
        value = named[name]
        canvas.box(
            x,
            y,
            110,
            58,
            [name, f"value {value.data:g}", f"grad {value.grad:g}"],
            color=BLUE if value._prev else INK,
            mono=True,
            size=12.5,
        )
    canvas.text(85, 222, "(-6) + 10 = 4", size=13, bold=True)
    canvas.text(
        360,
        362,
        "arrows: the run, left to right; numbers: what comes back along each",
        color=MUTED,
        size=13,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "03-two-paths.svg")
