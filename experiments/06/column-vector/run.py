"""What a column vector does to a loss: the ten numbers of the page, then a model that is trained on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, INK, ORANGE
from given.run import Run, conduct
from given.verbs import VERBS
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.arrays import predict_broadcast
from minigrad.vectorized import mean_squared_error

FORMS = {name: verb.english("past_simple", "1sg") for name, verb in VERBS.items() if verb.regular}
LR, STEPS = 0.1, 300
Array = NDArray[np.float64]


def fit(x: Array, y: Array, column: bool) -> tuple[float, float, list[float]]:
    """Slope, intercept and losses of p = w (x - mean) + b by gradient descent on the mean of (p - y)^2.

    With `column`, p has shape (n, 1) and y (n,): the mean is over n^2 differences. The gradients are those of the loss
    that is computed, as any autograd would give them.
    """
    w, b, losses = 0.0, 0.0, []
    centered = x - x.mean()
    for _ in range(STEPS):
        p = w * centered + b
        difference = p[:, None] - y if column else p - y
        losses.append(float(np.mean(difference**2)))
        to_p = 2 * difference / difference.size
        to_p = to_p.sum(axis=1) if column else to_p
        w -= LR * float(to_p @ centered)
        b -= LR * float(to_p.sum())
    return w, b - w * float(x.mean()), losses


def draw(run: Run, x: Array, y: Array, fits: dict[str, tuple[float, float, list[float]]]) -> None:
    """Both fits over the points, and both losses."""
    with run.plot("fits.svg", 7.2, 3.4) as figure:
        left, right = figure.subplots(1, 2)
        left.plot(x, y, "o", color=INK, markersize=5)
        ends = np.array([x.min(), x.max()])
        for (name, (w, b, losses)), color in zip(fits.items(), (BLUE, ORANGE), strict=True):
            left.plot(ends, w * ends + b, color=color, label=name)
            right.plot(losses, color=color, label=name)
        left.set(xlabel="letters in the infinitive", ylabel="letters in the past form")
        right.set(xlabel="step", ylabel="loss as computed", yscale="log")
        for axes in (left, right):
            axes.legend()


def main(run: Run) -> None:
    """Computes, trains twice, draws, records."""
    targets = np.arange(10.0)
    predictions = (targets + 0.1)[:, None]
    shape = predict_broadcast(predictions.shape, targets.shape)
    wrong = float(np.mean((predictions - targets) ** 2))
    right = mean_squared_error(predictions[:, 0], targets)
    try:
        mean_squared_error(predictions, targets)
        refused = False
    except ValueError:
        refused = True

    x = np.array([len(verb) for verb in FORMS], dtype=float)
    y = np.array([len(form) for form in FORMS.values()], dtype=float)
    fits = {"(n,) - (n,)": fit(x, y, False), "(n, 1) - (n,)": fit(x, y, True)}
    (slope, intercept, losses), (flat, level, wrong_losses) = fits.values()
    draw(run, x, y, fits)
    rows = [
        {"verb": v, "form": f, "right": slope * len(v) + intercept, "wrong": flat * len(v) + level}
        for v, f in FORMS.items()
    ]
    run.save("predictions.json", rows, indent=2)
    metrics = {
        "elements": shape[0] * shape[1],
        "mse_right": right,
        "mse_wrong": wrong,
        "refused": refused,
        "slope_right": slope,
        "slope_wrong": flat,
        "level_wrong": level,
        "mean_target": float(y.mean()),
        "loss_right": losses[-1],
        "loss_wrong": wrong_losses[-1],
        "variance_of_targets": float(y.var()),
    }
    run.record(
        config={"verbs": len(FORMS), "lr": LR, "steps": STEPS},
        metrics=metrics,
    )
    print(f"ten numbers: {metrics['elements']} differences, {wrong:.4f} instead of {right:.4f}")
    print(f"trained on (n,) - (n,):   slope {slope:.4f}, loss {losses[-1]:.4f}")
    print(
        f"trained on (n, 1) - (n,): slope {flat:.4f}, level {level:.4f}, loss {wrong_losses[-1]:.4f}"
    )
    print(f"mean of the targets {y.mean():.4f}, their variance {y.var():.4f}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
