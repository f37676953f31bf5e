"""What holds for every configuration of a GPT: shapes, dtypes, the past alone, packed rows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from minilm.gpt import CHOICES, GPT, GPTConfig
from minitorch.attention import leak

IDS = np.random.default_rng(0).integers(0, 31, (2, 12))


@pytest.mark.parametrize("positions", CHOICES["positions"])
@pytest.mark.parametrize("norm", CHOICES["norm"])
def test_packed_rows_have_the_logits_of_rows_alone_and_nothing_leaks(norm, positions):
    block = np.zeros((12, 12), bool)
    block[:5, :5] = block[5:, 5:] = True
    places = np.r_[0:5, 0:7]
    for place, ffn, tied, shared in itertools.product(
        CHOICES["norm_place"], CHOICES["ffn"], (True, False), (None, 2)
    ):
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
