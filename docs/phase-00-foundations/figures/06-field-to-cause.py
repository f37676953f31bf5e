"""Monday's and Tuesday's manifests side by side: one cause differs, two numbers follow."""

import json
import sys
from pathlib import Path

from given.drawing import GREEN, INK, MUTED, ORANGE, RED, Canvas

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "experiments" / "00" / "manifest-diff-demo"


def main(folder: Path) -> None:
    """Draws the groups of fields that could be causes, and the numbers that are effects, as the files have them."""
    monday, tuesday = (
        json.loads((DEMO / f"{day}.json").read_text(encoding="utf-8"))
        for day in ("monday", "tuesday")
    )
    groups = [
        ("CODE", "commit, clean tree", ("git_sha", "git_dirty")),
        ("VERSIONS", "python, numpy, uv", ("versions",)),
        ("HARDWARE", "cpu, memory, gpu, system", ("hardware",)),
        ("ENV", "threads, hash seed", ("env",)),
        ("seed and config", "what the run was told", ("seed", "config")),
        ("the data", "hash of errors.csv", ("artifacts",)),
    ]
    canvas = Canvas(
        720,
        330,
        "Six groups of causes, five of them equal: numpy moved p90 and p99 and nothing else",
    )
    canvas.text(150, 26, "possible causes", bold=True)
    canvas.text(585, 26, "measured numbers", bold=True)
    at = {}
    for i, (name, what, keys) in enumerate(groups):
        y = 62 + i * 46
        same = all(monday[key] == tuesday[key] for key in keys)
        color = GREEN if same else RED
        canvas.box(150, y, 252, 38, "", color=color)
        canvas.text(34, y - 8, name, anchor="start", size=13, bold=True)
        canvas.text(34, y + 9, what, anchor="start", size=11, color=MUTED)
        canvas.text(
            266, y, "same" if same else "differs", anchor="end", size=13, color=color, bold=True
        )
        if not same:
            at[name] = y
    for i, name in enumerate(("p50", "mean", "p90", "p99")):
        y = 70 + i * 66
        a, b = monday["metrics"][name], tuesday["metrics"][name]
        color = INK if a == b else ORANGE
        canvas.box(585, y, 230, 52, "", color=color)
        canvas.text(484, y, name, anchor="start", bold=True)
        canvas.text(690, y - 11, f"{a:.9f}", anchor="end", size=13, mono=True)
        canvas.text(690, y + 11, f"{b:.9f}", anchor="end", size=13, mono=True, color=color)
        if a != b:
            for start in at.values():
                canvas.arrow((282, start), (464, y), color=RED, bend=10)
    old, new = monday["versions"]["numpy"], tuesday["versions"]["numpy"]
    canvas.text(372, 96, f"numpy {old} -> {new}", size=13, color=RED, bold=True)
    canvas.save(folder / "06-field-to-cause.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
