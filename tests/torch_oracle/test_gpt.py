"""A GPT beside those of `transformers`, on random weights: the same logits, and the same file out again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from minilm.gpt import GPT, GPTConfig
from minilm.weights import load_gpt2, load_llama, to_gpt2, to_llama
from minitorch.checkpoint import load_file, save_file
from tests.torch_oracle.hugging_face import (
    KEPT,
    SMALL_GPT2,
    SMALL_LLAMA,
    gpt2,
    kept,
    llama,
    logits,
    tensors,
)

BIG_GPT2 = replace(
    SMALL_GPT2, vocab_size=97, d_model=48, n_heads=4, n_layers=3, d_ff=192, context_len=32
)
BIG_LLAMA = replace(
    SMALL_LLAMA, vocab_size=97, d_model=48, n_heads=6, n_kv_heads=2, d_ff=128, context_len=32
)
STYLES = [
    pytest.param(BIG_GPT2, id="gpt2"),
    pytest.param(replace(BIG_GPT2, norm_eps=1e-3), id="gpt2-eps"),
    pytest.param(replace(BIG_GPT2, d_ff=48), id="gpt2-square"),
    pytest.param(BIG_LLAMA, id="llama-grouped"),
    pytest.param(replace(BIG_LLAMA, n_kv_heads=None), id="llama"),
    pytest.param(replace(BIG_LLAMA, rope_base=500_000.0, norm_eps=1e-6), id="llama-3"),
    pytest.param(replace(BIG_LLAMA, attn_bias=True, ffn_bias=True, tied=True), id="llama-biases"),
]


def both(config: GPTConfig) -> tuple[Any, Any, Any]:
    return (
        (gpt2, load_gpt2, to_gpt2)
        if config.positions == "learned"
        else (llama, load_llama, to_llama)
    )


@pytest.mark.parametrize("config", STYLES)
@pytest.mark.parametrize(("dtype", "off"), [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_logits_are_those_of_transformers_and_the_weights_come_out_again(
    config, dtype, off, tmp_path
):
    make, load, out = both(config)
    theirs = make(config, seed=3)
    file = tensors(theirs, config.tied)
    save_file(file, tmp_path / "model.safetensors")
    ours = GPT(config, np.random.default_rng(0), dtype)
    load(ours, load_file(tmp_path / "model.safetensors"))
    ids = np.random.default_rng(1).integers(0, config.vocab_size, (2, config.context_len))
    expected = logits(theirs, ids)
    assert np.abs(expected).max() > 3, "weights that small hide what differs"
    np.testing.assert_allclose(ours(ids).data, expected, rtol=0 if off < 1e-9 else off, atol=off)
    again = out(ours)
    assert again.keys() == file.keys()
    for name, array in file.items():
        np.testing.assert_array_equal(again[name], array.astype(dtype), err_msg=name)


@pytest.mark.parametrize("config", [SMALL_GPT2, SMALL_LLAMA])
def test_what_the_labs_keep_is_what_transformers_gives(config):
    style = "gpt2" if config.positions == "learned" else "llama"
    file = load_file(KEPT / f"{style}.safetensors")
    now = kept(config)
    assert file.keys() == now.keys()
    for name, array in now.items():
        np.testing.assert_allclose(file[name], array, rtol=0, atol=1e-12, err_msg=name)
