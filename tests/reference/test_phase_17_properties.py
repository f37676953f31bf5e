"""What holds for every configuration of a GPT: shapes, dtypes, the past alone, packed rows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from minilm.accounting import forward_flops
from minilm.errors import MinilmError
from minilm.gpt import CHOICES, GPT, GPTConfig
from minilm.weights import load_gpt2, to_gpt2
from minitorch.attention import leak

IDS = np.random.default_rng(0).integers(0, 31, (2, 12))


@pytest.mark.parametrize("positions", CHOICES["positions"])
@pytest.mark.parametrize("norm", CHOICES["norm"])
def test_packed_rows_have_the_logits_of_rows_alone_and_nothing_leaks(norm, positions):
    block = np.zeros((12, 12), bool)
    block[:5, :5] = block[5:, 5:] = True
    places = np.r_[0:5, 0:7]
    for i, (place, ffn) in enumerate(itertools.product(CHOICES["norm_place"], CHOICES["ffn"])):
        tied, shared = i % 2 == 0, (None, 2)[i // 2 % 2]
        config = GPTConfig(
            31,
            d_model=16,
            d_ff=24,
            context_len=12,
            n_kv_heads=shared,
            norm=norm,
            norm_place=place,
            ffn=ffn,
            positions=positions,
            tied=tied,
        )
        model = GPT(config, np.random.default_rng(0), np.float64)
        packed = model(IDS, mask=block, positions=np.stack([places, places]))
        assert packed.shape == (2, 12, 31) and packed.dtype == np.float64
        np.testing.assert_allclose(packed.data[:, :5], model(IDS[:, :5]).data, atol=1e-12)
        np.testing.assert_allclose(packed.data[:, 5:], model(IDS[:, 5:]).data, atol=1e-12)
        np.testing.assert_allclose(model(IDS[0]).data, model(IDS).data[0], atol=1e-12)
        assert GPTConfig.from_dict(config.to_dict()) == config
        assert leak(model, IDS, (IDS + 1) % 31, axis=1) is None


@pytest.mark.parametrize("v", [31, 64, 512])
def test_the_canonical_model_has_99584_parameters_and_64_for_each_token(v):
    model = GPT(GPTConfig(v), np.random.default_rng(0))
    assert sum(p.size for p in model.parameters()) == 99_584 + 64 * v
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}


WTE, C_ATTN = "transformer.wte.weight", "transformer.h.0.attn.c_attn.weight"


@pytest.mark.parametrize(
    ("name", "array", "error", "says"),
    [
        (WTE, np.zeros((31, 8), int), MinilmError, "floats"),
        (WTE, np.zeros((31, 8), complex), MinilmError, "floats"),
        (WTE, np.zeros((31, 8)).tolist(), MinilmError, "floats"),
        (WTE, np.full((31, 8), 1e300), MinilmError, "finite in the model's float32"),
        ("wte.weight", np.zeros((31, 8)), MinilmError, "twice"),
        (WTE, np.zeros((30, 8)), ValueError, "embed.weight"),
        (C_ATTN, np.zeros((24, 8)), ValueError, "c_attn.weight: its last axis"),
        (C_ATTN, np.zeros((8, 23)), ValueError, "c_attn.weight: its last axis"),
    ],
)
def test_a_tensor_that_doesnt_fit_is_named_and_changes_nothing(name, array, error, says):
    config = GPTConfig(31, 8, 2, 1, 16, 12, ffn="gelu_tanh", attn_bias=True, positions="learned")
    model = GPT(config, np.random.default_rng(0))
    before = model.state_dict()
    with pytest.raises(error, match=says):
        load_gpt2(model, to_gpt2(model) | {name: array})
    assert all(np.array_equal(before[n], a) for n, a in model.state_dict().items())


def test_rows_of_different_lengths_and_half_tokens_are_refused():
    with pytest.raises(MinilmError, match="ids: rows of different lengths"):
        GPT(GPTConfig(31), np.random.default_rng(0))([[1, 2], [3]])
    with pytest.raises(MinilmError, match="tokens: 1 to 64"):
        forward_flops(GPTConfig(31), 1.5)
