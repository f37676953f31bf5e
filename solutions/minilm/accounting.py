"""What a GPT costs, from its configuration alone: parameters, operations, bytes. Nothing is built."""

from __future__ import annotations

from minilm.errors import MinilmError
from minilm.gpt import GPTConfig


def parameter_counts(config: GPTConfig) -> dict[str, int]:
    """How many parameters each part has, over all layers; a tied head has none of its own.

    Returns:
        "embed", "positions", "attention", "ffn", "norms", "head", in this order; those that a configuration lacks are 0.
    """
    # lab 17.3
    d, hidden, layers = config.d_model, config.d_ff, config.n_layers
    shared = config.d_head * config.kv_heads
    rows = 2 * d + 2 * shared  # the outputs of query, key, value and out
    maps = 3 if config.ffn == "swiglu" else 2
    norms = {"before": 2 * layers + 1, "after": 2 * layers, "none": 0}[config.norm_place]
    return {
        "embed": config.vocab_size * d,
        "positions": config.context_len * d if config.positions == "learned" else 0,
        "attention": layers * (rows * d + rows * config.attn_bias),
        "ffn": layers * (maps * d * hidden + ((maps - 1) * hidden + d) * config.ffn_bias),
        "norms": norms * d * (2 if config.norm == "layernorm" else 1),
        "head": 0 if config.tied else config.vocab_size * d,
    }
    # end lab


def forward_flops(config: GPTConfig, tokens: int) -> dict[str, int]:
    """Floating-point operations of all products for one row of `tokens`: two for each multiply-add.

    Scores are computed for every pair of positions, those behind the mask, too. Whatever isn't a product (norms, softmax,
    nonlinearities, lookups, turns) isn't counted.

    Returns:
        "projections" (query, key, value, out), "scores" (queries by keys, shares by values), "ffn", "head".

    Raises:
        MinilmError: tokens aren't 1 to context_len.
    """
    _check_tokens(config, tokens)
    # lab 17.3
    d, layers = config.d_model, config.n_layers
    rows = 2 * d + 2 * config.d_head * config.kv_heads
    maps = 3 if config.ffn == "swiglu" else 2
    return {
        "projections": 2 * layers * tokens * rows * d,
        "scores": 2 * layers * 2 * tokens * tokens * d,
        "ffn": 2 * layers * tokens * maps * d * config.d_ff,
        "head": 2 * tokens * config.vocab_size * d,
    }
    # end lab


def training_bytes(config: GPTConfig, itemsize: int = 4) -> dict[str, int]:
    """The bytes that stay from step to step while AdamW trains the model, with numbers of `itemsize` bytes.

    Returns:
        "parameters", "gradients", "state" (AdamW keeps two numbers for each parameter), as `costs.resident_bytes` measures.
    """
    # lab 17.3
    size = itemsize * sum(parameter_counts(config).values())
    return {"parameters": size, "gradients": size, "state": 2 * size}
    # end lab


def score_bytes(config: GPTConfig, batch: int, tokens: int, itemsize: int = 4) -> int:
    """The bytes of all shares of attention that backward needs, of every layer: what grows with the square of `tokens`.

    Raises:
        MinilmError: tokens aren't 1 to context_len.
    """
    _check_tokens(config, tokens)
    # lab 17.3
    return itemsize * batch * config.n_layers * config.n_heads * tokens * tokens
    # end lab


def _check_tokens(config: GPTConfig, tokens: int) -> None:
    """MinilmError unless the model can see so many."""
    if not 1 <= tokens <= config.context_len:
        raise MinilmError(f"tokens: 1 to {config.context_len} are needed, got {tokens}")
