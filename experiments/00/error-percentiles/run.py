"""The percentiles of 300 float32 errors: a run so small that any change in its numbers has a single cause."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything

CELLS = 300  # as many as the verb grammar has: 20 verbs, 3 persons, 5 tenses
HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"


def main() -> None:
    """Draws the errors, measures them, writes errors.csv and the manifest."""
    started_at = datetime.now(UTC)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path, default=HERE / "runs" / f"{started_at:%Y%m%dT%H%M%SZ}")
    options = parser.parse_args()
    seed_everything(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)

    rng = np.random.default_rng(options.seed)
    errors = np.abs(rng.standard_normal(CELLS)).astype(np.float32)
    metrics = {f"p{q}": float(np.percentile(errors, q)) for q in (50, 90, 99)}
    metrics["mean"] = float(errors.mean())

    table = options.out / "errors.csv"
    table.write_text("\n".join(["error", *map(str, errors.tolist())]) + "\n", encoding="utf-8")
    record_manifest(
        options.out,
        experiment=NAME,
        seed=options.seed,
        config={"cells": CELLS, "dtype": "float32"},
        metrics=metrics,
        artifacts=[table],
        started_at=started_at,
    )
    for name, value in metrics.items():
        print(f"{name:>5}  {value!r}")
    print(f"manifest: {options.out / 'manifest.json'}")


if __name__ == "__main__":
    main()
