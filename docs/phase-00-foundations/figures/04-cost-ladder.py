"""What one mistake costs at each place where it can be noticed; each step of the scale is a factor of ten."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, RED, Canvas

LADDER = [
    ("editor", 5, "5 s", "a red line while the thought is still there", GREEN),
    ("commit hook", 30, "30 s", "read the message, mend, commit again", GREEN),
    ("CI", 300, "5 min", "come back to a branch you had left", BLUE),
    ("review", 4 * 3600, "4 h", "another person, another day", ORANGE),
    ("production", 2 * 86400, "2 days", "find it first, and explain it", RED),
]


def main(folder: Path) -> None:
    """Draws one bar a place on a logarithmic scale."""
    canvas = Canvas(
        720, 280, "The same mistake costs five seconds in the editor and two days in production"
    )
    left, unit = 130, 72
    for second in range(1, 7):
        x = left + second * unit
        canvas.raw(f'<path d="M{x},32 V244" stroke="{MUTED}" stroke-width="0.5" opacity="0.5"/>')
        canvas.text(x, 258, f"{10**second:,} s" if second < 6 else "1 M s", size=11, color=MUTED)
    for i, (place, seconds, says, why, color) in enumerate(LADDER):
        y = 54 + i * 42
        width = math.log10(seconds) * unit
        canvas.text(left - 12, y, place, anchor="end", bold=True)
        canvas.raw(
            f'<rect x="{left}" y="{y - 11}" width="{width:.1f}" height="22" rx="3" fill="{color}"/>'
        )
        canvas.text(left + width + 10, y - 8, says, anchor="start", size=13, bold=True, color=INK)
        canvas.text(left + width + 10, y + 9, why, anchor="start", size=11, color=MUTED)
    canvas.save(folder / "04-cost-ladder.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
