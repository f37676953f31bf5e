"""Four ways to add float32 numbers: mean error over five lists each, from 1,000 to 100,000 entries."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.numerics import kahan_sum, naive_sum, neumaier_sum, pairwise_sum

SIZES = (1000, 3162, 10000, 31623, 100000)
LISTS = 5
METHODS = {
    "naive": naive_sum,
    "pairwise": pairwise_sum,
    "kahan": kahan_sum,
    "neumaier": neumaier_sum,
}
COLORS = {"naive": RED, "pairwise": ORANGE, "kahan": BLUE, "neumaier": GREEN}
UNIT = 2.0**-24
Array = NDArray[np.floating[Any]]


def mean_errors(lists: Sequence[Array]) -> dict[str, float]:
    """The mean of |sum - exact| / exact for each method. One list alone may be lucky; math.fsum rounds only once."""
    exact = [math.fsum(x.tolist()) for x in lists]
    return {
        name: sum(abs(add(x) - s) / s for x, s in zip(lists, exact, strict=True)) / len(lists)
        for name, add in METHODS.items()
    }


def draw_errors(errors: list[dict[str, float]], run: Run) -> None:
    """Error against length, both logarithmic, with the naive bound; an error of 0 is drawn at the lower edge."""
    with run.plot("errors.svg", 7.2, 4) as figure:
        axes = figure.subplots()
        axes.plot(SIZES, [n * UNIT for n in SIZES], "--", color=MUTED, linewidth=1)
        axes.text(SIZES[1], SIZES[1] * UNIT * 1.3, "bound n u", color=MUTED)
        axes.axhline(UNIT, color=MUTED, linewidth=1, linestyle=":")
        axes.text(SIZES[0], UNIT * 1.15, "u", color=MUTED)
        for name in METHODS:
            heights = [max(row[name], 1e-10) for row in errors]
            axes.plot(SIZES, heights, "o-", color=COLORS[name], label=name, markersize=4)
        axes.set(xscale="log", yscale="log", xlabel="entries", ylabel="relative error, mean of 5")
        axes.legend()


def main(run: Run) -> None:
    """Adds, compares, draws, records."""
    lists = [
        np.array([random.gauss(1 / 600, 1e-5) for _ in range(SIZES[-1])], np.float32)
        for _ in range(LISTS)
    ]
    errors = [mean_errors([x[:n] for x in lists]) for n in SIZES]
    last = errors[-1]
    counter = np.array([2.0**24] + [1.0] * 1000, np.float32)
    order = np.array([1, 1e38, 1, -1e38], np.float32)
    wide = lists[0].astype(np.float64)
    exact = math.fsum(wide.tolist())

    draw_errors(errors, run)
    table = [{"entries": n, **row} for n, row in zip(SIZES, errors, strict=True)]
    run.save("errors.json", table)
    run.record(
        config={
            "sizes": list(SIZES),
            "lists": LISTS,
            "mean": "1/600",
            "sigma": 1e-5,
            "dtype": "float32",
        },
        metrics={
            **{f"{name}_error": off for name, off in last.items()},
            "naive_digits": -math.log10(last["naive"]),
            "kahan_digits": -math.log10(last["kahan"]),
            "naive_fp64_error": abs(naive_sum(wide) - exact) / exact,
            **{f"counter_{name}": add(counter) - 2.0**24 for name, add in METHODS.items()},
            **{f"order_{name}": add(order) for name, add in METHODS.items()},
        },
    )
    print("entries " + "".join(f"{name:>12}" for name in METHODS))
    for row in table:
        print(f"{row['entries']:7} " + "".join(f"{row[name]:12.1e}" for name in METHODS))


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
