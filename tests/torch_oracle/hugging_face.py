"""Random models of `transformers` in float64, and what the labs of phase 17 keep of them.

Run it to write tests/labs/phase_17/gpt2.safetensors and llama.safetensors again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaRMSNorm, LlamaRotaryEmbedding

from minilm.gpt import GPTConfig
from minitorch.checkpoint import save_file

KEPT = Path(__file__).parents[1] / "labs" / "phase_17"
STD = 0.3  # at 0.02, as models start, the other GELU is within 1e-8


class WideNorm(torch.nn.Module):
    """Llama's norm in the dtype that it is given; `transformers` computes it in float32 always."""

    def __init__(self, norm: LlamaRMSNorm) -> None:
        super().__init__()
        self.weight, self.eps = norm.weight, norm.variance_epsilon

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.rms_norm(x, self.weight.shape, self.weight, self.eps)


class WideTurns(torch.nn.Module):
    """Llama's angles in float64, for the same reason."""

    def __init__(self, turns: LlamaRotaryEmbedding) -> None:
        super().__init__()
        theta = turns.config.rope_parameters["rope_theta"]
        d = turns.config.hidden_size // turns.config.num_attention_heads
        self.w = theta ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)

    def forward(
        self, x: torch.Tensor, position_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        angles = position_ids[..., None].double() * self.w
        both = torch.cat([angles, angles], dim=-1)
        return both.cos().to(x.dtype), both.sin().to(x.dtype)


def drawn(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Every parameter normal with STD, those of norms around 1; for evaluation, in float64."""
    generator = torch.Generator().manual_seed(seed)
    model = model.double().eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.normal_(0, STD, generator=generator)
            if ("ln_" in name or "norm" in name) and name.endswith("weight"):
                p += 1
    return model


def gpt2(config: GPTConfig, seed: int = 0) -> torch.nn.Module:
    """GPT-2 of this configuration."""
    return drawn(
        GPT2LMHeadModel(
            GPT2Config(
                vocab_size=config.vocab_size,
                n_embd=config.d_model,
                n_head=config.n_heads,
                n_layer=config.n_layers,
                n_inner=config.d_ff,
                n_positions=config.context_len,
                layer_norm_epsilon=config.norm_eps,
                bos_token_id=0,
                eos_token_id=0,
            )
        ),
        seed,
    )


def llama(config: GPTConfig, seed: int = 0) -> torch.nn.Module:
    """A Llama of this configuration."""
    model = drawn(
        LlamaForCausalLM(
            LlamaConfig(
                vocab_size=config.vocab_size,
                hidden_size=config.d_model,
                num_attention_heads=config.n_heads,
                num_key_value_heads=config.kv_heads,
                num_hidden_layers=config.n_layers,
                intermediate_size=config.d_ff,
                max_position_embeddings=config.context_len,
                rms_norm_eps=config.norm_eps,
                rope_parameters={"rope_type": "default", "rope_theta": config.rope_base},
                attention_bias=config.attn_bias,
                mlp_bias=config.ffn_bias,
                tie_word_embeddings=config.tied,
                bos_token_id=0,
                eos_token_id=0,
            )
        ),
        seed,
    )
    for layer in model.model.layers:
        layer.input_layernorm = WideNorm(layer.input_layernorm)
        layer.post_attention_layernorm = WideNorm(layer.post_attention_layernorm)
    model.model.norm = WideNorm(model.model.norm)
    model.model.rotary_emb = WideTurns(model.model.rotary_emb)
    return model


def tensors(model: torch.nn.Module, tied: bool) -> dict[str, np.ndarray[Any, Any]]:
    """Its weights as its file would have them: a tied head isn't written."""
    return {
        name: t.numpy().copy()
        for name, t in model.state_dict().items()
        if not (tied and name == "lm_head.weight")
    }


def logits(model: torch.nn.Module, ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """(B, T, V) of ids (B, T)."""
    with torch.no_grad():
        return np.asarray(model(torch.from_numpy(ids)).logits.numpy())


SMALL_GPT2 = GPTConfig(
    11,
    d_model=8,
    n_heads=2,
    d_ff=12,
    context_len=8,
    ffn="gelu_tanh",
    attn_bias=True,
    positions="learned",
)
SMALL_LLAMA = GPTConfig(
    11,
    d_model=16,
    n_heads=2,
    n_kv_heads=1,
    d_ff=12,
    context_len=8,
    norm="rmsnorm",
    ffn="swiglu",
    ffn_bias=False,
    tied=False,
)


def kept(config: GPTConfig) -> dict[str, np.ndarray[Any, Any]]:
    """The weights of a small model, ids, and its logits for them."""
    model = gpt2(config) if config.positions == "learned" else llama(config)
    ids = np.random.default_rng(17).integers(0, config.vocab_size, (2, config.context_len))
    return {**tensors(model, config.tied), "ids": ids, "logits": logits(model, ids)}


if __name__ == "__main__":
    save_file(kept(SMALL_GPT2), KEPT / "gpt2.safetensors")
    save_file(kept(SMALL_LLAMA), KEPT / "llama.safetensors")
