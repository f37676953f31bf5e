"""Draws 02-border.svg: two texts in tokens; the end of the prompt falls into one of them."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

WIDTH = 62
ROWS = ((("he", 2), (" works", 6)), (("he", 2), (" ", 1), ("g", 1), ("o", 1), ("e", 1), ("s", 1)))


def main(out: Path) -> None:
    """Boxes as wide as their letters are many; a line where the prompt ends, one where scoring starts."""
    canvas = Canvas(
        720, 210, "he works and he goes in tokens; the prompt ends within a token of the first"
    )
    for row, tokens in enumerate(ROWS):
        x, y = 80, 60 + row * 62
        for place, (token, letters) in enumerate(tokens):
            shown = token.replace(" ", "_")
            color = MUTED if place == 0 else BLUE
            wide = WIDTH * letters - 6
            canvas.box(x + wide / 2, y + 20, wide, 40, shown, color=color, mono=True)
            x += WIDTH * letters
    prompt, scored = 80 + 3 * WIDTH - 3, 80 + 2 * WIDTH - 3
    canvas.raw(f'<path d="M{prompt} 46V178" stroke="{ORANGE}" stroke-dasharray="5 4"/>')
    canvas.text(prompt + 8, 34, "here the prompt ends", color=ORANGE, anchor="start")
    canvas.text(scored - 8, 190, "shared", color=MUTED, anchor="end")
    canvas.text(scored + 8, 190, "scored, in both", color=BLUE, anchor="start")
    canvas.save(out / "02-border.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
