"""The KV cache: keys and values of what a model has read, what they cost, and the step that reads only what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig, SelfAttention, residual_step
from minitorch.attention import attention, merge_heads
from minitorch.positions import alibi_slopes
from minitorch.tensor import Array, Tensor, no_grad

Mix = Callable[..., Tensor]
"""What mixes values: `minitorch.attention.attention`, or another of its signature."""


def cache_bytes(config: GPTConfig, batch: int, tokens: int, itemsize: int = 4) -> int:
    """The bytes of all keys and values of `batch` rows of `tokens` each, in numbers of `itemsize` bytes."""
    _check_counts(batch=batch, tokens=tokens, itemsize=itemsize)
    raise NotImplementedError("Lab 22.0 - cache_bytes")


def tokens_that_fit(config: GPTConfig, batch: int, budget: int, itemsize: int = 4) -> int:
    """How many tokens each of `batch` rows can have, if keys and values may take `budget` bytes; perhaps 0."""
    _check_counts(batch=batch, budget=budget, itemsize=itemsize)
    raise NotImplementedError("Lab 22.0 - tokens_that_fit")


def step_flops(config: GPTConfig, new: int, length: int) -> int:
    """Floating-point operations of all products of a step that reads `new` tokens of one row and sees `length` with them.

    Counted as in `minilm.accounting.forward_flops`: two for each multiply-add, scores behind the mask too, nothing but
    products. Every new token gets logits. With new = length it is the forward pass without a cache.

    Raises:
        MinilmError: not 1 <= new <= length.
    """
    _check_counts(new=new, length=length)
    if new > length:
        raise MinilmError(f"new: {new} new tokens among {length}")
    raise NotImplementedError("Lab 22.0 - step_flops")


def step_bytes(config: GPTConfig, batch: int, length: int, itemsize: int = 4) -> dict[str, int]:
    """The bytes that a step of one new token for each of `batch` rows has to read, each number once.

    Returns:
        "weights": of all products (query, key, value, out, feed-forward, head), which the rows share; biases, norms and looked-up
        rows aren't counted. "cache": keys and values of `length` tokens of every row.
    """
    _check_counts(batch=batch, length=length, itemsize=itemsize)
    raise NotImplementedError("Lab 22.0 - step_bytes")


class KVCache:
    """Keys and values of one model, for `batch` rows that may have different lengths.

    Position p of a row lies in slot p % capacity. Without a window no slot is used twice; with one, a new token takes the slot
    of the one that nobody sees any more.

    Attributes:
        keys, values: an array (batch, kv_heads, capacity, d_head) for each layer, in the model's dtype.
        lengths: (batch,) how many tokens of each row have been read, in all.
        lost: (batch,) how many of each row's first tokens have lost their slots, also to tokens that were taken back or refused.
        window: how many tokens a query sees, itself among them; None: all. capacity: slots a row.
    """

    def __init__(
        self, model: GPT, batch: int = 1, *, capacity: int | None = None, window: int | None = None
    ) -> None:
        """Room for `capacity` tokens a row, the model's context by default; with a window it is the window.

        Raises:
            MinilmError: a number that is no int of 1 or more, a capacity or window above the context, both at once.
        """
        config = model.config
        if capacity is not None and window is not None:
            raise MinilmError(f"capacity: {capacity} and a window of {window}; give one of them")
        size = window if window is not None else capacity
        size = config.context_len if size is None else size
        _check_counts(batch=batch, **{"capacity" if window is None else "window": size})
        if size > config.context_len:
            name = "capacity" if window is None else "window"
            raise MinilmError(f"{name}: {size}, the model's context has {config.context_len}")
        self.model, self.batch, self.capacity, self.window = model, batch, size, window
        shape = (batch, config.kv_heads, size, config.d_head)
        dtype = next(iter(model.parameters())).dtype
        self.keys: list[Array] = [np.zeros(shape, dtype) for _ in range(config.n_layers)]
        self.values: list[Array] = [np.zeros(shape, dtype) for _ in range(config.n_layers)]
        self.lengths: Array = np.zeros(batch, dtype=np.int64)
        self.lost: Array = np.zeros(batch, dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """The bytes of all keys and values, measured."""
        return sum(a.nbytes for a in (*self.keys, *self.values))

    def held(self, lengths: Array) -> Array:
        """(B, S) which position each slot holds once rows have these lengths, below 0 where a slot holds none of its row.

        S is the number of slots that any row has used: the longest length, or the capacity if that is less.

        Args:
            lengths: (B,).
        """
        raise NotImplementedError("Lab 22.1 - KVCache.held")

    def put(self, layer: int, k: Array, v: Array, counts: Array) -> tuple[Array, Array]:
        """Writes new keys and values behind those that row has; `lengths` stays, since the other layers come yet.

        Nothing that was there is moved or copied. Called with a window only if T = 1.

        Args:
            k, v: (B, kv_heads, T, d_head). counts: (B,) how many of the T are row b's, the first ones; the others are padding, and
                aren't written.

        Returns:
            Keys and values (B, kv_heads, S, d_head): views of the slots used by now, as `held(lengths + counts)` describes them.
        """
        raise NotImplementedError("Lab 22.1 - KVCache.put")

    def rewind(self, row: int, length: int) -> None:
        """Row `row` has read its first `length` tokens only; what comes next is written over the others.

        Raises:
            MinilmError: no such row; the length is below 0, above what was read, or `can_rewind` says no.
        """
        if not 0 <= row < self.batch:
            raise MinilmError(f"row: {row}, the cache has 0 to {self.batch - 1}")
        if not 0 <= length <= self.lengths[row]:
            raise MinilmError(f"length: {length}, row {row} has read {self.lengths[row]}")
        if self.window is not None and not self.can_rewind(row, length):
            raise MinilmError(
                f"length: {length}, row {row} has lost what that needs: its first {self.lost[row]} tokens, with a window of {self.window}"
            )
        self.lost[row] = min(self.lost[row], length)
        raise NotImplementedError("Lab 22.1 - KVCache.rewind")

    def can_rewind(self, row: int, length: int) -> bool:
        """Whether all that the next token sees is still there, if the row goes back to `length` of what it has read.

        A row that goes back to 0 needs nothing. What is there no more, `lost` says.
        """
        raise NotImplementedError("Lab 22.4 - KVCache.can_rewind")

    def put_chunk(self, layer: int, k: Array, v: Array, counts: Array) -> tuple[Array, Array]:
        """`put` for several tokens at once with a window: they see tokens whose slots they are about to take.

        Args: as in `put`.

        Returns:
            New arrays (B, kv_heads, S + T, d_head): the S slots used before, as they were, then the T new ones.
        """
        raise NotImplementedError("Lab 22.4 - KVCache.put_chunk")

    @contextmanager
    def writing(self, counts: Array) -> Iterator[None]:
        """Around a step that writes `counts` tokens: what they take the slots of is lost, also if the step fails half way.

        After a failure what isn't finite becomes 0: even a key that no query sees would make NaN of all shares.
        """
        ended = self.lengths + counts
        self.lost = np.maximum(np.minimum(self.lost, self.lengths), ended - self.capacity)
        try:
            yield
        except Exception:
            for kept in (*self.keys, *self.values):
                kept[~np.isfinite(kept)] = 0
            raise

    def layout(self, positions: Array, counts: Array) -> Array:
        """(B, S) the positions of the keys that `put` or `put_chunk` will return, below 0 for none.

        Args:
            positions: (B, T) of the new tokens.
        """
        t = positions.shape[1]
        if self.window is None or t == 1:
            return self.held(self.lengths + counts)
        new = np.where(np.arange(t) < counts[:, None], positions, -1)
        return np.concatenate([self.held(self.lengths), new], axis=1)


def visible(queries: Array, keys: Array, window: int | None = None) -> Array:
    """(B, 1, T, S) booleans: True where a query sees a key: one that is there, isn't later, and with a window is near enough.

    Args:
        queries: (B, T) positions. keys: (B, S) positions; below 0 there is no key.
        window: how many positions a query sees, its own among them; None: all.
    """
    raise NotImplementedError("Lab 22.2 - visible")


def cached_mask(layer: SelfAttention, queries: Array, keys: Array, window: int | None) -> Any:
    """What `attention` gets as its mask in a cached step: as `layer.scores_mask` with `visible`, but for keys that lie elsewhere
    than the queries. None where every query sees every key and nothing is taken off.

    Args:
        queries, keys, window: as in `visible`.
    """
    raise NotImplementedError("Lab 22.2 - cached_mask")


def step(model: GPT, ids: Any, cache: KVCache, counts: Any = None, mix: Mix = attention) -> Array:
    """Reads new tokens behind what the cache holds, and keeps theirs: a prompt of any length, or one token.

    Args:
        ids: (B, T) integers below vocab_size, B the cache's rows.
        counts: (B,) how many of the T tokens are row b's, its first ones, perhaps none; the others are padding. All by default.
        mix: called as `attention(q, k, v, mask=...)`.

    Returns:
        (B, T, V) logits, as the model gives for whole texts; behind a row's own tokens they mean nothing.

    Raises:
        MinilmError: a cache of another model, or one that has lost what the next token sees; ids or counts that aren't so; more
            tokens than fit, or with learned positions than the table has; a logit that isn't finite. The message begins with
            which, and has the value. `lengths` stay as they were.
        ValueError: queries, keys or values that aren't finite, from `attention`.
    """
    ids, counts = _checked(model, ids, cache, counts)
    with no_grad(), cache.writing(counts):
        logits = _logits(model, ids, cache, counts, mix)
        _check_finite(logits, counts)
    cache.lengths = cache.lengths + counts
    return logits


def _logits(model: GPT, ids: Array, cache: KVCache, counts: Array, mix: Mix) -> Array:
    """What `step` returns, with the new keys and values put into the cache; `lengths` stay. Arguments as in `step`, checked."""
    raise NotImplementedError("Lab 22.2 - _logits")


def blocks_of(model: Any) -> list[Any]:
    """The model's blocks, the first one first."""
    return list(model.blocks)


