"""What holds the claims of phase 17, each beside its control, over three seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from minilm.gpt import GPT, FeedForward, GPTConfig, SelfAttention
from minitorch import Tensor
from minitorch import functional as F
from minitorch.attention import attention, leak, merge_heads, split_heads
from minitorch.positions import order_gap, rope

SEEDS = range(3)
IDS = np.random.default_rng(1).integers(0, 31, (2, 10))
ORDER = np.array([5, 3, 0, 1, 4, 2])


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def gap(part, seed):
    layer = part(GPTConfig(31, positions="none", init_std=0.3), np.random.default_rng(seed))
    return order_gap(layer, numbers(1, 6, 64, seed=seed), ORDER)


def test_the_feed_forward_follows_its_rows():
    assert max(gap(FeedForward, seed) for seed in SEEDS) < 1e-5


def test_attention_doesnt():
    assert min(gap(SelfAttention, seed) for seed in SEEDS) > 1e-3


def rows_taught(tied, seed):
    model = GPT(GPTConfig(31, tied=tied), np.random.default_rng(seed))
    F.cross_entropy(model(IDS[:, :-1]), IDS[:, 1:]).backward()
    return int(model.embed.weight.grad.any(axis=1).sum())


def test_every_row_of_a_tied_table_gets_a_gradient():
    assert [rows_taught(True, seed) for seed in SEEDS] == [31] * 3


def test_untied_only_rows_that_were_read_do():
    assert [rows_taught(False, seed) for seed in SEEDS] == [len(set(IDS[:, :-1].ravel()))] * 3


def leaks(positions, causal, seed):
    layer = SelfAttention(GPTConfig(31, positions=positions), np.random.default_rng(seed))
    x = numbers(1, 6, 64, seed=seed)

    def attend(y):
        return merge_heads(attention(*layer.project(Tensor(y)), causal=causal))

    return leak(attend, x, x + 1) is not None


def test_turned_queries_and_keys_without_a_mask_leak():
    assert all(leaks("rope", False, seed) for seed in SEEDS)


def test_with_the_mask_nothing_leaks_turned_or_not():
    assert not any(leaks(kind, True, seed) for seed in SEEDS for kind in ("rope", "none"))


def off(std, seed, width):
    """How far the logits of both GELUs are apart on weights of this spread."""
    config = GPTConfig(
        31, width, 2, 1, 4 * width, 12, ffn="gelu_tanh", attn_bias=True, positions="learned"
    )
    logits = []
    for ffn in ("gelu_tanh", "gelu"):
        model = GPT(replace(config, ffn=ffn), np.random.default_rng(0), np.float64)
        rng = np.random.default_rng(seed)
        for p in model.parameters():
            p.data = std * rng.standard_normal(p.shape) + (p.ndim == 1 and p.data.any())
        logits.append(model(IDS[:1]).data)
    return float(np.abs(logits[0] - logits[1]).max())


def test_small_weights_hide_the_other_gelu():
    assert max(off(0.02, seed, width) for seed in SEEDS for width in (8, 64)) < 5e-5


def test_larger_weights_show_it():
    assert min(off(0.3, seed, width) for seed in SEEDS for width in (8, 64)) > 2e-4


def growth(place, seed):
    """How much more an unscaled stream grows in 8 layers than in 2."""
    grown = []
    for layers in (2, 8):
        config = GPTConfig(31, 32, d_ff=128, n_layers=layers, norm_place=place, init_std=0.18)
        model = GPT(config, np.random.default_rng(seed))
        x = first = model.embed(IDS)
        for block in model.blocks:
            for writer in (block.attn.out, block.ffn.down):
                writer.weight.data = writer.weight.data * (2 * layers) ** 0.5
            x = block(x)
        grown.append(float(x.data.std() / first.data.std()))
    return grown[1] / grown[0]


def test_without_norms_growth_multiplies():
    assert min(growth("none", seed) for seed in SEEDS) > 50


def test_with_norms_in_front_growth_adds_up():
    assert max(growth("before", seed) for seed in SEEDS) < 3


def turned(seed):
    """Queries turned behind the split, in front of it, and in front of the projection."""
    layer = SelfAttention(GPTConfig(31, init_std=0.3), np.random.default_rng(seed))
    x, w = Tensor(numbers(2, 6, 64, seed=seed)), np.tile(layer.w, 4)
    late = rope(split_heads(layer.query(x), 4), w=layer.w)
    early = split_heads(rope(layer.query(x), w=w), 4)
    return late.data, early.data, split_heads(layer.query(rope(x, w=w)), 4).data


def test_turning_before_splitting_is_the_same():
    for late, early, _ in map(turned, SEEDS):
        np.testing.assert_allclose(early, late, atol=1e-6)


def test_turning_before_projecting_isnt():
    assert all(np.abs(late - too_early).max() > 0.1 for late, _, too_early in map(turned, SEEDS))


def first_loss(seed, tied, shift):
    model = GPT(GPTConfig(31, tied=tied), np.random.default_rng(seed))
    text = np.random.default_rng(100 + seed).integers(0, 31, (32, 65))
    return F.cross_entropy(model(text[:, :-1]), text[:, 1:] if shift else text[:, :-1]).item()


def test_tied_and_not_shifted_begins_low():
    assert max(first_loss(seed, True, False) for seed in SEEDS) < 2.8


def test_untied_or_shifted_doesnt():
    for seed in SEEDS:
        assert min(first_loss(seed, False, False), first_loss(seed, True, True)) > 3.4


def lowest(*, twice):
    """The least loss over scores from unsure to sure."""
    scores = [Tensor(numbers(31, 31, seed=seed).astype(float)) for seed in SEEDS]
    scores += [Tensor(sure * np.eye(31)) for sure in (1.0, 10.0, 1000.0)]
    answers = np.arange(31)
    return min(F.cross_entropy(F.softmax(s) if twice else s, answers).item() for s in scores)


def test_two_softmaxes_have_a_floor():
    assert np.isclose(lowest(twice=True), np.log(np.e + 30) - 1, atol=1e-6)


def test_one_has_none():
    assert lowest(twice=False) < 1e-6


def moved(hidden, seed):
    """How far rows before a changed last token move, where later keys get `hidden` added to their scores."""
    model = GPT(GPTConfig(31), np.random.default_rng(seed))
    changed = IDS.copy()
    changed[:, -1] = (IDS[:, -1] + 7) % 31
    later = np.where(np.tri(10, dtype=bool), 0.0, hidden)

    def logits(ids):
        x = model.embed(ids)
        for block in model.blocks:
            found = attention(*block.attn.project(block.attn_norm(x)), mask=later)
            x = x + block.attn.out(merge_heads(found))
            x = x + block.ffn(block.ffn_norm(x))
        return model.logits(x).data

    return float(np.abs(logits(IDS) - logits(changed))[:, :-1].max())


def test_a_small_leak_is_below_a_tolerance_and_moves_bits():
    assert all(0 < moved(-10.0, seed) < 1e-4 for seed in SEEDS)


def test_a_missing_mask_is_above_it_and_a_sound_one_moves_nothing():
    for seed in SEEDS:
        assert moved(0.0, seed) > 0.01 and moved(-np.inf, seed) == 0
