"""A reader: a model with a cache that is asked about whole texts, as `minilm.generate` asks, and reads only what is new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minigrad.numerics import softmax
from minilm.cache import KVCache, step
from minilm.errors import MinilmError
from minilm.gpt import GPT


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens two texts begin with in common."""
    # lab 22.4
    for at, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return at
    return min(len(a), len(b))
    # end lab


def assigned(texts: Sequence[Sequence[int]], rows: Sequence[Sequence[int]]) -> list[int]:
    """For each of `rows` another one of `texts`, by its number: those with the longest common prefix find each other first.

    Of equally long ones the first row comes first, and takes the first text.

    Raises:
        MinilmError: more rows than texts.
    """
    if len(rows) > len(texts):
        raise MinilmError(f"rows: {len(rows)} texts for a reader of {len(texts)}")
    # lab 22.4
    pairs = sorted(
        (-common_prefix(text, row), r, t)
        for r, row in enumerate(rows)
        for t, text in enumerate(texts)
    )
    found: dict[int, int] = {}
    for _, r, t in pairs:
        if r not in found and t not in found.values():
            found[r] = t
    return [found[r] for r in range(len(rows))]
    # end lab


class Reader:
    """A GPT that remembers what it read, for `batch` texts at most.

    Called with rows of ids it gives the logits (B, V) of the token behind each: a `NextLogits` for `minilm.generate`.

    Attributes:
        texts: what the cache holds of each of its rows. read: how many tokens the model has read in all.
    """

    def __init__(
        self, model: GPT, batch: int = 1, *, capacity: int | None = None, window: int | None = None
    ) -> None:
        """Arguments and errors as those of `KVCache`."""
        self.model = model
        self.cache = KVCache(model, batch, capacity=capacity, window=window)
        self.texts: list[list[int]] = [[] for _ in range(batch)]
        self.read = 0

    def __call__(self, rows: Sequence[Sequence[int]]) -> NDArray[Any]:
        """(B, V) logits of the token behind each row. Errors as in `last`."""
        return np.stack([logits[-1] for logits in self.last(rows, 1)])

    def chances(self, row: Sequence[int], n: int) -> NDArray[Any]:
        """(n, V) the model's distribution behind each of the last n tokens of a row."""
        return softmax(self.last([row], n)[0].astype(np.float64))

    def last(self, rows: Sequence[Sequence[int]], n: int) -> list[NDArray[Any]]:
        """The logits (n, V) behind each of the last n tokens of each row, read in one step.

        Each row takes over the text that it has most in common with. What they share isn't read again, except the last n
        tokens, whose logits are wanted. Where the cache can't go back so far, the row is read anew. Texts that no row takes
        stay as they are.

        Raises:
            MinilmError: no row, or more than the reader has; a row of fewer than n tokens; n below 1; and as in `step`.
        """
        if not rows:
            raise MinilmError("rows: none was given")
        for number, row in enumerate(rows):
            if not 1 <= n <= len(row):
                raise MinilmError(f"rows: {n} last tokens of row {number}, which has {len(row)}")
        chosen = assigned(self.texts, rows)
        # lab 22.4
        counts = np.zeros(self.cache.batch, dtype=np.int64)
        for row, at in zip(rows, chosen, strict=True):
            keep = min(common_prefix(self.texts[at], row), len(row) - n)
            if not self.cache.can_rewind(at, keep):
                keep = 0
            self.cache.rewind(at, keep)
            self.texts[at] = list(row[:keep])
            counts[at] = len(row) - keep
        ids = np.zeros((self.cache.batch, counts.max()), dtype=np.int64)
        for row, at in zip(rows, chosen, strict=True):
            ids[at, : counts[at]] = row[len(row) - counts[at] :]
        logits = step(self.model, ids, self.cache, counts)
        for row, at in zip(rows, chosen, strict=True):
            self.texts[at] = list(row)
        self.read += int(counts.sum())
        return [logits[at, counts[at] - n : counts[at]] for at in chosen]
        # end lab
