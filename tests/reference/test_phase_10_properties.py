"""Properties of initialization, norms and residuals that hold for any input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch import Tensor, nn
from minitorch import functional as F
from minitorch.nn import init
from minitorch.testing import assert_matches

relaxed = settings(max_examples=80, deadline=None, database=None)
SEEDS = st.integers(0, 2**32 - 1)
# At least two columns, so that a row can have a spread.
SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=5).map(lambda s: (*s, 4))


def rows(shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(0, 3, shape)


@relaxed
@given(shape=SHAPES, seed=SEEDS, scale=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_layer_norm_forgets_scale_and_shift_of_a_row(
    shape: tuple[int, ...], seed: int, scale: float, shift: float
) -> None:
    x, ones = rows(shape, seed), Tensor(np.ones(4))
    a = F.layer_norm(Tensor(x), ones, eps=1e-12)
    assert_matches(F.layer_norm(Tensor(scale * x + shift), ones, eps=1e-12), a.data, atol=1e-4)


@relaxed
@given(shape=SHAPES, seed=SEEDS, scale=st.floats(0.01, 100))
def test_rms_norm_forgets_scale_and_keeps_direction(
    shape: tuple[int, ...], seed: int, scale: float
) -> None:
    x, ones = rows(shape, seed), Tensor(np.ones(4))
    y = F.rms_norm(Tensor(scale * x), ones, eps=1e-12).data
    assert_matches((y * y).mean(axis=-1), np.ones(shape[:-1]), atol=1e-6)
    along = (x * y).sum(axis=-1) / np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    assert_matches(along, np.ones(shape[:-1]), atol=1e-9)


@relaxed
@given(shape=SHAPES, seed=SEEDS)
def test_a_norms_gradient_is_orthogonal_to_what_the_norm_forgets(
    shape: tuple[int, ...], seed: int
) -> None:
    g = rows(shape, seed + 1)
    for norm, shifts in ((F.layer_norm, True), (F.rms_norm, False)):
        x = Tensor(rows(shape, seed), requires_grad=True)
        norm(x, Tensor(np.ones(4)), eps=1e-12).backward(g)
        assert x.grad is not None
        size = float(np.abs(g).max() / np.abs(x.data).max(axis=-1).min())
        assert_matches((x.grad * x.data).sum(axis=-1) / size, np.zeros(shape[:-1]), atol=1e-5)
        if shifts:
            assert_matches(x.grad.sum(axis=-1) / size, np.zeros(shape[:-1]), atol=1e-5)


@relaxed
@given(shape=SHAPES, seed=SEEDS)
def test_a_row_is_normalized_alone(shape: tuple[int, ...], seed: int) -> None:
    x = rows(shape, seed)
    w, b = Tensor(rows((4,), 1)), Tensor(rows((4,), 2))
    whole = F.layer_norm(Tensor(x), w, b).data.reshape(-1, 4)
    for i, row in enumerate(x.reshape(-1, 4)):
        assert_matches(F.layer_norm(Tensor(row), w, b), whole[i], atol=1e-9)


@relaxed
@given(n=st.integers(2, 12), seed=SEEDS)
def test_batch_norm_in_training_ignores_what_all_rows_share(n: int, seed: int) -> None:
    x = rows((n, 3), seed).astype(np.float32)
    norm = nn.BatchNorm1d(3)
    assert_matches(norm(Tensor(x + 5)), norm(Tensor(x)).data, atol=1e-3)


def test_running_averages_converge_to_the_sources_moments() -> None:
    rng = np.random.default_rng(0)
    norm = nn.BatchNorm1d(2)
    for _ in range(400):
        norm(Tensor(rng.normal([1, -2], [0.5, 3], (256, 2)).astype(np.float32)))
    assert norm.running_mean == pytest.approx([1, -2], abs=0.2)
    assert norm.running_var == pytest.approx([0.25, 9], rel=0.1)


@relaxed
@given(fan_in=st.integers(1, 300), fan_out=st.integers(1, 300))
def test_xavier_lies_between_what_forward_and_backward_ask_for(fan_in: int, fan_out: int) -> None:
    weight = Tensor(np.zeros((fan_out, fan_in)))
    ends = sorted(
        init.kaiming_std(weight, mode, activation="linear") for mode in ("fan_in", "fan_out")
    )
    assert ends[0] - 1e-12 <= init.xavier_std(weight) <= ends[1] + 1e-12


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "silu"])
def test_the_gains_hold_the_level_through_ten_layers(activation: str) -> None:
    f = {"relu": F.relu, "tanh": Tensor.tanh, "gelu": F.gelu, "silu": F.silu}[activation]
    levels = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x = Tensor(rng.standard_normal((64, 300)) / init.GAINS[activation])
        for _ in range(10):
            weight = Tensor(np.zeros((300, 300)))
            x = f(F.linear(x, init.kaiming_normal_(weight, activation=activation, rng=rng)))
        levels.append(float((x.data**2).mean()) * init.GAINS[activation] ** 2)
    assert 0.5 < math.exp(sum(map(math.log, levels)) / 5) < 2


@relaxed
@given(seed=SEEDS)
def test_a_residual_with_a_silent_branch_is_the_identity(seed: int) -> None:
    block = nn.ResidualBlock(4, rng=np.random.default_rng(seed))
    down = list(block.parameters())[-2:]
    for p in down:
        init.constant_(p, 0)
    x = Tensor(rows((3, 4), seed).astype(np.float32))
    assert np.array_equal(block(x).data, x.data)
