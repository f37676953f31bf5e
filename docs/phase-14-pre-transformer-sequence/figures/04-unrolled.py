"""Draws 04-unrolled.svg: four steps of the same cell, forward in blue, and the way back of one mistake in orange."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

STEPS = 4


def main(out: Path) -> None:
    """Inputs below, cells in the middle, states above; a loss at the last."""
    canvas = Canvas(720, 250, "Four steps of one cell; the gradient comes back through all of them")
    for t in range(STEPS):
        x = 110 + t * 160
        canvas.box(x, 190, 90, 34, f"x{t + 1}", color=INK)
        canvas.arrow((x, 173), (x, 138), color=BLUE)
        canvas.box(x, 116, 90, 40, "cell", color=BLUE)
        canvas.text(x, 82, f"h{t + 1}", color=BLUE)
        if t + 1 < STEPS:
            canvas.arrow((x + 46, 107), (x + 112, 107), color=BLUE)
            canvas.arrow((x + 114, 125), (x + 48, 125), color=ORANGE)
    canvas.text(590, 34, "loss", color=ORANGE)
    canvas.arrow((610, 44), (610, 94), color=ORANGE)
    canvas.text(360, 234, "the same weights in every cell", color=MUTED)
    canvas.save(out / "04-unrolled.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
