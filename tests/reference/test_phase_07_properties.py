"""Phase 07's reference with numbers as NumPy hands them out: what a Value holds stays a Python float."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minigrad.gradcheck import central_difference
from minigrad.mlp import MLP, train
from minigrad.scalar import Value, dot

KINDS: list[Callable[[float], Any]] = [float, np.float16, np.float32, np.float64]


@pytest.mark.parametrize("kind", KINDS)
def test_a_dot_product_is_the_same_for_every_kind_of_number(kind: Callable[[float], Any]) -> None:
    def run(xs: list[Any], bias: Any) -> tuple[float, list[float]]:
        ws = [Value(w) for w in (0.1, -0.7, 1 / 3)]
        y = dot(ws, xs, bias)
        y.backward()
        assert {type(n) for n in (y.data, *y._local, *(w.grad for w in ws))} == {float}
        return y.data, [w.grad for w in ws]

    xs = [kind(x) for x in (0.3, 1.7, -2.9)]
    assert run(xs, kind(0.2)) == run([float(x) for x in xs], float(kind(0.2)))
    assert run(np.array(xs), kind(0.2)) == run(xs, kind(0.2))


def test_a_dot_product_wants_real_numbers() -> None:
    for x in ("1", 1j, None):
        with pytest.raises(TypeError, match="expected a real number"):
            dot([Value(1.0)], [x])


@pytest.mark.parametrize("kind", KINDS)
def test_training_leaves_python_floats_and_equal_losses(kind: Callable[[float], Any]) -> None:
    def losses(inputs: Any, targets: Any, lr: Any) -> list[float]:
        random.seed(0)
        model = MLP(2, [3, 1])
        history = train(model, inputs, targets, lr, epochs=3)
        assert {type(p.data) for p in model.parameters()} == {float}
        return history

    inputs, targets = np.array([[0, 1], [1, 0.5]], kind), np.array([[1], [0]], kind)
    plain = losses(inputs.tolist(), targets.tolist(), float(kind(0.25)))
    assert losses(inputs, targets, kind(0.25)) == plain


@pytest.mark.parametrize("kind", KINDS)
def test_a_difference_quotient_is_as_exact_for_every_kind_of_eps(
    kind: Callable[[float], Any],
) -> None:
    slope = central_difference(lambda x: x * x, (Value(3.3),), 0, kind(2.0**-14))
    assert slope == pytest.approx(6.6, rel=1e-9)
