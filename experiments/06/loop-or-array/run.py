"""The same sum of squares as a Python loop over an array, over a list, and as one array expression, for growing sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, ORANGE, PURPLE
from given.run import Run, conduct
from labkit.generators import make_rng
from labkit.manifest import record_manifest
from labkit.profiling import measure, peak_bytes
from labkit.seeding import seed_everything

SIZES = tuple(2**k for k in range(0, 19, 2))
WAYS = ("loop over the array", "loop over a list", "array expression")


def loop(values: Sequence[float] | NDArray[np.float64]) -> float:
    """The sum of squares, one element at a time."""
    total = 0.0
    for value in values:
        total += value * value
    return float(total)


def expression(values: NDArray[np.float64]) -> float:
    """The sum of squares as one product."""
    return float((values * values).sum())


def draw(run: Run, rows: list[dict[str, Any]]) -> None:
    """Nanoseconds for one element over the size, both on logarithmic axes."""
    with run.plot("cost.svg", 7.2, 3.8) as figure:
        axes = figure.subplots()
        for way, color in zip(WAYS, (ORANGE, PURPLE, BLUE), strict=True):
            mine = [row for row in rows if row["way"] == way]
            each = [1e9 * row["seconds"] / row["n"] for row in mine]
            axes.plot([row["n"] for row in mine], each, "o-", color=color, label=way)
        axes.set(xscale="log", yscale="log", xlabel="elements", ylabel="nanoseconds an element")
        axes.legend()


def main(run: Run) -> None:
    """Measures every size in every way, draws, records."""
    rows: list[dict[str, Any]] = []
    same = True
    total = 0.0
    for n in SIZES:
        array = make_rng(run.seed).standard_normal(n)
        as_list = array.tolist()
        ways = (partial(loop, array), partial(loop, as_list), partial(expression, array))
        results = [way() for way in ways]
        total = results[-1]
        same = same and all(math.isclose(r, total, rel_tol=1e-9) for r in results)
        for name, way in zip(WAYS, ways, strict=True):
            timing = measure(way, repeats=5, min_seconds=0.01)
            rows.append({"n": n, "way": name, "seconds": timing.best, "median": timing.median})
    draw(run, rows)
    run.save("timings.json", rows)

    seconds = {(row["n"], row["way"]): float(row["seconds"]) for row in rows}
    ratio = {n: seconds[n, WAYS[0]] / seconds[n, WAYS[2]] for n in SIZES}
    metrics: dict[str, float | bool] = {
        "same_sums": same,
        "list_bytes": round(peak_bytes(array.tolist) / SIZES[-1], 1),
        "expression_bytes": round(peak_bytes(partial(expression, array)) / SIZES[-1], 1),
        "sum_of_squares": total,
        "crossover": min((n for n in SIZES if ratio[n] > 1), default=0),
        "largest_ratio": max(ratio.values()),
        "ratio_at_16384": ratio[2**14],
        "overhead_ns": 1e9 * seconds[1, WAYS[2]],
        "loop_ns": 1e9 * seconds[SIZES[-1], WAYS[0]] / SIZES[-1],
        "list_ns": 1e9 * seconds[SIZES[-1], WAYS[1]] / SIZES[-1],
        "array_ns": 1e9 * seconds[SIZES[-1], WAYS[2]] / SIZES[-1],
    }
    run.record(
        config={"sizes": list(SIZES), "dtype": "float64"},
        metrics=metrics,
    )
    print(f"{'n':>8}" + "".join(f"{way:>22}" for way in WAYS) + "   loop/array   (microseconds)")
    for n in SIZES:
        each = "".join(f"{1e6 * seconds[n, way]:22.2f}" for way in WAYS)
        print(f"{n:8}{each}{ratio[n]:13.1f}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
