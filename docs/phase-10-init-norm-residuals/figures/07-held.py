"""Draws 07-held.svg: the arrays that attention leaves for its backward pass, composed and fused, to scale."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, ORANGE, new_plot, save_plot

SMALL = [("q", 64), ("k", 64), ("v", 64), ("result", 64)]
COMPOSED = ["q k^T", "scaled", "masked", "less max", "exp", "P"]


def main(out: Path) -> None:
    """Two bars of arrays laid end to end, in KiB."""
    figure = new_plot(7.2, 2.6)
    axes = figure.subplots()
    for row, wide in ((1, COMPOSED), (0, ["P"])):
        left = 0
        for name, size in SMALL + [(name, 128) for name in wide]:
            color = BLUE if size == 64 else GREEN if name == "P" else ORANGE
            axes.barh(row, size, left=left, color=color, alpha=0.75, edgecolor="white", height=0.6)
            axes.text(left + size / 2, row, name, ha="center", va="center", fontsize=8)
            left += size
        axes.text(left + 10, row, f"{left} KiB", va="center", fontsize=10)
    axes.set_yticks([0, 1], ["fused", "composed"])
    axes.set(xlabel="KiB kept for backward", xlim=(0, 1180))
    save_plot(figure, out / "07-held.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
