"""Walks through memory with strides, simulated and measured: misses a step by the model, nanoseconds by the clock."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.cachesim import Cache, matmul, strided, table, tiled_matmul
from minigrad.roofline import time_call

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
STRIDES = [2**e for e in range(11)]
BIG, SMALL = 64 * 2**20, 128 * 2**10
"""Bytes of the array that is meant to be in DRAM, and of the one that stays in a near cache."""
BLUE, ORANGE, MUTED = "#1d5fa8", "#c2570c", "#616e7c"


def simulate() -> list[float]:
    """The miss rate of each stride over float32 numbers, 32 KiB with 8 ways of 64-byte lines."""
    rates = []
    for stride in STRIDES:
        cache = Cache(32768)
        cache.run(strided(2**16, stride, itemsize=4))
        rates.append(cache.miss_rate)
    return rates


def step_ns(array: np.ndarray[Any, np.dtype[np.float32]], stride: int) -> float:
    """Nanoseconds an element of the sum of every stride-th element."""
    view = array[::stride]
    return time_call(lambda: np.add.reduce(view)).best / view.size * 1e9


def measure() -> tuple[list[float], list[float], float]:
    """For each stride the nanoseconds an element, far away and near, and the bytes a nanosecond of a long read."""
    big, small = (np.ones(size // 4, dtype=np.float32) for size in (BIG, SMALL))
    far = [step_ns(big, stride) for stride in STRIDES]
    # With a long stride a short array has few elements, and the clock would time the call: stride 2 stands for them.
    near = [step_ns(small, min(stride, 2)) for stride in STRIDES]
    return far, near, BIG / time_call(lambda: np.max(big)).best / 1e9


def model_ns(rates: list[float], near: list[float], bandwidth: float) -> list[float]:
    """max(what the core needs, missed lines * 64 bytes / bandwidth): the roofline of one step."""
    return [max(core, rate * 64 / bandwidth) for core, rate in zip(near, rates, strict=True)]


def draw(far: list[float], model: list[float], rates: list[float], path: Path) -> None:
    """Left the simulated staircase, right the clock's answer and the model's."""
    style = {"svg.hashsalt": NAME, "svg.fonttype": "none", "font.size": 11}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(7.6, 3.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(STRIDES, rates, color=BLUE, marker="o", markersize=4)
        left.set(ylabel="misses an element, simulated", ylim=(0.04, 1.3))
        right.plot(STRIDES, far, color=ORANGE, marker="o", markersize=4)
        right.plot(STRIDES, model, color=BLUE, linestyle="--")
        right.text(STRIDES[-1], far[-1] * 1.15, "measured", color=ORANGE, ha="right", va="bottom")
        right.text(STRIDES[-1], model[-1] * 0.9, "model", color=BLUE, ha="right", va="top")
        right.set(ylabel="ns an element, this machine")
        for axes in (left, right):
            axes.axvline(16, color=MUTED, linewidth=0.8, linestyle=":")
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
            axes.set_xlabel("stride, float32 elements")
            axes.spines[["top", "right"]].set_visible(False)
        left.text(16 * 1.15, 0.045, "one line", color=MUTED)
        low, high = right.get_ylim()
        right.set_ylim(low, high * 1.6)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def simulated_metrics(rates: list[float]) -> dict[str, float | int]:
    """What the simulator says, the same on every machine."""
    rows, columns = Cache(2048, 64, None), Cache(2048, 64, None)
    rows.run(table(64, 64, "rows"))
    columns.run(table(64, 64, "columns"))
    return {
        "model_first_rate": rates[0],
        "model_elbow": STRIDES[rates.index(1.0)],
        "model_rows": rows.miss_rate,
        "model_columns": columns.miss_rate,
        "model_ijk": Cache(2048, 64, None).run(matmul(40, "ijk")),
        "model_ikj": Cache(2048, 64, None).run(matmul(40, "ikj")),
        "model_tiled": Cache(2048, 64, None).run(tiled_matmul(40, 8)),
    }


def main() -> None:
    """Simulates, measures, draws, records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = datetime.now(UTC)
    out = options.out or HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}"
    out.mkdir(parents=True, exist_ok=True)
    seed_everything(options.seed)

    rates = simulate()
    far, near, bandwidth = measure()
    model = model_ns(rates, near, bandwidth)
    draw(far, model, rates, out / "cache_walk.svg")
    rows = [
        {"stride": s, "miss_rate": r, "model_ns": m, "measured_ns": f}
        for s, r, m, f in zip(STRIDES, rates, model, far, strict=True)
    ]
    (out / "results.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    record_manifest(
        out,
        experiment=NAME,
        seed=options.seed,
        config={"strides": STRIDES, "array_bytes": BIG, "dtype": "float32"},
        metrics={
            **simulated_metrics(rates),
            "read_gbs": bandwidth,
            "stride_1_ns": far[0],
            "stride_16_ns": far[4],
            "stride_1024_ns": far[-1],
        },
        artifacts=[out / "cache_walk.svg", out / "results.json"],
        started_at=started,
    )
    print(f"ns an element: {far[0]:.2f} at stride 1, {far[4]:.2f} at 16, {far[-1]:.2f} at 1024")
    print(out / "cache_walk.svg")


if __name__ == "__main__":
    main()
