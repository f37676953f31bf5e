"""Draws 00-memory.svg: what a training step of ten layers holds, layer by layer, forward and backward."""

import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, new_plot, save_plot

LAYERS, ACTIVATION, WEIGHT = 10, 128, 256  # KiB: result and activation of a layer; its weight


def main(out: Path) -> None:
    """A hill of kept arrays over a growing base of parameters' gradients."""
    steps = list(range(2 * LAYERS + 1))
    kept = [ACTIVATION * min(i, 2 * LAYERS - i) for i in steps]
    grads = [WEIGHT * max(0, i - LAYERS) for i in steps]
    figure = new_plot(7.2, 3.8)
    axes = figure.subplots()
    base = [LAYERS * WEIGHT] * len(steps)
    axes.stackplot(steps, base, grads, kept, colors=[MUTED, ORANGE, BLUE], alpha=0.7)
    axes.axvline(LAYERS, color=GREEN, linestyle="--", linewidth=1)
    axes.text(0.3, 1200, "parameters", fontsize=10)
    axes.text(13.2, 3000, "their gradients", fontsize=10)
    axes.text(6.2, 2800, "kept for backward", fontsize=10)
    axes.text(LAYERS + 0.2, 5300, "the loss", color=GREEN, fontsize=10)
    axes.set(xlabel="ten layers forward, ten back", ylabel="KiB", ylim=(0, 5700), xlim=(0, 20))
    save_plot(figure, out / "00-memory.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
