"""Properties of positions that hold for any input."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minitorch import Tensor
from minitorch.attention import MultiHeadAttention, attention, leak
from minitorch.positions import (
    RotaryAttention,
    alibi,
    alibi_slopes,
    order_gap,
    rope,
    sinusoidal,
    to_halves,
    to_pairs,
)
from minitorch.testing import assert_matches

relaxed = settings(max_examples=60, deadline=None, database=None)
SEEDS = st.integers(0, 2**32 - 1)
PLACES = st.integers(-2000, 2000)


@relaxed
@given(seed=SEEDS, pairs=st.integers(1, 16), m=PLACES, n=PLACES, shift=PLACES)
def test_a_product_knows_the_distance_alone(
    seed: int, pairs: int, m: int, n: int, shift: int
) -> None:
    rng = np.random.default_rng(seed)
    q, k = rng.normal(size=(2, 1, 2 * pairs))
    # Of length 1, so that the bound means digits.
    q, k = q / np.linalg.norm(q), k / np.linalg.norm(k)

    def product(a: int, b: int) -> float:
        return float((rope(Tensor(q), [a]).data @ rope(Tensor(k), [b]).data.T).item())

    assert abs(product(m, n) - product(m + shift, n + shift)) < 1e-12
    assert abs(np.linalg.norm(rope(Tensor(q), [m]).data) - 1) < 1e-12


@relaxed
@given(seed=SEEDS, m=PLACES, n=PLACES)
def test_turns_add_up(seed: int, m: int, n: int) -> None:
    x = np.random.default_rng(seed).normal(size=(1, 8))
    assert_matches(rope(rope(Tensor(x), [m]), [n]), rope(Tensor(x), [m + n]).data, atol=1e-11)


@relaxed
@given(seed=SEEDS, heads=st.integers(1, 6), pairs=st.integers(1, 9), columns=st.integers(1, 4))
def test_layouts_undo_each_other_and_keep_products(
    seed: int, heads: int, pairs: int, columns: int
) -> None:
    q, k = np.random.default_rng(seed).normal(size=(2, heads * 2 * pairs, columns))
    assert np.array_equal(to_pairs(to_halves(q, heads), heads), q)
    assert np.array_equal(to_halves(to_pairs(q, heads), heads), q)
    assert_matches(to_halves(q, heads).T @ to_halves(k, heads), q.T @ k, atol=1e-9)


@relaxed
@given(seed=SEEDS, length=st.integers(2, 9))
def test_positions_break_the_symmetry_that_attention_has(seed: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    x, order = rng.normal(size=(length, 8)), rng.permutation(length)
    layer = MultiHeadAttention(8, 2, rng=rng)
    for p in layer.parameters():
        p.data = p.data.astype(np.float64)
    assert order_gap(layer, x, order) < 1e-12
    if (order != np.arange(length)).any():
        places = sinusoidal(np.arange(length), 8)
        assert order_gap(lambda t: layer(t + Tensor(places)), x, order) > 1e-6


@relaxed
@given(heads=st.integers(1, 70))
def test_every_head_has_a_slope_of_its_own(heads: int) -> None:
    slopes = alibi_slopes(heads)
    assert slopes.shape == (heads,)
    assert len(set(slopes.tolist())) == heads
    assert slopes.min() == 2.0**-8
    assert slopes.max() < 1


@relaxed
@given(heads=st.integers(1, 5), queries=st.integers(1, 6), more=st.integers(0, 5))
def test_the_newest_queries_have_the_last_rows(heads: int, queries: int, more: int) -> None:
    keys = queries + more
    assert np.array_equal(alibi(heads, queries, keys), alibi(heads, keys)[:, more:])


def test_no_scheme_tells_the_past_about_the_future() -> None:
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(2, 2, 9, 16)).astype(np.float32)
    layer = RotaryAttention(16, 4, 2, rng=rng)
    assert leak(lambda a: layer(Tensor(a), causal=True), x, other) is None

    def biased(a: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Tensor:
        t = Tensor(a)
        return attention(t, t, t, causal=True, mask=alibi(2, 9))

    assert leak(biased, x, other) is None
