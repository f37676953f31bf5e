"""How far do random vectors get towards the largest stretch of a matrix, and who reaches it?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, ORANGE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.linalg import l2_norm, operator_norm, svd

SIZE, SAMPLES, BINS = 64, 1000, 30


def draw(ratios: NDArray[np.float64], typical: float, run: Run) -> None:
    """A histogram of the ratios; the typical one and the limit as lines."""
    with run.plot("ratios.svg", 7.2, 3.8) as figure:
        axes = figure.subplots()
        axes.hist(ratios, bins=BINS, color=BLUE)
        axes.axvline(typical, color=ORANGE, linestyle="--")
        axes.axvline(1.0, color=RED)
        axes.text(0.99, 60, "largest singular value,\nreached along v1", color=RED, ha="right")
        axes.set(xlim=(0, 1.05), xlabel="|Ax| over the operator norm, |x| = 1", ylabel="vectors")


def main(run: Run) -> None:
    """A 64 by 64 Gaussian matrix, 1,000 random unit vectors, and the top right singular vector."""
    rng = np.random.default_rng(run.seed)
    a = rng.standard_normal((SIZE, SIZE))
    u, s, vt = svd(a)
    limit = operator_norm(a, 2)
    xs = rng.standard_normal((SAMPLES, SIZE))
    ratios = np.array([l2_norm(a @ x) / (l2_norm(x) * limit) for x in xs])
    typical = l2_norm(a) / (math.sqrt(SIZE) * limit)
    report = {
        "matrix_shape": a.shape,
        "matrix_seed": run.seed,
        "n_random_samples": SAMPLES,
        "sigma_max": limit,
        "ratios": {
            "min": float(ratios.min()),
            "max": float(ratios.max()),
            "mean": float(ratios.mean()),
            "ratio_at_top_singular_vector": l2_norm(a @ vt[0]) / limit,
        },
    }
    draw(ratios, typical, run)
    run.save("results.json", report, indent=2)
    metrics = {
        "sigma_max": limit,
        "largest_random_ratio": float(ratios.max()),
        "mean_random_ratio": float(ratios.mean()),
        "typical_ratio": typical,
        "ratio_at_top": l2_norm(a @ vt[0]) / limit,
        "u_orthonormal_to": float(np.abs(u.T @ u - np.eye(SIZE)).max()),
        "lapack_gap": float(np.abs(s - np.linalg.svd(a, compute_uv=False)).max() / limit),
    }
    run.record(
        config={"size": SIZE, "samples": SAMPLES, "bins": BINS},
        metrics=metrics,
    )
    for name, value in metrics.items():
        print(f"{name:22} {value:.6g}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
