"""The difference between two scores of one and the same model, on 60 test cells: exact probabilities."""

import sys
from math import comb
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

CELLS, RIGHT, GAIN = 60, 0.8, 3


def chances() -> dict[int, float]:
    """The probability of each difference (second score minus first), both Binomial(CELLS, RIGHT)."""
    score = [comb(CELLS, k) * RIGHT**k * (1 - RIGHT) ** (CELLS - k) for k in range(CELLS + 1)]
    found: dict[int, float] = {}
    for i, p in enumerate(score):
        for j, q in enumerate(score):
            found[j - i] = found.get(j - i, 0.0) + p * q
    return found


def main(folder: Path) -> None:
    """Draws the bars; those at or beyond the claimed gain stand out."""
    chance = chances()
    tail = sum(p for d, p in chance.items() if d >= GAIN)
    canvas = Canvas(
        720,
        330,
        f"Two runs of one model differ by {GAIN} cells or more in {tail:.0%} of all cases, upwards alone",
    )
    canvas.text(360, 26, "Second run minus first run of the same model, 60 test cells", bold=True)
    base, scale, step = 262, 2000, 23
    for difference in range(-14, 15):
        height = chance[difference] * scale
        x = 360 + difference * step
        color = ORANGE if difference >= GAIN else BLUE
        canvas.raw(
            f'<rect x="{x - 9}" y="{base - height:.1f}" width="18" height="{height:.1f}" fill="{color}"/>'
        )
        if difference % 2 == 0:
            label = f"{difference:+d}" if difference else "0"
            canvas.text(x, base + 15, label, size=12, color=MUTED)
    canvas.raw(f'<path d="M28,{base} H692" stroke="{MUTED}" stroke-width="1"/>')
    canvas.text(360, base + 40, "difference in correct cells", size=13, color=MUTED)
    canvas.text(
        690, 90, f'{tail:.0%}: "improved by {GAIN} or more"', color=ORANGE, anchor="end", bold=True
    )
    canvas.text(690, 112, "with nothing improved", color=ORANGE, anchor="end", size=13)
    canvas.text(
        30, 90, f"{chance[0]:.0%}: exactly the same score", color=INK, anchor="start", size=13
    )
    canvas.save(folder / "01-same-model-twice.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
