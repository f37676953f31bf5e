"""A classifier fitted by maximum likelihood, whether its confidence can be believed, and one number that repairs it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.probability import class_indices, log_normalize, real_array


@dataclass(frozen=True)
class Reliability:
    """Predictions sorted into M bins by confidence; bin m holds (m/M, (m+1)/M], the first one 0 as well.

    Attributes:
        count: shape (M,), int: predictions in each bin.
        confidence: shape (M,), float64: their mean confidence; nan in an empty bin.
        accuracy: shape (M,), float64: the share that was right; nan in an empty bin.
    """

    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def predictions(
    confidence: ArrayLike, correct: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Both as arrays of one length N >= 1: floats in [0, 1], and bools (or 0 and 1).

    Raises:
        TypeError: confidence that isn't real numbers, or correct that is neither bool nor integer.
        ValueError: another shape, no predictions, a confidence outside [0, 1] or nan, a `correct` other than 0 and 1.
    """
    c, hit = np.asarray(confidence), np.asarray(correct)
    if c.dtype.kind not in "fiu":
        raise TypeError(f"confidence must hold real numbers, got dtype {c.dtype}")
    if hit.dtype.kind not in "biu":
        raise TypeError(f"correct must hold bools, got dtype {hit.dtype}")
    if c.ndim != 1 or c.shape != hit.shape or not c.size:
        raise ValueError(
            f"confidence and correct must be two rows of one length, not empty, got shapes {c.shape} and {hit.shape}"
        )
    outside = ~((c >= 0) & (c <= 1))
    if outside.any():
        raise ValueError(
            f"confidence must be in [0, 1], got {float(c[outside][0])} at {int(np.argmax(outside))}"
        )
    if hit.dtype.kind != "b" and not np.isin(hit, (0, 1)).all():
        raise ValueError("correct must hold only True and False, or 1 and 0")
    return c.astype(np.float64), hit.astype(np.bool_)


