"""Draws 03-finite-corpus.svg: how far fits to N draws lie ahead of the truth on those and behind it on new ones."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.probability import fit_categorical, kl_divergence

TRUTH = np.array([0.4, 0.25, 0.2, 0.1, 0.05])
SIZES = [10, 30, 100, 300, 1000, 3000, 10000]


def main(out: Path) -> None:
    """Means over 400 corpora of each size; those in which some tense never occurs are left out of the orange ones."""
    rng = np.random.default_rng(42)
    ahead, behind = [], []
    for n in SIZES:
        fits = np.array([fit_categorical(row) for row in rng.multinomial(n, TRUTH, size=400)])
        truth = np.broadcast_to(TRUTH, fits.shape)
        lost = kl_divergence(truth, fits)
        ahead.append(float(f"{kl_divergence(fits, truth).mean():.4g}"))
        behind.append(float(f"{lost[np.isfinite(lost)].mean():.4g}"))
    figure = new_plot(7.2, 3.9)
    axes = figure.subplots()
    axes.plot(SIZES, [2 / n for n in SIZES], color=MUTED, linewidth=1.2, linestyle="--")
    axes.plot(SIZES, behind, "o", color=ORANGE)
    axes.plot(SIZES, ahead, "s", color=BLUE, fillstyle="none", markersize=9)
    axes.text(1300, 0.0022, "(V - 1) / 2N", color=MUTED)
    axes.text(13, 0.28, "ahead of the truth on its own draws", color=BLUE)
    axes.text(11, 0.033, "behind it on new draws\n(finite ones)", color=ORANGE, va="top")
    axes.set(xscale="log", yscale="log", xlabel="draws N", ylabel="nats a draw", ylim=(1e-4, 0.6))
    axes.minorticks_off()
    save_plot(figure, out / "03-finite-corpus.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
