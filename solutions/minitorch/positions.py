"""Positions: how attention is told where a word stands: added to what it says, turned into queries and keys, or taken off the scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.attention import MultiHeadAttention, _count
from minitorch.functional import _check_floats
from minitorch.nn.layers import Embedding, Rng
from minitorch.nn.module import Module
from minitorch.tensor import Array, Tensor, no_grad, record


def order_gap(f: Callable[[Tensor], Tensor], x: Array, order: Array) -> float:
    """How much `f` knows of order: the largest |f(x[order]) - f(x)[order]|, with positions on axis -2.

    0, up to rounding, if permuting the positions does nothing but permute the results.

    Args:
        f: from (..., T, d) to (..., T, e). x: (..., T, d). order: a permutation of T numbers.

    Raises:
        ValueError: `order` names a position twice or not at all: what then stays the same says nothing.
    """
    if not np.array_equal(np.sort(order, axis=None), np.arange(x.shape[-2])):
        raise ValueError(f"order_gap: order must name 0 to {x.shape[-2] - 1} once each")
    # lab 16.0
    with no_grad():
        permuted_first = f(Tensor(x[..., order, :]))._data
        permuted_last = f(Tensor(x))._data[..., order, :]
    return float(np.abs(permuted_first - permuted_last).max())
    # end lab


def frequencies(d: int, base: float = 10_000.0) -> Array:
    """(d/2,) float64: how far pair i turns from one position to the next, base^(-2i/d) in radians.

    Raises:
        TypeError: d isn't an int. ValueError: it is odd or below 2, or the base isn't a finite number above 0.
    """
    if _count("frequencies", d) % 2:
        raise ValueError(f"frequencies: d must be even, got {d}")
    if not 0 < base < np.inf:
        raise ValueError(f"frequencies: base must be finite and above 0, got {base}")
    # lab 16.0
    return base ** (-np.arange(0, d, 2) / d)
    # end lab


def sinusoidal(positions: Any, d: int, base: float = 10_000.0) -> Array:
    """(T, d) float64: a row of sines and cosines for each position, to be added to embeddings (Vaswani et al. 2017).

    Features 2i and 2i+1 are the sine and the cosine of the position times frequency i.

    Args:
        positions: (T,) integers.

    Raises:
        TypeError, ValueError: as in `frequencies`; positions that aren't one axis of integers.
    """
    p, w = _positions("sinusoidal", positions), frequencies(d, base)
    # lab 16.0
    angles = p[:, None] * w
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(p), d)
    # end lab


class LearnedPositions(Module):
    """A learned row for each of the positions 0 to length - 1, to be added to embeddings: `table` is an Embedding.

    There is nothing behind its end, and nothing before 0.
    """

    def __init__(self, length: int, d: int, std: float = 0.02, rng: Rng = None) -> None:
        super().__init__()
        self.length = _count("LearnedPositions", length)
        self.table = Embedding(length, _count("LearnedPositions", d), std, rng)

    def forward(self, positions: Any) -> Tensor:
        """(T, d) for (T,) integers. IndexError for one outside the table; negative ones don't count from its end."""
        p = _positions("LearnedPositions", positions)
        if p.size and not 0 <= p.min() <= p.max() < self.length:
            raise IndexError(
                f"LearnedPositions: positions {p.min()} to {p.max()}, the table has 0 to {self.length - 1}"
            )
        # lab 16.0
        out: Tensor = self.table(p)
        return out
        # end lab


def rope(x: Tensor, positions: Any = None, w: Array | None = None) -> Tensor:
    """Each pair of features (2i, 2i+1) turned counterclockwise by position times w[i] (Su et al. 2021), in one node.

    Queries and keys that are turned so have a product that depends on the distance of their positions alone.

    Args:
        x: (..., T, d), d even.
        positions: (T,) integers, negative ones too; 0 to T - 1 by default.
        w: (d/2,) radians a position; `frequencies(d)` by default.

    Returns:
        Of the shape and dtype of x. Angles are computed in float64, so that far positions keep their digits.

    Raises:
        TypeError: x isn't a tensor of floats; positions aren't integers. ValueError: shapes that don't fit, d odd.
    """
    _check_floats("rope", x)
    if x.ndim < 2 or x.shape[-1] % 2:
        raise ValueError(f"rope: x must be (..., T, d) with d even, got {x.shape}")
    w = frequencies(x.shape[-1]) if w is None else np.asarray(w, np.float64)
    p = np.arange(x.shape[-2]) if positions is None else _positions("rope", positions)
    if len(p) != x.shape[-2] or w.shape != (x.shape[-1] // 2,):
        raise ValueError(f"rope: {len(p)} positions and w {w.shape} don't fit x {x.shape}")
    # lab 16.1
    angles = p[:, None] * w
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)

    def turned(a: Array, s: Array) -> Array:
        out = np.empty_like(a)
        even, odd = a[..., 0::2], a[..., 1::2]
        out[..., 0::2] = even * cos - odd * s
        out[..., 1::2] = even * s + odd * cos
        return out

    # A rotation's transpose turns back.
    return record(turned(x._data, sin), "rope", (x,), lambda g: (turned(g, -sin),))
    # end lab