def finite_logits(
    logits: ArrayLike, targets: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Logits of shape (B, V) as finite float64, B >= 1, V >= 2, and their targets, integers in 0 .. V-1.

    Raises:
        TypeError: logits that aren't real numbers, targets that aren't integers.
        ValueError: another shape, nan or inf, a target outside; the message names the argument and what came.
    """
    z = real_array(logits, "logits").astype(np.float64)
    y = class_indices(targets, z)
    if z.shape[1] < 2:
        raise ValueError(f"logits must have at least 2 columns, got shape {z.shape}")
    if np.isinf(z).any():
        where = tuple(int(i) for i in np.argwhere(np.isinf(z))[0])
        raise ValueError(f"logits must be finite, got {float(z[where])} at {where}")
    return z, y


def nll_gradient(logits: ArrayLike, targets: ArrayLike) -> NDArray[np.float64]:
    """The gradient of the mean NLL to the logits, as phase 04 derives it for one row.

    Args:
        logits: shape (B, V), finite. targets: shape (B,), integers. Errors as in `finite_logits`.

    Returns:
        Shape (B, V), float64; every row sums to 0.
    """
    # lab 05.3
    z, y = finite_logits(logits, targets)
    gradient = np.exp(log_normalize(z))
    gradient[np.arange(len(y)), y] -= 1
    scaled: NDArray[np.float64] = gradient / len(y)
    return scaled
    # end lab


def fit_softmax_regression(
    x: ArrayLike, targets: ArrayLike, n_classes: int, *, lr: float = 0.5, steps: int = 1000
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Maximum likelihood for q(y | x) = softmax(x W + b): `steps` full-batch gradient steps from zero.

    Args:
        x: shape (B, D), finite. targets: shape (B,), integers in 0 .. n_classes-1.
        n_classes: an int, at least 2. steps: an int, at least 0. lr: finite, above 0.

    Returns:
        W, shape (D, n_classes), and b, shape (n_classes,), both float64.

    Raises:
        TypeError, ValueError: what isn't as above, with the argument and what came.
    """
    features = real_array(x, "x").astype(np.float64)
    if features.ndim != 2 or np.isinf(features).any():
        raise ValueError(f"x must be finite and of shape (B, D), got shape {features.shape}")
    for name, value, least in (("n_classes", n_classes, 2), ("steps", steps, 0)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    if not (math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr must be finite and above 0, got {lr}")
    finite_logits(np.zeros((len(features), n_classes)), targets)
    # lab 05.3
    weights = np.zeros((features.shape[1], n_classes))
    bias = np.zeros(n_classes)
    for _ in range(steps):
        gradient = nll_gradient(features @ weights + bias, targets)
        weights -= lr * (features.T @ gradient)
        bias -= lr * gradient.sum(axis=0)
    return weights, bias
    # end lab


def confidence_and_hits(
    logits: ArrayLike, targets: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """For each row the probability of its likeliest class, and whether that class is the target.

    Args:
        logits: shape (B, V), finite. targets: shape (B,), integers. Errors as in `finite_logits`.

    Returns:
        Confidence, shape (B,), float64, in [1/V, 1]; hits, shape (B,), bool. Of equal logits the first counts.
    """
    # lab 05.4
    z, y = finite_logits(logits, targets)
    return np.exp(log_normalize(z).max(axis=1)), z.argmax(axis=1) == y
    # end lab


def reliability(confidence: ArrayLike, correct: ArrayLike, bins: int = 10) -> Reliability:
    """Sorts predictions into `bins` bins of equal width and averages each.

    Args:
        confidence, correct: N numbers in [0, 1] and N bools; errors as in `predictions`.
        bins: an int (`TypeError`), at least 1 (`ValueError`).
    """
    if isinstance(bins, bool) or not isinstance(bins, int):
        raise TypeError(f"bins must be an int, got {bins!r}")
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    # lab 05.4
    c, hit = predictions(confidence, correct)
    place = np.searchsorted(np.arange(1, bins) / bins, c, side="left")
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):  # 0 / 0 in an empty bin: nan is what it should say
        mean_confidence = np.bincount(place, weights=c, minlength=bins) / count
        accuracy = np.bincount(place, weights=hit, minlength=bins) / count
    return Reliability(count, mean_confidence, accuracy)
    # end lab


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 10) -> float:
    """ECE: the mean over all predictions of |accuracy - confidence| of their bin (Guo and others 2017).

    Args, errors: as in `reliability`.

    Returns:
        A float in [0, 1]; an empty bin adds nothing.
    """
    # lab 05.4
    table = reliability(confidence, correct, bins)
    seen = table.count > 0
    gap = np.abs(table.accuracy[seen] - table.confidence[seen])
    return float((table.count[seen] * gap).sum() / table.count.sum())
    # end lab


def fit_temperature(
    logits: ArrayLike, targets: ArrayLike, low: float = 0.05, high: float = 20.0
) -> float:
    """The T for which softmax(logits / T) has the smallest mean NLL on these targets.

    In beta = 1 / T the loss is convex, so its slope crosses 0 at most once. What is that slope?

    Args:
        logits, targets: of a set that the model wasn't trained on. Errors as in `finite_logits`.
        low, high: the range for T, 0 < low < high, finite (`ValueError`).

    Returns:
        T, to about 15 digits.

    Raises:
        ValueError: the smallest loss isn't inside the range. If every prediction is right it lies at T = 0; if the
            logits know nothing, at T = infinity.
    """
    # lab 05.4
    z, y = finite_logits(logits, targets)
    if not (0 < low < high and math.isfinite(high)):
        raise ValueError(f"low and high must be 0 < low < high < inf, got {low} and {high}")
    z = (
        z - z[np.arange(len(y)), y][:, None]
    )  # distance to the target's logit: the slope is E_q of it

    def slope(beta: float) -> Any:
        return (np.exp(log_normalize(beta * z)) * z).sum(axis=1).mean()

    left, right = 1 / high, 1 / low
    if not slope(left) < 0 < slope(right):
        raise ValueError(f"no temperature between {low} and {high} has the smallest loss")
    for _ in range(100):
        beta = (left + right) / 2
        if slope(beta) < 0:
            left = beta
        else:
            right = beta
    return 2 / (left + right)
    # end lab
