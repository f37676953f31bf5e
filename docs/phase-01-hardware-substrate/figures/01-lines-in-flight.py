"""Draws 01-lines-in-flight.svg: bandwidth against the number of cache lines that are on their way at once."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot

LATENCY, LINE, ROOF = 80e-9, 64, 38.4e9


def main(out: Path) -> None:
    """A slope of one line per latency, a flat roof, and three places on them."""
    figure = new_plot(7.2, 3.8)
    axes = figure.subplots()
    xs = [1, ROOF * LATENCY / LINE, 200]
    axes.plot(xs, [min(ROOF, x * LINE / LATENCY) / 1e9 for x in xs], color=BLUE)
    for x, name, side in [
        (1, "  one load waits for the one before", "left"),
        (12, "  one core, 12 misses at a time", "left"),
        (48, "48 lines: the memory is busy  ", "right"),
    ]:
        y = min(ROOF, x * LINE / LATENCY) / 1e9
        axes.plot(x, y, "o", color=ORANGE)
        lift = 1.25 if side == "right" else 0.88
        axes.text(x, y * lift, f"{name}", color=ORANGE, ha=side, va="center")
        axes.text(x, y * 0.62 if side == "left" else y * 0.72, f"  {y:g} GB/s", color=MUTED)
    axes.set(xscale="log", yscale="log", xlim=(0.9, 200), ylim=(0.4, 70))
    axes.set_xticks([1, 2, 5, 10, 20, 50, 100], ["1", "2", "5", "10", "20", "50", "100"])
    axes.set_yticks([1, 10, 38.4], ["1", "10", "38.4"])
    axes.minorticks_off()
    axes.set(xlabel="cache lines on their way at the same time", ylabel="GB/s")
    save_plot(figure, out / "01-lines-in-flight.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
