"""Draws 05-roofline.svg: the roofline of page 00's laptop, with a second slope for a nearer cache, and kernels."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.roofline import attainable, dram_bandwidth, peak_flops, ridge, work

PEAK, BANDWIDTH = peak_flops(2.4e9, 4, 8, 2), dram_bandwidth(2, 2.4e9)
KERNELS = [
    ("add", work("add", 1000)),
    ("dot, naive matmul", work("dot", 1000)),
    ("softmax", work("softmax", 1000)),
    ("tiles of 16", work("matmul-tiled", 1024, tile=16)),
    ("tiles of 52", work("matmul-tiled", 1040, tile=52)),
    ("matmul 1024, each number once", work("matmul-once", 1024)),
]


def main(out: Path) -> None:
    """Roofs, ridge and the highest place that each kernel can reach."""
    figure = new_plot(7.4, 4.5)
    axes = figure.subplots()
    corner = ridge(PEAK, BANDWIDTH)
    xs = [1 / 32, corner, 1024]
    axes.plot(xs, [attainable(x, PEAK, BANDWIDTH) / 1e9 for x in xs], color=BLUE, linewidth=2.2)
    near = [1 / 32, corner / 5]
    axes.plot(near, [x * 5 * BANDWIDTH / 1e9 for x in near], color=MUTED, linestyle="--")
    axes.text(0.036, 70, "a cache\nfive times as fast", color=MUTED)
    axes.axvline(corner, color=MUTED, linewidth=0.8, linestyle=":")
    axes.text(corner * 1.12, 1.3, f"ridge: {corner:g} FLOPs a byte", color=MUTED)
    axes.text(1024, 345, "307.2 GFLOP/s", color=BLUE, ha="right")
    axes.text(1.35, 31, "38.4 GB/s", color=BLUE)
    axes.text(0.6, 420, "memory-bound", color=MUTED, ha="center")
    axes.text(100, 600, "compute-bound", color=MUTED, ha="center")
    for name, asked in KERNELS:
        x, y = asked.intensity, attainable(asked.intensity, PEAK, BANDWIDTH) / 1e9
        axes.plot(x, y, "o", color=ORANGE)
        if x < corner:
            axes.text(x * 1.12, y * 0.72, name, color=ORANGE, va="center", fontsize=10)
        else:
            axes.text(
                x,
                y * (1.25 if x < 100 else 0.75),
                name,
                color=ORANGE,
                ha="center",
                va="center",
                fontsize=10,
            )
    axes.set(xscale="log", yscale="log", xlim=(1 / 34, 1200), ylim=(1, 900))
    axes.set_xticks([1 / 12, 1 / 4, 1, 8, 100], ["1/12", "1/4", "1", "8", "100"])
    axes.set_yticks([1, 10, 100], ["1", "10", "100"])
    axes.minorticks_off()
    axes.set(xlabel="FLOPs a byte", ylabel="GFLOP/s")
    save_plot(figure, out / "05-roofline.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
