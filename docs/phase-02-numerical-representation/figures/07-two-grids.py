"""Draws 07-two-grids.svg: five logits on a symmetric and an asymmetric int4 grid, with the codes that are wasted."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, RED, Canvas
from minigrad.integers import Grid, asymmetric_grid, dequantize, quantize, symmetric_grid

LOGITS = [1.2, 4.7, 3.1, 0.5, 2.9]


def row(canvas: Canvas, y: float, title: str, grid: Grid) -> None:
    """One number line with a tick for each code and an arrow from each logit to its place."""

    def at(x: float) -> float:
        return round(380 + x * 62, 1)

    canvas.text(24, y - 62, title, anchor="start", bold=True)
    canvas.arrow((at(-5), y), (at(5), y), head=False, width=1)
    low, high = min([*LOGITS, 0.0]), max(LOGITS)
    used = 0
    for code in range(grid.low, grid.high + 1):
        value = (code - grid.zero) * grid.scale
        inside = low - 1e-9 <= value <= high + grid.scale / 2
        used += inside
        color = BLUE if inside else MUTED
        canvas.raw(
            f'<line x1="{at(value)}" y1="{y - 9:g}" x2="{at(value)}" y2="{y + 9:g}" stroke="{color}" stroke-width="2"/>'
        )
        if grid.scale > 0.5 or code % 2 == 0:
            canvas.text(at(value), y + 21, f"{code}", size=11, color=color, mono=True)
    back = dequantize(quantize(LOGITS, grid), grid)
    for x, kept in zip(LOGITS, back, strict=True):
        side = {2.9: -9, 3.1: 9}.get(x, 0)  # neighbors, so that their labels don't touch
        canvas.text(at(x) + side, y - 42, f"{x:g}", size=12, color=ORANGE)
        canvas.arrow((at(x) + side, y - 33), (at(float(kept)), y - 11), color=ORANGE, width=1.5)
    worst = max(abs(float(k) - x) for x, k in zip(LOGITS, back, strict=True))
    canvas.text(
        700,
        y - 62,
        f"step {grid.scale:.3f}, largest error {worst:.3f}, {used} of {grid.high - grid.low + 1} codes in reach",
        size=12,
        anchor="end",
        color=RED if grid.zero == 0 else BLUE,
    )


def draw() -> Canvas:
    """Both grids for the same five logits."""
    canvas = Canvas(720, 290, "An asymmetric grid spends its codes where the numbers are")
    row(canvas, 100, "symmetric: zero at 0", symmetric_grid(LOGITS, 4))
    row(canvas, 220, "asymmetric: from 0 to the largest", asymmetric_grid(LOGITS, 4))
    canvas.text(
        360,
        272,
        "int4 codes under each tick (every second one below), logits above",
        size=12,
        color=INK,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "07-two-grids.svg")
