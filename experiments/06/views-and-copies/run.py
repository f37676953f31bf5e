"""Which expressions copy? Structure first, which repeats; then what a transpose, a copy and a transposed copy cost here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, GREEN, ORANGE
from given.run import Run, conduct
from labkit.generators import make_rng
from labkit.manifest import record_manifest
from labkit.profiling import measure, peak_bytes
from labkit.seeding import seed_everything
from minigrad.arrays import reshape_strides

SIZES = (64, 128, 256, 512, 1024, 2048)
Array = NDArray[np.float32]
EXPRESSIONS: dict[str, Callable[[Array], NDArray[Any]]] = {
    "a[::2]": lambda a: a[::2],
    "a[1]": lambda a: a[1],
    "a.T": lambda a: a.T,
    "a.reshape(-1)": lambda a: a.reshape(-1),
    "a.T.reshape(-1)": lambda a: a.T.reshape(-1),
    "a.ravel()": lambda a: a.ravel(),
    "a.flatten()": lambda a: a.flatten(),
    "a[[0, 2]]": lambda a: a[[0, 2]],
    "a[a > 0]": lambda a: a[a > 0],
    "a.astype(a.dtype)": lambda a: a.astype(a.dtype),
    "a.astype(a.dtype, copy=False)": lambda a: a.astype(a.dtype, copy=False),
    "np.asarray(a)": lambda a: np.asarray(a),
    "np.array(a)": lambda a: np.array(a),
    "np.ascontiguousarray(a)": lambda a: np.ascontiguousarray(a),
    "np.ascontiguousarray(a.T)": lambda a: np.ascontiguousarray(a.T),
    "np.broadcast_to(a, (9, *a.shape))": lambda a: np.broadcast_to(a, (9, *a.shape)),
}
COSTS: dict[str, Callable[[Array], NDArray[Any]]] = {
    "a.T": lambda a: a.T,
    "a.copy()": lambda a: a.copy(),
    "np.ascontiguousarray(a.T)": lambda a: np.ascontiguousarray(a.T),
}


def draw(run: Run, rows: list[dict[str, Any]]) -> None:
    """Microseconds over the size of the array, both on logarithmic axes."""
    with run.plot("cost.svg", 7.2, 3.8) as figure:
        axes = figure.subplots()
        for name, color in zip(COSTS, (GREEN, BLUE, ORANGE), strict=True):
            mine = [row for row in rows if row["op"] == name]
            mebibytes = [row["n_bytes"] / 2**20 for row in mine]
            axes.plot(
                mebibytes, [1e6 * row["seconds"] for row in mine], "o-", color=color, label=name
            )
        axes.set(
            xscale="log", yscale="log", xlabel="size of a, MiB", ylabel="microseconds, best of 5"
        )
        axes.legend()


def main(run: Run) -> None:
    """Tables, timings, plot, manifest."""
    rng = make_rng(run.seed)

    # A view of 2 MiB of float32 takes hardly any memory; a copy of half of it takes one.
    a = rng.standard_normal((512, 1024)).astype(np.float32)
    table = []
    for name, expression in EXPRESSIONS.items():
        seen = expression(a)
        table.append(
            {
                "expression": name,
                "shares": bool(np.shares_memory(seen, a)),
                "shape": list(seen.shape),
                "strides": list(seen.strides),
                "allocated": peak_bytes(partial(expression, a)) > 1000,
            }
        )
    views = [row["expression"] for row in table if row["shares"]]
    predicted = [
        reshape_strides(shaped.shape, shaped.strides, (a.size,), a.itemsize) is not None
        for shaped in (a, a.T)
    ]
    rows = []
    for n in SIZES:
        square = rng.standard_normal((n, n)).astype(np.float32)
        for name, cost in COSTS.items():
            timing = measure(partial(cost, square), repeats=5, min_seconds=0.01)
            rows.append({"n": n, "n_bytes": square.nbytes, "op": name, "seconds": timing.best})
    draw(run, rows)
    files = {"expressions.json": table, "timings.json": rows}
    for name, content in files.items():
        run.save(name, content)

    def at(n: int, op: str) -> float:
        return next(float(row["seconds"]) for row in rows if row["n"] == n and row["op"] == op)

    metrics: dict[str, float | bool] = {
        "expressions": len(table),
        "views": len(views),
        "copies": len(table) - len(views),
        "reshape_predicted": predicted == ["a.reshape(-1)" in views, "a.T.reshape(-1)" in views],
        "views_that_allocate": sum(row["allocated"] and row["shares"] for row in table),
    }
    for n in (512, 2048):
        copy = at(n, "a.copy()")
        metrics[f"copy_over_transpose_{n}"] = copy / at(n, "a.T")
        metrics[f"transposed_copy_over_copy_{n}"] = at(n, "np.ascontiguousarray(a.T)") / copy
    run.record(
        config={"sizes": list(SIZES), "shape": list(a.shape), "dtype": "float32"},
        metrics=metrics,
    )
    for row in table:
        print(f"{row['expression']:36} {'view' if row['shares'] else 'copy'}")
    print(f"{'n':>6}" + "".join(f"{name:>28}" for name in COSTS) + "   (microseconds)")
    for n in SIZES:
        print(f"{n:6}" + "".join(f"{1e6 * at(n, name):28.2f}" for name in COSTS))


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
