"""What the break shows: the calibration error of a classifier too sure of itself, mended, and overdone for half of it."""

import json

import numpy as np

from minigrad.calibration import (
    confidence_and_hits,
    expected_calibration_error,
    fit_softmax_regression,
    fit_temperature,
)


def points(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The clues of experiment 05-calibration."""
    y = rng.integers(5, size=n)
    return 1.8 * np.eye(5, 8)[y] + rng.standard_normal((n, 8)), y


def main() -> None:
    """Trains on 60 points, mends on 500, measures on 2000; then 20 answers written down by hand."""
    rng = np.random.default_rng(42)
    test, validation, (x, y) = points(2000, rng), points(500, rng), points(60, rng)
    w, b = fit_softmax_regression(x, y, 5, lr=0.5, steps=1000)
    temperature = fit_temperature(validation[0] @ w + b, validation[1])
    logits = test[0] @ w + b
    half = np.where(np.arange(2000) < 1000, 1.0, 12.0)[:, None]  # too sure, then too modest
    errors = [
        expected_calibration_error(*confidence_and_hits(logits / t, test[1]))
        for t in (1.0, temperature, half)
    ]
    confidence = [0.9] * 10 + [0.5] * 10
    correct = [1] * 5 + [0] * 5 + [1] * 9 + [0]
    seen = {
        "overfit": round(errors[0], 6),
        "overfit_mended": round(errors[1], 6),
        "half_overdone": round(errors[2], 6),
        "by_hand": round(expected_calibration_error(confidence, correct), 9),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
