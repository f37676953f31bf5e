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
        # lab 19.4 - token by token, all rows at once
        rng = stream(self.seed, *name)
        ids = np.empty((self.rows, self.length + 1), np.int64)
        ids[:, :2] = rng.integers(0, self.vocab_size, (self.rows, 2))
        for t in range(2, self.length + 1):
            sums = self._sums[ids[:, t - 2], ids[:, t - 1]]
            draws = rng.random((self.rows, 1))
            ids[:, t] = np.minimum((sums < draws).sum(axis=1), self.vocab_size - 1)
        positions = np.broadcast_to(np.arange(self.length), (self.rows, self.length)).copy()
        mask = np.ones((self.rows, 1, self.length, self.length), bool)
        return Batch(ids[:, :-1], ids[:, 1:], positions, mask)
        # end lab

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
        # lab 19.4 - the pairs in the long run, and what each leaves open
        v = self.vocab_size
        pairs = np.full((v, v), 1 / v**2)
        for _ in range(10_000):
            new = np.einsum("ab,abc->bc", pairs, self.table)
            # Half a step: it has the same rest, and none of the cycles.
            new = (pairs + new) / 2
            if np.abs(new - pairs).sum() < 1e-13:
                break
            pairs = new
        rows = -(self.table * np.log(np.where(self.table > 0, self.table, 1))).sum(axis=-1)
        return float((pairs * rows).sum())
        # end lab


def power_fit(sizes: Sequence[float], losses: Sequence[float], floor: float) -> tuple[float, float]:
    """(a, alpha) of loss = floor + a size^-alpha: a straight line of least squares through the logarithms of both.

    MinilmError names a loss that isn't above the floor, and fewer than two different sizes.
    """
    for loss in losses:
        if not floor < loss < math.inf:
            raise MinilmError(f"losses: {loss:.6g} isn't above the floor {floor:.6g}")
    if len(set(sizes)) < 2:
        raise MinilmError(f"sizes: two different ones are needed, got {sorted(set(sizes))}")
    # lab 19.4 - a line in logarithms
    x = np.log(np.asarray(sizes, np.float64))
    y = np.log(np.asarray(losses, np.float64) - floor)
    slope, start = np.polyfit(x, y, 1)
    return float(math.exp(start)), float(-slope)
    # end lab


def predicted(size: float, fit: tuple[float, float], floor: float) -> float:
    """The loss of a size, by a fit."""
    # lab 19.4 - floor, factor, power
    a, alpha = fit
    return float(floor + a * size**-alpha)
    # end lab


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
    # lab 19.4 - scatter about the line, and the line's own
    x = np.log(np.asarray(sizes, np.float64))
    rest = np.log(np.asarray(losses) - floor) - np.log([predicted(s, fit, 0.0) for s in sizes])
    n, off = len(x), math.log(size) - x.mean()
    spread = math.sqrt(float(rest @ rest) / (n - 2))
    wide = spread * math.sqrt(1 + 1 / n + off**2 / float(((x - x.mean()) ** 2).sum()))
    middle = math.log(predicted(size, fit, 0.0))
    t = students_t(n - 2, level)
    return floor + math.exp(middle - t * wide), floor + math.exp(middle + t * wide)
    # end lab


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
    # lab 19.4 - whole lines count
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    whole, _, rest = text.rpartition("\n")
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            entry = json.loads(line)
            known, value = entry["key"], entry["value"]
        except (ValueError, KeyError, TypeError) as error:
            raise MinilmError(f"{path}: line {number} can't be read") from error
        if known == key:
            return value
    if rest:
        path.write_text(whole + "\n" if whole else "", encoding="utf-8")
    value = make()
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"key": key, "value": value}) + "\n")
    return value
    # end lab
