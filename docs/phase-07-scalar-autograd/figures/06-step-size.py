"""Draws 06-step-size.svg: the error of one-sided and central differences of 1/(1+x^2) at 0.7 against the step."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot

X = 0.7
EXACT = -2 * X / ((1 + X * X) * (1 + X * X))
STEPS = [m * float(f"1e-{k}") for k in range(13, 0, -1) for m in (1, 2, 5)]


def f(x: float) -> float:
    """1 / (1 + x^2): only operations that round the same way everywhere."""
    return 1 / (1 + x * x)


def main(out: Path) -> None:
    """Two curves of measured errors, and the best step by the formula."""
    one_sided = [abs((f(X + h) - f(X)) / h - EXACT) for h in STEPS]
    central = [abs((f(X + h) - f(X - h)) / (2 * h) - EXACT) for h in STEPS]
    figure = new_plot(7.2, 4.2)
    axes = figure.subplots()
    axes.axvline(sys.float_info.epsilon ** (1 / 3), color=MUTED, linewidth=1, linestyle="--")
    axes.text(7e-6, 0.3, "cube root of the\nmachine epsilon", color=MUTED, va="top", fontsize=10)
    axes.plot(STEPS, one_sided, color=ORANGE, marker="o", markersize=3)
    axes.plot(STEPS, central, color=BLUE, marker="o", markersize=3)
    axes.text(1.5e-6, 4e-6, "one-sided", color=ORANGE, ha="right")
    axes.text(2.5e-3, 3e-8, "central", color=BLUE)
    axes.text(3e-13, 1e-7, "rounding", color=MUTED)
    axes.text(0.015, 1e-5, "truncation", color=MUTED)
    axes.set(
        xscale="log", yscale="log", xlabel="step", ylabel="error of the slope", ylim=(1e-13, 1)
    )
    axes.minorticks_off()
    save_plot(figure, out / "06-step-size.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
