"""Draws 07-maps.svg: where the heads of seed 42 look, from `just run 15-what-heads-learn`, kept in _runs.json."""

import json
import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, PAPER, Canvas

KEPT = json.loads((Path(__file__).parent / "_runs.json").read_text(encoding="utf-8"))
WIDE, HIGH = 64, 24


def main(out: Path) -> None:
    """A panel a head: three subjects down, nine words across; the darker, the larger the share."""
    words, shares = KEPT["words"], KEPT["shares"]
    canvas = Canvas(
        720,
        468,
        "Attention of three subjects in each of four heads: the shares lie on the subject's own verb and time",
    )
    for h, rows in enumerate(shares):
        top = 12 + 96 * h
        canvas.text(10, top + 10, f"head {h}", anchor="start", bold=True, size=12)
        for i, row in enumerate(rows):
            canvas.text(
                112, top + HIGH * (i + 0.5), f"{words[6 + i]} ({i + 1})", anchor="end", size=12
            )
            for j, share in enumerate(row):
                canvas.raw(
                    f'<rect x="{120 + WIDE * j}" y="{top + HIGH * i}" width="{WIDE - 2}" height="{HIGH - 2}" '
                    f'fill="{BLUE}" fill-opacity="{share:.2f}" stroke="{MUTED}" stroke-width="0.5"/>'
                )
                if share >= 0.05:
                    color = PAPER if share > 0.5 else INK
                    canvas.text(
                        120 + WIDE * (j + 0.5),
                        top + HIGH * i + 11,
                        f"{share:.2f}",
                        size=11,
                        color=color,
                    )
    for j, word in enumerate(words):
        canvas.text(120 + WIDE * (j + 0.5), 404, word, size=11)
        canvas.text(120 + WIDE * (j + 0.5), 422, str(j), size=11, color=MUTED)
    canvas.text(
        120,
        450,
        "two words of a pair, three pairs, then the subjects that ask for them",
        anchor="start",
        size=12,
        color=MUTED,
    )
    canvas.save(out / "07-maps.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
