"""Draws 05-tokens.svg: tokens a word of `just run 11-vocabulary-size`, seed 42, kept in _tokens.json."""

import json
import sys
from pathlib import Path

from given.drawing import BLUE, ORANGE, new_plot, save_plot

RUN = json.loads((Path(__file__).parent / "_tokens.json").read_text(encoding="utf-8"))
LINES = {
    "both_en": ("English, both trained", BLUE, "-", -0.16),
    "both_es": ("Spanish, both trained", ORANGE, "-", 0.16),
    "es_en": ("English, Spanish trained", BLUE, "--", 0.16),
    "en_es": ("Spanish, English trained", ORANGE, "--", -0.08),
}


def main(out: Path) -> None:
    """Four lines over the size of the vocabulary, named where they end."""
    figure = new_plot(7.2, 4.0)
    axes = figure.subplots()
    for name, (label, color, style, lift) in LINES.items():
        axes.plot(RUN["sizes"], RUN[name], style, color=color, marker="o", markersize=4)
        axes.text(2150, RUN[name][-1] + lift, label, color=color, va="center", fontsize=10)
    axes.set(
        xscale="log", xlabel="vocabulary", ylabel="tokens a word", xlim=(240, 5200), ylim=(1, 6)
    )
    axes.set_xticks(RUN["sizes"], [str(size) for size in RUN["sizes"]])
    axes.minorticks_off()
    save_plot(figure, out / "05-tokens.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
