"""Draws 04-unrolled.svg: four steps of the same cell, forward in blue, and the way back of one mistake in orange."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

STEPS = 4


def main(out: Path) -> None:
    """Inputs below, cells in the middle, states above; a loss at the last."""
    canvas = Canvas(720, 250, "Four steps of one cell; the gradient comes back through all of them")
    for t in range(STEPS):
        x = 70 + t * 160
        canvas.box(x, 170, 90, 34, f"x{t + 1}", color=INK)
        canvas.arrow((x + 45, 170), (x + 45, 134), color=BLUE)
        canvas.box(x, 96, 90, 38, "cell", color=BLUE)
        canvas.text(x + 45, 84, f"h{t + 1}", anchor="middle", color=BLUE)
        if t + 1 < STEPS:
            canvas.arrow((x + 90, 108), (x + 160, 108), color=BLUE)
            canvas.arrow((x + 160, 124), (x + 90, 124), color=ORANGE)
    canvas.text(70 + 3 * 160 + 45, 44, "loss", anchor="middle", color=ORANGE)
    canvas.arrow((70 + 3 * 160 + 68, 52), (70 + 3 * 160 + 68, 92), color=ORANGE)
    canvas.text(360, 234, "the same weights in every cell", anchor="middle", color=MUTED)
    canvas.save(out / "04-unrolled.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
