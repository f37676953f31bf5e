"""Draws 00-lookup.svg: a dictionary gives one value, a soft lookup mixes all of them; the numbers are page 00's."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

KEYS, VALUES, SHARES = ("(4, 0)", "(0, 4)", "(3, 3)"), ("10", "20", "40"), (0.613, 0.083, 0.304)


def side(
    c: Canvas, left: float, title: str, query: str, shares: tuple[float, ...], out: str
) -> None:
    """One table with the share of each row as a bar."""
    c.text(left + 160, 22, title, bold=True)
    c.box(left + 38, 100, 76, 34, query, color=BLUE, mono=True, size=12)
    for i, (key, value, share) in enumerate(zip(KEYS, VALUES, shares, strict=True)):
        y = 56 + 46 * i
        c.box(left + 130, y, 70, 32, key, mono=True, size=12)
        c.box(left + 280, y, 46, 32, value, color=ORANGE, mono=True, size=12)
        c.raw(
            f'<rect x="{left + 180}" y="{y - 8}" width="{60 * share:g}" height="10" fill="{BLUE}"/>'
        )
        c.text(left + 210, y + 11, f"{share:g}", size=11, color=MUTED)
    c.text(left + 280, 190, f"= {out}", bold=True)


def main(out: Path) -> None:
    """The same table twice."""
    canvas = Canvas(
        720,
        224,
        "A dictionary gives the value of the one key that is equal; a soft lookup mixes all values by shares",
    )
    side(canvas, 20, "a dictionary", "(4, 0)", (1.0, 0.0, 0.0), "10")
    side(canvas, 385, "a soft lookup", "(0.4, -0.1)", SHARES, "19.96")
    canvas.save(out / "00-lookup.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
