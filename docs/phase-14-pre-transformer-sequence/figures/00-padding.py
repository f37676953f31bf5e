"""Draws 00-padding.svg: he between its specials, and the three contexts that end before one letter."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

TOKENS = ("<s>", "<s>", "h", "e", "</s>")


def main(out: Path) -> None:
    """The padded sentence above; below, for the finger on e, what is counted."""
    canvas = Canvas(720, 230, "he with two starts and an end; three contexts end before e")
    for i, token in enumerate(TOKENS):
        canvas.box(90 + i * 96, 36, 80, 36, token, color=ORANGE if i == 3 else INK, mono=True)
    canvas.text(90 + 3 * 96, 72, "the finger", color=ORANGE)
    for length in range(3):
        y = 108 + length * 42
        for i, token in enumerate(TOKENS[3 - length : 3]):
            canvas.box(90 + (3 - length + i) * 96, y, 80, 30, token, color=BLUE, mono=True)
        canvas.box(90 + 3 * 96, y, 80, 30, "e", color=ORANGE, mono=True)
        words = f"after {length} token{'s' if length != 1 else ''}: one more"
        canvas.text(440, y, words, color=MUTED, anchor="start")
    canvas.save(out / "00-padding.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
