"""Information about one distribution, about two, and the loss that follows: from entropy to maximum likelihood.

Everything is in nats unless `base` says otherwise. Distributions stand along the last axis. Sums of probabilities that
are stored as logarithms go through `log_total`, never through the probabilities themselves.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]

TOLERANCE = 1e-6  # how far from 1 a distribution's sum may lie: float32 softmaxes of a few thousand entries pass


def real_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """An array of ints or floats, not empty; float32 stays, the rest becomes float64. NaN is refused."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of real numbers") from error
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if array.ndim == 0 or array.size == 0:
        raise ValueError(
            f"{name} must have at least one axis and one entry, got shape {array.shape}"
        )
    if array.dtype != np.float32:
        array = array.astype(np.float64)
    if np.isnan(array).any():
        where = tuple(int(i) for i in np.argwhere(np.isnan(array))[0])
        raise ValueError(f"{name} must hold no nan, got one at {where}")
    return array


def distribution(p: ArrayLike, name: str = "p") -> NDArray[np.float64]:
    """`p` as distributions along the last axis, float64, each divided by its sum.

    Args:
        p: shape (..., V), V >= 1: real numbers >= 0 whose sum over the last axis is within 1e-6 of 1.
        name: what error messages call it.

    Raises:
        TypeError: bools, complex numbers, text, objects.
        ValueError: no entries, nan or inf, a negative entry, a sum that isn't 1. The message names the place.
    """
    array = real_array(p, name).astype(np.float64)
    bad = (array < 0) | np.isinf(array)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} must hold finite numbers >= 0, got {float(array[where])!r} at {where}"
        )
    total = array.sum(axis=-1, keepdims=True)
    off = np.abs(total - 1.0) > TOLERANCE
    if off.any():
        row = tuple(int(i) for i in np.argwhere(off)[0][:-1])
        raise ValueError(f"{name}{list(row) if row else ''} must sum to 1, got {total[(*row, 0)]}")
    scaled: NDArray[np.float64] = array / total
    return scaled


def joint_distribution(joint: ArrayLike) -> NDArray[np.float64]:
    """`joint` as one distribution over pairs, shape (A, B), float64. Errors as in `distribution`, and a shape not 2-D."""
    array = real_array(joint, "joint")
    if array.ndim != 2:
        raise ValueError(f"joint must have shape (A, B), got {array.shape}")
    return distribution(array.reshape(-1), "joint").reshape(array.shape)


def _same_shape(p: NDArray[np.float64], q: NDArray[np.float64]) -> None:
    if p.shape != q.shape:
        raise ValueError(
            f"p and q must be over the same outcomes, got shapes {p.shape} and {q.shape}"
        )


def entropy(p: ArrayLike, base: float = math.e) -> Any:
    """H(p) = sum_i p_i log(1 / p_i), the mean surprise (Shannon 1948); an outcome of probability 0 adds 0.

    Args:
        p: shape (..., V), as `distribution` accepts it.
        base: e for nats, 2 for bits; finite, above 0, not 1 (`ValueError`).

    Returns:
        Shape (...), float64; a single number for one distribution. Never -0.0.
    """
    raise NotImplementedError("Lab 05.0 - entropy")


def conditional_entropy(joint: ArrayLike) -> float:
    """H(Y | X) = sum_x p(x) H(Y | X = x) in nats: what is left to learn of Y once X is known.

    Args:
        joint: p(x, y), shape (A, B): x is the row, y the column; all entries together sum to 1. A row of zeros is an x
            that doesn't happen, and adds nothing. Errors as in `joint_distribution`.
    """
    raise NotImplementedError("Lab 05.0 - conditional_entropy")


def kl_divergence(p: ArrayLike, q: ArrayLike) -> Any:
    """D(p || q) = sum_i p_i ln(p_i / q_i) in nats: what it costs to believe q where p is true (Kullback, Leibler 1951).

    No digits are lost where p and q nearly agree, nor where they are far apart. Which sum has the same value and no
    negative term?

    Args:
        p: the truth, shape (..., V), as `distribution` accepts it.
        q: the model, the same shape, or `ValueError`.

    Returns:
        Shape (...), float64, never below 0; inf where some p_i > 0 has q_i = 0.
    """
    raise NotImplementedError("Lab 05.1 - kl_divergence")


def cross_entropy_between(p: ArrayLike, q: ArrayLike) -> Any:
    """H(p, q) = sum_i p_i ln(1 / q_i) in nats: the mean surprise of a model q in a world p.

    Args, errors: as in `kl_divergence`.

    Returns:
        Shape (...), float64, at least H(p); inf where some p_i > 0 has q_i = 0. Never -0.0.
    """
    raise NotImplementedError("Lab 05.1 - cross_entropy_between")


