"""What a GPT costs, from its configuration alone: parameters, operations, bytes. Nothing is built."""

from __future__ import annotations

from minilm.errors import MinilmError
from minilm.gpt import GPTConfig


def parameter_counts(config: GPTConfig) -> dict[str, int]:
    """How many parameters each part has, over all layers; a tied head has none of its own.

    Returns:
        "embed", "positions", "attention", "ffn", "norms", "head", in this order; those that a configuration lacks are 0.
    """
    raise NotImplementedError("Lab 17.3 - parameter_counts")


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
    raise NotImplementedError("Lab 17.3 - forward_flops")


def training_bytes(config: GPTConfig, itemsize: int = 4) -> dict[str, int]:
    """The bytes that stay from step to step while AdamW trains the model, with numbers of `itemsize` bytes.

    Returns:
        "parameters", "gradients", "state" (AdamW keeps two numbers for each parameter), as `costs.resident_bytes` measures.
    """
    raise NotImplementedError("Lab 17.3 - training_bytes")


def score_bytes(config: GPTConfig, batch: int, tokens: int, itemsize: int = 4) -> int:
    """The bytes of all shares of attention that backward needs, of every layer: what grows with the square of `tokens`.

    Raises:
        MinilmError: tokens aren't 1 to context_len.
    """
    _check_tokens(config, tokens)
    raise NotImplementedError("Lab 17.3 - score_bytes")


def _check_tokens(config: GPTConfig, tokens: int) -> None:
    """MinilmError unless the model can see so many."""
    if not 1 <= tokens <= config.context_len:
        raise MinilmError(f"tokens: 1 to {config.context_len} are needed, got {tokens}")
