"""Draws 02-three-witnesses.svg: the error of three derivatives of x^3 / (1 + x^2) at 0.7 against the step."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, new_plot, save_plot

X = 0.7
EXACT = (3 * X * X + X * X * X * X) / ((1 + X * X) * (1 + X * X))
STEPS = [float(f"1e-{k}") for k in range(20, 0, -1)]
FLOOR = 1e-17


def f(x: complex) -> complex:
    """Only operations that round the same way everywhere, for real x."""
    return x * x * x / (1 + x * x)


def main(out: Path) -> None:
    """Two V's and a floor. An error below one unit in the last place is drawn on the floor."""
    curves = {
        "one-sided": [abs((f(X + h) - f(X)) / h - EXACT) for h in STEPS],
        "central": [abs((f(X + h) - f(X - h)) / (2 * h) - EXACT) for h in STEPS],
        "complex step": [abs(f(complex(X, h)).imag / h - EXACT) for h in STEPS],
    }
    figure = new_plot(7.2, 4.2)
    axes = figure.subplots()
    for (name, errors), color in zip(curves.items(), (ORANGE, BLUE, GREEN), strict=True):
        shown = [FLOOR if e < 1e-15 else float(f"{e:.3g}") for e in errors]
        axes.plot(STEPS, shown, "o-", color=color, markersize=4)
        spot = {
            "one-sided": (1e-8, 2e-5),
            "central": (2e-12, 2e-9),
            "complex step": (1e-18, 3e-17),
        }[name]
        axes.text(*spot, name, color=color)
    axes.text(
        3e-16,
        1.6,
        "below 1e-16 the step is lost in x, and the quotient is 0",
        color=MUTED,
        fontsize=10,
    )
    axes.text(1e-20, 7e-19, "bottom line: no error in 15 digits", color=MUTED, fontsize=10)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="step h",
        ylabel="error of the slope",
        ylim=(1e-19, 9),
        xlim=(5e-21, 0.5),
    )
    axes.set_xticks([1e-20, 1e-15, 1e-10, 1e-5, 1e-1])
    axes.minorticks_off()
    save_plot(figure, out / "02-three-witnesses.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
