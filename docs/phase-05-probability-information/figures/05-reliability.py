"""Draws 05-reliability.svg: reliability diagrams of the two classifiers of page 05, and of one with a temperature."""

import sys
from pathlib import Path

import numpy as np

from given.drawing import BLUE, GREEN, MUTED, ORANGE, new_plot, save_plot
from minigrad.calibration import (
    confidence_and_hits,
    expected_calibration_error,
    fit_softmax_regression,
    fit_temperature,
    reliability,
)


def main(out: Path) -> None:
    """The draws of the page, in its order; three digits, so that the figure is the same anywhere."""
    rng = np.random.default_rng(42)

    def points(n: int) -> tuple[np.ndarray, np.ndarray]:
        y = rng.integers(5, size=n)
        return 1.8 * np.eye(5, 8)[y] + rng.standard_normal((n, 8)), y

    test, validation = points(2000), points(500)
    panels = []
    for n, steps, color in [(60, 1000, ORANGE), (5000, 300, GREEN)]:
        w, b = fit_softmax_regression(*points(n), 5, lr=0.5, steps=steps)
        panels.append((f"{n} training points", test[0] @ w + b, color))
        if n == 60:
            t = fit_temperature(validation[0] @ w + b, validation[1])
            panels.append((f"the same, T = {t:.1f}", (test[0] @ w + b) / t, BLUE))
    figure = new_plot(8.2, 3.2)
    for axes, (title, logits, color) in zip(figure.subplots(1, 3), panels, strict=True):
        confidence, hits = confidence_and_hits(logits, test[1])
        table = reliability(confidence, hits)
        seen = table.count > 0
        x, y = table.confidence[seen].round(3), table.accuracy[seen].round(3)
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1)
        axes.vlines(x, y, x, color=color, linewidth=1, alpha=0.5)
        axes.plot(x, y, color=color, linewidth=1)
        axes.scatter(x, y, s=(600 * table.count[seen] / 2000).round(1), color=color)
        axes.set(title=title, xlabel="says", xlim=(0, 1.03), ylim=(0, 1.03))
        axes.set_xticks([0, 0.5, 1])
        axes.set_yticks([0, 0.5, 1])
        axes.text(
            0.04, 0.93, f"ECE {expected_calibration_error(confidence, hits):.2f}", color=color
        )
    figure.axes[0].set_ylabel("is right")
    save_plot(figure, out / "05-reliability.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
