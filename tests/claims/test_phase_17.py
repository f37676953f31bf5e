"""What holds the claims of phase 17, each beside its control, over three seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from minilm.gpt import GPT, FeedForward, GPTConfig, SelfAttention
from minitorch import Tensor
from minitorch import functional as F
from minitorch.attention import attention, leak, merge_heads
from minitorch.positions import order_gap

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


def off(std, seed):
    """How far the logits of both GELUs are apart on weights of this spread."""
    config = GPTConfig(31, 8, 2, 1, 16, 12, ffn="gelu_tanh", attn_bias=True, positions="learned")
    logits = []
    for ffn in ("gelu_tanh", "gelu"):
        model = GPT(replace(config, ffn=ffn), np.random.default_rng(0), np.float64)
        rng = np.random.default_rng(seed)
        for p in model.parameters():
            p.data = std * rng.standard_normal(p.shape) + (p.ndim == 1 and p.data.any())
        logits.append(model(IDS[:1]).data)
    return float(np.abs(logits[0] - logits[1]).max())


def test_small_weights_hide_the_other_gelu():
    assert max(off(0.02, seed) for seed in SEEDS) < 1e-5


def test_larger_weights_show_it():
    assert min(off(0.3, seed) for seed in SEEDS) > 1e-4
