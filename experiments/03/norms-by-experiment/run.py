"""How far do random vectors get towards the largest stretch of a matrix, and who reaches it?"""

from __future__ import annotations

import argparse
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.linalg import l2_norm, operator_norm, svd

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
SIZE, SAMPLES, BINS = 64, 1000, 30


def draw(ratios: NDArray[np.float64], typical: float, path: Path) -> None:
    """A histogram of the ratios; the typical one and the limit as lines."""
    with matplotlib.rc_context({"svg.hashsalt": NAME, "svg.fonttype": "none"}):
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        axes = figure.subplots()
        axes.hist(ratios, bins=BINS, color="#1d5fa8")
        axes.axvline(typical, color="#c2570c", linestyle="--")
        axes.axvline(1.0, color="#b3261e")
        axes.text(
            0.99, 60, "largest singular value,\nreached along v1", color="#b3261e", ha="right"
        )
        axes.set(xlim=(0, 1.05), xlabel="|Ax| over the operator norm, |x| = 1", ylabel="vectors")
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def main() -> None:
    """A 64 by 64 Gaussian matrix, 1,000 random unit vectors, and the top right singular vector."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)

    seed_everything(options.seed)
    rng = np.random.default_rng(options.seed)
    a = rng.standard_normal((SIZE, SIZE))
    u, s, vt = svd(a)
    limit = operator_norm(a, 2)
    xs = rng.standard_normal((SAMPLES, SIZE))
    ratios = np.array([l2_norm(a @ x) / (l2_norm(x) * limit) for x in xs])
    typical = l2_norm(a) / (math.sqrt(SIZE) * limit)
    report = {
        "matrix_shape": a.shape,
        "matrix_seed": options.seed,
        "n_random_samples": SAMPLES,
        "sigma_max": limit,
        "ratios": {
            "min": float(ratios.min()),
            "max": float(ratios.max()),
            "mean": float(ratios.mean()),
            "ratio_at_top_singular_vector": l2_norm(a @ vt[0]) / limit,
        },
    }
    draw(ratios, typical, out / "ratios.svg")
    (out / "results.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    metrics = {
        "sigma_max": limit,
        "largest_random_ratio": float(ratios.max()),
        "mean_random_ratio": float(ratios.mean()),
        "typical_ratio": typical,
        "ratio_at_top": l2_norm(a @ vt[0]) / limit,
        "u_orthonormal_to": float(np.abs(u.T @ u - np.eye(SIZE)).max()),
        "lapack_gap": float(np.abs(s - np.linalg.svd(a, compute_uv=False)).max() / limit),
    }
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"size": SIZE, "samples": SAMPLES, "bins": BINS},
        metrics=metrics,
        artifacts=[out / "ratios.svg", out / "results.json"],
        started_at=started,
    )
    for name, value in metrics.items():
        print(f"{name:22} {value:.6g}")
    print(out / "manifest.json")


if __name__ == "__main__":
    main()
