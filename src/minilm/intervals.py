"""How sure a share of right answers is, and a difference of two of them, when both models got the same questions."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")


def _level(name: str, confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"{name}: confidence must lie between 0 and 1, got {confidence}")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(hits: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share: all p from which the observed share is at most z standard errors away (Wilson 1927).

    Returns:
        (low, high) within [0, 1]; (0.0, 1.0) for n = 0: nothing is known.

    Raises:
        ValueError: hits below 0 or above n, n below 0, `confidence` not between 0 and 1.
    """
    z = _level("wilson", confidence)
    if not 0 <= hits <= n:
        raise ValueError(f"wilson: {hits} hits of {n}")
    raise NotImplementedError("Lab 20.3 - where p can lie")


def mcnemar(lost: int, gained: int) -> float:
    """The exact two-sided p of McNemar's test: of the probes on which two models differ, how odd is this division?

    If neither is better, each such probe is a fair coin. p is the probability of a division at least as uneven, at most 1; 1
    where they differ nowhere.

    Args:
        lost: right in the first model alone. gained: right in the second alone.

    Raises:
        ValueError: a number below 0.
    """
    if lost < 0 or gained < 0:
        raise ValueError(f"mcnemar: {lost} lost and {gained} gained")
    raise NotImplementedError("Lab 20.3 - a fair coin")


def paired_bootstrap(
    first: ArrayLike,
    second: ArrayLike,
    rng: np.random.Generator,
    resamples: int = 2000,
    confidence: float = 0.95,
    groups: Sequence[Hashable] | None = None,
) -> tuple[float, float]:
    """The percentile interval of mean(second) - mean(first), when probes are drawn anew with both answers (Efron 1979).

    Args:
        first, second: shape (n,), the hits of two models on the same probes.
        groups: what probe i belongs to, a verb for instance. Then whole groups are drawn, as many as there are, with all their
            probes; the mean is over the probes drawn.

    Raises:
        ValueError: no probes, unequal lengths, `resamples` below 1, `confidence` not between 0 and 1.
    """
    _level("paired_bootstrap", confidence)
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not a.size or resamples < 1:
        raise ValueError(
            f"paired_bootstrap: {a.shape} and {b.shape} answers, {resamples} resamples"
        )
    if groups is not None and len(groups) != len(a):
        raise ValueError(f"paired_bootstrap: {len(groups)} groups for {len(a)} probes")
    raise NotImplementedError("Lab 20.3 - the same probes, drawn anew")


def holm(ps: Sequence[float]) -> list[float]:
    """Each p as it counts when as many questions were asked, in the same order (Holm 1979).

    The smallest of m times m, the next times m - 1, and so on; none smaller than the one before it in size, none above 1.

    Raises:
        ValueError: a p outside [0, 1], or NaN.
    """
    for p in ps:
        if not 0 <= p <= 1:
            raise ValueError(f"holm: {p} is no probability")
    raise NotImplementedError("Lab 20.3 - many questions")


@dataclass(frozen=True)
class Slice:
    """A part of the probes: how many, how many right, and the interval of their share."""

    n: int
    hits: int
    low: float
    high: float

    @property
    def accuracy(self) -> float:
        """hits / n; NaN for none."""
        return self.hits / self.n if self.n else math.nan


def slices(
    items: Iterable[T], key: Callable[[T], str], hit: Callable[[T], bool]
) -> dict[str, Slice]:
    """The items by `key`, the worst slice first, equal ones in the order of their names; "" is left out."""
    raise NotImplementedError("Lab 20.3 - part by part")


def ones(hits: Iterable[bool]) -> NDArray[np.float64]:
    """Hits as numbers."""
    return np.array([float(hit) for hit in hits])
