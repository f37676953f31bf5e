"""Draws 04-cancellation.svg: two nearly equal float32 numbers, aligned, and the three bits that a subtraction leaves."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, PAPER, RED, TINT, Canvas
from minigrad.floats import FP32, decode, encode, split

A, B = 0.16739871, 0.16739864


def significand(x: float) -> str:
    """The 24 significant bits of x in fp32, the hidden one included."""
    return f"{2**23 + split(encode(x, FP32), FP32).mantissa:024b}"


def draw() -> Canvas:
    """Rows: both numbers, their difference; equal leading bits are pale."""
    canvas = Canvas(720, 286, "Twenty-one leading bits cancel; three are left of twenty-four")
    a, b = significand(A), significand(B)
    difference = int(a, 2) - int(b, 2)
    rows = [(f"{A}", a), (f"{B}", b), ("a - b", f"{difference:024b}")]
    agree = 24 - difference.bit_length()
    left, cell = 132.0, 23.0
    canvas.text(left + agree * cell / 2, 24, f"{agree} bits that cancel", color=MUTED, bold=True)
    canvas.text(left + (agree + 24) * cell / 2, 24, "what is left", color=RED, bold=True)
    for row, (name, bits) in enumerate(rows):
        y = 62 + row * 46 + (14 if row == 2 else 0)
        canvas.text(left - 12, y, name, anchor="end", mono=True, size=13, bold=row == 2)
        for column, bit in enumerate(bits):
            color = GREEN if column < agree else RED
            if row == 2 and column < agree:
                color = INK
            fill = color if bit == "1" and not (column < agree) else TINT[color]
            ink = PAPER if fill == color else (MUTED if column < agree else color)
            x = left + column * cell
            canvas.raw(
                f'<rect x="{x:g}" y="{y - 15:g}" width="{cell - 2:g}" height="30" rx="2" fill="{fill}"/>'
            )
            canvas.text(x + cell / 2 - 1, y, bit, size=13, mono=True, color=ink)
    canvas.arrow((left, 134), (left + 24 * cell - 2, 134), head=False, width=1.2)
    value = decode(encode(A, FP32), FP32) - decode(encode(B, FP32), FP32)
    canvas.text(
        360,
        218,
        f"the subtraction is exact: {difference} units of 2^-26 = {value:.4g}",
        size=14,
        color=BLUE,
    )
    canvas.text(
        360,
        244,
        "but each operand was off by up to half a unit when it arrived: 4 units, give or take 1",
        size=14,
        color=RED,
    )
    canvas.text(360, 268, "the true difference is 7e-08, or 4.7 units", size=13, color=MUTED)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "04-cancellation.svg")
