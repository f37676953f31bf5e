"""Operations as functions: activations, softmax and its loss, and the layers: linear, embedding, dropout, norms.

A fused operation does several steps in one node, with a gradient derived by hand: fewer arrays are written, and
softmax with its logarithm stays finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.random import generator
from minitorch.tensor import Array, Tensor, checked_axis, constant, record

_ERF_STEP = 1 / 1024
_erf_table: list[Array] = []


def _erf(x: Array) -> Array:
    """The error function, to 1e-13 in float64 and to 1e-6 in float32, in the dtype of `x`. NumPy has none.

    In float64, between nodes on a grid, Hermite's cubic through the standard library's values with the known slope
    2/sqrt(pi) e^(-x^2). Beyond 6 erf is 1 in float64.
    """
    if x.dtype == np.float32:
        return _erf_short(x)
    if not _erf_table:
        nodes = np.arange(-6, 6 + 2 * _ERF_STEP, _ERF_STEP)
        slopes = 2 / math.sqrt(math.pi) * np.exp(-nodes * nodes) * _ERF_STEP
        _erf_table.extend([np.array([math.erf(v) for v in nodes]), slopes])
    values, slopes = _erf_table
    at = (np.clip(np.where(np.isnan(x), 0.0, x), -6, 6).astype(np.float64) + 6) / _ERF_STEP
    i = at.astype(np.intp)
    t = at - i
    s, u = t * t * (3 - 2 * t), 1 - t
    cubic = values[i] * (1 - s) + values[i + 1] * s + t * u * (slopes[i] * u - slopes[i + 1] * t)
    return np.where(np.isnan(x), x, cubic).astype(x.dtype)


def _erf_short(x: Array) -> Array:
    """The error function in float32, ten times as fast as the table: Abramowitz and Stegun 1964, 7.1.26."""
    z = np.minimum(np.abs(x), 6)  # beyond it erf is 1, and the square of large numbers isn't finite
    t = z * 0.3275911
    t += 1
    np.divide(1, t, out=t)
    tail = np.zeros_like(t)
    for c in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += c
        tail *= t
    z *= z
    np.negative(z, out=z)
    tail *= np.exp(z, out=z)
    np.subtract(1, tail, out=tail)
    return np.copysign(tail, x, out=tail)


def _by_runs(f: Callable[..., Array], *arrays: Array, run: int = 2**15) -> Array:
    """f(*arrays), for an elementwise f of arrays of one shape, a run of elements at a time.

    What f makes on the way then stays in the processor's cache: over a large array each of its steps would read and write
    all of it in memory.
    """
    flat = [a.reshape(-1) for a in arrays]
    first = f(*(a[:run] for a in flat))
    out = np.empty(flat[0].size, first.dtype)
    out[:run] = first
    for start in range(run, len(out), run):
        out[start : start + run] = f(*(a[start : start + run] for a in flat))
    return out.reshape(arrays[0].shape)


def _row_sum(a: Array, b: Array | None = None) -> Array:
    """sum(a b) over the last axis, which stays with length 1. As products, since BLAS is faster than `sum`."""
    total = a @ np.ones(a.shape[-1], a.dtype) if b is None else np.vecdot(a, b)
    return np.asarray(total)[..., None]


def _row_max(x: Array) -> Array:
    """max(x) over the last axis, which stays with length 1; -inf for rows of nothing."""
    return np.asarray(x.max(axis=-1, keepdims=True, initial=-np.inf))


def _check_floats(op: str, *given: Tensor | None) -> None:
    """TypeError unless all are tensors of floats, or None: integers would give float64, or half a result in place."""
    for x in given:
        if x is not None and not (isinstance(x, Tensor) and x.dtype.kind == "f"):
            found = f"dtype {x.dtype}" if isinstance(x, Tensor) else type(x).__name__
            raise TypeError(f"{op}: a tensor of floats is needed, got {found}")


def relu(x: Tensor) -> Tensor:
    return x.relu()


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """x Phi(x), where Phi is the normal distribution's (Hendrycks and Gimpel 2016).

    Args:
        approximate: "none", Phi(x) = (1 + erf(x / sqrt 2)) / 2; or "tanh", with Phi(x) ~ (1 + tanh u) / 2 and
            u = sqrt(2/pi) (x + 0.044715 x^3), as GPT-2 has it.

    Raises:
        ValueError: another word for `approximate`.
    """
    _check_floats("gelu", x)
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    # lab 08.7
    a = x._data
    if approximate == "none":

        def values(a: Array) -> Array:
            phi = 0.5 * (1 + _erf(a / math.sqrt(2)))
            return np.asarray(a * phi)

        def slopes(a: Array, y: Array, g: Array) -> Array:
            # Phi is what x was multiplied by. Kept in every layer, it would be a fifth of a model's memory.
            with np.errstate(invalid="ignore"):
                phi = y / a
            phi[a == 0] = 0.5
            slope = a * a
            slope *= -0.5
            np.exp(slope, out=slope)
            slope *= 1 / math.sqrt(2 * math.pi)
            slope *= a
            slope += phi
            slope *= g
            return slope

        out = _by_runs(values, a)
        return record(out, "gelu", (x,), lambda g: (_by_runs(slopes, a, out, g),))
    c = math.sqrt(2 / math.pi)

    def cdf() -> Array:
        u = a * a
        u *= 0.044715 * c
        u += c
        u *= a
        return np.asarray(0.5 + 0.5 * np.tanh(u))

    def backward(g: Array) -> tuple[Array]:
        # h = (1 + tanh u) / 2 is computed again: kept in every layer, it would be a fifth of a model's memory.
        # d(x h)/dx = h + x h' and h' = 2 h (1 - h) du/dx.
        h = cdf()
        slope = a * a
        slope *= 6 * 0.044715 * c
        slope += 2 * c
        slope *= a
        slope *= 1 - h
        slope += 1
        slope *= h
        slope *= g
        return (slope,)

    return record(a * cdf(), "gelu", (x,), backward)
    # end lab


def silu(x: Tensor) -> Tensor:
    """x sigmoid(x), without overflow. Also called swish. A product: which rule?"""
    _check_floats("silu", x)
    # lab 08.7
    a = x._data
    s = np.asarray(0.5 * (1 + np.tanh(0.5 * a)))
    return record(a * s, "silu", (x,), lambda g: (g * s * (1 + a * (1 - s)),))
    # end lab


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """e^x / sum e^x along `axis`, in one node. Nothing overflows. Each output sees all inputs: how often?"""
    _check_floats("softmax", x)
    axis = checked_axis("softmax", axis, x, least=1)
    # lab 08.4
    s = np.exp(x._data - x._data.max(axis=axis, keepdims=True))
    s /= s.sum(axis=axis, keepdims=True)
    return record(s, "softmax", (x,), lambda g: (s * (g - (g * s).sum(axis, keepdims=True)),))
    # end lab


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """x - log sum e^x along `axis`, in one node. Nothing overflows, and no logarithm of 0 is asked for."""
    _check_floats("log_softmax", x)
    axis = checked_axis("log_softmax", axis, x, least=1)
    # lab 08.4
    out = x._data - x._data.max(axis=axis, keepdims=True)
    out -= np.log(np.exp(out).sum(axis=axis, keepdims=True))
    back = lambda g: (g - np.exp(out) * g.sum(axis, keepdims=True),)  # noqa: E731
    return record(out, "log_softmax", (x,), back)
    # end lab


def class_indices(op: str, ids: Any, n: int, shape: tuple[int, ...] | None = None) -> Array:
    """`ids` as an array of indices below `n`.

    TypeError unless integers, which booleans aren't, or empty; IndexError for one outside 0..n-1; ValueError unless of
    `shape`.
    """
    array = np.asarray(ids, None if np.size(ids) else np.intp)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{op}: indices must be integers, got dtype {array.dtype}")
    if shape is not None and array.shape != shape:
        raise ValueError(f"{op}: one target for each row, shape {shape}, got {array.shape}")
    if array.size and (array.min() < 0 or array.max() >= n):
        raise IndexError(f"{op}: indices must lie in 0..{n - 1}, got {array.min()}..{array.max()}")
    return array


def cross_entropy(
    logits: Tensor, targets: Any, *, reduction: str = "mean", ignore_index: int = -100
) -> Tensor:
    """-log softmax(logits)[target] for each row, in nats, in one node. Which two things does its gradient compare?

    Args:
        logits: (..., V).
        targets: (...) ints in 0..V-1, or `ignore_index` for rows that count for nothing.
        reduction: "mean" over the n rows that count, "sum", or "none" for one loss a row (0 where ignored).

    Raises:
        TypeError: targets aren't integers (one-hot rows, floats and booleans aren't class indices).
        IndexError: a target outside 0..V-1. ValueError: shapes don't fit, nothing to average, another `reduction`.
    """
    _check_floats("cross_entropy", logits)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"cross_entropy: reduction must be mean, sum or none, got {reduction!r}")
    if not logits.ndim:
        raise ValueError("cross_entropy: logits need an axis of classes, got shape ()")
    raw = np.asarray(targets)
    kept = np.asarray(raw != ignore_index)
    known = np.where(kept, raw, raw.dtype.type(0))  # in the dtype that came: booleans must be seen
    ids = class_indices("cross_entropy", known, logits.shape[-1], logits.shape[:-1])
    n = int(kept.sum())
    if reduction == "mean" and not n:
        raise ValueError("cross_entropy: a mean needs at least one target that isn't ignored")
    # lab 08.4
    log_p = logits._data - _row_max(logits._data)
    log_p -= np.log(_row_sum(np.exp(log_p)))
    where = ids[..., None]
    rows = np.where(kept, -np.take_along_axis(log_p, where, -1)[..., 0], 0).astype(log_p.dtype)
    loss = rows if reduction == "none" else rows.sum() / (n if reduction == "mean" else 1)

    def backward(g: Array) -> tuple[Array]:
        grad = np.exp(log_p)
        hit = np.take_along_axis(grad, where, -1) - 1
        np.put_along_axis(grad, where, hit, -1)
        grad *= ((g / n if reduction == "mean" else g) * kept)[..., None]
        return (grad,)

    return record(np.asarray(loss, dtype=log_p.dtype), "cross_entropy", (logits,), backward)
    # end lab


def mse_loss(prediction: Tensor, target: Any, *, reduction: str = "mean") -> Tensor:
    """(prediction - target)^2, reduced as in `cross_entropy`. ValueError unless the shapes are equal and no NaN came.

    Equal, not broadcastable: (N, 1) against (N,) would silently compare every pair. The target may be booleans (0 and 1).
    """
    goal = constant(target, prediction)
    if goal.shape != prediction.shape:
        raise ValueError(f"mse_loss: shapes differ: {prediction.shape} and {goal.shape}")
    if np.isnan(goal._data).any():
        raise ValueError("mse_loss: target has NaN")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"mse_loss: reduction must be mean, sum or none, got {reduction!r}")
    # lab 09.1
    squares = (prediction - goal) ** 2
    return {"mean": squares.mean, "sum": squares.sum, "none": lambda: squares}[reduction]()
    # end lab


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x W^T + b in one node; all axes of x but the last are rows.

    Args:
        x: (..., in). weight: (out, in). bias: (out,) or None.

    Raises:
        ValueError: the shapes don't fit.
    """
    _check_floats("linear", x, weight, bias)
    if weight.ndim != 2 or not weight.size or not x.ndim or x.shape[-1] != weight.shape[1]:
        raise ValueError(f"linear: x {x.shape} doesn't fit weight {weight.shape}, (out, in)")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"linear: bias {bias.shape} doesn't fit weight {weight.shape}, (out, in)")
    # lab 09.1
    rows, w = x._data.reshape(-1, x.shape[-1]), weight._data
    out = rows @ w.T
    if bias is not None:
        out += bias._data

    def backward(g: Array) -> tuple[Array | None, ...]:
        g = g.reshape(-1, w.shape[0])
        by_x = (g @ w).reshape(x.shape) if x.requires_grad else None
        by_w = g.T @ rows if weight.requires_grad else None
        return by_x, by_w, np.ones(len(g), g.dtype) @ g if bias is not None else None

    inputs = (x, weight) if bias is None else (x, weight, bias)
    out = out.reshape(*x.shape[:-1], w.shape[0])
    return record(out, "linear", inputs, lambda g: backward(g)[: len(inputs)])
    # end lab


