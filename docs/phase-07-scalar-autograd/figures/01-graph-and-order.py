"""Draws 01-graph-and-order.svg: the graph of page 03, and its values in topological order with all arrows to the right."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas
from minigrad.scalar import Value, topological_order

PLACES = {
    "b": (90, 60),
    "a": (90, 130),
    "c": (90, 200),
    "ab": (270, 95),
    "e": (440, 95),
    "f": (440, 185),
    "L": (610, 140),
}
FORMULA = {"ab": "a * b", "e": "ab + c", "f": "a - c", "L": "e * f"}


def canonical() -> dict[str, Value]:
    """The values of L = (a*b + c) * (a - c) by name."""
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    ab = a * b
    e, f = ab + c, a - c
    return {"a": a, "b": b, "c": c, "ab": ab, "e": e, "f": f, "L": e * f}


def draw() -> Canvas:
    """The graph above, the line below; arrows from the engine's own `_prev`."""
    named = canonical()
    names = {value: name for name, value in named.items()}
    order = [names[v] for v in topological_order(named["L"])]
    canvas = Canvas(
        720, 450, "The seven values of (a*b + c) * (a - c) in one line: every arrow points right"
    )
    for name, value in named.items():
        for p in value._prev:
            (x0, y0), (x1, y1) = PLACES[names[p]], PLACES[name]
            canvas.arrow((x0 + 46, y0), (x1 - 46, y1))
    for name, (x, y) in PLACES.items():
        lines = [name, FORMULA[name]] if name in FORMULA else name
        canvas.box(x, y, 90, 44, lines, color=BLUE if name in FORMULA else INK, mono=True, size=13)
    canvas.text(20, 262, "the same values, each after its inputs:", anchor="start", color=MUTED)
    spot = {name: 75 + 95 * i for i, name in enumerate(order)}
    line = 385
    for name in order:
        for p in named[name]._prev:
            x0, x1 = spot[names[p]], spot[name]
            canvas.arrow((x0 + 8, line - 18), (x1 - 8, line - 18), bend=-(x1 - x0) * 0.17)
    for name in order:
        canvas.box(
            spot[name], line, 56, 34, name, color=BLUE if name in FORMULA else INK, mono=True
        )
    canvas.text(
        360, 430, "read from the right, no value comes before its users", color=ORANGE, size=13
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "01-graph-and-order.svg")
