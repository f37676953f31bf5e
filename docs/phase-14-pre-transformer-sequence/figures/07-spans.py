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
        left = 30 + span * 230
        for step in range(SPAN):
            canvas.box(left + step * 48, 60, 40, 40, str(span * SPAN + step + 1), color=BLUE)
        canvas.arrow((left + 3 * 48 + 40, 130), (left, 130), color=ORANGE)
        canvas.text(left + 92, 152, "backward, clip, step", anchor="middle", color=ORANGE)
        if span + 1 < SPANS:
            canvas.arrow((left + 3 * 48 + 42, 80), (left + 228, 80), color=BLUE)
    canvas.text(360, 36, "the state goes on, as numbers", anchor="middle", color=BLUE)
    canvas.text(360, 180, "no gradient goes over a border", anchor="middle", color=MUTED)
    canvas.save(out / "07-spans.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
