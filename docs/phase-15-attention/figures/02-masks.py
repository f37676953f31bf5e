"""Draws 02-masks.svg: who sees whom in four tables."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, MUTED, PAPER, Canvas

CAUSAL = np.tri(5, dtype=bool)
PADDED = np.broadcast_to(np.arange(5) < 3, (5, 5))
TABLES = (
    ("causal, 5 by 5", CAUSAL),
    ("2 queries, 5 keys", np.tri(2, 5, 3, dtype=bool)),
    ("padding, length 3", PADDED),
    ("both", CAUSAL & PADDED),
)


def main(out: Path) -> None:
    """Queries down, keys across; filled is seen."""
    canvas = Canvas(720, 190, "Four tables of who sees whom: queries down, keys across")
    for i, (name, seen) in enumerate(TABLES):
        left = 24 + 176 * i
        canvas.text(left + 65, 20, name, size=13)
        for (t, s), visible in np.ndenumerate(seen):
            canvas.raw(
                f'<rect x="{left + 26 * s}" y="{40 + 26 * t}" width="24" height="24" '
                f'fill="{BLUE if visible else PAPER}" stroke="{MUTED}" stroke-width="0.75"/>'
            )
    canvas.save(out / "02-masks.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
