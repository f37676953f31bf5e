"""Draws 02-cut.svg: what four filters keep of a peaked and of a flat row; the numbers are page 02's."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, Canvas

ROWS = {
    "peaked": ((0.7204, 0.2650, 0.0049, 0.0049, 0.0049), (2, 2, 2, 2)),
    "flat": ((0.2778, 0.2514, 0.2274, 0.2058, 0.0376), (2, 4, 4, 4)),
}
FILTERS = ("top-k 2", "top-p 0.9", "min-p 0.2", "typical 0.9")


def side(
    c: Canvas, left: float, name: str, shares: tuple[float, ...], kept: tuple[int, ...]
) -> None:
    """Bars of one row, and under them a line as long as what each filter keeps."""
    c.text(left + 150, 22, f"a {name} row", bold=True)
    for i, share in enumerate(shares):
        x, height = left + 60 * i, 130 * share
        c.raw(f'<rect x="{x}" y="{170 - height:g}" width="40" height="{height:g}" fill="{BLUE}"/>')
        c.text(x + 20, 186, f"{share:.3f}", size=11, color=MUTED)
    for row, (label, n) in enumerate(zip(FILTERS, kept, strict=True)):
        y = 212 + 22 * row
        c.raw(f'<rect x="{left}" y="{y - 5}" width="{60 * n - 20}" height="6" fill="{BLUE}"/>')
        c.text(left + 60 * n + 14, y + 2, label, size=11, color=MUTED)


def main(out: Path) -> None:
    """Two rows side by side."""
    canvas = Canvas(
        760,
        300,
        "Of a peaked row all four filters keep two tokens; of a flat one top-k keeps two, top-p, min-p and typical keep four",
    )
    for left, (name, (shares, kept)) in zip((30, 410), ROWS.items(), strict=True):
        side(canvas, left, name, shares, kept)
    canvas.save(out / "02-cut.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
