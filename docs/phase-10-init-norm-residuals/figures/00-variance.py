"""Draws 00-variance.svg: the six walks of `just run 10-variance-walk`, seed 42, kept in _runs.json."""

import json
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, RED, new_plot, save_plot

WALKS = json.loads((Path(__file__).parent / "_runs.json").read_text(encoding="utf-8"))["variance"]
COLORS = {"uniform": RED, "xavier": BLUE, "kaiming": GREEN}
LABELS = {
    "uniform_linear": (20.3, "uniform"),
    "uniform_relu": (20.3, "uniform, ReLU"),
    "kaiming_linear": (20.3, "Kaiming"),
    "xavier_relu": (20.3, "Xavier, ReLU"),
}


def main(out: Path) -> None:
    """Mean squares on a logarithmic axis; dashed lines have a ReLU in each layer."""
    figure = new_plot(7.2, 4.2)
    axes = figure.subplots()
    layers = range(1, 21)
    for name, sizes in WALKS.items():
        scheme, _, kind = name.partition("_")
        axes.plot(layers, sizes, "--" if kind == "relu" else "-", color=COLORS[scheme])
        if name in LABELS:
            x, text = LABELS[name]
            axes.text(x, sizes[-1], text, color=COLORS[scheme], va="center", fontsize=10)
    axes.text(20.3, 1, "Xavier;\nKaiming, ReLU", color=MUTED, va="center", fontsize=10)
    axes.set(yscale="log", xlabel="layer", ylabel="mean square of the signal", xlim=(1, 25))
    axes.set_xticks([1, 5, 10, 15, 20])
    axes.minorticks_off()
    save_plot(figure, out / "00-variance.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