class RotaryAttention(MultiHeadAttention):
    """`MultiHeadAttention` whose queries and keys are turned by their positions; values stay. No parameters are added.

    `w`, (d_head/2,), may be replaced after training, which is how a context is stretched.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        bias: bool = True,
        rng: Rng = None,
        w: Array | None = None,
    ) -> None:
        super().__init__(d_model, n_heads, n_kv_heads, bias, rng)
        self.w = frequencies(d_model // n_heads) if w is None else w

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As in `MultiHeadAttention`, with queries and keys turned."""
        # lab 16.1
        q, k, v = super().project(x)
        return rope(q, w=self.w), rope(k, w=self.w), v
        # end lab


def to_halves(weight: Array, n_heads: int) -> Array:
    """A query's or key's weight (H d, in) or bias (H d,), with the rows as Llama's files have them.

    Here features 2i and 2i+1 of a head are pair i; there, features i and i + d/2. A new array.

    Raises:
        TypeError: other than an array, such as a parameter. ValueError: the heads don't divide the rows into runs of
            an even length.
    """
    _check_rows("to_halves", weight, n_heads)
    # lab 16.2
    pairs = weight.reshape(n_heads, -1, 2, *weight.shape[1:])
    return pairs.swapaxes(1, 2).reshape(weight.shape).copy()
    # end lab


def to_pairs(weight: Array, n_heads: int) -> Array:
    """What undoes `to_halves`: the rows of one of Llama's files, for `rope`. A new array. Errors as there."""
    _check_rows("to_pairs", weight, n_heads)
    # lab 16.2
    halves = weight.reshape(n_heads, 2, -1, *weight.shape[1:])
    return halves.swapaxes(1, 2).reshape(weight.shape).copy()
    # end lab


def alibi_slopes(n_heads: int) -> Array:
    """(H,) float64: 2^(-8h/H) for h from 1 to H, if H is a power of two (Press et al. 2022).

    For another H: those of the next lower power P, then the first H - P of every second one of 2P, from its first on.

    Raises:
        TypeError: other than an int. ValueError: below 1.
    """
    h = _count("alibi_slopes", n_heads)
    # lab 16.3
    lower = 1 << (h.bit_length() - 1)
    slopes = 2.0 ** (-8 * np.arange(1, lower + 1) / lower)
    between = 2.0 ** (-8 * np.arange(1, 2 * lower, 2) / (2 * lower))
    return np.concatenate([slopes, between[: h - lower]])
    # end lab


def alibi(n_heads: int, queries: int, keys: int | None = None) -> Array:
    """(H, T, S) float64, to be `attention`'s mask: minus the head's slope times the distance of query and key.

    The queries are the last positions of the keys, as in `causal_mask`. A later key is as far as an earlier one.

    Raises:
        TypeError: other than ints. ValueError: one below 1.
    """
    t, s = (_count("alibi", n) for n in (queries, queries if keys is None else keys))
    # lab 16.3
    distance = np.abs(np.arange(t)[:, None] + (s - t) - np.arange(s))
    bias: Array = -alibi_slopes(n_heads)[:, None, None] * distance
    return bias
    # end lab


def linear_frequencies(d: int, factor: float, base: float = 10_000.0) -> Array:
    """(d/2,): position `factor` times as far has the angles that a position had before (Chen et al. 2023).

    Raises:
        ValueError: a factor that isn't finite or is below 1; and as in `frequencies`.
    """
    _check_factor("linear_frequencies", factor)
    # lab 16.3
    return frequencies(d, base) / factor
    # end lab


def ntk_frequencies(d: int, factor: float, base: float = 10_000.0) -> Array:
    """(d/2,): the first pair turns as before, the last one `factor` times as slowly, those between by a larger base.

    Raises:
        ValueError: as in `linear_frequencies`; d below 4, where the first pair is the last.
    """
    _check_factor("ntk_frequencies", factor)
    if _count("ntk_frequencies", d) < 4:
        raise ValueError(f"ntk_frequencies: d must be at least 4, got {d}")
    # lab 16.3
    return frequencies(d, base * factor ** (d / (d - 2)))
    # end lab


def _positions(op: str, positions: Any) -> Array:
    """Positions as an array of integers with one axis, or the error that was promised."""
    p = np.asarray(positions)
    if p.dtype.kind not in "iu":
        raise TypeError(f"{op}: positions must be integers, got dtype {p.dtype}")
    if p.ndim != 1:
        raise ValueError(f"{op}: positions must have one axis, got {p.shape}")
    return p.astype(np.int64)


def _check_rows(op: str, weight: Array, n_heads: int) -> None:
    """ValueError unless the heads divide the rows into runs of pairs, TypeError for what has no rows."""
    if not isinstance(weight, np.ndarray):
        raise TypeError(f"{op}: an array is needed, got {type(weight).__name__}")
    if _count(op, n_heads) and (weight.ndim < 1 or weight.shape[0] % (2 * n_heads)):
        raise ValueError(f"{op}: {n_heads} heads don't cut the rows of {weight.shape} into pairs")


def _check_factor(op: str, factor: float) -> None:
    """ValueError for what doesn't stretch."""
    if not 1 <= factor < np.inf:
        raise ValueError(f"{op}: factor must be finite and at least 1, got {factor}")
