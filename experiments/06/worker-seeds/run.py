"""Five runs of eight workers, seeded by addition or by spawning: how many streams there are, and what an error bar costs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from given.run import Run, conduct
from labkit.generators import make_rng, worker_rngs
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything

RUNS, WORKERS, DRAWS, TRIALS = 5, 8, 100, 400


def by_addition(seed: int, n: int) -> list[Generator]:
    """What people write: worker i gets seed + i."""
    return [make_rng(seed + i) for i in range(n)]


def first_words(workers: Callable[[int, int], list[Generator]], seed: int) -> NDArray[np.int64]:
    """Shape (RUNS, WORKERS): which stream each worker of each run draws from, as its first word."""
    runs = [[int(r.integers(2**62)) for r in workers(seed + k, WORKERS)] for k in range(RUNS)]
    return np.array(runs)


def error_bars(workers: Callable[[int, int], list[Generator]], seed: int) -> tuple[float, float]:
    """Claimed and true standard error of a mean of RUNS runs with neighboring seeds.

    Each worker averages DRAWS standard normal numbers, a run averages its workers. The claim is the usual one, the
    spread of the runs over sqrt(RUNS), as a root mean square over TRIALS trials; the truth is how far their mean lies
    from 0.
    """
    claims, means = [], []
    for trial in range(TRIALS):
        base = seed + 1000 * trial
        runs = np.array(
            [
                np.mean([r.standard_normal(DRAWS).mean() for r in workers(base + k, WORKERS)])
                for k in range(RUNS)
            ]
        )
        claims.append(runs.var(ddof=1) / RUNS)
        means.append(runs.mean())
    return math.sqrt(np.mean(claims)), math.sqrt(np.mean(np.square(means)))


def draw(run: Run, grids: dict[str, NDArray[np.int64]]) -> None:
    """One square for each worker of each run; equal color, equal stream."""
    with run.plot("streams.svg", 7.2, 3.0, frame=True) as figure:
        for axes, (name, words) in zip(figure.subplots(1, len(grids)), grids.items(), strict=True):
            _, first, numbers = np.unique(words, return_index=True, return_inverse=True)
            order = np.argsort(np.argsort(first))
            axes.imshow(order[numbers.reshape(words.shape)], cmap="turbo", aspect="equal")
            axes.set(title=f"{name}: {len(first)} streams", xlabel="worker", ylabel="run")


def main(run: Run) -> None:
    """Counts, measures, draws, records."""
    ways = {"seed + i": by_addition, "spawned": worker_rngs}
    grids = {name: first_words(workers, run.seed) for name, workers in ways.items()}
    bars = {name: error_bars(workers, run.seed) for name, workers in ways.items()}
    draw(run, grids)
    run.save("streams.json", {k: v.tolist() for k, v in grids.items()}, indent=None)
    metrics: dict[str, float] = {"workers_in_all": RUNS * WORKERS}
    for name, key in (("seed + i", "added"), ("spawned", "spawned")):
        claimed, true = bars[name]
        metrics |= {
            f"{key}_streams": len(np.unique(grids[name])),
            f"{key}_claimed_error": claimed,
            f"{key}_true_error": true,
            f"{key}_too_small_by": true / claimed,
        }
    run.record(
        config={"runs": RUNS, "workers": WORKERS, "draws": DRAWS, "trials": TRIALS},
        metrics=metrics,
    )
    print(f"{RUNS} runs of {WORKERS} workers   streams  claimed error  true error  ratio")
    for name, key in (("seed + i", "added"), ("spawned", "spawned")):
        print(
            f"{name:>21}   {metrics[f'{key}_streams']:7.0f}  {metrics[f'{key}_claimed_error']:13.5f}  "
            f"{metrics[f'{key}_true_error']:10.5f}  {metrics[f'{key}_too_small_by']:5.2f}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
