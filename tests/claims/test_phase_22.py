"""What holds the claims of phase 22, each beside its control."""

from __future__ import annotations

import numpy as np

from minilm.accounting import parameter_counts
from minilm.cache import KVCache, cache_bytes, step, step_flops
from minilm.exact import each_query, each_row
from minilm.gpt import GPT, GPTConfig
from minilm.speculate import distribution, residual, speculative
from minitorch import Tensor, no_grad
from minitorch.attention import MultiHeadAttention, attention

SEEDS = range(3)


def gpt(seed, **fields):
    given = {"vocab_size": 11, "d_model": 16, "n_heads": 4, "d_ff": 32, "context_len": 24, "init_std": 0.3}  # fmt: skip
    return GPT(GPTConfig(**(given | fields)), np.random.default_rng(seed), np.float64)


def moved(f, x, other):
    """How much the first rows of f move when the last row of x becomes another one."""
    changed = x.copy()
    changed[:, -1] = other[:, -1]
    return float(np.abs(f(x)[:, :-1] - f(changed)[:, :-1]).max())


def test_what_comes_behind_changes_nothing():
    for seed in SEEDS:
        model = gpt(seed)
        ids, other = np.arange(10)[None], np.full((1, 10), 3)
        with no_grad():
            assert moved(lambda x, model=model: model(x).data, ids, other) < 1e-12


def test_without_a_causal_mask_it_changes_all():
    for seed in SEEDS:
        layer = MultiHeadAttention(16, 4, rng=np.random.default_rng(seed))
        x, other = np.random.default_rng(seed).normal(size=(2, 1, 10, 16)).astype(np.float32)
        with no_grad():
            assert moved(lambda y, layer=layer: layer(Tensor(y)).data, x, other) > 1e-3


SEVENTY = {"vocab_size": 32_000, "d_model": 8192, "n_heads": 64, "n_layers": 80, "d_ff": 28_672, "ffn": "swiglu", "ffn_bias": False, "tied": False}  # fmt: skip


def test_shared_heads_leave_an_eighth_of_the_cache():
    own, shared = GPTConfig(**SEVENTY), GPTConfig(**SEVENTY, n_kv_heads=8)
    assert cache_bytes(own, 1, 1) == 8 * cache_bytes(shared, 1, 1)


def test_most_weights_stay():
    own, shared = (
        sum(parameter_counts(GPTConfig(**SEVENTY, n_kv_heads=g)).values()) for g in (64, 8)
    )
    assert 0.86 < shared / own < 0.9


def of_the_cache(**fields):
    """Operations that a token more costs in a step."""
    config = GPTConfig(vocab_size=31, **fields)
    return step_flops(config, 1, 101) - step_flops(config, 1, 100)


def test_shared_heads_ask_as_often():
    assert len({of_the_cache(n_kv_heads=g) for g in (1, 2, 4)}) == 1


def test_fewer_layers_ask_less():
    assert of_the_cache(n_layers=1) * 2 == of_the_cache(n_layers=2)


def rows_with_their_bits(f):
    """For how many of 64 rows the result of f, alone, has the bits that it has among the others."""
    x = np.random.default_rng(0).standard_normal((1, 64, 64)).astype(np.float32)
    together = f(Tensor(x)).data[0]
    return sum(f(Tensor(x[:, i : i + 1])).data[0, 0].tobytes() == together[i].tobytes() for i in range(64))  # fmt: skip


def product(y):
    w = np.random.default_rng(1).standard_normal((64, 64)).astype(np.float32)
    return Tensor(y.data.reshape(-1, 64) @ w).reshape(*y.shape)


def test_each_row_alone_keeps_its_bits():
    assert rows_with_their_bits(each_row(product)) == 64


def test_a_product_of_many_rows_does_not():
    assert rows_with_their_bits(product) < 64


def behind(model, ids, window):
    """The last logits with a window, and those of the model that sees all."""
    cache = KVCache(model, window=window)
    for token in ids[0]:
        logits = step(model, np.array([[token]]), cache)
    banded = np.tri(len(ids[0]), dtype=bool) & ~np.tri(len(ids[0]), k=-window, dtype=bool)
    with no_grad():
        return logits[0, -1], model(ids, mask=banded).data[0, -1], model(ids).data[0, -1]


def test_a_ring_is_the_model_with_that_window():
    for seed in SEEDS:
        got, banded, _ = behind(gpt(seed), np.arange(11)[None], 4)
        assert np.abs(got - banded).max() < 1e-12


def test_it_is_not_the_model_without():
    for seed in SEEDS:
        got, _, whole = behind(gpt(seed), np.arange(11)[None], 4)
        assert np.abs(got - whole).max() > 1e-3


def keys_apart(layer, seed):
    """How far apart the keys of one suffix are behind two beginnings, in a layer of a model without positions."""
    model = gpt(seed, positions="none")
    found = []
    for first in (1, 2):
        cache = KVCache(model)
        step(model, np.array([[first, 5, 6, 7]]), cache)
        found.append(cache.keys[layer][0, :, 1:4].copy())
    return float(np.abs(found[0] - found[1]).max())


