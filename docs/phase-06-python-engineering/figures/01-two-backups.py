"""Draws 01-two-backups.svg: a shallow copy shares its arrays, a snapshot owns them."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, Canvas
from minigrad.vectorized import snapshot


def draw() -> Canvas:
    """The example of the page: the numbers come from running it."""
    weights = {"w": np.array([1.0, 2.0]), "b": np.zeros(1)}
    best, safe = dict(weights), snapshot(weights)
    weights["w"] -= 0.5
    shared, own = best["w"].tolist(), safe["w"].tolist()
    canvas = Canvas(720, 330, "dict(weights) shares the arrays; snapshot(weights) has its own")
    for x, title in ((180, "best = dict(weights)"), (540, "safe = snapshot(weights)")):
        canvas.text(x, 28, title, bold=True, mono=True, size=14)
    canvas.arrow((360, 50), (360, 290), color="#d5dbe1", head=False)
    for x, name, color in ((85, "best", ORANGE), (445, "safe", GREEN)):
        canvas.box(x, 110, 120, 60, [name, '"w"'], color=color, mono=True, size=13)
        canvas.box(x, 230, 120, 60, ["weights", '"w"'], color=BLUE, mono=True, size=13)
    canvas.box(280, 170, 120, 60, ["array", str(shared)], color=INK, mono=True, size=13)
    canvas.arrow((147, 118), (217, 158), color=ORANGE, width=2.2)
    canvas.arrow((147, 222), (217, 182), color=BLUE, width=2.2)
    canvas.box(640, 110, 120, 60, ["array", str(own)], color=INK, mono=True, size=13)
    canvas.box(640, 230, 120, 60, ["array", str(shared)], color=INK, mono=True, size=13)
    canvas.arrow((507, 110), (577, 110), color=GREEN, width=2.2)
    canvas.arrow((507, 230), (577, 230), color=BLUE, width=2.2)
    canvas.text(180, 306, "two labels, one array: the backup moves along", color=MUTED, size=13)
    canvas.text(540, 306, "after weights['w'] -= 0.5 the backup stands still", color=MUTED, size=13)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "01-two-backups.svg")
