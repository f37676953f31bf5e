"""Whether a model's confidence among candidates can be believed: ECE beside what chance alone makes of it, Brier, temperature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.calibration import expected_calibration_error, fit_temperature, predictions
from minilm.scoring import best, shares

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """What ECE a model of these confidences has if each of them is true: its mean, and what 95 % (or `level`) stay below."""

    mean: float
    high: float


def null_band(
    confidence: ArrayLike,
    rng: np.random.Generator,
    bins: int = 10,
    draws: int = 500,
    level: float = 0.95,
) -> Band:
    """Draws right and wrong from the confidences themselves, `draws` times, and takes the ECE of each.

    Raises:
        ValueError: as `minigrad.calibration.predictions`; `draws` below 1; `level` not between 0 and 1.
    """
    if draws < 1 or not 0 < level < 1:
        raise ValueError(f"null_band: {draws} draws, level {level}")
    raise NotImplementedError("Lab 20.4 - calibrated, and yet")


def brier(confidence: ArrayLike, correct: ArrayLike) -> float:
    """The mean square of confidence minus 1 where it was right, minus 0 where not. Errors as `predictions`."""
    raise NotImplementedError("Lab 20.4 - one number for both")


def believed(values: ArrayLike, temperature: float = 1.0) -> tuple[Array, NDArray[np.intp]]:
    """Confidence and chosen place of each row of values (n, k), after division by the temperature. The choice doesn't depend on it.

    Raises:
        ValueError: a temperature that isn't finite and above 0; the message names it.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"believed: temperature must be finite and above 0, got {temperature}")
    raise NotImplementedError("Lab 20.4 - as sure as it says")


def cross_fitted(values: ArrayLike, right: ArrayLike) -> tuple[Array, tuple[float, float]]:
    """Confidences at temperatures that were fitted on other rows: that of the even rows is used for the odd ones, and vice versa.

    Args:
        values: shape (n, k), finite. right: shape (n,), the place of the right candidate.

    Returns:
        The confidence of each row, shape (n,), and the temperatures that the even rows gave and the odd ones.

    Raises:
        ValueError: as `minigrad.calibration.fit_temperature`: a half has no best temperature, for instance because all is right.
    """
    raise NotImplementedError("Lab 20.4 - never on what it is measured by")
