"""RoPE's layout, its stretched turns and ALiBi's slopes beside those of `transformers`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

from minitorch import Tensor
from minitorch.attention import split_heads
from minitorch.positions import (
    alibi_slopes,
    frequencies,
    linear_frequencies,
    ntk_frequencies,
    rope,
    to_halves,
    to_pairs,
)

T, WIDTH = 9, 20


def config(d, **stretched):
    """A Llama with heads of d features and the base of this course."""
    parameters = {"rope_type": "default", "rope_theta": 10_000.0} | stretched
    return LlamaConfig(hidden_size=4 * d, num_attention_heads=4, head_dim=d, max_position_embeddings=32, rope_parameters=parameters)  # fmt: skip


def theirs(x, query, key, heads, key_heads, at):
    """Scores (heads, T, T) by Llama's code, in float64; the weights are those of a file."""
    d = len(query) // heads
    q = torch.tensor(x @ query.T).view(1, T, heads, d).transpose(1, 2)
    k = torch.tensor(x @ key.T).view(1, T, key_heads, d).transpose(1, 2)
    angles = torch.tensor(np.tile(at[:, None] * frequencies(d), 2))[None]
    q, k = apply_rotary_pos_emb(q, k, angles.cos(), angles.sin())
    return (q @ k.repeat_interleave(heads // key_heads, 1).transpose(-1, -2))[0].numpy()


def ours(x, query, key, heads, key_heads, at):
    """The same by `rope`; the weights are those of a layer of this course."""
    q, k = (
        rope(split_heads(Tensor(x @ w.T), n), at).data
        for w, n in ((query, heads), (key, key_heads))
    )
    return q @ np.repeat(k, heads // key_heads, axis=0).swapaxes(-1, -2)


@pytest.mark.parametrize("first", [0, 1000])
@pytest.mark.parametrize(("heads", "key_heads", "d"), [(1, 1, 8), (4, 4, 6), (4, 2, 16)])
def test_scores_are_llamas_with_permuted_rows_and_only_with_them(heads, key_heads, d, first):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((T, WIDTH))
    query, key = (rng.standard_normal((n * d, WIDTH)) for n in (heads, key_heads))
    shape, at = (heads, key_heads), first + np.arange(T)
    expected = theirs(x, query, key, *shape, at)
    coming_in = ours(x, to_pairs(query, heads), to_pairs(key, key_heads), *shape, at)
    np.testing.assert_allclose(coming_in, expected, rtol=0, atol=1e-10)
    going_out = theirs(x, to_halves(query, heads), to_halves(key, key_heads), *shape, at)
    np.testing.assert_allclose(going_out, ours(x, query, key, *shape, at), rtol=0, atol=1e-10)
    assert np.abs(ours(x, query, key, *shape, at) - expected).max() > 1


@pytest.mark.parametrize("d", [8, 64])
def test_turns_are_llamas(d):
    np.testing.assert_allclose(
        frequencies(d), LlamaRotaryEmbedding(config(d)).inv_freq.numpy(), rtol=1e-6
    )


@pytest.mark.parametrize("d", [8, 64])
def test_turns_stretched_linearly_are_theirs(d):
    w, _ = ROPE_INIT_FUNCTIONS["linear"](config(d, rope_type="linear", factor=4.0), "cpu")
    np.testing.assert_allclose(linear_frequencies(d, 4), w.numpy(), rtol=1e-6)


@pytest.mark.parametrize("d", [8, 64])
def test_ntk_aware_turns_are_theirs_for_a_text_four_times_as_long(d):
    stretched = config(d, rope_type="dynamic", factor=1.0)
    w, _ = ROPE_INIT_FUNCTIONS["dynamic"](stretched, "cpu", seq_len=128)
    np.testing.assert_allclose(ntk_frequencies(d, 4), w.numpy(), rtol=1e-6)


@pytest.mark.parametrize("n_heads", [1, 2, 3, 8, 12, 20])
def test_slopes_are_blooms(n_heads):
    seen = torch.ones(1, 2)
    per_key = build_alibi_tensor(seen, n_heads, torch.float32).numpy().reshape(n_heads, 2)
    np.testing.assert_allclose(alibi_slopes(n_heads), per_key[:, 1], rtol=1e-6)
