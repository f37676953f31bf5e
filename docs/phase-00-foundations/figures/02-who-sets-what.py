"""The life of a process, and the last moment at which each source of chance can be fixed."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, RED, Canvas

STAGES = [
    ("the launcher", "another process", ["PYTHONHASHSEED", "thread counts"], ORANGE),
    ("interpreter starts", "C code", ["hash seed is read", "and kept"], RED),
    ("libraries load", "import numpy", ["thread counts are", "read, once"], RED),
    ("your first lines", "seed_everything(42)", ["random, numpy,", "torch: global state"], BLUE),
    ("your own objects", "default_rng(42)", ["generators that", "own their state"], GREEN),
]


def main(folder: Path) -> None:
    """Draws the stages from left to right, what each can still set, and where a seed in code is too late."""
    canvas = Canvas(
        720,
        300,
        "The hash seed is fixed before the first line of your program runs, so only the launcher can choose it",
    )
    width = 136
    for i, (title, detail, sets, color) in enumerate(STAGES):
        x = 76 + i * 142
        canvas.box(x, 92, width - 8, 54, [title, detail], color=INK, size=11.5)
        if i:
            canvas.arrow((x - 78, 92), (x - 65, 92))
        canvas.arrow((x, 122), (x, 152), color=color)
        canvas.box(x, 178, width - 8, 48, "", color=color)
        for row, text in enumerate(sets):
            canvas.text(x, 169 + row * 18, text, size=11.5, color=INK)
    canvas.raw(
        f'<path d="M289,44 V232" stroke="{MUTED}" stroke-width="1.5" stroke-dasharray="5 4"/>'
    )
    canvas.text(281, 34, "outside your program's reach", size=13, color=MUTED, anchor="end")
    canvas.text(297, 34, "inside it", size=13, color=MUTED, anchor="start")
    canvas.text(76, 224, "set here", size=12, color=ORANGE, bold=True)
    for x in (218, 360):
        canvas.text(x, 224, "fixed for good", size=12, color=RED, bold=True)
    canvas.arrow((502, 236), (222, 240), color=RED, bend=-26, dashed=True)
    canvas.text(
        362,
        282,
        'os.environ["PYTHONHASHSEED"] = "42" in your code: two stages too late',
        size=13,
        color=RED,
    )
    canvas.save(folder / "02-who-sets-what.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
