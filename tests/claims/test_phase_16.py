"""What holds the claims of phase 16, each beside its control."""

from __future__ import annotations

import numpy as np

from minitorch import Tensor
from minitorch.attention import attention
from minitorch.positions import (
    LearnedPositions,
    alibi,
    order_gap,
    rope,
    sinusoidal,
    to_halves,
    to_pairs,
)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def gap(causal):
    x, order = numbers(6, 4), np.array([5, 3, 0, 1, 4, 2])
    return order_gap(lambda t: attention(t, t, t, causal=causal), x, order)


def test_without_a_mask_attention_is_blind():
    assert gap(causal=False) < 1e-12


def test_with_a_causal_mask_it_isnt():
    assert gap(causal=True) > 0.1


def normed(x):
    """x with mean 0 and spread 1 over its positions."""
    return (x - x.mean(-2, keepdims=True)) / x.std(-2, keepdims=True)


def test_a_norm_over_positions_is_blind_for_order():
    x, order = numbers(6, 4), np.array([5, 3, 0, 1, 4, 2])
    assert order_gap(lambda t: Tensor(normed(t.data)), x, order) < 1e-12


def test_a_norm_over_positions_sees_the_future():
    x = numbers(6, 4)
    other = x.copy()
    other[5] += 1
    assert np.abs(normed(x)[:5] - normed(other)[:5]).max() > 0.1


def last_row_moved(order):
    x = numbers(6, 4)
    a, b = (attention(Tensor(y), Tensor(y), Tensor(y), causal=True).data[-1] for y in (x, x[order]))
    return float(np.abs(a - b).max())


def test_the_order_of_all_before_is_nothing_to_the_last():
    assert last_row_moved([3, 1, 4, 0, 2, 5]) < 1e-12


def test_another_last_word_is_something():
    assert last_row_moved([5, 1, 2, 3, 4, 0]) > 0.1


def spread_of_shifts(table):
    """Products of all pairs of rows at distance 3: how far they are apart."""
    products = (table[:-3] * table[3:]).sum(-1)
    return float(np.ptp(products))


def test_the_product_of_two_waves_knows_their_distance_only():
    assert spread_of_shifts(sinusoidal(np.arange(50), 16)) < 1e-12


def test_the_product_of_two_learned_rows_knows_their_places():
    table = LearnedPositions(50, 16, std=1.0, rng=np.random.default_rng(0)).table.weight.data
    assert spread_of_shifts(table) > 1


def moved(query_too):
    """How much a score moves when both places move by 100; the key alone is turned if `query_too` is False."""
    q, k = numbers(1, 16), numbers(1, 16, seed=1)
    scores = []
    for by in (0, 100):
        asked = rope(Tensor(q), [7 + by]).data if query_too else q
        scores.append((asked @ rope(Tensor(k), [3 + by]).data.T).item())
    return abs(scores[0] - scores[1])


def test_turned_both_only_the_distance_counts():
    assert moved(query_too=True) < 1e-12


def test_turned_alone_the_place_counts():
    assert moved(query_too=False) > 0.1


def same_both_ways(d):
    return bool(np.array_equal(to_halves(np.arange(d), 1), to_pairs(np.arange(d), 1)))


def test_with_four_features_both_directions_are_the_same():
    assert same_both_ways(4)
    assert to_halves(np.arange(4), 1).tolist() != [0, 1, 2, 3]


def test_with_eight_they_arent():
    assert not same_both_ways(8)


def keys_that_count(head, length):
    """The sum of the last query's shares over the largest of them, when all keys score alike."""
    return float(np.exp(alibi(8, length)[head, -1]).sum())


def test_a_flat_slope_counts_more_keys_in_a_longer_text():
    assert keys_that_count(7, 128) > 3 * keys_that_count(7, 32)


def test_a_steep_slope_counts_as_many():
    assert keys_that_count(0, 128) < 1.001 * keys_that_count(0, 32)