def test_a_shared_end_has_other_keys():
    assert all(keys_apart(1, seed) > 1e-3 for seed in SEEDS)


def test_in_the_first_layer_it_has_the_same():
    assert all(keys_apart(0, seed) < 1e-12 for seed in SEEDS)


def too_often(replacement):
    """If a refused guess is replaced so: by how much tokens of which the draft says too much come too often, beside R p."""
    found = []
    for seed in SEEDS:
        p, q = np.random.default_rng(seed).dirichlet(np.ones(4), 2)

        def run(choose, p=p, q=q):
            token = choose(q)
            keeps = min(1.0, p[token] / q[token])
            kept = choose(np.array([keeps, 1 - keeps])) == 0
            return [token if kept else choose(replacement(p, q))]

        got = distribution(run)
        refused = np.maximum(q - p, 0).sum()
        found += [(got[t,] - p[t], refused * p[t]) for t in range(4) if q[t] > p[t]]
    return found


def test_replaced_from_p_the_distribution_is_another():
    found = too_often(lambda p, q: p)
    assert all(abs(more - expected) < 1e-12 for more, expected in found)
    assert max(more for more, _ in found) > 0.05


def test_replaced_from_what_is_left_it_is_p():
    assert all(abs(more) < 1e-12 for more, _ in too_often(residual))


def guessed(seed, bad):
    """The probabilities of two tokens, how far they are from the target's, and how often a guess is kept on average."""
    p = np.random.default_rng(seed).dirichlet(np.ones(3))
    q = p[::-1].copy() if bad else p
    kept = []

    def run(choose):
        found = speculative(lambda text, n: np.tile(p, (n, 1)), lambda text, n: np.tile(q, (n, 1)), [0], 2, 1, choose)  # fmt: skip
        kept.append(found.kept)
        return [*found.ids, found.kept]

    off, share = 0.0, 0.0
    got = distribution(run)
    for a in range(3):
        for b in range(3):
            ways = {ids[2]: chance for ids, chance in got.items() if ids[:2] == (a, b)}
            off = max(off, abs(sum(ways.values()) - p[a] * p[b]))
            share += sum(n * chance for n, chance in ways.items())
    return off, share


def test_a_bad_draft_costs_no_truth():
    assert all(guessed(seed, bad=True)[0] < 1e-12 for seed in SEEDS)


def test_it_costs_questions():
    for seed in SEEDS:
        assert guessed(seed, bad=True)[1] < guessed(seed, bad=False)[1] - 0.05


def with_hidden_keys(mix):
    """For how many of 64 queries at position 5 the bits stay in a text of 12, where six keys are hidden."""
    same = 0
    for seed in range(64):
        q, k, v = np.random.default_rng(seed).standard_normal((3, 1, 1, 12, 16)).astype(np.float32)
        seen = np.arange(12) < 6
        alone = mix(Tensor(q[:, :, :1]), Tensor(k[:, :, :6]), Tensor(v[:, :, :6]))
        among = mix(Tensor(q[:, :, :1]), Tensor(k), Tensor(v), mask=seen)
        assert np.abs(alone.data - among.data).max() < 1e-5
        same += alone.data.tobytes() == among.data.tobytes()
    return same


def test_hidden_keys_change_no_bit_of_a_query_alone():
    assert with_hidden_keys(each_query) == 64


def test_hidden_keys_change_bits_of_attention():
    assert with_hidden_keys(attention) < 64


def reach(seed, layers):
    """How far back a token can be that moves the logits behind the last of 12, with a window of 4."""
    model, far = gpt(seed, n_layers=layers), []
    for ids in (np.arange(12)[None] % 11, *(np.where(np.arange(12) == at, 10, np.arange(12) % 11)[None] for at in range(12))):  # fmt: skip
        cache = KVCache(model, window=4)
        far.append([step(model, ids[:, t : t + 1], cache) for t in range(12)][-1][0, -1])
    return 11 - min(at for at in range(12) if np.abs(far[at + 1] - far[0]).max() > 1e-9)


def test_two_layers_reach_twice_as_far():
    assert [reach(seed, 2) for seed in SEEDS] == [6, 6, 6]


def test_one_layer_reaches_its_window():
    assert [reach(seed, 1) for seed in SEEDS] == [3, 3, 3]


def goes_back_twice(seed, window):
    """A cache that read 9 tokens and went back to 8: whether it may go on to 7."""
    cache = KVCache(gpt(seed), window=window)
    step(cache.model, np.arange(9)[None], cache)
    cache.rewind(0, 8)
    return cache.can_rewind(0, 7)


def test_a_ring_that_went_back_has_lost_as_much():
    assert not any(goes_back_twice(seed, 4) for seed in SEEDS)


def test_without_a_window_nothing_is_lost():
    assert all(goes_back_twice(seed, None) for seed in SEEDS)
