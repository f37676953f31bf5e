"""Draws 00-padding.svg: he between its specials, and the three contexts that end before one letter."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

TOKENS = ("<s>", "<s>", "h", "e", "</s>")


def main(out: Path) -> None:
    """The padded sentence above; below, for the finger on e, what is counted."""
    canvas = Canvas(720, 230, "he with two starts and an end; three contexts end before e")
    for i, token in enumerate(TOKENS):
        x = 120 + i * 96
        color = ORANGE if i == 3 else (MUTED if token.startswith("<") else INK)
        canvas.box(x, 24, 80, 36, token, color=color if color != MUTED else INK, mono=True)
    canvas.text(120 + 3 * 96 + 40, 84, "the finger", color=ORANGE, anchor="middle")
    for row, length in enumerate((0, 1, 2)):
        y = 104 + row * 40
        context = TOKENS[3 - length : 3]
        for i, token in enumerate(context):
            canvas.box(120 + (3 - length + i) * 96, y, 80, 30, token, color=BLUE, mono=True)
        canvas.box(120 + 3 * 96, y, 80, 30, "e", color=ORANGE, mono=True)
        canvas.text(
            120 + 4 * 96,
            y + 20,
            f"after {length} token{'s' if length != 1 else ''}: one more",
            color=MUTED,
        )
    canvas.save(out / "00-padding.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
