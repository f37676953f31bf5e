"""Draws 02-number-line.svg: every number of a tiny format on a line, and a tie and its neighbors enlarged."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, RED, Canvas
from minigrad.floats import FloatFormat, decode, kind

TINY = FloatFormat("tiny", 3, 2)
"""3 bits of exponent, 2 of mantissa: bias 3, largest 14."""


def draw() -> Canvas:
    """The positive numbers, by binade; below, what happens to four numbers between 2 and 3.5."""
    canvas = Canvas(
        720, 330, "All positive numbers of a tiny format: each power of two doubles the spacing"
    )
    left, right, y = 40.0, 690.0, 84.0
    scale = (right - left) / 14

    canvas.text(360, 22, "3 bits of exponent, 2 of mantissa: 28 numbers from 0 to 14", bold=True)
    canvas.arrow((left, y), (right + 12, y), head=False, width=1)
    for pattern in range(TINY.beyond):
        value = decode(pattern, TINY)
        small = kind(pattern, TINY) != "normal"
        power_of_two = pattern % 4 == 0 and pattern > 0
        color = ORANGE if small else BLUE
        tall = 16 if power_of_two else 9
        x = left + value * scale
        canvas.raw(
            f'<line x1="{x:g}" y1="{y - tall:g}" x2="{x:g}" y2="{y + tall:g}" stroke="{color}" stroke-width="1.8"/>'
        )
    for value in (0, 1, 2, 4, 8, 14):
        canvas.text(left + value * scale, y + 30, f"{value}", size=13)
    for low, high, label in [(2, 4, "step 1/2"), (4, 8, "step 1"), (8, 14, "step 2")]:
        canvas.text(left + (low + high) / 2 * scale, y - 32, label, size=12, color=BLUE)
    canvas.text(left + 2, y - 32, "subnormal", size=11, color=ORANGE, anchor="start")

    canvas.text(360, 166, "between 2 and 3.5: to the nearest, ties to the even mantissa", bold=True)
    low_y, wide = 262.0, 190.0
    start = 80.0
    canvas.arrow((start - 20, low_y), (start + 3 * wide + 20, low_y), head=False, width=1)
    for k, (value, bits) in enumerate([(2.0, "00"), (2.5, "01"), (3.0, "10"), (3.5, "11")]):
        x = start + k * wide
        color = GREEN if bits.endswith("0") else MUTED
        canvas.raw(
            f'<line x1="{x:g}" y1="{low_y - 14:g}" x2="{x:g}" y2="{low_y + 14:g}" stroke="{color}" stroke-width="2.2"/>'
        )
        canvas.text(x, low_y + 28, f"{value:g}", size=14, color=INK)
        canvas.text(x, low_y + 47, f"mantissa {bits}", size=12, color=color, mono=True)
    for value, goes, color, word in [
        (2.1, 2.0, BLUE, "2.1"),
        (2.25, 2.0, RED, "2.25 tie"),
        (2.75, 3.0, RED, "2.75 tie"),
        (3.3, 3.5, BLUE, "3.3"),
    ]:
        x = start + (value - 2) * 2 * wide
        to = start + (goes - 2) * 2 * wide
        canvas.text(x, 200, word, size=13, color=color)
        canvas.arrow((x, 212), (to, low_y - 16), color=color)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "02-number-line.svg")
