"""Draws 06-complement.svg: what a network has learned for one verb and person, and what the test asks."""

import sys
from pathlib import Path

from given.drawing import BLUE, RED, new_plot, save_plot

TENSES = ["infinitive", "present", "past", "participle", "future"]
LEFT_OUT = 2


def main(out: Path) -> None:
    """Four bars of a quarter and a gap."""
    figure = new_plot(7.2, 3.0)
    axes = figure.subplots()
    places = list(range(5))
    axes.bar(places, [0 if i == LEFT_OUT else 0.25 for i in places], color=BLUE, alpha=0.8)
    axes.text(LEFT_OUT, 0.02, "the test\nasks for this", color=RED, ha="center", fontsize=10)
    axes.set_xticks(places, TENSES)
    axes.set(ylabel="probability learned", ylim=(0, 0.32))
    save_plot(figure, out / "06-complement.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
