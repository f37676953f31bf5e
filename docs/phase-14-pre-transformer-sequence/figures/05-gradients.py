"""Draws 05-gradients.svg: the gradient on its way back, a run of 14-gradient-through-time with seed 42, kept in _curves.json."""

import json
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, PURPLE, RED, new_plot, save_plot

CURVES = json.loads((Path(__file__).parent / "_curves.json").read_text(encoding="utf-8"))
LINES = {
    "rnn_50": ("RNN, all singular values 0.5", RED, 0.5),
    "rnn_90": ("RNN, 0.9", ORANGE, 0.9),
    "rnn_100": ("RNN, 1.0", BLUE, 1.0),
    "rnn_150": ("RNN, 1.5", PURPLE, 1.5),
    "lstm_0": ("LSTM, forget bias 0", MUTED, None),
    "lstm_3": ("LSTM, forget bias 3", GREEN, None),
}


def main(out: Path) -> None:
    """Solid what was measured, dotted the bound of the same color."""
    figure = new_plot()
    axes = figure.add_subplot(
        xlabel="steps back", ylabel="norm, as a share of the last", yscale="log", ylim=(1e-18, 1e4)
    )
    for name, (label, color, sigma) in LINES.items():
        axes.plot(CURVES[name], color=color, label=label)
        if sigma:
            steps = range(len(CURVES[name]))
            axes.plot([sigma**n for n in steps], ":", color=color, linewidth=0.9)
    axes.legend(fontsize=8, loc="lower left")
    save_plot(figure, out / "05-gradients.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
