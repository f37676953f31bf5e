"""Draws 02-two-directions.svg: one hump fitted to two, by each direction of the divergence."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.probability import kl_divergence

PLACES = np.arange(25.0)


def hump(center: float, width: float) -> np.ndarray:
    """A bell over the 25 outcomes, as a distribution."""
    weights = np.exp(-((PLACES - center) ** 2) / (2 * width**2)) + 1e-12
    return weights / weights.sum()


def main(out: Path) -> None:
    """The world, and the best of many bells in each direction, found by trying all of a grid."""
    world = 0.6 * hump(7, 1.6) + 0.4 * hump(17, 1.6)
    bells = [hump(c / 4, w / 8) for c in range(16, 85) for w in range(8, 64)]
    covers = min(bells, key=lambda q: float(kl_divergence(world, q)))
    seeks = min(bells, key=lambda q: float(kl_divergence(q, world)))
    figure = new_plot(7.2, 3.8)
    axes = figure.subplots()
    axes.bar(PLACES, [round(float(x), 6) for x in world], color="#d5dbe1", width=0.8)
    axes.plot(PLACES, [round(float(x), 6) for x in covers], color=BLUE)
    axes.plot(PLACES, [round(float(x), 6) for x in seeks], color=ORANGE)
    axes.text(11.6, 0.088, "smallest D(world || model):\ncovers both", color=BLUE, ha="left")
    axes.text(8.6, 0.21, "smallest D(model || world):\nseeks one", color=ORANGE)
    axes.text(18.9, 0.06, "the world", color=MUTED)
    axes.set(xlabel="outcome", ylabel="probability")
    save_plot(figure, out / "02-two-directions.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
