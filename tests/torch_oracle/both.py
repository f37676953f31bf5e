"""One computation on both sides: the same float64 arrays, the same weights on the outputs, values and gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch import Tensor
from minitorch.testing import assert_matches

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=4)
SEEDS = st.integers(0, 2**32 - 1)
drawn = settings(max_examples=120, deadline=None, database=None)


def away_from_zero(shape: Sequence[int], seed: int) -> np.ndarray[Any, Any]:
    """Normal numbers of size 0.1 and more: kinks and poles at 0 have no single gradient to compare."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=tuple(shape))
    return np.asarray(np.copysign(np.abs(x) + 0.1, x))


def compare(
    ours: Callable[..., Any], theirs: Callable[..., Any], *arrays: Any, tol: float = 1e-6
) -> None:
    """`ours(*tensors)` and `theirs(*tensors)` agree in value and, output by output, in every gradient."""
    a = [Tensor(np.asarray(x, np.float64), requires_grad=True) for x in arrays]
    b = [torch.tensor(np.asarray(x, np.float64), requires_grad=True) for x in arrays]
    got, want = ours(*a), theirs(*b)
    got = got if isinstance(got, tuple) else (got,)
    want = want if isinstance(want, tuple) else (want,)
    assert len(got) == len(want)
    for i, (x, y) in enumerate(zip(got, want, strict=True)):
        assert x.dtype == np.float64
        assert_matches(x, y.detach().numpy(), rtol=tol, atol=tol)
        weights = np.random.default_rng(i).uniform(-1, 1, x.shape)
        x.backward(weights, retain_graph=True)
        y.backward(torch.tensor(weights), retain_graph=True)
    for x, y in zip(a, b, strict=True):
        assert (x.grad is None) == (y.grad is None)
        if x.grad is not None and y.grad is not None:
            assert x.grad.shape == x.shape
            assert_matches(x.grad, y.grad.numpy(), rtol=tol, atol=tol)
