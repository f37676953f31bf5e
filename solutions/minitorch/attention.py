"""Attention: the lookup that each position makes in all that it may see, its masks, the fused node, and many heads.

`soft_lookup` is made of single operations, to be read; `attention` gives the same in one node, and is what models call.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from minitorch import functional as F
from minitorch.functional import _check_floats, _row_max, _row_sum
from minitorch.nn.layers import Linear, Rng
from minitorch.nn.module import Module
from minitorch.shaping import where
from minitorch.tensor import Array, Tensor, no_grad, record


def attention_scores(q: Tensor, k: Tensor) -> Tensor:
    """How well each key answers each query, on a scale that doesn't grow with their length.

    Args:
        q: (..., T, d). k: (..., S, d).

    Returns:
        (..., T, S), composed of Tensor operations.
    """
    # lab 15.0
    return (q @ k.transpose(-1, -2)) * (1 / math.sqrt(q.shape[-1]))
    # end lab


def attention_weights(scores: Tensor, mask: Any = None) -> Tensor:
    """Shares of attention: each row of `scores`, (..., T, S), becomes shares of 1 over the keys that it sees.

    A key that isn't seen has exactly 0, however large its score. A row that sees nothing is all 0.

    Args:
        mask: booleans, True where a query sees a key, broadcast to the scores; None: all see all. No gradient.

    Raises:
        TypeError: a mask of anything but booleans. ValueError: one that doesn't fit.
    """
    if mask is None:
        mask = np.True_
    seen = np.asarray(mask._data if isinstance(mask, Tensor) else mask)
    if seen.dtype.kind != "b":
        raise TypeError(f"attention_weights: mask must be booleans, got dtype {seen.dtype}")
    seen = _fitted(seen, scores.shape)
    # lab 15.0
    # A row that sees nothing keeps its scores for the softmax, which would be 0/0, and loses its shares afterwards.
    some = seen | ~seen.any(axis=-1, keepdims=True)
    return where(seen, F.softmax(where(some, scores, -np.inf)), 0.0)
    # end lab


def soft_lookup(q: Tensor, k: Tensor, v: Tensor, mask: Any = None) -> Tensor:
    """For each query the values, mixed by how well their keys answer it.

    Args:
        q: (..., T, d). k: (..., S, d). v: (..., S, e). mask: as in `attention_weights`.

    Returns:
        (..., T, e), composed of Tensor operations. A row that sees nothing is 0.

    Raises:
        ValueError, TypeError: as in `attention`.
    """
    _check("soft_lookup", q, k, v, mask)
    # lab 15.0
    out: Tensor = attention_weights(attention_scores(q, k), mask) @ v
    return out
    # end lab


def causal_mask(queries: int, keys: int | None = None) -> Array:
    """(queries, keys) booleans: True where the key isn't later than the query.

    The queries are the last positions of the keys, so that the last query sees every key. Where there are more queries
    than keys, the first ones stand before all keys and see nothing. `keys` is `queries` by default.

    Raises:
        TypeError: other than ints. ValueError: one below 1.
    """
    t, s = (_count("causal_mask", n) for n in (queries, queries if keys is None else keys))
    # lab 15.1
    return np.tri(t, s, s - t, dtype=bool)
    # end lab


def padding_mask(lengths: Any, keys: int) -> Array:
    """(B, 1, 1, keys) booleans: True for the first `lengths[b]` keys of row b, for every head and query.

    Raises:
        TypeError: lengths aren't integers. ValueError: they aren't one axis of numbers from 0 to `keys`.
    """
    n, s = np.asarray(lengths), _count("padding_mask", keys)
    if n.dtype.kind not in "iu":
        raise TypeError(f"padding_mask: lengths must be integers, got dtype {n.dtype}")
    if n.ndim != 1 or not n.size or n.min() < 0 or n.max() > s:
        raise ValueError(f"padding_mask: lengths must be (B,) of 0 to {s}, got {n.tolist()}")
    # lab 15.1
    return (np.arange(s) < n[:, None])[:, None, None]
    # end lab


def added(mask: Any, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """A mask as numbers to add to scores of this shape and dtype: a new array in the mask's own shape, which is broadcast.

    Args:
        mask: booleans (True: seen), or floats to add as they are, in whatever dtype.

    Raises:
        TypeError: another mask: integers could mean either.
        ValueError: it doesn't fit `shape`, or has NaN, +inf or more than `dtype` can hold, which no softmax survives.
    """
    given = np.asarray(mask._data if isinstance(mask, Tensor) else mask)
    if given.dtype.kind not in "bf":
        raise TypeError(f"attention: mask must be booleans or floats, got dtype {given.dtype}")
    if given.dtype.kind == "f" and not (given <= np.finfo(dtype).max).all():
        raise ValueError(f"attention: mask has NaN, +inf or more than {np.dtype(dtype)} can hold")
    _fitted(given, shape)
    # lab 15.1
    if given.dtype.kind == "b":
        given = np.where(given, 0, -np.inf)
    return given.astype(dtype)
    # end lab


def leak(
    f: Callable[[Array], Any], x: Array, other: Array, axis: int = -2
) -> tuple[int, int] | None:
    """Where `f` tells the past about the future: (t, s), if a change from position s on moves the result at t < s.

    Bit for bit: a result that is off by the last digit has moved.

    Args:
        f: from an array like x to a result, Tensor or array, with as many positions on the same `axis`.
        x: what is put in; `axis` has its positions. It isn't changed.
        other: of the shape and dtype of x; from s on it stands in the place of x.

    Returns:
        The pair with the smallest s, and for it the smallest t; None if nothing leaks.

    Raises:
        ValueError: other isn't like x: cast to ids, say, it might change nothing, and nothing would be found.
    """
    if (x.shape, x.dtype) != (other.shape, other.dtype):
        raise ValueError(f"leak: x is {x.shape} {x.dtype}, other {other.shape} {other.dtype}")
    # lab 15.1
    sound = _along(f(x.copy()), axis)
    for s in range(1, x.shape[axis]):
        changed = x.copy()
        np.moveaxis(changed, axis, 0)[s:] = np.moveaxis(other, axis, 0)[s:]
        after = _along(f(changed), axis)
        for t in range(s):
            if sound[t].tobytes() != after[t].tobytes():
                return t, s
    return None
    # end lab


def attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False, mask: Any = None) -> Tensor:
    """`soft_lookup` in one node, with a backward of its own (Vaswani et al. 2017).

    Heads may share keys and values: where q is (..., H, T, d) and k is (..., G, S, d), H a multiple of G, each of the G
    serves H / G query heads that follow each other.

    Args:
        q: (..., T, d). k: (..., S, d). v: (..., S, e). The axes before are equal, heads that share aside; so are the dtypes.
        causal: as in `causal_mask`.
        mask: as in `added`, to the scores (..., T, S); together with `causal` what both show is seen. No gradient.

    Returns:
        (..., T, e), in the dtype of q. A row that sees nothing is 0, and gives no gradient.

    Raises:
        ValueError: the shapes don't fit, or have an axis of 0; q, k or v isn't finite: 0 times NaN is NaN, so a NaN would
            reach rows that mustn't see it.
        TypeError: dtypes that differ or aren't floats; a mask that wants a gradient, or is another one.
    """
    _check("attention", q, k, v, mask)
    # lab 15.2
    y, z = k._data, v._data
    columns, d = y.shape[-2:]
    # Queries of heads that share are more rows of one product, and its gradients sum over all rows by themselves.
    x = q._data.reshape(*y.shape[:-2], -1, d)
    scale = 1 / math.sqrt(d)
    p = (x * scale) @ y.swapaxes(-1, -2)
    scores = p.reshape(*q.shape[:-1], columns)  # the same memory
    if mask is not None:
        scores += added(mask, scores.shape, p.dtype)
    if causal:
        scores += added(causal_mask(q.shape[-2], columns), scores.shape, p.dtype)
    top = _row_max(p)
    p -= np.where(np.isfinite(top), top, 0)
    np.exp(p, out=p)
    total = _row_sum(p)
    p /= np.where(total == 0, 1, total)

    def backward(g: Array) -> tuple[Array, ...]:
        g = g.reshape(*x.shape[:-1], z.shape[-1])
        by_v = p.swapaxes(-1, -2) @ g
        s = g @ z.swapaxes(-1, -2)
        s -= _row_sum(s, p)
        s *= p
        s *= scale
        return (s @ y).reshape(q.shape), s.swapaxes(-1, -2) @ x, by_v

    return record((p @ z).reshape(*q.shape[:-1], z.shape[-1]), "attention", (q, k, v), backward)
    # end lab


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """(..., T, H d) as (..., H, T, d): head h has the h-th run of d features. ValueError unless H divides the features."""
    if n_heads < 1 or x.ndim < 2 or x.shape[-1] % n_heads:
        raise ValueError(f"split_heads: {n_heads} heads don't divide the features of {x.shape}")
    # lab 15.3
    return x.reshape(*x.shape[:-1], n_heads, x.shape[-1] // n_heads).transpose(-3, -2)
    # end lab


def merge_heads(x: Tensor) -> Tensor:
    """(..., H, T, d) as (..., T, H d): what undoes `split_heads`. ValueError for fewer than three axes."""
    if x.ndim < 3:
        raise ValueError(f"merge_heads: x must be (..., H, T, d), got {x.shape}")
    # lab 15.3
    h, t, d = x.shape[-3:]
    return x.transpose(-3, -2).reshape(*x.shape[:-3], t, h * d)
    # end lab


class MultiHeadAttention(Module):
    """Attention of a sequence to itself, by `n_heads` heads of d_model / n_heads features each.

    `query`, `key`, `value` and `out` are Linear layers, made in this order; `out` mixes what the heads found. With fewer
    `n_kv_heads` heads share keys and values, as in `attention`, and `key` and `value` have fewer outputs.

    Raises:
        ValueError: the heads don't divide d_model, or n_kv_heads doesn't divide n_heads.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        bias: bool = True,
        rng: Rng = None,
    ) -> None:
        super().__init__()
        n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        if n_heads < 1 or d_model < 1 or d_model % n_heads:
            raise ValueError(f"MultiHeadAttention: {n_heads} heads don't divide d_model {d_model}")
        if n_kv_heads < 1 or n_heads % n_kv_heads:
            raise ValueError(f"MultiHeadAttention: {n_kv_heads} n_kv_heads don't divide {n_heads}")
        self.n_heads, self.n_kv_heads = n_heads, n_kv_heads
        # lab 15.3
        shared = d_model // n_heads * n_kv_heads
        self.query = Linear(d_model, d_model, bias, rng)
        self.key = Linear(d_model, shared, bias, rng)
        self.value = Linear(d_model, shared, bias, rng)
        self.out = Linear(d_model, d_model, bias, rng)
        # end lab

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (..., H, T, d), keys and values (..., G, T, d) of x (..., T, d_model)."""
        # lab 15.3
        return (
            split_heads(self.query(x), self.n_heads),
            split_heads(self.key(x), self.n_kv_heads),
            split_heads(self.value(x), self.n_kv_heads),
        )
        # end lab

    def forward(self, x: Tensor, *, causal: bool = False, mask: Any = None) -> Tensor:
        """(..., T, d_model) of the same shape; `causal` and `mask` as in `attention`."""
        # lab 15.3
        out: Tensor = self.out(merge_heads(attention(*self.project(x), causal=causal, mask=mask)))
        return out
        # end lab


def attention_maps(
    layer: MultiHeadAttention, x: Tensor, *, causal: bool = False, mask: Any = None
) -> Array:
    """Who looks at whom: the shares (..., H, T, T) that `layer` attends with when it sees x, as an array without a graph.

    A row for each query head, also where heads share keys. `mask`: booleans, or None.
    """
    # lab 15.4
    with no_grad():
        q, k, _ = layer.project(x)
        keys = Tensor(np.repeat(k._data, layer.n_heads // layer.n_kv_heads, axis=-3))
        seen = np.True_ if mask is None else np.asarray(mask)
        if causal:
            seen = seen & causal_mask(x.shape[-2])
        return attention_weights(attention_scores(q, keys), seen).numpy()
    # end lab


def effective_positions(weights: Array) -> Array:
    """Over how many keys each row of shares, (..., T, S), is spread: n for n equal shares, 1 for one, 0 for none.

    The exponential of the row's entropy: the perplexity of phase 05. Shares may be 0. Returns (..., T).
    """
    # lab 15.4
    logs = np.log(np.where(weights > 0, weights, 1))
    spread = np.exp(-(weights * logs).sum(axis=-1))
    return np.where(weights.any(axis=-1), spread, 0)
    # end lab


@contextmanager
def without_heads(layer: MultiHeadAttention, heads: Iterable[int]) -> Iterator[None]:
    """Inside the `with`, what these heads found reaches nobody; the bias of `out` stays.

    Afterwards the layer is as it was, bit for bit, also if the block raised.

    Raises:
        IndexError: a head outside 0..n_heads-1; the layer is as it was.
    """
    off = list(heads)
    if any(not 0 <= h < layer.n_heads for h in off):
        raise IndexError(f"without_heads: heads {off} aren't all in 0..{layer.n_heads - 1}")
    # lab 15.4
    weight = layer.out.weight
    before = weight.numpy()
    reduced = before.copy()
    reduced.reshape(len(before), layer.n_heads, -1)[:, off] = 0
    weight.data = reduced
    try:
        yield
    finally:
        weight.data = before
    # end lab


def _count(op: str, n: Any) -> int:
    """An int of at least 1. TypeError for anything else, booleans too; ValueError below 1."""
    try:
        if isinstance(n, bool):
            raise TypeError
        count = operator.index(n)
    except TypeError:
        raise TypeError(f"{op}: an int is needed, got {n!r}") from None
    if count < 1:
        raise ValueError(f"{op}: at least 1 is needed, got {count}")
    return count


def _fitted(mask: Array, shape: tuple[int, ...]) -> Array:
    """`mask` broadcast to `shape`, or a ValueError with both."""
    try:
        return np.broadcast_to(mask, shape)
    except ValueError:
        raise ValueError(f"attention: mask {mask.shape} doesn't fit scores {shape}") from None


def _along(result: Any, axis: int) -> Array:
    """A result as an array, with its positions in front."""
    return np.moveaxis(result._data if isinstance(result, Tensor) else np.asarray(result), axis, 0)


def _check(op: str, q: Tensor, k: Tensor, v: Tensor, mask: Any) -> None:
    """The errors that `attention` promises for its tensors, and for a mask that wants a gradient."""
    _check_floats(op, q, k, v)
    fits = min(q.ndim, k.ndim, v.ndim) > 1 and (
        k.shape[:-1] == v.shape[:-1] and q.shape[-1] == k.shape[-1]
    )
    if fits and q.shape[:-2] != k.shape[:-2]:
        grouped = op == "attention" and q.ndim == k.ndim > 2 and q.shape[:-3] == k.shape[:-3]
        fits = grouped and k.shape[-3] > 0 and q.shape[-3] % k.shape[-3] == 0
    if not fits or not q.size * k.size * v.size:
        raise ValueError(f"{op}: q {q.shape}, k {k.shape} and v {v.shape} don't fit, or are empty")
    if not q.dtype == k.dtype == v.dtype:
        raise TypeError(f"{op}: dtypes of q, k, v differ: {q.dtype}, {k.dtype}, {v.dtype}")
    for name, tensor in (("q", q), ("k", k), ("v", v)):
        if not np.isfinite(tensor._data).all():
            raise ValueError(
                f"{op}: {name} isn't finite; a NaN reaches also rows that don't see it"
            )
    if isinstance(mask, Tensor) and mask.requires_grad:
        raise TypeError(f"{op}: the mask gets no gradient; detach() it, or add it to the scores")
