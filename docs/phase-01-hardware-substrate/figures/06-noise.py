"""Draws 06-noise.svg: best, median and mean of the first k timings, when disturbances only add time."""

import random
import statistics
import sys
from pathlib import Path

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED, new_plot, save_plot

TRUE, COUNT = 10.0, 60


def timings() -> list[float]:
    """10 ms, a little jitter, and now and then somebody else's turn."""
    draw = random.Random(4)
    return [
        TRUE + 0.6 * draw.random() + (8 + 10 * draw.random() if draw.random() < 0.12 else 0)
        for _ in range(COUNT)
    ]


def main(out: Path) -> None:
    """The timings as dots, and three summaries as they come in."""
    seconds = timings()
    ks = range(1, COUNT + 1)
    figure = new_plot(7.2, 3.8)
    axes = figure.subplots()
    axes.plot(ks, seconds, "o", color=MUTED, markersize=3)
    for name, summary, color in [
        ("mean", statistics.mean, RED),
        ("median", statistics.median, ORANGE),
        ("best", min, BLUE),
    ]:
        values = [summary(seconds[:k]) for k in ks]
        axes.plot(ks, values, color=color)
        axes.text(
            COUNT + 1,
            values[-1] + {"median": 0.45, "best": -0.3}.get(name, 0),
            name,
            color=color,
            va="center",
        )
    axes.axhline(TRUE, color=GREEN, linewidth=1, linestyle="--")
    axes.text(1, TRUE - 0.55, "undisturbed: 10 ms", color=GREEN, va="center")
    axes.set(xlim=(0, 68), ylim=(9, 26), xlabel="timings so far", ylabel="milliseconds")
    save_plot(figure, out / "06-noise.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
