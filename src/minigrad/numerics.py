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
    raise NotImplementedError("Lab 02.2 - _shifted")


def softmax(x: ArrayLike) -> Floats:
    """The probabilities that logits stand for, over the last axis; shape and float dtype of x.

    Entries of -inf get 0. A row that is all -inf allows nothing and gets zeros, so it sums to 0 instead of 1.

    Raises:
        TypeError, ValueError: as `_logits` says.
    """
    raise NotImplementedError("Lab 02.2 - softmax")


def log_sum_exp(x: ArrayLike) -> Floats:
    """log sum_j exp(x_j) over the last axis, shape (...,): max <= result <= max + log K.

    A row that is all -inf gives -inf, the log of an empty sum. Raises as `_logits` says.
    """
    raise NotImplementedError("Lab 02.2 - log_sum_exp")


def log_softmax(x: ArrayLike) -> Floats:
    """log softmax(x) over the last axis without a log of anything small; shape and float dtype of x.

    A large max takes none of its digits. Entries of -inf stay -inf, so a row that is all -inf comes back as it is. Raises as `_logits` says.
    """
    raise NotImplementedError("Lab 02.2 - log_softmax")


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
    raise NotImplementedError("Lab 02.2 - cross_entropy")


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
    raise NotImplementedError("Lab 02.3 - naive_sum")


def pairwise_sum(x: Floats, block: int = 8) -> float:
    """Halves the list until at most `block` entries are left, adds these naively and the halves to each other.

    Error at most about (block + log2(n / block)) u sum|x_i|. Arguments and errors as `naive_sum`; block below 1:
    ValueError.
    """
    raise NotImplementedError("Lab 02.3 - pairwise_sum")


def kahan_sum(x: Floats) -> float:
    """Left to right; what each addition lost is measured and subtracted from the next entry (Kahan, 1965).

    Error at most (2u + O(n u^2)) sum|x_i|: it doesn't grow with n. A sum that leaves the format, or meets inf or
    NaN, is what `naive_sum` makes of it. Arguments and errors as `naive_sum`.
    """
    raise NotImplementedError("Lab 02.3 - kahan_sum")


def neumaier_sum(x: Floats) -> float:
    """Left to right, losses collected beside the sum and added once at the end (Neumaier, 1974).

    Right also where an entry is larger than the sum so far, which Kahan's order loses. Otherwise as `kahan_sum`.
    """
    raise NotImplementedError("Lab 02.3 - neumaier_sum")
