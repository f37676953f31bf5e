"""Draws 07-life-of-a-line.svg: the chain of processors that a log event passes."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, INK, MUTED, ORANGE, Canvas


def draw() -> Canvas:
    """From the call to the stream, left to right and down."""
    canvas = Canvas(720, 350, "A dict goes through a chain of functions; the last one returns text")
    canvas.box(
        360,
        40,
        470,
        44,
        'log.info("training_step", step=3170, loss=nan)',
        color=INK,
        mono=True,
        size=14,
    )
    canvas.arrow((150, 63), (105, 92))
    chain = [
        ("bound fields", ['run="a1" and the', "call's fields in one dict"], MUTED),
        ("format_exc_info", ["an exception", "becomes text"], MUTED),
        (
            "add_standard_fields",
            ["dropped below the level;", "time, level, logger, event;", "every value plain"],
            BLUE,
        ),
        ("render", ["JSON for a pipe,", "columns for a person"], BLUE),
    ]
    for i, (name, says, color) in enumerate(chain):
        x = 95 + 177 * i
        canvas.box(x, 150, 164, 112, "", color=color if color == BLUE else INK)
        canvas.text(x, 114, name, bold=True, mono=True, size=12.5)
        for k, row in enumerate(says):
            canvas.text(x, 138 + 19 * k, row, size=11.5)
        if i:
            canvas.arrow((x - 96, 150), (x - 83, 150))
    canvas.text(183, 84, "structlog", size=12, color=MUTED)
    canvas.text(537, 84, "yours (lab 06.4)", size=12, color=BLUE)
    canvas.arrow((626, 207), (626, 236))
    canvas.box(560, 258, 240, 42, "Line.msg: one write, flushed", color=BLUE, size=13)
    canvas.arrow((438, 258), (392, 258), color=GREEN)
    canvas.text(205, 258, "sys.stdout, as it is now", size=13, color=GREEN)
    canvas.box(
        360,
        318,
        690,
        40,
        '{"timestamp": "...Z", "level": "info", "logger": "train", "event": "training_step", ..., "loss": "nan"}',
        color=ORANGE,
        mono=True,
        size=11,
    )
    canvas.arrow((205, 270), (205, 296), color=GREEN)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "07-life-of-a-line.svg")
