"""Draws 04-settled.svg: the settled and the open part of what has come, for four texts, by GPT-2's pattern."""

import sys
from pathlib import Path

from given.drawing import GREEN, MUTED, ORANGE, Canvas

ROWS = [
    ("I", "␣wor", "work may come"),
    ("I␣work", "␣␣⏎", "more white space, or a word"),
    ("I", "'l", "'ll is one pre-token"),
    ("I␣work", "<|end|>", "<|end|>> is a longer name"),
]


def main(out: Path) -> None:
    """Green is encoded and forgotten, orange is kept."""
    canvas = Canvas(720, 240, "What is settled is encoded and forgotten, what is open is kept")
    for row, (settled, open_, why) in enumerate(ROWS):
        y, x = 40 + 54 * row, 30
        for text, color in ((settled, GREEN), (open_, ORANGE)):
            width = 26 * len(text) + 16
            canvas.box(
                x + width / 2, y, width, 38, text, color=color, mono=True, dashed=color == ORANGE
            )
            x += width + 4
        canvas.text(440, y, why, size=13, color=MUTED, anchor="start")
    canvas.save(out / "04-settled.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
