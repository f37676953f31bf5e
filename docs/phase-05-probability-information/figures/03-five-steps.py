"""Draws 03-five-steps.svg: from the likelihood of a corpus to the divergence from the world, with a reason at each arrow."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, Canvas

STEPS = [
    ("1", "likelihood of the corpus", "\u220f q(y_t | x_t)", INK),
    ("2", "mean surprise at it", "(1/N) \u03a3 ln 1/q(y_t | x_t)", INK),
    ("3", "cross-entropy from the shares", "H(p\u0302, q)", BLUE),
    ("4", "doubt of the data + divergence", "H(p\u0302) + D(p\u0302 || q)", ORANGE),
    ("5", "doubt of the world + divergence", "H(p) + D(p || q)", GREEN),
]
REASONS = [
    "logarithm, sign, divide by N: the maximum becomes a minimum, in the same place",
    "put equal terms together: only the counts matter",
    "ln 1/q = ln 1/p\u0302 + ln p\u0302/q: the first part doesn't contain q",
    "more data: the shares tend to the probabilities",
]


def draw() -> Canvas:
    """Five boxes from top to bottom; the reason beside each arrow."""
    canvas = Canvas(720, 470, "Five steps from maximum likelihood to the divergence from the world")
    for i, (number, name, formula, color) in enumerate(STEPS):
        y = 45 + i * 92
        canvas.text(38, y, number, size=18, bold=True, color=MUTED)
        canvas.box(205, y, 280, 54, [name, formula], color=color, size=13.5)
        if i < len(REASONS):
            canvas.arrow((205, y + 28), (205, y + 63), color=MUTED)
            words, lines = REASONS[i].split(), [""]
            for word in words:
                if len(lines[-1]) + len(word) > 46:
                    lines.append("")
                lines[-1] = f"{lines[-1]} {word}".strip()
            for k, line in enumerate(lines):
                at = y + 46 + (k - (len(lines) - 1) / 2) * 18
                canvas.text(375, at, line, size=13, color=MUTED, anchor="start")
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "03-five-steps.svg")
