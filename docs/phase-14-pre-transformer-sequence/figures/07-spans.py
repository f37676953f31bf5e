"""Draws 07-spans.svg: three spans of four tokens; the state crosses the borders, the gradient doesn't."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

SPAN, SPANS = 4, 3


def main(out: Path) -> None:
    """A row of steps, cut twice."""
    canvas = Canvas(
        720, 190, "Three spans: the state goes on over the borders, the gradient ends there"
    )
    for span in range(SPANS):
        left = 58 + span * 230
        for step in range(SPAN):
            canvas.box(left + step * 48, 84, 40, 40, str(span * SPAN + step + 1), color=BLUE)
        canvas.arrow((left + 164, 126), (left - 20, 126), color=ORANGE)
        canvas.text(left + 72, 146, "backward, clip, step", color=ORANGE)
        if span + 1 < SPANS:
            canvas.arrow((left + 166, 84), (left + 208, 84), color=BLUE)
    canvas.text(360, 34, "the state goes on, as numbers", color=BLUE)
    canvas.text(360, 174, "no gradient goes over a border", color=MUTED)
    canvas.save(out / "07-spans.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
