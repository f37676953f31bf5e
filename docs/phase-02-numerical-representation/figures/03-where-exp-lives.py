"""Draws 03-where-exp-lives.svg: for which x each format can hold exp(x), and where the shift puts it."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, RED, TINT, Canvas
from minigrad.floats import BF16, E4M3, E5M2, FP16, FP32


def draw() -> Canvas:
    """A bar a format on a line of exponents from -120 to 120."""
    canvas = Canvas(
        720, 372, "exp(x) is a number only for x between two walls; the shift keeps x at or below 0"
    )
    left, right = 96.0, 700.0

    def at(x: float) -> float:
        return round(left + (x + 120) / 240 * (right - left), 1)

    canvas.raw(
        f'<rect x="{at(-120)}" y="46" width="{at(0) - at(-120):g}" height="256" fill="{TINT[GREEN]}"/>'
    )
    canvas.text((at(-120) + at(0)) / 2, 26, "where x - max lies", color=GREEN, bold=True)
    canvas.text((at(0) + at(120)) / 2, 26, "where only luck keeps you", color=RED, bold=True)
    for row, fmt in enumerate((FP32, BF16, FP16, E5M2, E4M3)):
        y = 72 + row * 50
        top = math.log(fmt.largest)
        normal = math.log(fmt.smallest_normal)
        # The smallest subnormal is the last stop: half of it rounds to 0.
        last = math.log(fmt.smallest_subnormal) - math.log(2)
        canvas.text(left - 14, y, fmt.name, anchor="end", bold=True)
        canvas.raw(
            f'<rect x="{at(normal)}" y="{y - 11}" width="{at(top) - at(normal):g}" height="22" fill="{BLUE}"/>'
        )
        canvas.raw(
            f'<rect x="{at(last)}" y="{y - 11}" width="{at(normal) - at(last):g}" height="22" fill="{ORANGE}"/>'
        )
        beyond = "inf" if fmt.infinities else "NaN"
        label = f"{top:.2f}: {beyond} beyond" if top < 60 else f"{top:.2f}"
        canvas.text(at(top) + 6, y, label, size=11, anchor="start", color=RED)
        canvas.text(at(last) + 2, y + 19, f"{last:.1f}", size=10, anchor="start", color=MUTED)
    canvas.arrow((at(-120), 310), (at(120), 310), head=False, width=1)
    for x in (-120, -80, -40, 0, 40, 80, 120):
        canvas.text(at(x), 324, f"{x}", size=12, color=INK)
    canvas.text(
        (left + right) / 2,
        352,
        "x, the exponent;  blue: exp(x) is normal, orange: subnormal, left of it: 0",
        size=12,
        color=MUTED,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "03-where-exp-lives.svg")
