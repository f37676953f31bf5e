"""Laws that the operations of phase 08 obey for any input: linearity, adjoints, inverses and invariances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from given.verbs import HELD_OUT, PERSONS, TENSES, VERBS
from minitorch import Tensor, cat, einsum, split
from minitorch import functional as F
from minitorch.tensor import unbroadcast
from minitorch.testing import assert_matches, gradcheck

relaxed = settings(max_examples=80, deadline=None, database=None)
SEEDS = st.integers(0, 2**32 - 1)
SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)


def numbers(shape: Any, seed: int) -> np.ndarray[Any, Any]:
    return np.asarray(np.random.default_rng(seed).normal(size=shape))


@relaxed
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=4), seed=SEEDS)
def test_unbroadcast_is_the_adjoint_of_broadcasting(shapes: Any, seed: int) -> None:
    small, full = shapes.input_shapes[0], shapes.result_shape
    x, g = numbers(small, seed), numbers(full, seed + 1)
    forward = float((np.broadcast_to(x, full) * g).sum())
    assert float((x * unbroadcast(g, small)).sum()) == pytest.approx(forward, abs=1e-9)


LINEAR: dict[str, Callable[[Tensor], Tensor]] = {
    "sum": lambda t: t.sum(0),
    "mean": lambda t: t.mean(-1, keepdims=True),
    "reshape": lambda t: t.reshape(-1),
    "permute": lambda t: t.permute(*range(t.ndim)[::-1]),
    "getitem": lambda t: t[[0, -1, 0]],
    "cat": lambda t: cat([t, t * 2], 0),
    "split": lambda t: split(t, 1, 0)[-1],
}


@pytest.mark.parametrize("name", LINEAR)
@relaxed
@given(shape=SHAPES, seed=SEEDS)
def test_backward_of_a_linear_map_is_its_adjoint(
    name: str, shape: tuple[int, ...], seed: int
) -> None:
    x = Tensor(numbers(shape, seed), requires_grad=True)
    y = LINEAR[name](x)
    g = numbers(y.shape, seed + 1)
    forward = float((y.data * g).sum())
    y.backward(g)
    assert x.grad is not None
    assert float((x.data * x.grad).sum()) == pytest.approx(forward, abs=1e-9)


@relaxed
@given(shape=SHAPES, seed=SEEDS, shift=st.floats(-100, 100))
def test_softmax_ignores_a_shift_and_so_does_its_gradient(
    shape: tuple[int, ...], seed: int, shift: float
) -> None:
    x, g = numbers(shape, seed), numbers(shape, seed + 1)
    results = []
    for data in (x, x + shift):
        t = Tensor(data, requires_grad=True)
        s = F.softmax(t)
        s.backward(g)
        assert t.grad is not None
        assert_matches(t.grad.sum(axis=-1), np.zeros(shape[:-1]), atol=1e-9)
        results.append((s.data, t.grad))
    assert_matches(results[0][0], results[1][0], atol=1e-9)
    assert_matches(results[0][1], results[1][1], atol=1e-9)


@relaxed
@given(rows=st.integers(1, 4), classes=st.integers(1, 5), seed=SEEDS)
def test_the_losses_gradient_adds_up_to_nothing_and_never_exceeds_one(
    rows: int, classes: int, seed: int
) -> None:
    x = Tensor(100 * numbers((rows, classes), seed), requires_grad=True)
    y = np.random.default_rng(seed).integers(0, classes, rows)
    loss = F.cross_entropy(x, y, reduction="sum")
    loss.backward()
    assert x.grad is not None
    assert loss.item() >= 0
    assert np.abs(x.grad).max() <= 1
    assert_matches(x.grad.sum(axis=1), np.zeros(rows), atol=1e-9)


@relaxed
@given(seed=SEEDS, m=st.integers(1, 4), k=st.integers(1, 4), n=st.integers(1, 4))
def test_three_ways_to_multiply_agree(seed: int, m: int, k: int, n: int) -> None:
    a, b = numbers((m, k), seed), numbers((k, n), seed + 1)
    results = []
    for f in (
        lambda x, y: x @ y,
        lambda x, y: einsum("ij,jk->ik", x, y),
        lambda x, y: (x.reshape(m, k, 1) * y).sum(1),
    ):
        x, y = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
        out = f(x, y)
        out.backward(np.cos(np.arange(m * n)).reshape(m, n))
        results.append((out.data, x.grad, y.grad))
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            assert_matches(one, two, atol=1e-9)


@relaxed
@given(shape=SHAPES, seed=SEEDS)
def test_a_fused_operation_equals_its_parts(shape: tuple[int, ...], seed: int) -> None:
    x = Tensor(numbers(shape, seed), requires_grad=True)
    g = numbers(shape, seed + 1)
    pairs = [
        (F.softmax, lambda t: t.exp() / t.exp().sum(-1, keepdims=True)),
        (F.log_softmax, lambda t: t - t.exp().sum(-1, keepdims=True).log()),
        (F.silu, lambda t: t * t.sigmoid()),
        (lambda t: F.gelu(t, "tanh"), lambda t: 0.5 * t * (1 + (0.7978845608028654 * (t + 0.044715 * t**3)).tanh())),
    ]  # fmt: skip
    for fused, composed in pairs:
        seen = []
        for f in (fused, composed):
            x.zero_grad()
            y = f(x)
            y.backward(g)
            seen.append((y.data, x.grad))
        assert_matches(seen[0][0], seen[1][0], atol=1e-9)
        assert_matches(seen[0][1], seen[1][1], atol=1e-9)


@relaxed
@given(seed=SEEDS)
def test_the_gradient_check_accepts_random_compositions(seed: int) -> None:
    a, b = (Tensor(numbers(s, seed + i), requires_grad=True) for i, s in enumerate([(2, 3), (3,)]))
    assert gradcheck(lambda x, y: F.softmax((x * y).tanh() @ x.T) + (y * y).sum(), [a, b])


def test_the_form_decides_the_tense_and_nothing_held_out_is_trained_on() -> None:
    cells = {name: {(verb.spanish(t, who), t) for t in TENSES for who in PERSONS} for name, verb in VERBS.items()}  # fmt: skip
    assert len(set().union(*cells.values())) == 200
    assert len({form for forms in cells.values() for form, _ in forms}) == 200, "one tense a form"
    asked = {form for verb in HELD_OUT for form, _ in cells[verb]}
    assert [v for v in VERBS if v not in HELD_OUT and asked & {f for f, _ in cells[v]}] == ["watch"]