def _checked(model: GPT, ids: Any, cache: KVCache, counts: Any) -> tuple[Array, Array]:
    """ids and counts as arrays, or the error that `step` promises."""
    if cache.model is not model:
        ours, theirs = model.config.to_dict(), cache.model.config.to_dict()
        differ = [
            f"{n} {theirs[n]!r} there, {ours[n]!r} here" for n in ours if ours[n] != theirs[n]
        ]
        raise MinilmError(
            f"cache: it belongs to another model ({'; '.join(differ) or 'the same shape, other weights'})"
        )
    ids, counts = _array("ids", ids), None if counts is None else _array("counts", counts)
    if ids.dtype.kind not in "iu" or ids.ndim != 2 or not ids.size or len(ids) != cache.batch:
        raise MinilmError(
            f"ids: ({cache.batch}, T) integers are needed, got {ids.shape} {ids.dtype}"
        )
    b, t = ids.shape
    counts = np.full(b, t) if counts is None else counts
    if counts.dtype.kind not in "iu" or counts.shape != (b,) or not (0 <= counts.min() <= counts.max() <= t):  # fmt: skip
        raise MinilmError(
            f"counts: ({b},) integers from 0 to {t} are needed, got {counts.tolist()}"
        )
    if not (cache.lengths + counts).any():
        raise MinilmError(f"counts: {counts.tolist()}, and no row has read anything")
    size = model.config.vocab_size
    if not 0 <= ids.min() <= ids.max() < size:
        raise MinilmError(f"ids: {ids.min()} to {ids.max()}, the vocabulary has 0 to {size - 1}")
    limit: int | None = cache.capacity
    if cache.window is not None:
        limit = model.config.context_len if model.config.positions == "learned" else None
    for row, (length, count) in enumerate(zip(cache.lengths, counts, strict=True)):
        if limit is not None and length + count > limit:
            raise MinilmError(
                f"ids: {count} tokens for row {row}, which has {length}; it holds {limit}"
            )
        # A row that went back knows that it may; one whose step failed doesn't.
        if count and cache.lost[row] > max(0, length - cache.capacity) and not cache.can_rewind(row, length):  # fmt: skip
            raise MinilmError(
                f"cache: row {row} has lost its first {cache.lost[row]} tokens to a step that failed; rewind it to 0"
            )
    return ids, counts.astype(np.int64)


def _array(name: str, given: Any) -> Array:
    """An array, or MinilmError with the name if the lists are of different lengths."""
    try:
        return np.asarray(given)
    except ValueError:
        raise MinilmError(f"{name}: lists of different lengths in {given}") from None


def _check_finite(logits: Array, counts: Array) -> None:
    """MinilmError for the first logit of a token of some row that isn't finite."""
    ours = np.arange(logits.shape[1]) < counts[:, None]
    bad = np.argwhere(~np.isfinite(logits) & ours[..., None])
    if len(bad):
        row, place, token = (int(n) for n in bad[0])
        raise MinilmError(
            f"logits: {logits[row, place, token]} for token {token}, row {row}, new token {place}"
        )


def _check_counts(**numbers: Any) -> None:
    """MinilmError, with the name, for the first number that is no int of 1 or more."""
    for name, n in numbers.items():
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise MinilmError(f"{name}: an int of 1 or more is needed, got {n!r}")
