"""The control: the same training without made-up verbs. `python experiments/18/tutor/without.py SEED ...`, minutes for each.

It writes what the test sentences say to `without.json`, beside it; `keep.py` puts that into the table on the pages.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from answers import asked

from minilm import tutor
from minilm.corpus import examples, split

KEPT = Path(__file__).with_name("without.json")


def main(seeds: list[int]) -> None:
    """A seed that was asked before keeps its place, with new figures."""
    parts = split(examples())
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    for seed in seeds:
        training = tutor.trainer(parts["train"], seed, made=0.0)
        losses = [row["loss"] for row in tutor.training(training)]
        told = {n: float(tutor.exact(training.model, p).mean()) for n, p in asked(parts).items()}
        kept[str(seed)] = told | {"last_loss": float(np.mean(losses[-50:]))}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]])
