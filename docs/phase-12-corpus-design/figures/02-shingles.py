"""Draws 02-shingles.svg: the runs of three letters of two texts, and which of them both have."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

TEXTS = ("I walk", "I walked")


def runs(text: str) -> list[str]:
    """In the order of the text, a space shown as an open box."""
    return [text[i : i + 3].replace(" ", "␣") for i in range(len(text) - 2)]


def main(out: Path) -> None:
    """One row a text; the runs of both in blue, those of one in orange."""
    canvas = Canvas(720, 170, "Four of six runs of three letters are shared by I walk and I walked")
    both = set(runs(TEXTS[0])) & set(runs(TEXTS[1]))
    for row, text in enumerate(TEXTS):
        y = 40 + row * 60
        canvas.text(110, y, text, mono=True, size=16, anchor="end")
        for column, run in enumerate(runs(text)):
            color = BLUE if run in both else ORANGE
            canvas.box(180 + column * 90, y, 74, 36, run, color=color, mono=True)
    canvas.text(360, 148, f"shared {len(both)}, together 6", color=MUTED)
    canvas.save(out / "02-shingles.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
