"""Runs the twenty einsums of lab 03.0 for real: shapes and counts against the predictions, and the time of each."""

from __future__ import annotations

import argparse
import json
import runpy
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import minigrad
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.einsum import einsum_flops, einsum_shape

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
PACKAGES = Path(str(minigrad.__file__)).resolve().parents[1]
ROOT = PACKAGES if PACKAGES.name == "solutions" else HERE.parents[2]
REPEATS = 3


def main() -> None:
    """One row an einsum: shape, count, seconds, and what they make of the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)

    seed_everything(options.seed)
    rng = np.random.default_rng(options.seed)
    script = runpy.run_path(str(ROOT / "scripts" / "shapes_by_hand.py"))
    answers = script["predictions"]()
    rows, shapes_right, counts_right, machine_right = [], 0, 0, 0
    print("     einsum                    MFLOP    GFLOP/s  with optimize=True")
    for number, (spec, shapes) in script["QUESTIONS"].items():
        operands = [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]
        shape, flops = np.einsum(spec, *operands).shape, einsum_flops(spec, *shapes)
        shapes_right += answers[number][0] == shape
        counts_right += answers[number][1] == flops
        machine_right += einsum_shape(spec, *shapes) == shape
        seconds = {}
        for optimize in (False, True):
            times = []
            for _ in range(REPEATS):
                start = time.perf_counter()
                np.einsum(spec, *operands, optimize=optimize)
                times.append(time.perf_counter() - start)
            seconds[optimize] = min(times)
        rates = [flops / seconds[optimize] / 1e9 for optimize in (False, True)]
        rows.append(
            {"number": number, "spec": spec, "shape": shape, "flops": flops}
            | {"gflops_plain": rates[0], "gflops_optimized": rates[1]}
        )
        print(f"{number:3}  {spec:22} {flops / 1e6:9.3f} {rates[0]:10.2f} {rates[1]:10.2f}")
    (out / "results.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"dtype": "float32", "repeats": REPEATS},
        metrics={
            "shapes_right": shapes_right,
            "counts_right": counts_right,
            "einsum_shape_right": machine_right,
            "total_flops": sum(int(row["flops"]) for row in rows),
        },
        artifacts=[out / "results.json"],
        started_at=started,
    )
    print(f"{shapes_right} shapes and {counts_right} counts of {len(rows)} predicted right")
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
