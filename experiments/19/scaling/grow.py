"""The long run behind points.json: six sizes, and one more to judge the law by, three seeds each. Stop it whenever you like, and start it again.

About nine minutes on one core: `python experiments/19/scaling/grow.py FOLDER`, the learner's own packages in use.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sizes import ANOTHER, KEPT, STEPS, WIDTHS, judged, size_of, trainer_of

from minilm.dynamics.scaling import remembered
from minilm.train import train
from minilm.training_files import RunFolder

SEEDS = 3


def one(folder: Path, width: int, seed: int) -> float:
    """The loss of a size, from wherever its training was stopped."""
    trainer = trainer_of(width, seed)
    name = f"width {width} seed {seed}"
    with RunFolder(folder / name.replace(" ", "-"), {"width": width, "seed": seed}) as run:
        run.resume(trainer)
        train(trainer, STEPS, run, every=100, show=lambda bar: print(f"\r{name}  {bar}", end=""))
    print()
    return judged(trainer)


def main() -> None:
    """Smallest first; what is finished is remembered in the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    points = []
    for width in (*WIDTHS, ANOTHER):
        for seed in range(SEEDS):
            key = f"{width}.{seed}"
            loss = remembered(folder / "done.jsonl", key, lambda w=width, s=seed: one(folder, w, s))
            points.append({"width": width, "seed": seed, "size": size_of(width), "loss": loss})
    (folder / KEPT).write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
