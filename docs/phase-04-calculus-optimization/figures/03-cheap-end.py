"""Draws 03-cheap-end.svg: one gradient through four square Jacobians, multiplied from the input and from the loss."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

N = 1000
SIDE, THIN, GAP = 58, 10, 12


def chain(canvas: Canvas, y: float, color: str, joins: list[tuple[int, int, str]]) -> None:
    """The row vector and four matrices to scale; below them, brackets in the order of the multiplications."""
    x = 140.0
    edges = []
    for i in range(5):
        height = THIN if i == 0 else SIDE
        name = "g" if i == 0 else f"J{i}"
        canvas.box(
            x + SIDE / 2,
            y,
            SIDE,
            height,
            "" if i == 0 else name,
            color=color if i == 0 else INK,
            size=13,
            radius=2,
        )
        if i == 0:
            canvas.text(x + SIDE / 2, y - 16, name, size=13, color=color)
        edges.append((x, x + SIDE))
        x += SIDE + GAP
    for level, (first, last, label) in enumerate(joins):
        left, right = edges[first][0], edges[last][1]
        at = y + SIDE / 2 + 14 + 22 * level
        canvas.raw(
            f'<path d="M{left:g},{at - 5:g} V{at:g} H{right:g} V{at - 5:g}" fill="none" stroke="{color}" stroke-width="1.75"/>'
        )
        canvas.text(right + 8, at, label, size=12.5, color=color, anchor="start")


def draw() -> Canvas:
    """Multiplications for n = 1,000."""
    square, cube = f"{N * N:,}", f"{N**3:,}"
    canvas = Canvas(
        720,
        420,
        "From the loss, four matrix-vector products; from the input, three matrix products first",
    )
    canvas.text(20, 52, "from the loss", color=BLUE, anchor="start", bold=True)
    canvas.text(20, 72, f"{4 * N * N:,}", color=BLUE, anchor="start", mono=True, size=13)
    chain(
        canvas,
        60,
        BLUE,
        [(0, 1, f"row by matrix: {square}"), (0, 2, square), (0, 3, square), (0, 4, square)],
    )
    canvas.text(20, 242, "from the input", color=ORANGE, anchor="start", bold=True)
    canvas.text(20, 262, f"{3 * N**3 + N * N:,}", color=ORANGE, anchor="start", mono=True, size=13)
    chain(
        canvas,
        250,
        ORANGE,
        [(3, 4, f"matrix by matrix: {cube}"), (2, 4, cube), (1, 4, cube), (0, 4, square)],
    )
    canvas.text(
        360,
        400,
        f"{N:,} numbers in every layer; multiplications; the same result",
        color=MUTED,
        size=13,
    )
    return canvas


if __name__ == "__main__":
    draw().save(
        (Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent) / "03-cheap-end.svg"
    )
