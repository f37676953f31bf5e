"""A law of sizes: an endless source whose entropy is known, a power law above it, and an interval for a size that wasn't tried."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labkit.generators import stream
from minilm.batches import Batch
from minilm.errors import MinilmError


class Source:
    """Tokens without end, each drawn from a table by the two before it. Nothing is ever seen twice but by chance.

    Attributes:
        table: (V, V, V): shares of the next token, for the last but one and the last token; rows add up to 1.
        at: how many batches were drawn. Batch number n depends on seed and n alone.
    """

    def __init__(
        self, vocab_size: int, rows: int, length: int, seed: int, sharpness: float = 0.2
    ) -> None:
        """Batches of `rows` rows of `length` targets. `sharpness`: the Dirichlet distribution's; small ones make few tokens likely."""
        if rows < 1 or min(vocab_size, length) < 2:
            raise MinilmError(f"a Source needs a row, and 2 or more of the others, got {vocab_size}, {rows}, {length}")  # fmt: skip
        self.vocab_size, self.rows, self.length, self.seed, self.at = vocab_size, rows, length, seed, 0  # fmt: skip
        rng = stream(seed, "table")
        self.table = rng.dirichlet(np.full(vocab_size, sharpness), (vocab_size, vocab_size))
        self._sums = self.table.cumsum(axis=-1)

    def batch(self, *name: str | int) -> Batch:
        """The batch of this name, always the same one: rows that begin with two tokens drawn alike, whose targets are what followed."""
        raise NotImplementedError("Lab 19.4 - token by token, all rows at once")

    def __next__(self) -> Batch:
        """The next batch of a training."""
        self.at += 1
        return self.batch("train", self.at)

    def state_dict(self) -> dict[str, Any]:
        """Where it stands."""
        return {"at": self.at}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from there."""
        self.at = int(state["at"])

    def entropy(self) -> float:
        """Nats a token that nobody can save, who knows the table and sees the two tokens before: the mean over how often pairs come.

        Pairs as they come in the long run: the shares that a step of the source doesn't change.
        """
        raise NotImplementedError("Lab 19.4 - the pairs in the long run, and what each leaves open")


def power_fit(sizes: Sequence[float], losses: Sequence[float], floor: float) -> tuple[float, float]:
    """(a, alpha) of loss = floor + a size^-alpha: a straight line of least squares through the logarithms of both.

    MinilmError names a loss that isn't above the floor, and fewer than two different sizes.
    """
    for loss in losses:
        if not floor < loss < math.inf:
            raise MinilmError(f"losses: {loss:.6g} isn't above the floor {floor:.6g}")
    if len(set(sizes)) < 2:
        raise MinilmError(f"sizes: two different ones are needed, got {sorted(set(sizes))}")
    raise NotImplementedError("Lab 19.4 - a line in logarithms")


def predicted(size: float, fit: tuple[float, float], floor: float) -> float:
    """The loss of a size, by a fit."""
    raise NotImplementedError("Lab 19.4 - floor, factor, power")


def interval(
    sizes: Sequence[float],
    losses: Sequence[float],
    floor: float,
    size: float,
    level: float = 0.9,
) -> tuple[float, float]:
    """Between which losses a size that wasn't tried should come, at this level.

    In logarithms the points scatter about their line, and the line itself isn't known: the interval is that of a prediction,
    Student's, with n - 2 degrees of freedom. MinilmError for fewer than three points, or as `power_fit`.
    """
    if len(sizes) < 3:
        raise MinilmError(f"sizes: three points or more are needed, got {len(sizes)}")
    fit = power_fit(sizes, losses, floor)
    raise NotImplementedError("Lab 19.4 - scatter about the line, and the line's own")


def students_t(freedom: int, level: float) -> float:
    """The t within which, on both sides of 0, Student's distribution has the share `level`; by summing and halving."""

    def share(t: float) -> float:
        x = np.linspace(0, t, 2001)
        log = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
        y = math.exp(log) / math.sqrt(freedom * math.pi) * (1 + x**2 / freedom) ** (-(freedom + 1) / 2)  # fmt: skip
        return 2 * float(((y[1:] + y[:-1]) / 2 * np.diff(x)).sum())

    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) < level else (low, middle)
    return high


def remembered(path: Path, key: str, make: Callable[[], Any]) -> Any:
    """What `make` gives for this key, made once: kept in a file of JSON lines, from which a later call, and a later process, takes it.

    A last line that a kill cut off is made again. MinilmError, with the line's number, for another line that can't be read.
    """
    raise NotImplementedError("Lab 19.4 - whole lines count")