def embedding(ids: Any, weight: Tensor) -> Tensor:
    """Rows of `weight` (V, d) by `ids` (...): (..., d). A row that is used twice gets both gradients.

    Raises:
        TypeError: ids aren't integers. IndexError: an id outside 0..V-1; negative ones, too. ValueError: another weight.
    """
    _check_floats("embedding", weight)
    if weight.ndim != 2 or not weight.size:
        raise ValueError(f"embedding: weight must be (V, d), got {weight.shape}")
    rows = class_indices("embedding", ids, weight.shape[0])
    # lab 09.1
    w = weight._data

    def backward(g: Array) -> tuple[Array]:
        # Equal ids side by side, so that each group is one sum: faster than np.add.at for all but a few ids.
        grad = np.zeros_like(w)
        flat = rows.ravel()
        order = flat.argsort(kind="stable")
        ordered = flat[order]
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        if starts.size:
            grad[ordered[starts]] = np.add.reduceat(
                g.reshape(-1, w.shape[1])[order], starts, axis=0
            )
        return (grad,)

    return record(w[rows], "embedding", (weight,), backward)
    # end lab


def dropout(
    x: Tensor, p: float = 0.5, training: bool = True, rng: np.random.Generator | None = None
) -> Tensor:
    """Each element 0 with probability `p`, else divided by 1 - p, so that the mean stays. Nothing if not `training`.

    ValueError unless 0 <= p < 1. Draws from `rng`, or from the generator that `manual_seed` sets.
    """
    _check_floats("dropout", x)
    if not 0 <= p < 1:
        raise ValueError(f"dropout: p must lie in 0 <= p < 1, got {p}")
    # lab 09.1
    if not training or p == 0:
        return x
    keep = (generator(rng).random(x.shape, dtype=np.float32) >= p).astype(x.dtype)
    keep /= 1 - p
    return record(x._data * keep, "dropout", (x,), lambda g: (g * keep,))
    # end lab


