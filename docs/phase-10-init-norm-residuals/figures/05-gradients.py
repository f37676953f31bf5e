"""Draws 05-gradients.svg: the gradients of block 1 in \`just exp 10-residual-depth\`, seed 42, kept in _runs.json."""

import json
import sys
from pathlib import Path

from cortex.drawing import BLUE, GREEN, ORANGE, RED, new_plot, save_plot

RUNS = json.loads((Path(__file__).parent / "_runs.json").read_text(encoding="utf-8"))["gradients"]
LINES = {
    "plain": ("neither", RED, 1.0),
    "norm": ("norm alone", ORANGE, 1.0),
    "post_norm_residual": ("both, norm behind", BLUE, 0.3),
    "pre_norm_residual": ("both, norm in front", GREEN, 3.0),
}


def main(out: Path) -> None:
    """One line a run, named where it ends."""
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for name, (label, color, lift) in LINES.items():
        steps, values = zip(*RUNS[name], strict=True)
        axes.plot(steps, values, color=color)
        axes.text(steps[-1] * 1.02, values[-1] * lift, label, color=color, va="center", fontsize=10)
    axes.set(
        xlabel="step", ylabel="gradient norm, block 1", xlim=(0, steps[-1] * 1.3), yscale="log"
    )
    axes.minorticks_off()
    save_plot(figure, out / "05-gradients.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
