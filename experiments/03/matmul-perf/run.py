"""The same product four ways: one multiplication at a time, outer products, tiles, BLAS. How many times slower?"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, GREEN, ORANGE, PURPLE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.linalg import EPS, matmul_blocked, matmul_naive

Product = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
SIZES = (16, 32, 64, 96, 128, 256, 512, 1024)
BLOCK = 256
THIN = 64
LARGEST = {"naive": 128, "outer products": 1024, "tiles": 1024, "einsum": 512, "BLAS": 1024}
COLORS = {
    "naive": RED,
    "outer products": ORANGE,
    "tiles": GREEN,
    "einsum": PURPLE,
    "BLAS": BLUE,
}


def outer_products(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """One tile as large as the result: every outer product passes over all of it."""
    return matmul_blocked(a, b, max(len(a), b.shape[1]))


WAYS: dict[str, Product] = {
    "naive": matmul_naive,
    "outer products": outer_products,
    "tiles": partial(matmul_blocked, block=BLOCK),
    "einsum": partial(np.einsum, "ik,kj->ij"),
    "BLAS": np.matmul,
}


def best_seconds(way: Product, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The shortest of several runs, until 0.2 seconds are spent; at least two."""
    times: list[float] = []
    while len(times) < 2 or (sum(times) < 0.2 and len(times) < 200):
        start = time.perf_counter()
        way(a, b)
        times.append(time.perf_counter() - start)
    return min(times)


def draw(seconds: dict[str, dict[int, float]], run: Run) -> None:
    """How many times slower than BLAS each way is, against the size."""
    with run.plot("ratio.svg", 7.2, 4.2) as figure:
        axes = figure.subplots()
        for name, times in seconds.items():
            sizes = list(times)
            ratios = [times[n] / seconds["BLAS"][n] for n in sizes]
            axes.plot(sizes, ratios, color=COLORS[name], marker="o", markersize=4)
            side = {"tiles": "top", "outer products": "bottom"}.get(name, "center")
            axes.text(sizes[-1] * 1.1, ratios[-1], name, color=COLORS[name], va=side)
        axes.set(xscale="log", yscale="log", xlim=(13, 3500), xticks=SIZES)
        axes.set_xticklabels([str(n) for n in SIZES], fontsize=9)
        axes.minorticks_off()
        axes.set(xlabel="n, for n by n matrices in float64", ylabel="times slower than BLAS")


def main(run: Run) -> None:
    """Checks that all ways agree, measures, draws, records."""
    rng = np.random.default_rng(run.seed)
    seconds: dict[str, dict[int, float]] = {name: {} for name in WAYS}
    agree = True
    for n in SIZES:
        a, b = rng.standard_normal((2, n, n))
        bound = 2 * n * EPS * (np.abs(a) @ np.abs(b))
        for name, way in WAYS.items():
            if n <= LARGEST[name]:
                agree = agree and bool((np.abs(way(a, b) - a @ b) <= bound).all())
                seconds[name][n] = best_seconds(way, a, b)

    a, b = np.random.default_rng(run.seed).standard_normal((2, 128, 128))
    loops = WAYS["naive"](a, b)
    equal = {name: bool(np.array_equal(loops, way(a, b))) for name, way in WAYS.items()}
    wide = rng.standard_normal((2048, THIN)), rng.standard_normal((THIN, 2048))
    thin = {name: best_seconds(WAYS[name], *wide) for name in ("outer products", "tiles")}

    print("GFLOP/s" + "".join(f"{n:>9}" for n in SIZES))
    for name, times in seconds.items():
        print(f"{name:15}" + "".join(f"{2 * n**3 / t / 1e9:9.3f}" for n, t in times.items()))
    draw(seconds, run)
    blas = seconds["BLAS"]
    metrics: dict[str, float | bool] = {
        "agree_within_rounding": agree,
        "loops_equal_outer_products": equal["outer products"],
        "loops_equal_blas": equal["BLAS"],
        "naive_over_blas_at_128": seconds["naive"][128] / blas[128],
        "outer_over_tiles_at_1024": seconds["outer products"][1024] / seconds["tiles"][1024],
        "outer_over_tiles_32_mb_result": thin["outer products"] / thin["tiles"],
        "naive_ns_per_step": seconds["naive"][128] / 128**3 * 1e9,
        "blas_gflops_at_1024": 2 * 1024**3 / blas[1024] / 1e9,
        "naive_seconds_at_1024_extrapolated": seconds["naive"][128] * 8**3,
    }
    metrics["naive_over_blas_at_1024_extrapolated"] = (
        metrics["naive_seconds_at_1024_extrapolated"] / blas[1024]
    )
    run.record(
        config={"sizes": str(SIZES), "block": BLOCK, "thin": THIN, "dtype": "float64"},
        metrics=metrics,
    )
    for name, value in metrics.items():
        print(f"{name:40} {value:.4g}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
