"""Which rate, and which batch: a range test, a rule for a larger batch, and how noisy a gradient is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from minilm.errors import MinilmError
from minilm.train import DivergedError, Trainer
from minitorch.tensor import Array

Schedule = Callable[[int], float]


def ramp(low: float, high: float, steps: int) -> Schedule:
    """A rate for each step from 1 to `steps`: `low` first, `high` last, each the same number of times the one before.

    MinilmError unless 0 < low < high and steps is 2 or more.
    """
    if not (0 < low < high < math.inf and steps >= 2):
        raise MinilmError(f"ramp: 0 < low < high and two steps are needed, got {low}, {high}, {steps}")  # fmt: skip
    raise NotImplementedError("Lab 19.3 - equal factors")


def range_test(
    make: Callable[[Schedule], Trainer], low: float, high: float, steps: int
) -> list[tuple[float, float]]:
    """(rate, loss) of each step of one short training whose rate climbs from `low` to `high`.

    The loss is that of the batch before its step. Where it diverges the test ends, and the last pair has the rate that was to be
    used, and infinity.

    Args:
        make: a fresh trainer that follows a schedule.
    """
    raise NotImplementedError("Lab 19.3 - climb until it falls off")


def chosen(pairs: Sequence[tuple[float, float]], keep: float = 0.8) -> float:
    """The rate to begin with: a third of the one at which the smoothed loss was least.

    Smoothed: s = keep s + (1 - keep) loss, divided by 1 - keep^t, so that the first losses aren't pulled to 0. An infinite loss
    counts for nothing. MinilmError without a finite loss; it says to begin lower.
    """
    raise NotImplementedError("Lab 19.3 - smooth, find the least, step back")


def retuned(rate: float, batch: int, to: int, power: float = 0.5) -> float:
    """The rate for batches of `to`, if `rate` was right for batches of `batch`: it grows with this power of the batch.

    A half suits Adam, 1 suits SGD, both as long as noise rules. MinilmError for a batch below 1.
    """
    if batch < 1 or to < 1:
        raise MinilmError(f"batch: 1 or more is needed, got {batch} and {to}")
    raise NotImplementedError("Lab 19.3 - a power of their ratio")


def noise_scale(gradients: Sequence[Array]) -> float:
    """The batch at which a gradient's noise is as large as the gradient: tr(covariance) / |mean|^2, from gradients of single examples.

    Both without bias: the covariance divides by n - 1, and from |mean of n|^2 the n-th part of the trace is taken away, which is the
    noise that is left in it. Infinity where nothing is left. MinilmError for fewer than two.
    """
    if len(gradients) < 2:
        raise MinilmError(f"gradients: two or more are needed, got {len(gradients)}")
    raise NotImplementedError("Lab 19.3 - noise over signal, both unbiased")
