"""Draws 05-knee.svg: relative error against the rank kept, for the table with three styles and for the control."""

import runpy
import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, MUTED, ORANGE, new_plot, save_plot
from minigrad.linalg import relative_errors, svd

VERBS = Path(__file__).parents[3] / "experiments" / "03" / "svd-compression" / "verbs.py"


def main(out: Path) -> None:
    """Two curves with their knees."""
    counts = runpy.run_path(str(VERBS))["counts"]
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for styles, color, label, place in [
        (3, BLUE, "three styles", (2.25, 0.13)),
        (1, ORANGE, "all verbs used alike (control)", (0.2, 0.0038)),
    ]:
        errors = relative_errors(svd(counts(np.random.default_rng(42), styles))[1]).round(8)
        axes.plot(range(15), errors[:15], color=color, marker="o", markersize=4)
        axes.text(*place, label, color=color)
        axes.plot(
            [styles], [errors[styles]], color=color, marker="o", markersize=11, fillstyle="none"
        )
    axes.axvline(300 / 35, color=MUTED, linewidth=1, linestyle="--")
    axes.text(
        8.75,
        0.6,
        "from here on the factors\nare larger than the table",
        color=MUTED,
        va="top",
        fontsize=10,
    )
    axes.set(yscale="log", xlabel="terms kept", ylabel="relative error", xticks=list(range(0, 15)))
    axes.set(yticks=[1, 0.1, 0.01, 0.001], ylim=(0.0005, 1.3))
    axes.set_yticklabels(["100 %", "10 %", "1 %", "0.1 %"])
    axes.minorticks_off()
    save_plot(figure, out / "05-knee.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
