"""Draws 03-losses.svg: the losses with the default weights of \`just exp 10-norm-ablation\`, seed 42, kept in _runs.json."""

import json
import sys
from pathlib import Path

from cortex.drawing import BLUE, GREEN, ORANGE, RED, new_plot, save_plot

RUNS = json.loads((Path(__file__).parent / "_runs.json").read_text(encoding="utf-8"))["norm"]
LINES = {
    "none": ("no norm", RED, 1.0),
    "batch": ("batch norm", ORANGE, 1.15),
    "layer": ("layer norm", BLUE, 1.1),
    "rms": ("RMSNorm", GREEN, 0.5),
}


def main(out: Path) -> None:
    """One line a run, named where it ends."""
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for name, (label, color, lift) in LINES.items():
        steps, values = zip(*RUNS[name], strict=True)
        axes.plot(steps, values, color=color)
        axes.text(steps[-1] * 1.02, values[-1] * lift, label, color=color, va="center", fontsize=10)
    axes.set(xlabel="step", ylabel="loss", xlim=(0, steps[-1] * 1.3), ylim=(0, 0.9))
    axes.minorticks_off()
    save_plot(figure, out / "03-losses.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
