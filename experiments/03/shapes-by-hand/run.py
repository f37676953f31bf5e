"""Runs the twenty einsums of lab 03.0 for real: shapes and counts against the predictions, and the time of each."""

from __future__ import annotations

import runpy
import time
from pathlib import Path

import numpy as np

import minigrad
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.einsum import einsum_flops, einsum_shape

HERE = Path(__file__).parent
PACKAGES = Path(str(minigrad.__file__)).resolve().parents[1]
ROOT = PACKAGES if PACKAGES.name == "solutions" else HERE.parents[2]
REPEATS = 3


def main(run: Run) -> None:
    """One row an einsum: shape, count, seconds, and what they make of the machine."""
    rng = np.random.default_rng(run.seed)
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
    run.save("results.json", rows, indent=2)
    run.record(
        config={"dtype": "float32", "repeats": REPEATS},
        metrics={
            "shapes_right": shapes_right,
            "counts_right": counts_right,
            "einsum_shape_right": machine_right,
            "total_flops": sum(int(row["flops"]) for row in rows),
        },
    )
    print(f"{shapes_right} shapes and {counts_right} counts of {len(rows)} predicted right")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
