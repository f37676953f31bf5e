"""Draws 02-way.svg: the way of a text to its ids."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, PURPLE, Canvas

ROWS = [
    ("cut at special tokens", [("she worked", 300, BLUE), ("<|end|>", 120, ORANGE)]),
    ("pre-tokens", [("she", 96, BLUE), ("␣worked", 196, BLUE), ("<|end|>", 120, ORANGE)]),
    (
        "bytes",
        [
            *[(letter, 24, PURPLE) for letter in "she␣worked"],
            ("", 48, ""),
            ("<|end|>", 120, ORANGE),
        ],
    ),
    (
        "merges by rank",
        [("s", 40, GREEN), ("he", 48, GREEN), ("␣worked", 196, GREEN), ("<|end|>", 120, ORANGE)],
    ),
    ("ids", [("116", 40, GREEN), ("261", 48, GREEN), ("263", 196, GREEN), ("0", 120, ORANGE)]),
]


def main(out: Path) -> None:
    """Five rows from text to ids; the special token passes untouched."""
    canvas = Canvas(720, 300, "A text on its way to ids; its special token passes untouched")
    for row, (label, parts) in enumerate(ROWS):
        y, x = 40 + 56 * row, 190
        canvas.text(20, y, label, size=13, color=MUTED, anchor="start")
        for text, width, color in parts:
            if color:
                canvas.box(x + width / 2, y, width - 2, 36, text, color=color, size=13, mono=True)
            x += width + (6 if width > 24 else 1)
    canvas.save(out / "02-way.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
