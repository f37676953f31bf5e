"""Low precision by rounding: numbers are kept in float32 and rounded to what a narrower format could hold, to see what is lost."""

from __future__ import annotations

import numpy as np

from minigrad.floats import FloatFormat, round_to
from minitorch.nn import Module
from minitorch.tensor import Array

Rng = np.random.Generator | None


def spacing(x: Array, fmt: FloatFormat) -> Array:
    """The distance between neighbors of the format around each x, in float64."""
    raise NotImplementedError("Lab 18.5 - as far apart as the last bit of the mantissa")


def rounded(x: Array, fmt: FloatFormat, rng: Rng = None) -> Array:
    """x rounded to the format, in the dtype of x: to the nearest, or, with a generator, up or down at random so that the mean is x."""
    raise NotImplementedError("Lab 18.5 - nearest, or a draw between two neighbors")


def lost_updates(before: Array, after: Array, fmt: FloatFormat) -> float:
    """Of all numbers that an update changed, the share that it leaves where they were once both are rounded to nearest."""
    raise NotImplementedError("Lab 18.5 - changed before, equal after")


def round_parameters_(model: Module, fmt: FloatFormat, rng: Rng = None) -> None:
    """Every parameter becomes what the format can hold of it."""
    for parameter in model.parameters():
        parameter.data = rounded(parameter.numpy(), fmt, rng)


def round_gradients_(model: Module, fmt: FloatFormat, scale: float = 1.0) -> bool:
    """Every gradient is multiplied by `scale`, rounded to the format, and divided again: what loss scaling does.

    Returns:
        Whether all stayed finite; where one overflowed, all gradients are forgotten, so that a step changes nothing.
    """
    raise NotImplementedError("Lab 18.5 - up, rounded, down")
