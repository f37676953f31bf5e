"""Draws 04-layout.svg: the parts of a checkpoint file, and the offsets that lead into its data."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, Canvas

PARTS = [
    (60, 80, "N", "8 bytes", MUTED),
    (280, 340, ["{step: I64 [] 0..8,", " w: F32 [1,3] 8..20}  "], "N bytes of JSON, spaces at the end", BLUE),
    (515, 110, "step", "8 bytes", GREEN),
    (640, 120, "w", "12 bytes", ORANGE),
]  # fmt: skip


def main(out: Path) -> None:
    """A strip of boxes; the data begin at offset 0 behind the header."""
    canvas = Canvas(720, 200, "A length, a header in JSON, and the arrays one behind the other")
    for x, width, words, note, color in PARTS:
        canvas.box(x, 95, width, 60, words, color=color, mono=True, size=13)
        canvas.text(x, 148, note, color=MUTED, size=12)
    canvas.arrow((345, 64), (465, 62), color=GREEN, bend=-24)
    canvas.arrow((385, 126), (585, 128), color=ORANGE, bend=34)
    canvas.text(460, 185, "0", color=MUTED, size=12)
    canvas.text(573, 185, "8", color=MUTED, size=12)
    canvas.text(700, 185, "20", color=MUTED, size=12)
    canvas.save(out / "04-layout.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
