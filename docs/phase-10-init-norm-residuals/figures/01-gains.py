"""Draws 01-gains.svg: what four activations leave of a normal signal's mean square, as areas."""

import math
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED, new_plot, save_plot

Z = [i / 50 for i in range(-200, 201)]


def cdf(z: float) -> float:
    """The normal distribution's."""
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


CURVES = [
    ("linear, 1", MUTED, lambda z: z),
    ("ReLU, 0.500", BLUE, lambda z: max(z, 0.0)),
    ("GELU, 0.425", GREEN, lambda z: z * cdf(z)),
    ("tanh, 0.394", ORANGE, math.tanh),
    ("SiLU, 0.356", RED, lambda z: z / (1 + math.exp(-z))),
]


def main(out: Path) -> None:
    """f(z)^2 times the density; the legend has the area under each."""
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for name, color, f in CURVES:
        heights = [round(f(z) ** 2 * math.exp(-z * z / 2) / math.sqrt(2 * math.pi), 6) for z in Z]
        axes.plot(Z, heights, color=color, label=name)
    axes.set(xlabel="z", ylabel="f(z) squared, times the density", ylim=(0, 0.32))
    axes.legend(frameon=False, title="area")
    save_plot(figure, out / "01-gains.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
