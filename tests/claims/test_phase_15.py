"""What holds the claims of phase 15, each beside its control."""

from __future__ import annotations

import numpy as np

from minitorch import Tensor
from minitorch.attention import (
    MultiHeadAttention,
    attention,
    attention_scores,
    attention_weights,
    leak,
    soft_lookup,
    without_heads,
)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def asymmetry(same):
    x, w, other = numbers(5, 6), numbers(4, 6, seed=1), numbers(4, 6, seed=2)
    s = attention_scores(Tensor(x @ w.T), Tensor(x @ (w if same else other).T)).data
    return float(np.abs(s - s.T).max())


def test_one_matrix_for_both_gives_symmetric_scores():
    assert asymmetry(same=True) < 1e-12


def test_two_matrices_dont():
    assert asymmetry(same=False) > 0.5


def moved_by(permute_keys):
    q, k, v = numbers(3, 4), numbers(6, 4, seed=1), numbers(6, 2, seed=2)
    order = np.random.default_rng(3).permutation(6)
    a = soft_lookup(Tensor(q), Tensor(k), Tensor(v)).data
    b = soft_lookup(Tensor(q), Tensor(k[order] if permute_keys else k), Tensor(v[order])).data
    return float(np.abs(a - b).max())


def test_permuted_together_keys_and_values_give_the_same():
    assert moved_by(permute_keys=True) < 1e-12


def test_values_permuted_alone_give_something_else():
    assert moved_by(permute_keys=False) > 0.1


def part_of_close_rows(d, scaled):
    """Of all squared gradient that reaches the scores, the part of the quarter of rows whose two best are closest."""
    q, k = (Tensor(numbers(200, 16, d, seed=i)) for i in (0, 1))
    given = attention_scores(q, k).data * (1 if scaled else d**0.5)
    scores = Tensor(given, requires_grad=True)
    weights = attention_weights(scores)
    weights.backward(numbers(*weights.shape, seed=2))
    squares = (scores.grad**2).sum(-1).ravel()
    best = np.sort(given, axis=-1)
    close = np.argsort((best[..., -1] - best[..., -2]).ravel())[: squares.size // 4]
    return float(squares[close].sum() / squares.sum())


def test_rows_with_close_keys_get_nearly_all_of_the_gradient():
    assert part_of_close_rows(256, scaled=False) > 0.9


def test_scaled_or_short_they_get_about_their_part():
    assert part_of_close_rows(256, scaled=True) < 0.3
    assert part_of_close_rows(4, scaled=False) < 0.35


def behind(x):
    scores = x @ x.T / 2
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True) * np.tri(len(x)) @ x


def before(x):
    t = Tensor(x)
    return attention(t, t, t, causal=True)


def test_hidden_behind_the_shares_the_future_moves_the_past():
    assert leak(behind, numbers(6, 4), numbers(6, 4, seed=1)) == (0, 1)


def test_hidden_before_the_shares_it_doesnt():
    assert leak(before, numbers(6, 4), numbers(6, 4, seed=1)) is None


def normed(axis):
    return lambda x: (x - x.mean(axis, keepdims=True)) / x.std(axis, keepdims=True)


def test_a_norm_over_positions_leaks():
    assert leak(normed(0), numbers(6, 4), numbers(6, 4, seed=1)) == (0, 1)


def test_a_norm_over_features_doesnt():
    assert leak(normed(1), numbers(6, 4), numbers(6, 4, seed=1)) is None


def lesson(values):
    """The largest gradients of queries and keys."""
    q, k = (Tensor(numbers(5, 4, seed=i), requires_grad=True) for i in (0, 1))
    attention(q, k, Tensor(values)).backward(numbers(5, 3, seed=2))
    return [float(np.abs(t.grad).max()) for t in (q, k)]


def test_equal_values_teach_queries_and_keys_nothing():
    assert max(lesson(np.broadcast_to(numbers(3, seed=4), (5, 3)).copy())) < 1e-12


def test_values_that_differ_do():
    assert min(lesson(numbers(5, 3, seed=4))) > 0.05


def key_gradient():
    q, k, v = (Tensor(numbers(5, 4, seed=i), requires_grad=True) for i in range(3))
    attention(q, k, v).backward(numbers(5, 4, seed=3))
    return k.grad


def test_keys_that_move_together_change_no_share():
    q, k, v, by = (numbers(5, 4, seed=i) for i in range(4))
    a, b = (attention(Tensor(q), Tensor(k + c * by[0]), Tensor(v)).data for c in (0, 3))
    assert np.abs(a - b).max() < 1e-12
    assert np.abs(key_gradient().sum(0)).max() < 1e-12


def test_one_key_that_moves_does():
    q, k, v, by = (numbers(5, 4, seed=i) for i in range(4))
    moved = k.copy()
    moved[0] += 3 * by[0]
    a, b = (attention(Tensor(q), Tensor(keys), Tensor(v)).data for keys in (k, moved))
    assert np.abs(a - b).max() > 0.1
    assert np.abs(key_gradient()).max() > 0.05


def off_from_the_sum(read):
    """How far the sum of what heads say alone, and nothing, is from what they say together."""
    layer = MultiHeadAttention(8, 2, rng=np.random.default_rng(0))
    x = Tensor(numbers(5, 8).astype(np.float32))
    said = []
    for off in ([1], [0], [0, 1]):
        with without_heads(layer, off):
            said.append(read(layer(x).data))
    return float(np.abs(said[0] + said[1] - said[2] - read(layer(x).data)).max())


def test_what_heads_say_alone_adds_up():
    assert off_from_the_sum(lambda y: y) < 1e-5


def test_behind_a_bend_it_doesnt():
    assert off_from_the_sum(np.abs) > 0.01


def winners(keys):
    queries = np.random.default_rng(2).standard_normal((5000, keys.shape[1]))
    return {int(i) for i in attention_scores(Tensor(queries), Tensor(keys)).data.argmax(-1)}


def test_with_one_number_only_the_ends_win():
    for seed in range(5):
        keys = numbers(20, 1, seed=seed)
        assert winners(keys) == {int(keys.argmin()), int(keys.argmax())}


def test_on_a_circle_everybody_can():
    turn = 2 * np.pi * np.arange(20) / 20
    assert winners(np.stack([np.cos(turn), np.sin(turn)], axis=1)) == set(range(20))
