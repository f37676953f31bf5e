"""Draws 00-parse.svg: a sentence taken apart, from its words to the cell that they name."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, Canvas

PARTS = [
    (100, 90, "he", "subject", "3sg", BLUE),
    (300, 130, "came", "form", ["come", "past_simple"], GREEN),
    (540, 190, "last year", "frame", ["year", "says past_simple"], ORANGE),
]


def main(out: Path) -> None:
    """Words above, what each says below; the two that name a tense must agree."""
    canvas = Canvas(
        720, 210, "he came last year: subject, form and frame, and what each of them says"
    )
    for x, width, words, name, says, color in PARTS:
        canvas.box(x, 50, width, 40, words, color=color, mono=True, size=16)
        canvas.text(x, 18, name, color=MUTED, size=12)
        canvas.arrow((x, 72), (x, 122), color=color)
        canvas.box(x, 148, max(width, 130), 48, says, color=color, size=13)
    canvas.arrow((368, 150), (440, 150), color=MUTED, dashed=True, head=False)
    canvas.text(404, 190, "must agree", color=MUTED, size=12)
    canvas.save(out / "00-parse.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
