"""Draws 06-three-versions.svg from one recorded run of 06-profile-tour: bare time and time under cProfile."""

import sys
from pathlib import Path

from given.drawing import BLUE, INK, MUTED, ORANGE, Canvas

# name, bare milliseconds, milliseconds under cProfile, the function on top of the profile
VERSIONS = (
    ("as written", 10.35, 30, "index_of, 20,000 calls"),
    ("with a dict", 3.21, 4, "count_by_loop, 1 call"),
    ("with arrays", 1.42, 2, "numpy.asarray, 2 calls"),
)
LEFT, SCALE = 150, 16


def draw() -> Canvas:
    """Two bars a version: what it takes, and what the profiler shows."""
    canvas = Canvas(
        720,
        330,
        "Each repair makes the job faster; the profiler exaggerates where there are many calls",
    )
    for i, (name, bare, profiled, top) in enumerate(VERSIONS):
        y = 52 + 84 * i
        canvas.text(20, y + 13, name, anchor="start", bold=True)
        for dy, value, color, text in (
            (0, bare, BLUE, f"{bare:g} ms"),
            (28, profiled, ORANGE, f"{profiled:g} ms, top: {top}"),
        ):
            canvas.raw(
                f'<rect x="{LEFT}" y="{y + dy - 11}" width="{SCALE * value if value < 30 else 340:g}" height="22" fill="{color}" rx="3"/>'
            )
            end = LEFT + (SCALE * value if value < 30 else 340)
            canvas.text(end + 8, y + dy, text, anchor="start", size=12.5, color=INK)
            if value >= 30:
                for gap in (250, 258):
                    canvas.raw(
                        f'<path d="M{LEFT + gap},{y + dy + 14} l8,-28" stroke="#ffffff" stroke-width="3"/>'
                    )
    canvas.raw(f'<rect x="{LEFT}" y="300" width="16" height="12" fill="{BLUE}"/>')
    canvas.text(LEFT + 22, 306, "bare, best of three", anchor="start", size=12.5, color=MUTED)
    canvas.raw(f'<rect x="{LEFT + 190}" y="300" width="16" height="12" fill="{ORANGE}"/>')
    canvas.text(
        LEFT + 212,
        306,
        "under cProfile (the longest bar is cut)",
        anchor="start",
        size=12.5,
        color=MUTED,
    )
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "06-three-versions.svg")
