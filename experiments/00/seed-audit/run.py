"""Which things repeat when a run is repeated? Starts the same worker six times under one hash seed, six under others."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

from given.run import Run, conduct
from given.verbs import VERBS
from labkit.manifest import record_manifest
from labkit.seeding import child_env, seed_everything

WORKERS = 6
# The worker seeds everything it can. It then draws, walks over a set of text, and adds floats in that order.
WORKER = f"""
import json, random, sys
from labkit.seeding import seed_everything
seed_everything(int(sys.argv[1]))
weight = {{verb: 0.1 * (1 + place) for place, verb in enumerate({list(VERBS)!r})}}
order = list(set(weight))
total = 0.0
for verb in order:  # not sum(): from Python 3.12 on it corrects for rounding as it goes
    total += weight[verb]
print(json.dumps({{"draw": random.random(), "order": " ".join(order), "sum": total}}))
"""


def work(seed: int, hash_seed: int) -> dict[str, str]:
    """What one fresh worker saw, as text: draw, order, sum."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(seed)],
        env=child_env(hash_seed),
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: str(value) for name, value in json.loads(done.stdout).items()}


def main(run: Run) -> None:
    """Runs both sides, counts what differs, writes audit.csv and the manifest."""
    hash_seeds = {
        "pinned": [run.seed] * WORKERS,
        "control": [(run.seed + i) % 2**32 for i in range(1, WORKERS + 1)],
    }
    rows, metrics = [], {}
    for side, seeds in hash_seeds.items():
        saw = [work(run.seed, hash_seed) for hash_seed in seeds]
        rows += [{"side": side, "hash_seed": n, **one} for n, one in zip(seeds, saw, strict=True)]
        for name in ("draw", "order", "sum"):
            metrics[f"{side}_{name}s"] = len({one[name] for one in saw})

    table = run.file("audit.csv")
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    run.record(
        config={"workers": WORKERS, "verbs": len(VERBS)},
        metrics=metrics,
    )
    print(f"different results among {WORKERS} workers   draws  orders  sums")
    for side, says in (("pinned", "one hash seed for all "), ("control", "a hash seed for each ")):
        print(
            f"{says:>32}   {metrics[f'{side}_draws']:5d}  {metrics[f'{side}_orders']:6d}  {metrics[f'{side}_sums']:4d}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
