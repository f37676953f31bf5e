"""Draws 03-place.svg: what changes where one pair is joined."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, RED, Canvas


def main(out: Path) -> None:
    """The parts before and after, and the pairs that fall and rise."""
    canvas = Canvas(720, 230, "One joined place: two pairs fall, two rise, all others stay")
    for y, parts in ((60, ["..", "b", "l", "r", "a", ".."]), (170, ["..", "b", "lr", "a", ".."])):
        x = 190 if len(parts) == 6 else 225
        for part in parts:
            color = MUTED if part == ".." else GREEN if part == "lr" else BLUE
            canvas.box(x, y, 60, 40, part, color=color, mono=True)
            x += 70
    for x, text in ((295, "(b, l) falls"), (435, "(r, a) falls")):
        canvas.text(x, 24, text, size=13, color=RED)
    for x, text in ((330, "(b, lr) rises"), (430, "(lr, a) rises")):
        canvas.text(x, 208, text, size=13, color=GREEN)
    canvas.arrow((365, 86), (365, 144), label="join l and r")
    canvas.text(60, 60, "before", size=13, color=MUTED)
    canvas.text(60, 170, "after", size=13, color=MUTED)
    canvas.save(out / "03-place.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