def mutual_information(joint: ArrayLike) -> float:
    """I(X; Y) = D(p(x, y) || p(x) p(y)) in nats: how much one tells about the other. 0 only if they are independent.

    Args:
        joint: p(x, y), shape (A, B), all entries together sum to 1. Errors as in `joint_distribution`.
    """
    raise NotImplementedError("Lab 05.1 - mutual_information")


def fit_categorical(counts: ArrayLike, pseudocount: float = 0.0) -> NDArray[np.float64]:
    """The distribution that makes these counts most likely: counts / their sum, after adding `pseudocount` to each.

    Args:
        counts: shape (V,), finite, >= 0, as whole numbers or weights; some count or pseudocount must be above 0.
        pseudocount: finite, >= 0. With 0 it is maximum likelihood; with more, no outcome is ever impossible.

    Returns:
        Shape (V,), float64.

    Raises:
        TypeError, ValueError: what isn't as above; the message says what came.
    """
    raise NotImplementedError("Lab 05.2 - fit_categorical")


def _scores(z: ArrayLike, name: str) -> Floats:
    """Logits, or log-probabilities: real numbers and -inf, which stands for a weight of 0."""
    scores: Floats = real_array(z, name)
    if np.isposinf(scores).any():
        where = tuple(int(i) for i in np.argwhere(np.isposinf(scores))[0])
        raise ValueError(f"{name} must be below inf, got inf at {where}")
    return scores


def class_indices(targets: ArrayLike, logits: Floats) -> NDArray[np.intp]:
    """Targets as indices into the rows of `logits`, which must have shape (B, V).

    Raises:
        TypeError: targets that aren't integers.
        ValueError: logits of another shape, targets of another shape than (B,), one outside 0 .. V-1.
    """
    if logits.ndim != 2:
        raise ValueError(f"logits must have shape (B, V), got {logits.shape}")
    y = np.asarray(targets)
    if y.dtype.kind not in "iu":
        raise TypeError(f"targets must be integers, got dtype {y.dtype}")
    if y.shape != logits.shape[:1]:
        raise ValueError(f"targets must have shape {logits.shape[:1]}, got {y.shape}")
    outside = (y < 0) | (y >= logits.shape[1])
    if outside.any():
        raise ValueError(
            f"targets must be in 0 .. {logits.shape[1] - 1}, got {int(y[outside][0])} at row {int(np.argmax(outside))}"
        )
    return y.astype(np.intp)


def log_total(z: ArrayLike, axis: int = -1, keepdims: bool = False) -> Any:
    """ln(sum_i e^z_i), log-sum-exp: the sum of numbers that are stored as logarithms, as a logarithm.

    Args:
        z: any shape with an entry; real numbers, or -inf for a summand of 0. float32 stays float32, the rest becomes
            float64. nan and inf are a `ValueError`.
        axis: what is summed over; one that isn't there is numpy's `AxisError`, a `ValueError`.
        keepdims: whether that axis stays, with length 1.

    Returns:
        Exact to rounding however large or small z is; -inf for a sum of zeros.
    """
    raise NotImplementedError("Lab 05.2 - log_total")


def log_normalize(z: ArrayLike, axis: int = -1) -> Floats:
    """z minus its `log_total`: the log-probabilities of weights e^z. For logits this is log-softmax.

    Args, errors: as in `log_total`; a sum of zeros is a `ValueError`, since nothing can be divided by it.

    Returns:
        The shape and dtype of z (ints become float64), every entry <= 0.
    """
    raise NotImplementedError("Lab 05.2 - log_normalize")


def mean_nll(logits: ArrayLike, targets: ArrayLike) -> float:
    """The mean of ln(1 / q(target)) over the rows, in nats, with q the softmax of the row: the training loss.

    Args:
        logits: shape (B, V), as `log_normalize` accepts them.
        targets: shape (B,), integers in 0 .. V-1 (`TypeError`, `ValueError`).

    Returns:
        At least 0; inf if a target's logit is -inf. Rows are computed in the logits' dtype, averaged in float64.
    """
    raise NotImplementedError("Lab 05.2 - mean_nll")


def perplexity(log_probs: ArrayLike) -> float:
    """exp of the mean surprise: how many equally likely outcomes would surprise as much.

    Args:
        log_probs: ln q of what happened, one number a token, any shape, at most 0 (1e-6 of rounding is let pass).

    Returns:
        At least 1; inf if some token had probability 0, or if the number is too large for a float.
    """
    raise NotImplementedError("Lab 05.2 - perplexity")
