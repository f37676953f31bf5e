"""Copies arrays from 1 KiB to 64 MiB and draws bytes a second against size, beside a two-number model of a call."""

from __future__ import annotations

from collections.abc import Callable

from given.drawing import BLUE, MUTED, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.roofline import Facts, Timing, copy_bandwidth, machine, time_call

SIZES = [2**e for e in range(10, 27)]
MIN_SECONDS, REPEATS = 0.02, 5


def measure(size: int) -> dict[str, float]:
    """One size: bytes of each array, calls in a batch, GB/s by the best batch and by the median one."""
    kept: list[Timing] = []

    def timer(f: Callable[[], object]) -> Timing:
        kept.append(time_call(f, min_seconds=MIN_SECONDS, repeats=REPEATS))
        return kept[-1]

    best = copy_bandwidth(size, timer)
    return {
        "bytes": size,
        "calls": kept[0].calls,
        "best_gbs": best / 1e9,
        "median_gbs": 2 * size / kept[0].median / 1e9,
    }


def modeled(size: int, rows: list[dict[str, float]]) -> float:
    """GB/s if a call cost what the smallest one does, and moved bytes as fast as the fastest one."""
    fastest = max(row["best_gbs"] for row in rows)
    call = 2 * rows[0]["bytes"] / rows[0]["best_gbs"] - 2 * rows[0]["bytes"] / fastest
    return 2 * size / (call + 2 * size / fastest)


def draw(rows: list[dict[str, float]], facts: Facts, run: Run) -> None:
    """Measured best and median, the model, and a line at each cache size that is known."""
    with run.plot("bandwidth.svg", 7.2, 4.2, font_size=11) as figure:
        axes = figure.subplots()
        sizes = [row["bytes"] for row in rows]
        axes.plot(sizes, [modeled(int(s), rows) for s in sizes], color=MUTED, linestyle="--")
        axes.plot(sizes, [row["median_gbs"] for row in rows], color=ORANGE, linewidth=1)
        axes.plot(sizes, [row["best_gbs"] for row in rows], color=BLUE, marker="o", markersize=4)
        top = max(row["best_gbs"] for row in rows)
        for level in (1, 2, 3):
            size = facts[f"l{level}_bytes"]
            if isinstance(size, int):
                axes.axvline(size / 2, color=MUTED, linewidth=0.8, linestyle=":")
                axes.text(size / 2 * 1.08, top * 1.12, f"L{level} / 2", color=MUTED, va="top")
        axes.text(
            sizes[-1], modeled(int(sizes[-1]), rows), "model", color=MUTED, ha="right", va="bottom"
        )
        axes.text(sizes[0], top, "best of 5 batches", color=BLUE, va="top")
        axes.text(sizes[0], top * 0.92, "median", color=ORANGE, va="top")
        axes.set(
            xscale="log",
            ylim=(0, top * 1.15),
            xlabel="bytes of each array",
            ylabel="GB/s, read and written",
        )
        axes.set_xscale("log", base=2)


def main(run: Run) -> None:
    """Measures, draws, records."""
    rows = [measure(size) for size in SIZES]
    draw(rows, machine(), run)
    run.save("results.json", rows, indent=2)
    best = max(rows, key=lambda row: row["best_gbs"])
    run.record(
        config={"sizes": SIZES, "min_seconds": MIN_SECONDS, "repeats": REPEATS, "dtype": "float32"},
        metrics={
            "sizes": len(rows),
            "smallest_gbs": rows[0]["best_gbs"],
            "peak_gbs": best["best_gbs"],
            "peak_at_bytes": best["bytes"],
            "largest_gbs": rows[-1]["best_gbs"],
        },
    )
    print(
        f"{rows[0]['best_gbs']:.1f} GB/s at 1 KiB, {best['best_gbs']:.1f} at the best size,",
        end=" ",
    )
    print(f"{rows[-1]['best_gbs']:.1f} at 64 MiB")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
