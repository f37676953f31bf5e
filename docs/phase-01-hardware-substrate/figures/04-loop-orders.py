"""Draws 04-loop-orders.svg: simulated misses an innermost step against n, three orders and tiles, a cache of 32 lines."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED, new_plot, save_plot
from minigrad.cachesim import Cache, matmul, tiled_matmul

SIZES = [8, 16, 24, 32, 40, 48]


def misses(n: int, order: str) -> float:
    """Misses divided by n^3."""
    stream = tiled_matmul(n, 8) if order == "tiled" else matmul(n, order)
    return Cache(2048, 64, None).run(stream) / n**3


def main(out: Path) -> None:
    """Four curves on a logarithmic axis, labeled at their right ends."""
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for order, name, color in [
        ("jki", "jki, kji", RED),
        ("ijk", "ijk, jik", ORANGE),
        ("ikj", "ikj, kij", BLUE),
        ("tiled", "tiles of 8 x 8", GREEN),
    ]:
        rates = [misses(n, order) for n in SIZES]
        axes.plot(SIZES, rates, color=color, marker="o", markersize=4)
        axes.text(49.5, rates[-1], name, color=color, va="center")
    axes.axvline(9.2, color=MUTED, linewidth=0.8, linestyle=":")
    axes.text(9.6, 1.7, "all three matrices fit", color=MUTED)
    axes.set(yscale="log", xlim=(6, 60), ylim=(0.02, 3), xticks=SIZES)
    axes.set_yticks([0.03, 0.125, 1, 2], ["0.03", "1/8", "1", "2"])
    axes.minorticks_off()
    axes.set(xlabel="n", ylabel="misses an innermost step")
    save_plot(figure, out / "04-loop-orders.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
