"""Draws 05-ring.svg: four slots after 4, 6 and 11 tokens, and what the next token takes."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

WINDOW, LENGTHS, SIDE = 4, (4, 6, 11), 46


def held(length: int) -> list[int]:
    """The position in each slot."""
    last = length - 1
    return [last - (last - slot) % WINDOW for slot in range(WINDOW)]


def main(out: Path) -> None:
    """Three states of one ring."""
    canvas = Canvas(
        720,
        170,
        "Four slots hold positions 0 1 2 3, then 4 5 2 3, then 8 9 10 7; the next token takes the oldest one's slot",
    )
    for at, length in enumerate(LENGTHS):
        left = 30 + at * 232
        canvas.text(left + 2 * SIDE, 26, f"{length} tokens read", bold=True)
        for slot, position in enumerate(held(length)):
            x, oldest = left + slot * SIDE, slot == length % WINDOW
            color = ORANGE if oldest else BLUE
            canvas.box(
                x + SIDE / 2 - 2, 69, SIDE - 4, SIDE - 4, str(position), color=color, mono=True
            )
            canvas.text(x + SIDE / 2 - 2, 106, f"slot {slot}", color=MUTED, size=12)
            if oldest:
                canvas.text(x + SIDE / 2 - 2, 136, f"{length} comes here", color=ORANGE, size=13)
    canvas.save(out / "05-ring.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
