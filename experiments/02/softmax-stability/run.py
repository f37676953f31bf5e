"""Eight kinds of logits through softmax as the formula says it and as it survives, in three float formats."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, ORANGE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.numerics import cross_entropy, softmax

CASES: dict[str, list[float]] = {
    "small": [0.1, 1.0, 2.0, 3.0, 5.0],
    "mixed": [-3.0, 0.0, 1.0, 2.0, 5.0],
    "large": [1.0, 92.0, 3.0, 0.0, 2.0],
    "very negative": [-200.0, -300.0, -400.0, -500.0, -600.0],
    "equal": [5.0] * 5,
    "masked": [1.0, -math.inf, 3.0, 0.0, 2.0],
    "single": [42.0],
    "600 equal": [0.0] * 600,
}
DTYPES = {"fp16": np.float16, "fp32": np.float32, "fp64": np.float64}
Array = NDArray[np.floating[Any]]


def naive_softmax(x: Array) -> Array:
    """The formula as it is printed in books."""
    powers = np.exp(x)
    result: Array = powers / powers.sum()
    return result


def naive_loss(x: Array, target: int) -> float:
    """-log of the naive probability."""
    return float(-np.log(naive_softmax(x)[target]))


def compare(name: str, logits: list[float], kind: str) -> dict[str, object]:
    """One case in one dtype, both ways. Losses are for target 1, or 0 where there is only one class."""
    x = np.array(logits, DTYPES[kind])
    target = min(1, len(x) - 1)
    naive, stable = naive_softmax(x), softmax(x)
    oracle = softmax(x.astype(np.float64))
    return {
        "case": name,
        "dtype": kind,
        "naive_nan": int(np.isnan(naive).sum()),
        "stable_nan": int(np.isnan(stable).sum()),
        "stable_sum": float(stable.astype(np.float64).sum()),
        "stable_off": float(np.abs(stable - oracle).max()),
        "naive_loss": str(naive_loss(x, target)),
        "loss": str(float(cross_entropy(x, target))),
    }


def draw_walls(run: Run) -> None:
    """The loss of the second class of [k, 0], which is nearly k: where each naive line stops."""
    with run.plot("walls.svg", 7.2, 3.8) as figure:
        axes = figure.subplots()
        ks = np.arange(0, 121)
        stable = [float(cross_entropy(np.array([k, 0], np.float32), 1)) for k in ks]
        axes.plot(ks, stable, color="#9aa5b1", linewidth=5, label="stable, fp32")
        for kind, color in (("fp16", ORANGE), ("fp32", RED), ("fp64", BLUE)):
            losses = [naive_loss(np.array([k, 0], DTYPES[kind]), 1) for k in ks]
            kept = [k for k, loss in zip(ks, losses, strict=True) if math.isfinite(loss)]
            axes.plot(kept, [losses[k] for k in kept], color=color, label=f"naive, {kind}")
            if len(kept) < len(ks):
                axes.plot(kept[-1], losses[kept[-1]], "x", color=color, markersize=9)
        axes.set(xlabel="largest logit", ylabel="loss of the other class (nats)")
        axes.legend()


def main(run: Run) -> None:
    """Compares, draws, records."""
    with np.errstate(all="ignore"):  # the failures are the subject
        rows = [compare(name, x, kind) for kind in DTYPES for name, x in CASES.items()]
        draw_walls(run)
    bad = {
        kind: sum(bool(row["naive_nan"]) for row in rows if row["dtype"] == kind) for kind in DTYPES
    }
    run.save("results.json", rows)
    run.record(
        config={"cases": list(CASES), "dtypes": list(DTYPES), "target": 1},
        metrics={
            "naive_bad_fp16": bad["fp16"],
            "naive_bad_fp32": bad["fp32"],
            "naive_bad_fp64": bad["fp64"],
            "stable_bad": sum(bool(row["stable_nan"]) for row in rows),
            "worst_off_fp32": max(
                float(str(row["stable_off"])) for row in rows if row["dtype"] == "fp32"
            ),
            "loss_600_equal": float(
                next(
                    str(r["loss"])
                    for r in rows
                    if r["case"] == "600 equal" and r["dtype"] == "fp64"
                )
            ),
        },
    )
    for row in rows:
        if row["dtype"] == "fp32":
            print(f"{row['case']:14} naive {row['naive_loss']:>20}   stable {row['loss']}")
    print(f"cases with NaN: naive {bad}, stable {sum(bool(r['stable_nan']) for r in rows)}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
