"""Draws 01-trace.svg: the word " worked" from bytes to one token, by the merges of the trace."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, Canvas

ROWS = [
    ("bytes", ["␣", "w", "o", "r", "k", "e", "d"], []),
    ("1: w + o", ["␣", "wo", "r", "k", "e", "d"], ["wo"]),
    ("2: wo + r", ["␣", "wor", "k", "e", "d"], ["wor"]),
    ("3: wor + k", ["␣", "work", "e", "d"], ["work"]),
    ("4: ␣ + work", ["␣work", "e", "d"], ["␣work"]),
    ("6: e + d", ["␣work", "ed"], ["ed"]),
    ("7: ␣work + ed", ["␣worked"], ["␣worked"]),
]


def main(out: Path) -> None:
    """A row for each merge; what it made is green."""
    canvas = Canvas(720, 370, "The word worked with its space, from seven bytes to one token")
    for row, (label, parts, made) in enumerate(ROWS):
        y, x = 40 + 48 * row, 200
        canvas.text(20, y, label, size=13, color=MUTED, anchor="start")
        for part in parts:
            width = 68 * len(part) - 8
            canvas.box(
                x + width / 2, y, width, 36, part, color=GREEN if part in made else BLUE, mono=True
            )
            x += 68 * len(part)
    canvas.save(out / "01-trace.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
