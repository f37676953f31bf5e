"""Draws 00-three-parts.svg: what an engine for numbers has, and what arrays add to it."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

SHARED = [("graph", "who made whom"), ("table", "one slope an input"), ("walk", "back, adding up")]
ADDED = [
    ("shapes", "one a gradient"),
    ("unbroadcast", "sum the copies"),
    ("matrix rules", "slopes are arrays"),
]


def draw() -> Canvas:
    """Two rows: phase 07 with three parts, phase 08 with the same three and three more."""
    canvas = Canvas(
        720,
        280,
        "Phase 07 has three parts: graph, table, walk. Phase 08 keeps them and adds three more",
    )
    rows = [
        ("Phase 07: one number a node", 85, SHARED, []),
        ("Phase 08: one array a node", 215, SHARED, ADDED),
    ]
    for label, y, shared, added in rows:
        canvas.text(20, y - 53, label, anchor="start", bold=True, color=INK, size=15)
        for i, (name, note) in enumerate([*shared, *added]):
            x = 74 + i * 114.5
            canvas.box(x, y, 108, 66, "", color=BLUE if i < len(shared) else ORANGE)
            canvas.text(x, y - 12, name, bold=True, size=12.5)
            canvas.text(x, y + 13, note, size=10.5, color=MUTED)
    canvas.text(535, 85, "a wrong gradient has three places to hide", size=13, color=BLUE)
    canvas.text(535, 162, "the same three, and three more", size=13, color=ORANGE)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "00-three-parts.svg")
