"""The percentiles of 300 float32 errors: a run so small that any change in its numbers has a single cause."""

from __future__ import annotations

import numpy as np

from given.run import Run, conduct
from given.verbs import CELLS
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything


def main(run: Run) -> None:
    """Draws the errors, measures them, writes errors.csv and the manifest."""
    rng = np.random.default_rng(run.seed)
    errors = np.abs(rng.standard_normal(len(CELLS))).astype(np.float32)
    metrics = {f"p{q}": float(np.percentile(errors, q)) for q in (50, 90, 99)}
    metrics["mean"] = float(errors.mean())
    metrics["below_one"] = float((errors < 1).mean())
    metrics["largest"] = float(errors.max())

    table = run.file("errors.csv")
    table.write_text("\n".join(["error", *map(str, errors.tolist())]) + "\n", encoding="utf-8")
    run.record(
        config={"cells": len(CELLS), "dtype": "float32"},
        metrics=metrics,
    )
    for name, value in metrics.items():
        print(f"{name:>9}  {value!r}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
