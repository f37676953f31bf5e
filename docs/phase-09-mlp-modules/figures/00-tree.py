"""Draws 00-tree.svg: modules inside modules, and the names that the paths give."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, Canvas

NODES = {
    "model": (90, 130, "model", BLUE),
    "blocks": (250, 130, "blocks", BLUE),
    "0": (390, 70, "0", BLUE),
    "1": (390, 190, "1", BLUE),
}
LEAVES = [
    (600, 45, "blocks.0.weight", "0"),
    (600, 95, "blocks.0.bias", "0"),
    (600, 165, "blocks.1.weight", "1"),
    (600, 215, "blocks.1.bias", "1"),
]


def main(out: Path) -> None:
    """The tree from left to right, parameters in green."""
    canvas = Canvas(720, 270, "A parameter's name is the path from the root to it")
    for a, b in (("model", "blocks"), ("blocks", "0"), ("blocks", "1")):
        (x0, y0, _, _), (x1, y1, _, _) = NODES[a], NODES[b]
        canvas.arrow((x0 + 48, y0), (x1 - 48, y1), color=MUTED)
    for x, y, word, color in NODES.values():
        canvas.box(x, y, 92, 40, word, color=color, mono=True)
    for x, y, name, parent in LEAVES:
        canvas.arrow((NODES[parent][0] + 48, NODES[parent][1]), (x - 92, y), color=MUTED)
        canvas.box(x, y, 180, 36, name, color=GREEN, mono=True)
    canvas.save(out / "00-tree.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
