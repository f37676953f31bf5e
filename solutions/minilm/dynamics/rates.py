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
    # lab 19.3 - equal factors
    return lambda t: float(low * (high / low) ** ((t - 1) / (steps - 1)))
    # end lab


def range_test(
    make: Callable[[Schedule], Trainer], low: float, high: float, steps: int
) -> list[tuple[float, float]]:
    """(rate, loss) of each step of one short training whose rate climbs from `low` to `high`.

    The loss is that of the batch before its step. Where it diverges the test ends, and the last pair has the rate that was to be
    used, and infinity.

    Args:
        make: a fresh trainer that follows a schedule.
    """
    # lab 19.3 - climb until it falls off
    schedule = ramp(low, high, steps)
    trainer = make(schedule)
    pairs: list[tuple[float, float]] = []
    for t in range(1, steps + 1):
        try:
            line = trainer.advance()
        except DivergedError:
            return [*pairs, (schedule(t), math.inf)]
        pairs.append((schedule(t), line["loss"]))
    return pairs
    # end lab


def chosen(pairs: Sequence[tuple[float, float]], keep: float = 0.8) -> float:
    """The rate to begin with: a third of the one at which the smoothed loss was least.

    Smoothed: s = keep s + (1 - keep) loss, divided by 1 - keep^t, so that the first losses aren't pulled to 0. An infinite loss
    counts for nothing. MinilmError without a finite loss; it says to begin lower.
    """
    # lab 19.3 - smooth, find the least, step back
    finite = [(rate, loss) for rate, loss in pairs if math.isfinite(loss)]
    if not finite:
        raise MinilmError("pairs: no loss is finite, begin at a lower rate")
    s, smooth = 0.0, []
    for t, (_, loss) in enumerate(finite, 1):
        s = keep * s + (1 - keep) * loss
        smooth.append(s / (1 - keep**t))
    return finite[int(np.argmin(smooth))][0] / 3
    # end lab


def retuned(rate: float, batch: int, to: int, power: float = 0.5) -> float:
    """The rate for batches of `to`, if `rate` was right for batches of `batch`: it grows with this power of the batch.

    A half suits Adam, 1 suits SGD, both as long as noise rules. MinilmError for a batch below 1.
    """
    if batch < 1 or to < 1:
        raise MinilmError(f"batch: 1 or more is needed, got {batch} and {to}")
    # lab 19.3 - a power of their ratio
    return float(rate * (to / batch) ** power)
    # end lab


def noise_scale(gradients: Sequence[Array]) -> float:
    """The batch at which a gradient's noise is as large as the gradient: tr(covariance) / |mean|^2, from gradients of single examples.

    Both without bias: the covariance divides by n - 1, and from |mean of n|^2 the n-th part of the trace is taken away, which is the
    noise that is left in it. Infinity where nothing is left. MinilmError for fewer than two.
    """
    if len(gradients) < 2:
        raise MinilmError(f"gradients: two or more are needed, got {len(gradients)}")
    # lab 19.3 - noise over signal, both unbiased
    g = np.stack([np.asarray(x, np.float64).ravel() for x in gradients])
    mean = g.mean(axis=0)
    trace = float(((g - mean) ** 2).sum() / (len(g) - 1))
    signal = float(mean @ mean) - trace / len(g)
    return trace / signal if signal > 0 else math.inf
    # end lab
