"""Draws 02-momentum.svg: three ways down a valley of curvatures 100 and 1, as the distance after each step."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, ORANGE, new_plot, save_plot

CURVATURES, LR, MU, STEPS = (100.0, 1.0), 0.01, 0.8, 100


def walk(mu: float, nesterov: bool) -> list[float]:
    """The larger of the two coordinates before each step."""
    p, v, far = [1.0, 1.0], [0.0, 0.0], []
    for _ in range(STEPS):
        far.append(max(abs(x) for x in p))
        for i, curvature in enumerate(CURVATURES):
            g = curvature * p[i]
            v[i] = mu * v[i] + g
            p[i] -= LR * (g + mu * v[i] if nesterov else v[i])
    return far


def main(out: Path) -> None:
    """Three curves on a logarithmic axis."""
    figure = new_plot(7.2, 3.8)
    axes = figure.subplots()
    for name, color, mu, nesterov in (
        ("plain", ORANGE, 0.0, False),
        ("momentum 0.8", BLUE, MU, False),
        ("Nesterov", GREEN, MU, True),
    ):
        axes.plot(walk(mu, nesterov), color=color, label=name)
    axes.set(yscale="log", xlabel="step", ylabel="distance from the minimum")
    axes.legend(frameon=False)
    axes.minorticks_off()
    save_plot(figure, out / "02-momentum.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
