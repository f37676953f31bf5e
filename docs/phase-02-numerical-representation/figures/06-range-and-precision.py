"""Draws 06-range-and-precision.svg: what six formats spend their bits on: range to the left and right, digits upward."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas
from minigrad.floats import BF16, E4M3, E5M2, FP16, FP32, TF32


def draw() -> Canvas:
    """For each format a bar over the powers of two that it reaches, as tall as its significand is wide."""
    canvas = Canvas(720, 420, "Range costs exponent bits, precision costs mantissa bits")
    left, right = 84.0, 650.0

    def at(power: float) -> float:
        return round(left + (power + 152) / 282 * (right - left), 1)

    y = 52.0
    for fmt in (FP32, TF32, BF16, FP16, E5M2, E4M3):
        height = 2.0 * (fmt.mantissa_bits + 1) + 4
        top = math.frexp(fmt.largest)[1]
        normal = math.frexp(fmt.smallest_normal)[1] - 1
        last = math.frexp(fmt.smallest_subnormal)[1] - 1
        middle = y + height / 2
        canvas.text(left - 12, middle, fmt.name, anchor="end", bold=True)
        canvas.raw(
            f'<rect x="{at(normal)}" y="{y:g}" width="{at(top) - at(normal):g}" height="{height:g}" fill="{BLUE}"/>'
        )
        # Subnormals lose a bit for each power of two.
        canvas.raw(
            f'<polygon points="{at(normal)},{y:g} {at(normal)},{y + height:g} {at(last)},{y + height:g}" fill="{ORANGE}"/>'
        )
        label = f"{fmt.mantissa_bits + 1} bits of significand, largest {fmt.largest:.4g}"
        if fmt.exponent_bits == 8:
            canvas.text((at(normal) + at(top)) / 2, middle, label, size=12, color="#ffffff")
        else:
            canvas.text(at(top) + 8, middle, label, size=12, anchor="start", color=BLUE)
        y += height + 22
    canvas.arrow((at(-152), 372), (at(130), 372), head=False, width=1)
    for power in (-149, -126, -100, -50, -24, 0, 16, 50, 100, 128):
        canvas.text(at(power), 386, f"2^{power}" if power else "1", size=10, color=MUTED)
    canvas.text(
        360,
        406,
        "width: powers of two;  height: bits of significand;  orange: subnormal, one bit less for each step down",
        size=12,
        color=MUTED,
    )
    canvas.text(
        360,
        22,
        "one bit of exponent squares the range, one bit of mantissa halves the error",
        bold=True,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "06-range-and-precision.svg")
