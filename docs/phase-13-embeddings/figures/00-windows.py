"""Draws 00-windows.svg: the neighbors of one word in a row by itself, and in the text of a whole verb."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

WORDS = ("to", "work", "trabajar", "I", "work", "yo", "trabajo", "you", "work")
AT, SINGLE, WHOLE = 4, 2, 4


def main(out: Path) -> None:
    """One line a kind of document; the middle in orange, its neighbors in blue."""
    canvas = Canvas(
        720,
        170,
        "The neighbors of work in the row I work yo trabajo, and in the text of all rows of work",
    )
    for line, (name, window, reach) in enumerate(
        (
            ("a row a document, window 2", SINGLE, range(3, 7)),
            ("a verb a document, window 4", WHOLE, range(9)),
        )
    ):
        y = 34 + line * 84
        canvas.text(20, y - 18, name, color=MUTED, anchor="start")
        for i, word in enumerate(WORDS):
            seen = i in reach and abs(i - AT) <= window
            color = ORANGE if i == AT else BLUE if seen else MUTED
            canvas.box(56 + i * 76, y + 8, 74, 30, word, color=color, mono=True)
    canvas.save(out / "00-windows.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
