"""Attention as one node, for the benchmark. It isn't in the library: phase 15 teaches it, and no skeleton may have it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch.functional import _row_max, _row_sum
from minitorch.tensor import Array, Tensor, record


def _added(mask: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """`mask` as numbers to add to scores of this shape and dtype. Errors as in `attention`."""
    given = np.asarray(mask)
    if given.dtype.kind not in "bf":
        raise TypeError(f"attention: mask must be booleans or floats, got dtype {given.dtype}")
    if given.dtype.kind == "b":
        given = np.where(given, 0, -np.inf)
    try:
        return np.broadcast_to(given, shape).astype(dtype)
    except ValueError:
        raise ValueError(f"attention: mask {given.shape} doesn't fit scores {shape}") from None


def attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False, mask: Any = None) -> Tensor:
    """softmax(q k^T / sqrt(d) + mask) v (Vaswani et al. 2017), in one node.

    With P the softmax and g = dL/dresult: dL/dv = P^T g; with A = g v^T, S = P (A - sum(A P)) / sqrt(d) is the
    gradient of the scores, so dL/dq = S k and dL/dk = S^T q.

    Args:
        q: (..., T, d). k: (..., S, d). v: (..., S, e). The axes before are equal; so are the dtypes.
        causal: position t sees positions up to t + S - T: the queries are the last T.
        mask: as in PyTorch booleans (True: visible), or floats to add to the scores, in the dtype of q whatever theirs
            is. Broadcast to (..., T, S). No gradient.

    Returns:
        (..., T, e), in the dtype of q. A row that sees nothing is 0.

    Raises:
        ValueError: the shapes don't fit, that of the mask among them.
        TypeError: another mask: integers could mean either; a mask that wants a gradient; or dtypes that differ.
    """
    if (
        q.ndim < 2
        or q.shape[:-2] != k.shape[:-2]
        or k.shape[:-1] != v.shape[:-1]
        or q.shape[-1] != k.shape[-1]
    ):
        raise ValueError(f"attention: q {q.shape}, k {k.shape} and v {v.shape} don't fit")
    if not q.dtype == k.dtype == v.dtype:
        raise TypeError(f"attention: dtypes of q, k, v differ: {q.dtype}, {k.dtype}, {v.dtype}")
    if isinstance(mask, Tensor) and mask.requires_grad:
        raise TypeError(
            "attention: the mask gets no gradient; detach() it, or add it to the scores"
        )
    x, y, z = q._data, k._data, v._data
    rows, columns = x.shape[-2], y.shape[-2]
    scale = 1 / math.sqrt(x.shape[-1])
    p = (x * scale) @ y.swapaxes(-1, -2)
    if mask is not None:
        p += _added(mask, p.shape, p.dtype)
    if causal:
        p += _added(np.tri(rows, columns, columns - rows, dtype=bool), p.shape, p.dtype)
    top = _row_max(p)
    p -= np.where(np.isfinite(top), top, 0)
    np.exp(p, out=p)
    total = _row_sum(p)
    p /= np.where(total == 0, 1, total)

    def backward(g: Array) -> tuple[Array, ...]:
        by_v = p.swapaxes(-1, -2) @ g
        s = g @ z.swapaxes(-1, -2)
        s -= _row_sum(s, p)
        s *= p
        s *= scale
        return s @ y, s.swapaxes(-1, -2) @ x, by_v

    return record(p @ z, "attention", (q, k, v), backward)
