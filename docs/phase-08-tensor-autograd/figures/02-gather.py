"""Draws 02-gather.svg: x[[0, 0, 2]] forward, and two gradients that meet at input 0 on the way back."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, Canvas

INDEX, G = [0, 0, 2], ["1", "10", "100"]


def main(out: Path) -> None:
    """Inputs at the left, outputs at the right of each half."""
    canvas = Canvas(720, 270, "Input 0 is read twice; its gradient is 1 + 10 = 11, not 10")
    for left, title in ((0, "forward: y = x[[0, 0, 2]]"), (360, "backward: add at [0, 0, 2]")):
        canvas.text(left + 180, 28, title, bold=True)
        back = left > 0
        sums = ["11", "0", "100"] if back else ["x0", "x1", "x2"]
        for i in range(3):
            y = 80 + 70 * i
            canvas.box(left + 80, y, 74, 40, sums[i], color=ORANGE if back else BLUE, mono=True)
            words = G[i] if back else f"y{i}"
            canvas.box(left + 280, y, 74, 40, words, color=ORANGE if back else BLUE, mono=True)
            start, end = (left + 119, 80 + 70 * INDEX[i]), (left + 241, y)
            canvas.arrow(end if back else start, start if back else end, color=MUTED)
    canvas.save(out / "02-gather.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
