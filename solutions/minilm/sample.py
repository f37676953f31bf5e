"""From logits to a token: what moves logits, what cuts their tail, and a draw that belongs to one request alone.

Every function takes logits (V,) or (B, V), works on the last axis in float64, and gives a new array: a token that is cut off
has -inf. All of them refuse NaN, +inf and rows in which no token is left, and name the row and the token.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.numerics import log_softmax, softmax

Array = NDArray[Any]


def checked(op: str, logits: ArrayLike) -> Array:
    """A float64 copy of logits (V,) or (B, V), in C order.

    Raises:
        TypeError: they aren't real numbers. ValueError: another number of axes, no token, NaN, +inf, or a row of -inf alone;
            the message names `op`, the row (of several) and the token.
    """
    values = np.asarray(logits)
    if values.dtype.kind not in "iuf":
        raise TypeError(f"{op}: logits must be real numbers, got dtype {values.dtype}")
    if values.ndim not in (1, 2) or values.shape[-1] == 0:
        raise ValueError(f"{op}: logits must be (V,) or (B, V), got {values.shape}")
    bad = ~(values < np.inf)
    if bad.any():
        *row, token = (int(i) for i in np.argwhere(bad)[0])
        where = f"row {row[0]}, token {token}" if row else f"token {token}"
        raise ValueError(f"{op}: the logit of {where} is {values[(*row, token)]}")
    empty = (values == -np.inf).all(axis=-1)
    if empty.any():
        where = f" in row {int(np.argmax(empty))}" if values.ndim == 2 else ""
        raise ValueError(f"{op}: no token is left{where}: all logits are -inf")
    return np.array(values, dtype=np.float64, order="C")


def probabilities(logits: ArrayLike) -> Array:
    """The softmax of the logits, of the same shape; tokens with -inf have exactly 0."""
    return softmax(checked("probabilities", logits))


def temperature(logits: ArrayLike, t: float) -> Array:
    """The logits of the same distribution, sharper for t below 1 and flatter for t above 1.

    Raises:
        ValueError: t isn't finite and above 0, or so small that a logit overflows; the message names it. At 0 stands `greedy`.
    """
    z = checked("temperature", logits)
    if not 0 < t < math.inf:
        raise ValueError(
            f"temperature: t must be finite and above 0, got {t!r}; for the likeliest token use greedy"
        )
    # lab 21.0
    with np.errstate(over="ignore"):
        return checked("temperature", z / t)
    # end lab


def greedy(logits: ArrayLike) -> Array:
    """The likeliest token of each row, (B,) or () integers; of equals the one with the lowest id."""
    z = checked("greedy", logits)
    # lab 21.0
    return np.asarray(z.argmax(axis=-1))
    # end lab


def draw(logits: ArrayLike, rngs: Sequence[np.random.Generator]) -> Array:
    """One token for each row, (B,) integers, drawn with the probabilities that its logits stand for.

    Row b uses up exactly one `random()` of `rngs[b]`, u, even where one token is left: the token is the first one, in order
    of ids, at which the probabilities added up from token 0 exceed u. So a row's token depends on its own logits and its own
    generator, on nothing else in the batch. A token with probability 0 is never drawn.

    Args:
        logits: (B, V). rngs: B generators, one a request.

    Raises:
        ValueError: logits of one axis, or another number of generators.
    """
    z = checked("draw", logits)
    if z.ndim != 2 or len(rngs) != len(z):
        raise ValueError(f"draw: {len(rngs)} generators for logits of shape {z.shape}")
    # lab 21.0
    found = np.empty(len(z), dtype=np.int64)
    for row, (p, rng) in enumerate(zip(softmax(z), rngs, strict=True)):
        total = np.cumsum(p)
        # Rounding may leave the sum a little below u: then it is the last token that can be drawn.
        found[row] = min(np.searchsorted(total, rng.random(), "right"), p.nonzero()[0][-1])
    return found
    # end lab


def top_k(logits: ArrayLike, k: int) -> Array:
    """The k likeliest tokens stay, and with them all that are as likely as the last of those.

    Raises:
        TypeError: k isn't an int. ValueError: it is below 1 or above the number of tokens; the message names both.
    """
    z = checked("top_k", logits)
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise TypeError(f"top_k: k must be an int, got {k!r}")
    if not 1 <= k <= z.shape[-1]:
        raise ValueError(f"top_k: k must be from 1 to the {z.shape[-1]} tokens, got {k}")
    # lab 21.1
    last = np.sort(z, axis=-1)[..., -k, None]
    return np.where(z < last, -np.inf, z)
    # end lab


def top_p(logits: ArrayLike, p: float) -> Array:
    """The fewest likeliest tokens whose probabilities sum to p or more stay (Holtzman et al. 2020); p = 1 changes nothing.

    Of equals at the border those with lower ids stay. The likeliest token always stays.

    Raises:
        ValueError: p isn't above 0 and at most 1; the message names it.
    """
    z = checked("top_p", logits)
    if not 0 < p <= 1:
        raise ValueError(f"top_p: p must be above 0 and at most 1, got {p!r}")
    # lab 21.1
    if p == 1:
        return z
    order = np.argsort(-z, axis=-1, kind="stable")
    shares = np.take_along_axis(softmax(z), order, axis=-1)
    # Summed from the smallest up: a sum that begins at the top reaches 1 before its last tokens have come.
    behind = np.cumsum(shares[..., ::-1], axis=-1)[..., ::-1]
    stays = behind > 1 - p
    stays[..., 0] = True
    return _kept(z, order, stays)
    # end lab


def min_p(logits: ArrayLike, p: float) -> Array:
    """The tokens stay that are at least p times as likely as the likeliest (Nguyen et al. 2024).

    Raises:
        ValueError: p isn't above 0 and at most 1; the message names it.
    """
    z = checked("min_p", logits)
    if not 0 < p <= 1:
        raise ValueError(f"min_p: p must be above 0 and at most 1, got {p!r}")
    # lab 21.1
    return np.where(z < z.max(axis=-1, keepdims=True) + math.log(p), -np.inf, z)
    # end lab


def typical(logits: ArrayLike, mass: float) -> Array:
    """The most typical tokens stay, the fewest whose probabilities sum to `mass` or more (Meister et al. 2023).

    A token is typical if its information, -ln p, lies near the entropy of the row. Tokens as typical as the last one that is
    needed stay too, and so the likeliest token may go. `mass` = 1 changes nothing.

    Raises:
        ValueError: `mass` isn't above 0 and at most 1; the message names it.
    """
    z = checked("typical", logits)
    if not 0 < mass <= 1:
        raise ValueError(f"typical: mass must be above 0 and at most 1, got {mass!r}")
    # lab 21.1
    if mass == 1:
        return z
    logs = log_softmax(z)
    shares = np.exp(logs)
    entropy = -(shares * np.where(shares > 0, logs, 0)).sum(axis=-1, keepdims=True)
    off = np.abs(-logs - entropy)
    order = np.argsort(off, axis=-1, kind="stable")
    before = np.cumsum(np.take_along_axis(shares, order, axis=-1), axis=-1)
    last = np.minimum((before < mass).sum(axis=-1, keepdims=True), z.shape[-1] - 1)
    border = np.take_along_axis(off, np.take_along_axis(order, last, axis=-1), axis=-1)
    return np.where(off > border, -np.inf, z)
    # end lab


def repetition_penalty(logits: ArrayLike, ids: Sequence[Any], penalty: float) -> Array:
    """Every token that came already is made less likely, once, however often it came (Keskar et al. 2019).

    A logit above 0 is divided by the penalty, one below 0 multiplied by it; a penalty below 1 makes it likelier.

    Args:
        ids: for (V,) the tokens so far; for (B, V) a sequence of such sequences, one a row. They may be empty.

    Raises:
        ValueError: the penalty isn't finite and above 0, or so small that a logit overflows; a token outside the vocabulary;
            another number of rows.
    """
    z = checked("repetition_penalty", logits)
    if not 0 < penalty < math.inf:
        raise ValueError(f"repetition_penalty: penalty must be finite and above 0, got {penalty!r}")
    counts = _counts("repetition_penalty", z, ids)
    # lab 21.2
    with np.errstate(over="ignore"):
        moved = np.where(counts > 0, np.where(z > 0, z / penalty, z * penalty), z)
    return checked("repetition_penalty", moved)
    # end lab


def frequency_penalty(
    logits: ArrayLike, ids: Sequence[Any], frequency: float, presence: float = 0.0
) -> Array:
    """`frequency` is taken off a token's logit for every time that it came, and `presence` once if it came at all.

    Args:
        ids: as in `repetition_penalty`.

    Raises:
        ValueError: a penalty that isn't finite, or so far below 0 that a logit overflows; and as in `repetition_penalty`.
    """
    z = checked("frequency_penalty", logits)
    for name, value in (("frequency", frequency), ("presence", presence)):
        if not math.isfinite(value):
            raise ValueError(f"frequency_penalty: {name} must be finite, got {value!r}")
    counts = _counts("frequency_penalty", z, ids)
    # lab 21.2
    with np.errstate(over="ignore"):
        return checked("frequency_penalty", z - frequency * counts - presence * (counts > 0))
    # end lab


def logit_bias(logits: ArrayLike, bias: Mapping[int, float]) -> Array:
    """To each token's logit its bias is added, in every row; -inf forbids the token.

    Raises:
        ValueError: a token outside the vocabulary; a bias that is NaN or +inf; no token is left. The message names it.
    """
    z = checked("logit_bias", logits)
    for token, value in bias.items():
        _in_vocabulary("logit_bias", token, z.shape[-1])
        if not value < math.inf:
            raise ValueError(f"logit_bias: the bias of token {token} is {value}")
    # lab 21.2
    for token, value in bias.items():
        z[..., token] += value
    return checked("logit_bias", z)
    # end lab


@dataclass(frozen=True)
class Settings:
    """How one request wants its tokens. What is None, 1 or 0 by default changes nothing.

    `sampled=False` takes the likeliest token after biases and penalties, and uses neither temperature nor filters.
    """

    sampled: bool = True
    bias: Mapping[int, float] = field(default_factory=dict)
    repetition: float = 1.0
    frequency: float = 0.0
    presence: float = 0.0
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    min_p: float | None = None
    typical: float = 1.0


def filtered(logits: ArrayLike, ids: Sequence[Any], settings: Settings) -> Array:
    """What `settings` makes of the logits, of the same shape: each function of this module once, in this order:

    bias, repetition, frequency and presence, temperature, top-k, top-p, min-p, typical. Each works on what the one before it left.

    Args:
        ids: what the penalties count, as in `repetition_penalty`.

    Raises:
        ValueError: as each function says, temperature and filters only if `settings.sampled`.
    """
    # lab 21.2
    z = logit_bias(logits, settings.bias)
    z = repetition_penalty(z, ids, settings.repetition)
    z = frequency_penalty(z, ids, settings.frequency, settings.presence)
    if not settings.sampled:
        return z
    z = temperature(z, settings.temperature)
    if settings.top_k is not None:
        z = top_k(z, settings.top_k)
    z = top_p(z, settings.top_p)
    if settings.min_p is not None:
        z = min_p(z, settings.min_p)
    return typical(z, settings.typical)
    # end lab


# lab 21.1 - a helper that puts a choice among sorted tokens back to their places, if you want one
def _kept(z: Array, order: Array, stays: Array) -> Array:
    """-inf in place of the tokens that don't stay; `stays` is in the order of `order`."""
    mask = np.empty_like(stays)
    np.put_along_axis(mask, order, stays, axis=-1)
    return np.where(mask, z, -np.inf)


# end lab


def _in_vocabulary(op: str, token: Any, size: int) -> int:
    """The token, or ValueError."""
    if isinstance(token, bool) or not isinstance(token, int | np.integer):
        raise TypeError(f"{op}: a token must be an int, got {token!r}")
    if not 0 <= token < size:
        raise ValueError(f"{op}: token {token} isn't among the {size} of the vocabulary")
    return int(token)


def _counts(op: str, z: Array, ids: Sequence[Any]) -> Array:
    """How often each token came, of the shape of z."""
    rows = [ids] if z.ndim == 1 else ids
    if z.ndim == 2 and len(rows) != len(z):
        raise ValueError(f"{op}: ids of {len(rows)} rows for logits of {len(z)}")
    counts = np.zeros(z.shape, dtype=np.int64)
    for row, tokens in zip(counts.reshape(-1, z.shape[-1]), rows, strict=True):
        for token in tokens:
            row[_in_vocabulary(op, token, z.shape[-1])] += 1
    return counts
