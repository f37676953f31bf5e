"""Draws 00-utf8.svg: four characters and the bytes that write them."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, Canvas

CHARACTERS = ["w", "ñ", "字", "🦊"]


def main(out: Path) -> None:
    """A row for each character; the first byte says how many follow."""
    canvas = Canvas(720, 260, "Four characters in UTF-8: one, two, three and four bytes")
    for row, character in enumerate(CHARACTERS):
        y = 45 + 56 * row
        canvas.text(50, y, character, size=24)
        for at, byte in enumerate(character.encode()):
            color = (BLUE if len(character.encode()) == 1 else GREEN) if at == 0 else ORANGE
            canvas.box(
                160 + 138 * at,
                y,
                128,
                42,
                [f"{byte:02x}", f"{byte:08b}"],
                color=color,
                size=13,
                mono=True,
            )
    canvas.text(710, 45, "blue: itself", size=12, color=MUTED, anchor="end")
    canvas.text(
        710, 63, "green: begins with as many 1s as bytes", size=12, color=MUTED, anchor="end"
    )
    canvas.text(710, 81, "orange: 10..., one that follows", size=12, color=MUTED, anchor="end")
    canvas.save(out / "00-utf8.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
