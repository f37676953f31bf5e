"""Draws 05-steps.svg: the error of the central difference of a weighted sum of rational functions against the step."""

import sys
from pathlib import Path

from given.drawing import BLUE, MUTED, new_plot, save_plot

STEPS = [m * float(f"1e-{k}") for k in range(12, 0, -1) for m in (1, 3)]
POINTS = [0.3 + 0.1 * i for i in range(20)]
WEIGHTS = [0.5 + (7 * i % 20) / 20 for i in range(20)]


def f(x: float) -> float:
    """x / (1 + x^2): like a softmax it rises and levels off, and it rounds the same way everywhere."""
    return x / (1 + x * x)


def main(out: Path) -> None:
    """One V, with the cube root of the machine epsilon."""
    errors = []
    for h in STEPS:
        worst = 0.0
        for x, w in zip(POINTS, WEIGHTS, strict=True):
            exact = w * (1 - x * x) / ((1 + x * x) * (1 + x * x))
            worst = max(worst, abs((w * f(x + h) - w * f(x - h)) / (2 * h) - exact))
        errors.append(worst)
    figure = new_plot(7.2, 3.8)
    axes = figure.subplots()
    axes.axvline(sys.float_info.epsilon ** (1 / 3), color=MUTED, linewidth=1, linestyle="--")
    axes.plot(STEPS, errors, color=BLUE, marker="o", markersize=3)
    axes.text(2e-12, 1e-8, "rounding", color=MUTED)
    axes.text(2e-3, 1e-9, "truncation", color=MUTED)
    axes.set(xscale="log", yscale="log", xlabel="step", ylabel="largest error of the slope")
    axes.minorticks_off()
    save_plot(figure, out / "05-steps.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
