"""Draws 02-losses.svg, 03-losses.svg and 05-gradients.svg: runs of three experiments, seed 42, kept in _runs.json."""

import json
import sys
from pathlib import Path
from typing import Any

from given.drawing import BLUE, GREEN, ORANGE, RED, new_plot, save_plot

RUNS = json.loads((Path(__file__).parent / "_runs.json").read_text(encoding="utf-8"))
LOSS: dict[str, Any] = {"ylabel": "loss"}

# By figure: which runs, each line's label, color and how far above its end the label stands, and the axes.
FIGURES: dict[str, tuple[str, dict[str, tuple[str, str, float]], dict[str, Any]]] = {
    "02-losses.svg": (
        "init",  # 10-init-matters
        {
            "default": ("default", RED, 1.05),
            "xavier": ("Xavier", BLUE, 0.95),
            "kaiming": ("Kaiming", GREEN, 1.0),
        },
        {**LOSS, "ylim": (0, 1.3)},
    ),
    "03-losses.svg": (
        "norm",  # 10-norm-ablation, with PyTorch's default weights
        {
            "none": ("no norm", RED, 1.0),
            "batch": ("batch norm", ORANGE, 1.15),
            "layer": ("layer norm", BLUE, 1.1),
            "rms": ("RMSNorm", GREEN, 0.5),
        },
        {**LOSS, "ylim": (0, 0.9)},
    ),
    "05-gradients.svg": (
        "gradients",  # 10-residual-depth
        {
            "plain": ("neither", RED, 1.0),
            "norm": ("norm alone", ORANGE, 1.0),
            "post_norm_residual": ("both, norm behind", BLUE, 0.3),
            "pre_norm_residual": ("both, norm in front", GREEN, 3.0),
        },
        {"ylabel": "gradient norm, block 1", "yscale": "log"},
    ),
}


def main(out: Path) -> None:
    """One line a run, named where it ends."""
    for name, (kind, lines, settings) in FIGURES.items():
        figure = new_plot(7.2, 4.0)
        axes = figure.subplots()
        for run, (label, color, lift) in lines.items():
            steps, values = zip(*RUNS[kind][run], strict=True)
            axes.plot(steps, values, color=color)
            axes.text(
                steps[-1] * 1.02, values[-1] * lift, label, color=color, va="center", fontsize=10
            )
        axes.set(xlabel="step", xlim=(0, steps[-1] * 1.3), **settings)
        axes.minorticks_off()
        save_plot(figure, out / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
