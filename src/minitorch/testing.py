"""What checks the library: central differences for gradients, and a comparison that says where two arrays differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch.tensor import Array, Tensor, no_grad


def assert_matches(got: Any, expected: Any, *, rtol: float = 1e-6, atol: float = 1e-6) -> None:
    """AssertionError, with the worst element, unless shapes are equal and |got - expected| <= atol + rtol |expected|.

    NaN matches NaN.
    """
    a, b = (np.asarray(x._data if isinstance(x, Tensor) else x) for x in (got, expected))
    if a.shape != b.shape:
        raise AssertionError(f"shape {a.shape}, expected {b.shape}")
    off = ~np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    if off.any():
        worst = np.unravel_index(np.argmax(np.where(off, np.abs(a - b), -1)), a.shape)
        where = tuple(int(i) for i in worst)
        raise AssertionError(
            f"{int(off.sum())} of {off.size} elements differ; at {where} {a[where]!r}, expected {b[where]!r}"
        )


def gradcheck(
    f: Callable[..., Tensor],
    inputs: Sequence[Tensor],
    *,
    eps: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    seed: int = 0,
) -> bool:
    """Compares the gradients of `f(*inputs)` by `backward` with central differences.

    The loss is the sum of the outputs with fixed random weights: a plain sum has the gradient 0 for softmax, and
    all ones for a transpose, whatever the code does.

    Args:
        f: builds its graph anew at each call; returns one tensor of any shape.
        inputs: float64 leaves that require a gradient. Theirs are cleared first; their numbers come back unchanged.

    Returns:
        True.

    Raises:
        AssertionError: at the first input that disagrees, with the worst element and both gradients.
        ValueError: no inputs, or not float64 (at this step a difference in float32 is off by 1e-2).
    """
    if not inputs or any(t.dtype != np.float64 or not t.requires_grad for t in inputs):
        raise ValueError("gradcheck: float64 inputs that require a gradient are needed")
    raise NotImplementedError("Lab 08.5 - gradcheck")


def _slope(f: Callable[[], float], x: Array, where: tuple[int, ...], eps: float) -> float:
    """The central difference of f in the element `where` of x, which is put back even if f raises."""
    raise NotImplementedError("Lab 08.5 - _slope")
