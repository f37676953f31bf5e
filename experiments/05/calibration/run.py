"""One classifier fitted on 60 points and one on 5000: can their confidence be believed, before and after a temperature?"""

from __future__ import annotations

import numpy as np

from given.drawing import BLUE, MUTED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.calibration import (
    Reliability,
    confidence_and_hits,
    expected_calibration_error,
    fit_softmax_regression,
    fit_temperature,
    reliability,
)
from minigrad.probability import mean_nll

TENSES, FEATURES, SIGNAL = 5, 8, 1.8
REGIMES = {"few": (60, 1000), "many": (5000, 300)}  # training points, gradient steps
VALIDATION, TEST, LR = 500, 2000, 0.5


def points(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n tenses, evenly drawn, and eight noisy clues: clue k says SIGNAL for tense k and 0 otherwise, the last three nothing."""
    y = rng.integers(TENSES, size=n)
    return SIGNAL * np.eye(TENSES, FEATURES)[y] + rng.standard_normal((n, FEATURES)), y


def draw(tables: dict[str, Reliability], run: Run) -> None:
    """Reliability diagrams side by side: accuracy against confidence, the area of a dot is its share."""
    with run.plot("reliability.svg", 9.6, 3.4) as figure:
        for axes, (name, table) in zip(figure.subplots(1, 3), tables.items(), strict=True):
            axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
            sizes = 400 * table.count / table.count.sum()
            axes.plot(table.confidence, table.accuracy, color=BLUE, linewidth=1)
            axes.scatter(table.confidence, table.accuracy, s=sizes, color=BLUE)
            axes.set(title=name, xlabel="confidence", xlim=(0, 1), ylim=(0, 1))
        figure.axes[0].set_ylabel("accuracy")


def main(run: Run) -> None:
    """Trains both, fits a temperature on validation points, measures on test points, records."""
    rng = np.random.default_rng(run.seed)

    test, validation = points(TEST, rng), points(VALIDATION, rng)
    # The truth is known: for these clues ln p(y | x) is SIGNAL * x_y, up to a constant of the row.
    true_logits = SIGNAL * test[0][:, :TENSES]
    metrics: dict[str, float | int | bool | str] = {
        "irreducible_nll": mean_nll(true_logits, test[1]),
        "best_accuracy": float(confidence_and_hits(true_logits, test[1])[1].mean()),
    }
    tables: dict[str, Reliability] = {}
    for name, (n, steps) in REGIMES.items():
        x, y = points(n, rng)
        w, b = fit_softmax_regression(x, y, TENSES, lr=LR, steps=steps)
        z = test[0] @ w + b
        temperature = fit_temperature(validation[0] @ w + b, validation[1])
        before, hits = confidence_and_hits(z, test[1])
        after, same = confidence_and_hits(z / temperature, test[1])
        metrics |= {
            f"{name}_train_accuracy": float(confidence_and_hits(x @ w + b, y)[1].mean()),
            f"{name}_train_nll": mean_nll(x @ w + b, y),
            f"{name}_accuracy": float(hits.mean()),
            f"{name}_confidence": float(before.mean()),
            f"{name}_temperature": temperature,
            f"{name}_ece_before": expected_calibration_error(before, hits),
            f"{name}_ece_after": expected_calibration_error(after, same),
            f"{name}_nll_before": mean_nll(z, test[1]),
            f"{name}_nll_after": mean_nll(z / temperature, test[1]),
            f"{name}_answers_changed": int((hits != same).sum()),
        }
        tables[f"{n} training points"] = reliability(before, hits)
        if name == "few":
            tables[f"the same, T = {temperature:.2f}"] = reliability(after, same)
    few = (float(metrics["few_ece_after"]), float(metrics["few_ece_before"]))
    metrics["few_ece_ratio"] = few[0] / few[1]
    metrics["few_nll_saved"] = float(metrics["few_nll_before"]) - float(metrics["few_nll_after"])
    draw(tables, run)
    run.record(
        config={
            "classes": TENSES,
            "features": FEATURES,
            "signal": SIGNAL,
            "regimes": {name: list(value) for name, value in REGIMES.items()},
            "validation": VALIDATION,
            "test": TEST,
            "lr": LR,
        },
        metrics=metrics,
    )
    print(
        f"best possible: accuracy {metrics['best_accuracy']:.3f}, NLL {metrics['irreducible_nll']:.3f}"
    )
    for name, (n, _) in REGIMES.items():
        print(
            f"{n:4} points: accuracy {metrics[f'{name}_accuracy']:.3f}, "
            f"ECE {metrics[f'{name}_ece_before']:.3f} -> {metrics[f'{name}_ece_after']:.3f}, "
            f"NLL {metrics[f'{name}_nll_before']:.3f} -> {metrics[f'{name}_nll_after']:.3f}, "
            f"T = {metrics[f'{name}_temperature']:.2f}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
