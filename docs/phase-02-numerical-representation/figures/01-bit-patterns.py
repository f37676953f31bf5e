"""Draws 01-bit-patterns.svg: five numbers in fp32, bit by bit, with what each field says."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, PAPER, RED, TINT, Canvas
from minigrad.floats import FP32, decode, encode, kind, split

NUMBERS = [("1", 1.0), ("92", 92.0), ("0.1", 0.1), ("1/600", 1 / 600), ("1e-40", 1e-40)]
CELL, GAP, LEFT, TOP, ROW = 17.0, 7.0, 78.0, 74.0, 62.0


def left_edge(column: int) -> float:
    """The x of a bit's cell; a small gap stands after the sign and after the exponent."""
    return LEFT + column * CELL + GAP * ((column >= 1) + (column >= 9))


def draw() -> Canvas:
    """A row a number; ones are filled."""
    canvas = Canvas(720, 412, "Five numbers in 32 bits: sign, eight of exponent, 23 of mantissa")
    for first, last, label, color in [
        (0, 0, "sign", RED),
        (1, 8, "exponent", BLUE),
        (9, 31, "mantissa", GREEN),
    ]:
        middle = (left_edge(first) + left_edge(last) + CELL) / 2
        canvas.text(middle, 24, label, color=color, bold=True)
    for column, label in [(0, "31"), (1, "30"), (8, "23"), (9, "22"), (31, "0")]:
        canvas.text(left_edge(column) + CELL / 2, 46, label, size=10, color=MUTED)
    for row, (name, x) in enumerate(NUMBERS):
        y = TOP + row * ROW
        pattern = encode(x, FP32)
        canvas.text(LEFT - 14, y, name, anchor="end", bold=True)
        for column, bit in enumerate(f"{pattern:032b}"):
            color = RED if column == 0 else BLUE if column < 9 else GREEN
            fill, ink = (color, PAPER) if bit == "1" else (TINT[color], color)
            canvas.raw(
                f'<rect x="{left_edge(column):g}" y="{y - 12:g}" width="{CELL - 1.5:g}" height="24" rx="2" fill="{fill}"/>'
            )
            canvas.text(left_edge(column) + CELL / 2 - 0.75, y, bit, size=12, mono=True, color=ink)
        fields = split(pattern, FP32)
        power = fields.exponent - 127 if kind(pattern, FP32) == "normal" else -126
        lead = "1" if kind(pattern, FP32) == "normal" else "0"
        exponent = f"{fields.exponent} - 127 = {power}" if lead == "1" else f"0: power {power}"
        canvas.text(left_edge(1) + 4 * CELL, y + 23, exponent, size=11, color=BLUE)
        value = decode(pattern, FP32)
        canvas.text(
            left_edge(9) + 11.5 * CELL,
            y + 23,
            f"{lead} + {fields.mantissa}/2^23,  value {value:.12g}",
            size=11,
            color=GREEN,
        )
        canvas.text(
            LEFT - 14, y + 23, f"{pattern:08X}", size=10, anchor="end", color=MUTED, mono=True
        )
    canvas.text(
        360,
        392,
        "1e-40 is subnormal: its exponent field is all zeros, and no 1 stands before the point",
        size=13,
        color=INK,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "01-bit-patterns.svg")
