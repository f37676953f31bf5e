"""Draws 01-loops.svg: the four loops of btv,vd->btd, which of them make the shape, and which one is summed."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

LOOPS = [
    ("b", 32, "sentences", True),
    ("t", 16, "tokens", True),
    ("v", 600, "word forms", False),
    ("d", 64, "numbers a token", True),
]


def draw() -> Canvas:
    """The string on top, one box a loop, the result below."""
    canvas = Canvas(
        720, 330, "btv,vd->btd as loops: b, t and d stay and make the shape, v is summed"
    )
    for i, letter in enumerate("btv,vd->btd"):
        color = BLUE if letter in "btd" else ORANGE if letter == "v" else INK
        canvas.text(270 + 18 * i, 36, letter, size=24, mono=True, bold=True, color=color)
    for i, (letter, size, what, stays) in enumerate(LOOPS):
        x, color = 100 + i * 173, BLUE if stays else ORANGE
        canvas.box(x, 120, 150, 76, "", color=color)
        canvas.text(x, 97, f"for {letter} in range({size})", mono=True, size=12)
        canvas.text(x, 119, what, size=12.5, color=MUTED)
        note = f"after the arrow: size {size}" if stays else "missing there: summed"
        canvas.text(x, 141, note, size=12, color=color)
        canvas.arrow(
            (x, 160), (x if stays else 360, 206 if stays else 262), color=color, dashed=not stays
        )
    for i, (letter, size, _, stays) in enumerate(LOOPS):
        if stays:
            canvas.box(100 + i * 173, 224, 60, 32, f"{letter} = {size}", color=BLUE, size=12.5)
    canvas.box(
        360,
        288,
        560,
        46,
        ["shape (32, 16, 64)", "2 x (32 x 16 x 600 x 64) - (32 x 16 x 64) = 39,288,832 operations"],
        size=13,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "01-loops.svg")
