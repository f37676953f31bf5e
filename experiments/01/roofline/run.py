"""Draws this machine's roofline: two measured roofs, five kernels below them, and one that stays in a cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from given.drawing import BLUE, MUTED, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.roofline import Work, attainable, bound, copy_bandwidth, ridge, time_call, work

LONG, SIDE, PYTHON_SIDE, NEAR = 2**24, 1024, 48, 2**15
"""Elements of a long vector (64 MiB), side of a matrix product, of the one in Python, elements of a short vector."""
Kernel = tuple[str, Work, Callable[[], object]]


def python_matmul(n: int) -> Callable[[], object]:
    """Three loops over lists: what the textbook's first program does."""
    a = [[float(i + j) for j in range(n)] for i in range(n)]

    def run() -> list[list[float]]:
        c = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                for k in range(n):
                    c[i][j] += a[i][k] * a[k][j]
        return c

    return run


def kernels(rng: np.random.Generator) -> list[Kernel]:
    """Name, what is asked for by the page's formulas, and the call."""
    x, y, near, other = (rng.random(n, dtype=np.float32) for n in (LONG, LONG, NEAR, NEAR))
    out = np.ones_like(x)
    square, side = rng.random((4096, 4096), dtype=np.float32), rng.random(4096, dtype=np.float32)
    a, b = (rng.random((SIDE, SIDE), dtype=np.float32) for _ in range(2))
    c = np.empty_like(a)
    return [
        ("add", work("add", LONG), lambda: np.add(x, y, out=out)),
        ("dot", work("dot", LONG), lambda: np.dot(x, y)),
        ("matvec", work("matvec", 4096), lambda: square @ side),
        ("matmul in Python", work("matmul-naive", PYTHON_SIDE), python_matmul(PYTHON_SIDE)),
        ("matmul by BLAS", work("matmul-once", SIDE), lambda: np.matmul(a, b, out=c)),
        ("dot in cache", work("dot", NEAR), lambda: np.dot(near, other)),
    ]


def long_read() -> float:
    """Bytes/s of the largest element's search: reads alone, nothing is written."""
    long = np.ones(LONG, dtype=np.float32)
    return long.nbytes / time_call(lambda: np.max(long)).best


def measure(rng: np.random.Generator) -> tuple[list[dict[str, Any]], float, float]:
    """Each kernel's row, the measured peak in FLOP/s (the best of them) and the bandwidth in bytes/s."""
    read = long_read()
    bandwidth = max(read, copy_bandwidth(4 * LONG))
    rows = []
    for name, asked, call in kernels(rng):
        seconds = time_call(call).best
        rows.append({"name": name, "flops": asked.flops, "bytes": asked.nbytes, "seconds": seconds})
        rows[-1] |= {"intensity": asked.intensity, "flops_per_s": asked.flops / seconds}
    peak = max(row["flops_per_s"] for row in rows)
    for row in rows:
        row["roof"] = attainable(row["intensity"], peak, bandwidth)
        row["bound"] = bound(row["intensity"], peak, bandwidth)
        row["share_of_roof"] = row["flops_per_s"] / row["roof"]
    return rows, peak, bandwidth


def draw(rows: list[dict[str, Any]], peak: float, bandwidth: float, run: Run) -> None:
    """Both roofs, the ridge, a dot a kernel; hollow where the bytes didn't come from memory."""
    with run.plot("roofline.svg", 7.2, 4.6, font_size=11) as figure:
        axes = figure.subplots()
        corner = ridge(peak, bandwidth)
        xs = [2.0**-5, corner, 2.0**10]
        axes.plot(xs, [attainable(x, peak, bandwidth) / 1e9 for x in xs], color=BLUE, linewidth=2)
        axes.axvline(corner, color=MUTED, linewidth=0.8, linestyle=":")
        axes.text(corner * 1.1, 2e-3, f"ridge {corner:.1f}", color=MUTED)
        axes.text(xs[-1], peak / 1e9 * 1.2, f"{peak / 1e9:.0f} GFLOP/s", color=BLUE, ha="right")
        half = attainable(corner / 2, peak, bandwidth) / 1e9
        axes.text(corner / 2 * 1.1, half * 0.55, f"{bandwidth / 1e9:.0f} GB/s", color=BLUE)
        for row in rows:
            height, hollow = row["flops_per_s"] / 1e9, row["name"] == "dot in cache"
            face = "white" if hollow else ORANGE
            axes.plot(row["intensity"], height, "o", color=ORANGE, markerfacecolor=face)
            where = {
                "add": ("right", -6),
                "dot in cache": ("right", -6),
                "dot": ("left", 6),
                "matmul by BLAS": ("right", -6),
            }
            side, shift = where.get(row["name"], ("left", 6))
            below = row["name"] in ("dot", "matvec", "matmul by BLAS", "add")
            axes.annotate(
                row["name"],
                (row["intensity"], height),
                (shift, -12 if below else 3),
                textcoords="offset points",
                ha=side,
                color=ORANGE,
                fontsize=10,
            )
        axes.set(xscale="log", yscale="log", ylim=(1e-3, peak / 1e9 * 3))
        axes.set(xlabel="FLOPs a byte", ylabel="GFLOP/s")


def main(run: Run) -> None:
    """Measures, draws, records."""
    rows, peak, bandwidth = measure(np.random.default_rng(run.seed))
    draw(rows, peak, bandwidth, run)
    run.save("kernels.json", rows, indent=2)
    by_name = {row["name"]: row for row in rows}
    run.record(
        config={
            "long": LONG,
            "side": SIDE,
            "python_side": PYTHON_SIDE,
            "near": NEAR,
            "dtype": "float32",
        },
        metrics={
            "kernels": len(rows),
            "intensity_add": by_name["add"]["intensity"],
            "intensity_dot": by_name["dot"]["intensity"],
            "intensity_blas": by_name["matmul by BLAS"]["intensity"],
            "intensity_python": by_name["matmul in Python"]["intensity"],
            "intensity_near": by_name["dot in cache"]["intensity"],
            "peak_gflops": peak / 1e9,
            "bandwidth_gbs": bandwidth / 1e9,
            "ridge": ridge(peak, bandwidth),
            **{
                f"gflops_{row['name'].replace(' ', '_').lower()}": row["flops_per_s"] / 1e9
                for row in rows
            },
        },
    )
    for row in rows:
        print(
            f"{row['name']:18}{row['intensity']:9.3f} FLOPs/byte {row['flops_per_s'] / 1e9:10.4f} GFLOP/s, "
            f"{row['share_of_roof']:.1%} of the roof ({row['bound']})"
        )
    print(
        f"peak {peak / 1e9:.1f} GFLOP/s, memory {bandwidth / 1e9:.1f} GB/s, ridge {ridge(peak, bandwidth):.1f}"
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
