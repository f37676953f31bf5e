"""Draws 04-cost.svg: multiplications for the whole gradient of x1 x2 ... xn, by evaluation, reverse and forward mode."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.scalar import Value, topological_order

SIZES = (2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def arrows(n: int) -> int:
    """Arrows in the graph of a product of n values: the multiplications of its walk."""
    result = Value(1.0)
    factors = [Value(1.0) for _ in range(n - 1)]
    for x in factors:
        result = result * x
    return sum(len(v._prev) for v in topological_order(result))


def main(out: Path) -> None:
    """Three lines on logarithmic axes, labeled at their right ends."""
    evaluate = [n - 1 for n in SIZES]
    reverse = [n - 1 + arrows(n) for n in SIZES]
    forward = [n * 3 * (n - 1) for n in SIZES]
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for label, counts, color, style in [
        ("forward mode: n runs", forward, ORANGE, "-"),
        ("reverse mode: 3 evaluations", reverse, BLUE, "-"),
        ("one evaluation", evaluate, MUTED, "--"),
    ]:
        axes.plot(SIZES, counts, color=color, linestyle=style, marker="o", markersize=3.5)
        axes.text(1150, counts[-1], label, color=color, va="center")
    axes.set(xscale="log", yscale="log", xlim=(1.8, 50000), xticks=[2, 10, 100, 1000])
    axes.set_xticklabels(["2", "10", "100", "1,000"])
    axes.minorticks_off()
    axes.set(xlabel="inputs n", ylabel="multiplications")
    save_plot(figure, out / "04-cost.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
