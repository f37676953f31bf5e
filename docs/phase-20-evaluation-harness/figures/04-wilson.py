"""Draws 04-wilson.svg: the same share of 80 % of 10, 40, 160 and 640 probes, with Wilson's interval."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas
from minilm.intervals import wilson

SIZES = (10, 40, 160, 640)


def main(out: Path) -> None:
    """A line for each number of probes."""
    canvas = Canvas(
        720, 230, "Four in five right: the interval halves when the probes are fourfold"
    )
    left, width = 170, 480
    for i, n in enumerate(SIZES):
        y = 36 + i * 42
        low, high = wilson(n * 4 // 5, n)
        canvas.text(left - 20, y, f"{n * 4 // 5} of {n}", anchor="end", color=INK)
        canvas.raw(
            f'<path d="M{left + width * low:.1f} {y}H{left + width * high:.1f}" stroke="{BLUE}" stroke-width="6"/>'
        )
        canvas.raw(f'<circle cx="{left + width * 0.8:.1f}" cy="{y}" r="6" fill="{ORANGE}"/>')
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        canvas.text(left + width * share, 208, f"{share:g}", color=MUTED)
    canvas.save(out / "04-wilson.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
