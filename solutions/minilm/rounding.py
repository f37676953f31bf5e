"""Low precision by rounding: numbers are kept in float32 and rounded to what a narrower format could hold, to see what is lost."""

from __future__ import annotations

import numpy as np

from minigrad.floats import FloatFormat, round_to
from minitorch.nn import Module
from minitorch.tensor import Array

Rng = np.random.Generator | None


def spacing(x: Array, fmt: FloatFormat) -> Array:
    """The distance between neighbors of the format around each x, in float64."""
    # lab 18.5 - as far apart as the last bit of the mantissa
    _, exponent = np.frexp(np.asarray(x, np.float64))
    exponent = np.where(np.asarray(x) == 0, 1 - fmt.bias, exponent)  # frexp gives 0 for 0
    place = np.maximum(exponent - 1, 1 - fmt.bias) - fmt.mantissa_bits
    return np.asarray(np.ldexp(1.0, place))
    # end lab


def rounded(x: Array, fmt: FloatFormat, rng: Rng = None) -> Array:
    """x rounded to the format, in the dtype of x: to the nearest, or, with a generator, up or down at random so that the mean is x."""
    # lab 18.5 - nearest, or a draw between two neighbors
    if rng is None:
        return round_to(x, fmt).astype(x.dtype)
    gap = spacing(x, fmt)
    return (np.floor(x / gap + rng.random(x.shape)) * gap).astype(x.dtype)
    # end lab


def lost_updates(before: Array, after: Array, fmt: FloatFormat) -> float:
    """Of all numbers that an update changed, the share that it leaves where they were once both are rounded to nearest."""
    # lab 18.5 - changed before, equal after
    changed = before != after
    lost = changed & (round_to(before, fmt) == round_to(after, fmt))
    return float(lost.sum() / max(1, changed.sum()))
    # end lab


def round_parameters_(model: Module, fmt: FloatFormat, rng: Rng = None) -> None:
    """Every parameter becomes what the format can hold of it."""
    for parameter in model.parameters():
        parameter.data = rounded(parameter.numpy(), fmt, rng)


def round_gradients_(model: Module, fmt: FloatFormat, scale: float = 1.0) -> bool:
    """Every gradient is multiplied by `scale`, rounded to the format, and divided again: what loss scaling does.

    Returns:
        Whether all stayed finite; where one overflowed, all gradients are forgotten, so that a step changes nothing.
    """
    # lab 18.5 - up, rounded, down
    parameters = [p for p in model.parameters() if p.grad is not None]
    for p in parameters:
        p.grad = (round_to(np.asarray(p.grad) * scale, fmt) / scale).astype(p.dtype)
    if all(np.isfinite(np.asarray(p.grad)).all() for p in parameters):
        return True
    model.zero_grad()
    return False
    # end lab
