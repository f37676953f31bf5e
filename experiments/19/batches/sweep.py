"""The long run behind table.json: batches of 1 to 64 rows, six rates, three seeds. Stop it whenever you like, and start it again.

About a quarter of an hour on one free core: `python experiments/19/batches/sweep.py FOLDER`, the learner's own packages in use.
"""

from __future__ import annotations

import argparse
import json
from itertools import product
from pathlib import Path
from time import perf_counter

from one_size import BATCHES, KEPT, LENGTH, RATES, ROWS, ended

from minilm.dynamics.scaling import remembered
from minilm.train import bar

SEEDS = 3


def main() -> None:
    """Largest batches first, since they are the fastest; what is finished is remembered in the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    todo = list(product(range(SEEDS), sorted(BATCHES, reverse=True), RATES))
    work = sum(ROWS // batch for _, batch, _ in todo)
    table, done, start, fresh, tokens = [], 0, perf_counter(), 0, 0
    for seed, batch, rate in todo:
        before = perf_counter()
        loss = remembered(folder / "done.jsonl", f"{batch}.{rate}.{seed}", lambda b=batch, r=rate, s=seed: ended(b, r, s))  # fmt: skip
        done += ROWS // batch
        tokens += ROWS * LENGTH
        if perf_counter() - before < 0.01:  # it was remembered: it says nothing about speed
            start, fresh, tokens = perf_counter(), done, 0
        table.append({"batch": batch, "rate": rate, "seed": seed, "loss": loss})
        if done > fresh:
            print("\r" + bar(done, work, loss, tokens, perf_counter() - start, fresh), end="", flush=True)  # fmt: skip
    print()
    (folder / KEPT).write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
