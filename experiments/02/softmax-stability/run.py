"""Eight kinds of logits through softmax as the formula says it and as it survives, in three float formats."""

from __future__ import annotations

import argparse
import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.numerics import cross_entropy, softmax

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
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


def draw_walls(path: Path) -> None:
    """The loss of the second class of [k, 0], which is nearly k: where each naive line stops."""
    with matplotlib.rc_context({"svg.hashsalt": NAME, "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        axes = figure.subplots()
        ks = np.arange(0, 121)
        stable = [float(cross_entropy(np.array([k, 0], np.float32), 1)) for k in ks]
        axes.plot(ks, stable, color="#9aa5b1", linewidth=5, label="stable, fp32")
        for kind, color in (("fp16", "#c2570c"), ("fp32", "#b3261e"), ("fp64", "#1d5fa8")):
            losses = [naive_loss(np.array([k, 0], DTYPES[kind]), 1) for k in ks]
            kept = [k for k, loss in zip(ks, losses, strict=True) if math.isfinite(loss)]
            axes.plot(kept, [losses[k] for k in kept], color=color, label=f"naive, {kind}")
            if len(kept) < len(ks):
                axes.plot(kept[-1], losses[kept[-1]], "x", color=color, markersize=9)
        axes.set(xlabel="largest logit", ylabel="loss of the other class (nats)")
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def main() -> None:
    """Compares, draws, records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)

    seed_everything(options.seed)
    with np.errstate(all="ignore"):  # the failures are the subject
        rows = [compare(name, x, kind) for kind in DTYPES for name, x in CASES.items()]
        draw_walls(out / "walls.svg")
    bad = {
        kind: sum(bool(row["naive_nan"]) for row in rows if row["dtype"] == kind) for kind in DTYPES
    }
    (out / "results.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
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
        artifacts=[out / "walls.svg", out / "results.json"],
        started_at=started,
    )
    for row in rows:
        if row["dtype"] == "fp32":
            print(f"{row['case']:14} naive {row['naive_loss']:>20}   stable {row['loss']}")
    print(f"cases with NaN: naive {bad}, stable {sum(bool(r['stable_nan']) for r in rows)}")
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
