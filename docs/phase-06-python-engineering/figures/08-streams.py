"""Draws 08-streams.svg: three runs of four workers, seeded by addition and by spawning; one number a stream."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, TINT, Canvas
from labkit.generators import make_rng, worker_rngs

RUNS, WORKERS, CELL = 3, 4, 46


def numbered(rows: list[list[int]]) -> list[list[int]]:
    """Each stream's first word, replaced by its number in order of appearance."""
    seen: dict[int, int] = {}
    return [[seen.setdefault(word, len(seen) + 1) for word in row] for row in rows]


def draw() -> Canvas:
    """Equal numbers are equal streams, found out by asking the generators."""
    added = [
        [int(make_rng(42 + r + w).integers(2**62)) for w in range(WORKERS)] for r in range(RUNS)
    ]
    spawned = [[int(g.integers(2**62)) for g in worker_rngs(42 + r, WORKERS)] for r in range(RUNS)]
    canvas = Canvas(720, 300, "Seeds added: 6 streams for 12 workers. Seeds spawned: 12")
    for left, title, words, color in (
        (120, "seed + i", added, ORANGE),
        (460, "spawned", spawned, BLUE),
    ):
        rows = numbered(words)
        count = max(map(max, rows))
        canvas.text(left + CELL * WORKERS / 2, 24, f"{title}: {count} streams", bold=True)
        for worker in range(WORKERS):
            canvas.text(left + CELL * (worker + 0.5), 52, str(worker), size=12, color=MUTED)
        for run, row in enumerate(rows):
            y = 68 + CELL * run
            canvas.text(left - 24, y + CELL / 2, str(42 + run), size=12, color=MUTED)
            for worker, number in enumerate(row):
                first = number not in [n for earlier in rows[:run] for n in earlier]
                x = left + CELL * worker
                canvas.raw(
                    f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" rx="3" fill="{TINT[color] if first else "#ffffff"}" stroke="{color if first else "#c5ccd3"}"/>'
                )
                canvas.text(
                    x + CELL / 2 - 1, y + CELL / 2 - 1, str(number), size=12, mono=True, bold=first
                )
    canvas.text(
        206, 262, "worker, to the right; seed of the run, downwards", size=12.5, color=MUTED
    )
    canvas.text(556, 262, "shaded: a stream that no earlier run used", size=12.5, color=MUTED)
    return canvas


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    draw().save(out / "08-streams.svg")
