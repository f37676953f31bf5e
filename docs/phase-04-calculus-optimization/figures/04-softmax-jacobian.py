"""Draws 04-softmax-jacobian.svg: the Jacobian of the worked example, and the loss gradient for two classes."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas
from minigrad.jacobians import cross_entropy_gradient, softmax, softmax_jacobian

Z = np.array([2.0, 1.0, 0.5, -1.0, 0.0])
CELL, LEFT, TOP = 58, 76, 70


def draw() -> Canvas:
    """Blue lifts a probability, orange lowers one; every row and column adds up to 0."""
    p, j = softmax(Z), softmax_jacobian(Z)
    canvas = Canvas(
        720,
        420,
        "diag(p) - p p^T: one positive number a row, all others negative, every row sums to 0",
    )
    canvas.text(LEFT + 2.5 * CELL, 24, "raise this logit ...", color=MUTED, size=13)
    for k in range(5):
        canvas.text(LEFT + (k + 0.5) * CELL, 48, f"z = {Z[k]:g}", size=12.5, mono=True)
        canvas.text(
            LEFT - 8, TOP + (k + 0.5) * CELL, f"p {p[k]:.3f}", size=12, mono=True, anchor="end"
        )
    for i in range(5):
        for k in range(5):
            value = float(j[i, k])
            color = BLUE if value > 0 else ORANGE
            x, y = LEFT + k * CELL, TOP + i * CELL
            canvas.raw(
                f'<rect x="{x}" y="{y}" width="{CELL - 3}" height="{CELL - 3}" rx="3" fill="{color}" '
                f'fill-opacity="{0.08 + 2.6 * abs(value):.2f}"/>'
            )
            canvas.text(x + CELL / 2 - 1, y + CELL / 2 - 1, f"{value:+.3f}", size=12, mono=True)
    canvas.text(
        LEFT + 2.5 * CELL,
        TOP + 5 * CELL + 20,
        "... and these probabilities move",
        color=MUTED,
        size=13,
    )
    for place, y in enumerate((0, 3)):
        base, left = 130 + place * 180, 450
        g = cross_entropy_gradient(Z, y)
        canvas.text(
            left - 10,
            base - 78,
            f"right class {y}: p - one_hot({y})",
            size=13,
            anchor="start",
            bold=True,
        )
        canvas.raw(
            f'<line x1="{left - 10}" x2="{left + 240}" y1="{base}" y2="{base}" stroke="{INK}"/>'
        )
        for k in range(5):
            height = 72 * float(g[k])
            color = BLUE if height < 0 else ORANGE
            canvas.raw(
                f'<rect x="{left + 48 * k}" y="{base - max(height, 0):.1f}" width="34" height="{abs(height):.1f}" '
                f'fill="{color}" fill-opacity="0.75"/>'
            )
            canvas.text(
                left + 17 + 48 * k,
                base + (11 if height > 0 else -11),
                f"{g[k]:+.2f}",
                size=12,
                mono=True,
            )
    canvas.text(
        570, 398, "a step goes against it: blue rises, orange falls", color=MUTED, size=12.5
    )
    return canvas


if __name__ == "__main__":
    draw().save(
        (Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
        / "04-softmax-jacobian.svg"
    )
