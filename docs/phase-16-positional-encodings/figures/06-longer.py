"""Draws 06-longer.svg: what five schemes get right at three lengths, from `just run 16-longer`, kept in _runs.json."""

import json
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, RED, Canvas

KEPT = json.loads((Path(__file__).parent / "_runs.json").read_text(encoding="utf-8"))
COLORS = {
    "RoPE, far keys told as 31 away": PURPLE,
    "RoPE": BLUE,
    "ALiBi": GREEN,
    "sinusoidal": ORANGE,
    "none": MUTED,
    "learned": RED,
}
LEFT, BOTTOM, STEP, HIGH = 70, 270, 170, 230


def main(out: Path) -> None:
    """Lengths across, the share of right answers up, a line a scheme."""
    canvas = Canvas(
        720,
        320,
        "Right answers at lengths 32, 64 and 128 after training at 32: RoPE, waves and the learned table fall, ALiBi stays low, RoPE without new distances stays at 1",
    )
    for share in (0, 0.5, 1):
        y = BOTTOM - HIGH * share
        canvas.raw(f'<path d="M{LEFT},{y:g} H{LEFT + 2 * STEP}" stroke="{MUTED}" opacity="0.4"/>')
        canvas.text(LEFT - 12, y, f"{share:g}", anchor="end", size=13)
    for i, length in enumerate(KEPT["lengths"]):
        canvas.text(LEFT + STEP * i, BOTTOM + 22, str(length), size=13)
    canvas.text(LEFT + STEP, BOTTOM + 40, "length of the text", size=13, color=INK)
    for row, (name, color) in enumerate(COLORS.items()):
        points = [(LEFT + STEP * i, BOTTOM - HIGH * v) for i, v in enumerate(KEPT[name])]
        path = " L".join(f"{x:g},{y:g}" for x, y in points)
        canvas.raw(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        for x, y in points:
            canvas.raw(f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{color}"/>')
        canvas.raw(f'<circle cx="450" cy="{60 + 30 * row}" r="5" fill="{color}"/>')
        canvas.text(464, 60 + 30 * row, name, anchor="start", color=color)
    canvas.save(out / "06-longer.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
