"""Draws 01-parts.svg: verbs down, surroundings across, and what is new in each: the verb, the frame, both."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED, Canvas

COLUMNS = [("bare, home, park, day, week", 240), ("school, night", 130), ("town, year", 130)]
ROWS = [("60 pairs", 90), ("10 pairs", 44), ("10 pairs", 44), ("4 verbs", 60)]
NAMES = [
    [("train", MUTED), ("val_frames", BLUE), ("test_frames", BLUE)],
    [("val_cells", GREEN), ("", RED), ("", RED)],
    [("test_cells", GREEN), ("", RED), ("", RED)],
    [("test_verbs", ORANGE), ("", RED), ("", RED)],
]


def main(out: Path) -> None:
    """A grid; where two things are new stands nothing."""
    canvas = Canvas(
        720, 330, "What is new decides the part; where two things are new there is none"
    )
    left, top = 110.0, 50.0
    x = left
    for text, width in COLUMNS:
        canvas.text(x + width / 2, 28, text, size=12, color=MUTED)
        x += width + 6
    y = top
    for (text, height), names in zip(ROWS, NAMES, strict=True):
        canvas.text(left - 12, y + height / 2, text, size=12, color=MUTED, anchor="end")
        x = left
        for (_, width), (name, color) in zip(COLUMNS, names, strict=True):
            none = not name
            canvas.box(
                x + width / 2,
                y + height / 2,
                width,
                height,
                name or "in no part",
                color=MUTED if none else color,
                fill="none" if none else None,
                mono=not none,
                dashed=none,
                size=13,
            )
            x += width + 6
        y += height + 6
    canvas.save(out / "01-parts.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