def _norm_arguments(op: str, x: Tensor, weight: Tensor, bias: Tensor | None, eps: float) -> float:
    """`eps` as a plain number, which doesn't make float64 of float32 as NumPy's do. Errors for what doesn't fit."""
    _check_floats(op, x, weight, bias)
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and (value.shape != x.shape[-1:] or value.ndim != 1 or not value.size):
            raise ValueError(f"{op}: {name} {value.shape} doesn't fit the last axis of x {x.shape}")
    if not eps > 0:
        raise ValueError(f"{op}: eps must be above 0, got {eps}")
    return float(eps)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """weight (x - mean) / sqrt(var + eps) + bias over the last axis (Ba, Kiros and Hinton 2016), in one node.

    Args:
        x: (..., d). weight: (d,). bias: (d,) or None.

    Raises:
        ValueError: the shapes don't fit, or eps isn't above 0.
    """
    eps = _norm_arguments("layer_norm", x, weight, bias, eps)
    # lab 10.1
    d, w = x.shape[-1], weight._data
    a = x._data.reshape(-1, d)
    mean = _row_sum(a) / d
    off = a - mean
    r = 1 / np.sqrt(_row_sum(off, off) / d + eps)
    off *= r
    off *= w
    if bias is not None:
        off += bias._data

    def backward(g: Array) -> tuple[Array | None, ...]:
        # n = (x - mean) r is computed again: x is there anyway.
        n = a - mean
        n *= r
        g = g.reshape(-1, d)
        ones = np.ones(len(g), g.dtype)
        by_w, by_b = ones @ (g * n), ones @ g
        # What reaches x directly, through the mean, and through the variance.
        h = g * w
        along = _row_sum(h, n) / d
        h -= _row_sum(h) / d
        n *= along
        h -= n
        h *= r
        return (h.reshape(x.shape), by_w, by_b)[: len(inputs)]

    inputs = (x, weight) if bias is None else (x, weight, bias)
    return record(off.reshape(x.shape), "layer_norm", inputs, backward)
    # end lab


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """weight x / sqrt(mean(x^2) + eps) over the last axis (Zhang and Sennrich 2019), in one node.

    x: (..., d). weight: (d,). ValueError as above.
    """
    eps = _norm_arguments("rms_norm", x, weight, None, eps)
    # lab 10.1
    a, w, d = x._data, weight._data, x.shape[-1]
    r = 1 / np.sqrt(_row_sum(a, a) / d + eps)
    n = a * r

    def backward(g: Array) -> tuple[Array, Array]:
        h = g * w
        return r * (h - n * (_row_sum(h, n) / d)), (g * n).sum(axis=tuple(range(n.ndim - 1)))

    return record(n * w, "rms_norm", (x, weight), backward)
    # end lab
