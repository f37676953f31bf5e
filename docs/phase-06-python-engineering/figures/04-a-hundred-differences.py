"""Draws 04-a-hundred-differences.svg: the squared differences of a column and a row; the diagonal was meant."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas
from minigrad.vectorized import mean_squared_error

LEFT, TOP, CELL = 70, 62, 31


def shade(value: float, largest: float) -> str:
    """White for 0, orange for the largest."""
    share = (value / largest) ** 0.5
    low, high = (255, 255, 255), (232, 150, 90)
    return "#" + "".join(
        f"{round(a + share * (b - a)):02x}" for a, b in zip(low, high, strict=True)
    )


def draw() -> Canvas:
    """Ten predictions 0.1 too high, as a column, against ten targets, as a row."""
    targets = np.arange(10.0)
    column = (targets + 0.1)[:, None]
    squares = (column - targets) ** 2
    canvas = Canvas(720, 410, "Ten intended differences on the diagonal, ninety others around it")
    canvas.text(LEFT + 5 * CELL, 22, "targets, shape (10,)", size=13, color=MUTED)
    canvas.raw(
        f'<text x="18" y="{TOP + 5 * CELL}" font-size="13" fill="{MUTED}" text-anchor="middle" '
        f'font-family="sans-serif" transform="rotate(-90 18 {TOP + 5 * CELL})">predictions, shape (10, 1)</text>'
    )
    for i in range(10):
        canvas.text(LEFT + CELL * (i + 0.5), TOP - 14, f"{targets[i]:g}", size=12, mono=True)
        canvas.text(LEFT - 20, TOP + CELL * (i + 0.5), f"{column[i, 0]:.1f}", size=12, mono=True)
        for j in range(10):
            x, y = LEFT + CELL * j, TOP + CELL * i
            canvas.raw(
                f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{shade(squares[i, j], squares.max())}" stroke="#ffffff"/>'
            )
            canvas.text(
                x + CELL / 2,
                y + CELL / 2,
                f"{squares[i, j]:.2f}" if i == j else f"{squares[i, j]:.0f}",
                size=10.5,
                mono=True,
                bold=i == j,
            )
    for i in range(10):
        x, y = LEFT + CELL * i, TOP + CELL * i
        canvas.raw(
            f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>'
        )
    right = mean_squared_error(column[:, 0], targets)
    wrong = float(squares.mean())
    spread = float(((column - targets.mean()) ** 2).mean())
    x = 575
    canvas.box(x, 110, 240, 62, ["the ten that were meant", f"mean {right:.2f}"], color=BLUE)
    canvas.box(x, 200, 240, 62, ["all hundred", f"mean {wrong:.2f}"], color=ORANGE)
    canvas.box(
        x,
        300,
        240,
        86,
        ["why", f"mean (p - mean t)² = {spread:.2f}", f"var(t) = {targets.var():.2f}"],
        color=INK,
        size=13,
    )
    canvas.text(x, 366, f"{spread:.2f} + {targets.var():.2f} = {wrong:.2f}", mono=True, size=13)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "04-a-hundred-differences.svg")
