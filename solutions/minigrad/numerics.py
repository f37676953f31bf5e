"""Arithmetic that keeps its digits: softmax and its logarithm for any logits, and four ways to add.

The softmax family works on the last axis of arrays of logits; the sums work on one dimension, in the array's own dtype.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]


def _logits(x: ArrayLike) -> Floats:
    """x as an array that softmax can take: floats as they are, integers as float64.

    -inf is allowed: it masks an entry. TypeError unless real numbers; ValueError if it has no entries along its last
    axis, or holds NaN or +inf, for which no distribution exists.
    """
    values = np.asarray(x)
    if values.dtype.kind not in "iuf":
        raise TypeError(f"logits must be real numbers, got dtype {values.dtype}")
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError(f"logits need at least one entry on the last axis, got {values.shape}")
    if values.dtype.kind != "f":
        values = values.astype(np.float64)
    bad = ~(values < np.inf)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"logits must be below +inf and not NaN, got {values[where]} at {where}")
    return values


def _shifted(x: Floats) -> tuple[Floats, Floats, Floats]:
    """The three parts that the whole family is made of.

    Args:
        x: from `_logits`, shape (..., K).

    Returns:
        z = x - max, shape (..., K), all <= 0; the sum of exp(z), shape (..., 1), in [1, K], or 0 for a row that is all
        -inf; and the max, shape (..., 1), taken as 0 for such a row. float16 is worked in float32.
    """
    # lab 02.2
    if x.dtype == np.float16:
        x = x.astype(np.float32)
    top = x.max(axis=-1, keepdims=True)
    top = np.where(top == -np.inf, x.dtype.type(0), top)  # -inf - (-inf) would be NaN
    with np.errstate(over="ignore"):  # 1e308 and -1e308 in one row: z is -inf there, which is right
        z = x - top
    return z, np.exp(z).sum(axis=-1, keepdims=True), top
    # end lab


def softmax(x: ArrayLike) -> Floats:
    """The probabilities that logits stand for, over the last axis; shape and float dtype of x.

    Entries of -inf get 0. A row that is all -inf allows nothing and gets zeros, so it sums to 0 instead of 1.

    Raises:
        TypeError, ValueError: as `_logits` says.
    """
    # lab 02.2
    logits = _logits(x)
    z, total, _ = _shifted(logits)
    return np.asarray(np.exp(z) / np.where(total == 0, 1, total), dtype=logits.dtype)
    # end lab


def log_sum_exp(x: ArrayLike) -> Floats:
    """log sum_j exp(x_j) over the last axis, shape (...,): max <= result <= max + log K.

    A row that is all -inf gives -inf, the log of an empty sum. Raises as `_logits` says.
    """
    # lab 02.2
    logits = _logits(x)
    _, total, top = _shifted(logits)
    with np.errstate(divide="ignore"):
        return np.asarray((top + np.log(total))[..., 0], dtype=logits.dtype)
    # end lab


def log_softmax(x: ArrayLike) -> Floats:
    """log softmax(x) over the last axis without a log of anything small; shape and float dtype of x.

    A large max takes none of its digits. Entries of -inf stay -inf, so a row that is all -inf comes back as it is. Raises as `_logits` says.
    """
    # lab 02.2
    logits = _logits(x)
    z, total, _ = _shifted(logits)
    return np.asarray(z - np.log(np.where(total == 0, 1, total)), dtype=logits.dtype)
    # end lab


def cross_entropy(x: ArrayLike, targets: ArrayLike) -> Floats:
    """-log softmax(x)[target] for each row, in nats.

    Args:
        x: logits, shape (..., K).
        targets: integers in 0..K-1, shape (...,): one for each row, a plain int for a single row.

    Returns:
        Shape (...,), at least 0. A target whose logit is -inf costs +inf, so every target of an all -inf row does.

    Raises:
        TypeError: targets aren't integers. ValueError: their shape doesn't fit, or one is out of range (-1 too);
            and as `_logits` says.
    """
    # lab 02.2
    logs = log_softmax(x)
    chosen = np.asarray(targets)
    if chosen.dtype.kind not in "iu":
        raise TypeError(f"targets must be integers, got dtype {chosen.dtype}")
    if chosen.shape != logs.shape[:-1]:
        raise ValueError(
            f"targets must have shape {logs.shape[:-1]} for logits {logs.shape}, got {chosen.shape}"
        )
    classes = logs.shape[-1]
    outside = chosen[(chosen < 0) | (chosen >= classes)]
    if outside.size:
        raise ValueError(f"targets must lie in 0..{classes - 1}, got {outside.flat[0]}")
    picked = np.take_along_axis(logs, chosen[..., None].astype(np.intp), axis=-1)
    return np.asarray(0 - picked[..., 0])  # 0 - x, because -x would turn a loss of 0 into -0.0
    # end lab


def _summands(x: Floats) -> Floats:
    """x itself. TypeError unless an array of floats; ValueError unless of one dimension."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        found = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x must be an array of floats, got {found}")
    if x.ndim != 1:
        raise ValueError(f"x must have one dimension, got shape {x.shape}")
    return x


