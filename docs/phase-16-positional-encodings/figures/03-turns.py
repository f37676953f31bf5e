"""Draws 03-turns.svg: a query and a key three positions apart, at two places; the angle between them is the same."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

PAIRS, STEP, LENGTH = ((3, 0), (8, 5)), 0.35, 84


def dial(c: Canvas, x: float, y: float, query: int, key: int) -> None:
    """One circle with both arrows, each turned by its position."""
    c.raw(f'<circle cx="{x}" cy="{y}" r="{LENGTH}" fill="none" stroke="{MUTED}"/>')
    for name, at, color in (("query", query, BLUE), ("key", key, ORANGE)):
        across, up = math.cos(at * STEP), math.sin(at * STEP)
        c.arrow((x, y), (x + LENGTH * across, y - LENGTH * up), color=color, width=2.5)
        c.text(x + (LENGTH + 42) * across, y - (LENGTH + 20) * up, f"{name} at {at}", color=color)
    first, last = key * STEP, query * STEP
    r = 34
    c.raw(
        f'<path d="M{x + r * math.cos(first):.2f},{y - r * math.sin(first):.2f} A{r},{r} 0 0 0 '
        f'{x + r * math.cos(last):.2f},{y - r * math.sin(last):.2f}" fill="none" stroke="{MUTED}" stroke-width="1.5"/>'
    )
    middle = (first + last) / 2
    c.text(x + 52 * math.cos(middle), y - 52 * math.sin(middle), "3w", size=13)


def main(out: Path) -> None:
    """The same distance at two places."""
    canvas = Canvas(
        720,
        270,
        "Query and key turned by their positions: at 3 and 0, and at 8 and 5, the angle between them is three steps",
    )
    for x, (query, key) in zip((190, 520), PAIRS, strict=True):
        dial(canvas, x, 140, query, key)
    canvas.save(out / "03-turns.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
