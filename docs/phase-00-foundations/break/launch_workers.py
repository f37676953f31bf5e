"""Starts six workers as a launcher would, and counts the draws, the set orders and the hash seeds that come back."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from labkit.seeding import child_env

WORKERS = 6
WORKER = """
import os, random
random.seed(42)
told = os.environ.get("PYTHONHASHSEED")
print(f"seed-{told}" if told else "nothing", random.random(), *{"work", "play", "walk", "study", "listen"})
"""


def main() -> None:
    """One line for each worker, then the counts as a JSON object."""
    # Start without the variable: what counts is what child_env adds, not what this process happens to have.
    base = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    env = child_env(42, base)
    answers = []
    for _ in range(WORKERS):
        done = subprocess.run(
            [sys.executable, "-c", WORKER], env=env, capture_output=True, text=True, check=True
        )
        answers.append(done.stdout.split(maxsplit=2))
        print(done.stdout.strip())
    told, draws, orders = (set(column) for column in zip(*answers, strict=True))
    counts = {"distinct_draws": len(draws), "distinct_orders": len(orders)}
    print(json.dumps(counts | {"told": " ".join(told)}))


if __name__ == "__main__":
    main()