def naive_sum(x: Floats) -> float:
    """From left to right, each partial sum rounded to x's dtype. Error at most (n-1) u sum|x_i|, to first order.

    Args:
        x: shape (n,), float16, float32 or float64. No entries: 0.0. inf and NaN go through as in hardware.

    Raises:
        TypeError: not an array of floats. ValueError: not one dimension.
    """
    # lab 02.3
    total = _summands(x).dtype.type(0)
    with np.errstate(over="ignore", invalid="ignore"):
        for value in x:
            total = total + value
    return float(total)
    # end lab


def pairwise_sum(x: Floats, block: int = 8) -> float:
    """Halves the list until at most `block` entries are left, adds these naively and the halves to each other.

    Error at most about (block + log2(n / block)) u sum|x_i|. Arguments and errors as `naive_sum`; block below 1:
    ValueError.
    """
    # lab 02.3
    number = _summands(x).dtype.type
    if block < 1:
        raise ValueError(f"block must be at least 1, got {block}")
    if len(x) <= block:
        return naive_sum(x)
    half = len(x) // 2
    with np.errstate(over="ignore", invalid="ignore"):
        return float(number(pairwise_sum(x[:half], block)) + number(pairwise_sum(x[half:], block)))
    # end lab


def kahan_sum(x: Floats) -> float:
    """Left to right; what each addition lost is measured and subtracted from the next entry (Kahan, 1965).

    Error at most (2u + O(n u^2)) sum|x_i|: it doesn't grow with n. A sum that leaves the format, or meets inf or
    NaN, is what `naive_sum` makes of it. Arguments and errors as `naive_sum`.
    """
    # lab 02.3
    total = excess = _summands(x).dtype.type(0)
    with np.errstate(over="ignore", invalid="ignore"):
        for value in x:
            corrected = value - excess
            after = total + corrected
            excess = (after - total) - corrected
            total = after
    return float(total) if math.isfinite(total) else naive_sum(x)
    # end lab


def neumaier_sum(x: Floats) -> float:
    """Left to right, losses collected beside the sum and added once at the end (Neumaier, 1974).

    Right also where an entry is larger than the sum so far, which Kahan's order loses. Otherwise as `kahan_sum`.
    """
    # lab 02.3
    total = lost = _summands(x).dtype.type(0)
    with np.errstate(over="ignore", invalid="ignore"):
        for value in x:
            after = total + value
            if abs(total) >= abs(value):
                lost = lost + ((total - after) + value)
            else:
                lost = lost + ((value - after) + total)
            total = after
        result = total + lost
    return float(result) if math.isfinite(result) else naive_sum(x)
    # end lab
