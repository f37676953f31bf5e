"""Walks through memory with strides, simulated and measured: misses a step by the model, nanoseconds by the clock."""

from __future__ import annotations

from typing import Any

import numpy as np

from given.drawing import BLUE, MUTED, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.cachesim import Cache, matmul, strided, table, tiled_matmul
from minigrad.roofline import time_call

STRIDES = [2**e for e in range(11)]
BIG, SMALL = 64 * 2**20, 128 * 2**10
"""Bytes of the array that is meant to be in DRAM, and of the one that stays in a near cache."""


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


def draw(far: list[float], model: list[float], rates: list[float], run: Run) -> None:
    """Left the simulated staircase, right the clock's answer and the model's."""
    with run.plot("cache_walk.svg", 7.6, 3.9, font_size=11) as figure:
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
        left.text(16 * 1.15, 0.045, "one line", color=MUTED)
        low, high = right.get_ylim()
        right.set_ylim(low, high * 1.6)


def simulated_metrics(rates: list[float]) -> dict[str, float | int]:
    """What the simulator says, the same on every machine."""
    rows, columns = Cache(2048, 64, None), Cache(2048, 64, None)
    rows.run(table(64, 64, "rows"))
    columns.run(table(64, 64, "columns"))
    direct, twelfth = Cache(2048, 64, 1), Cache(32768)
    direct.run(table(32, 64, "columns"))
    twelfth.run(strided(12 * 2**12, 12, itemsize=4))
    return {
        "model_first_rate": rates[0],
        "model_elbow": STRIDES[rates.index(1.0)],
        "model_rows": rows.miss_rate,
        "model_columns": columns.miss_rate,
        "model_ijk": Cache(2048, 64, None).run(matmul(40, "ijk")),
        "model_ikj": Cache(2048, 64, None).run(matmul(40, "ikj")),
        "model_tiled": Cache(2048, 64, None).run(tiled_matmul(40, 8)),
        "model_stride_12": twelfth.miss_rate,
        "model_direct_columns": direct.miss_rate,
        "model_ijk_24": Cache(2048, 64, None).run(matmul(24, "ijk")),
    }


def main(run: Run) -> None:
    """Simulates, measures, draws, records."""
    rates = simulate()
    far, near, bandwidth = measure()
    model = model_ns(rates, near, bandwidth)
    draw(far, model, rates, run)
    rows = [
        {"stride": s, "miss_rate": r, "model_ns": m, "measured_ns": f}
        for s, r, m, f in zip(STRIDES, rates, model, far, strict=True)
    ]
    run.save("results.json", rows, indent=2)
    run.record(
        config={"strides": STRIDES, "array_bytes": BIG, "dtype": "float32"},
        metrics={
            **simulated_metrics(rates),
            "read_gbs": bandwidth,
            "stride_1_ns": far[0],
            "stride_16_ns": far[4],
            "stride_1024_ns": far[-1],
        },
    )
    print(f"ns an element: {far[0]:.2f} at stride 1, {far[4]:.2f} at 16, {far[-1]:.2f} at 1024")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
