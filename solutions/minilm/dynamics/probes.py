"""Instruments: norms and ratios a layer, what attention and the hidden units do, and the record of a run that holds them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from minilm.batches import BORDER, Batch
from minilm.errors import MinilmError
from minilm.gpt import GPT
from minilm.train import Trainer
from minitorch import no_grad
from minitorch.attention import attention_maps, causal_mask
from minitorch.nn import Module
from minitorch.tensor import Array

EDGES = (-8.0, -4.0, -2.0, -1.0, -0.5, -0.25, -0.125, 0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Where the cells of a histogram of activations end."""
SILENT = 1e-3
"""A hidden unit below this says nothing."""


def layer_of(name: str) -> str:
    """The layer that a parameter belongs to: `blocks.0` for `blocks.0.attn.out.weight`; else the first part of the name."""
    # lab 19.0 - one name for all of a block
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "blocks" else parts[0]
    # end lab


def gradient_norms(model: Module) -> dict[str, float]:
    """The 2-norm of all gradients of each layer together, in the order of the parameters; 0 where there is none."""
    # lab 19.0 - squares add up, norms don't
    squares: dict[str, float] = {}
    for name, p in model.named_parameters():
        g = np.zeros(1) if p.grad is None else np.asarray(p.grad, np.float64)
        squares[layer_of(name)] = squares.get(layer_of(name), 0.0) + float((g * g).sum())
    return {layer: math.sqrt(s) for layer, s in squares.items()}
    # end lab


def update_ratios(before: Mapping[str, Array], model: Module) -> dict[str, float]:
    """How far each layer's parameters moved since `before`, over the norm that they had: 2-norms of all its parameters.

    Args:
        before: `model.state_dict()` of then.
    """
    # lab 19.0 - the way, over where it began
    way: dict[str, float] = {}
    size: dict[str, float] = {}
    for name, p in model.named_parameters():
        layer, old = layer_of(name), np.asarray(before[name], np.float64)
        way[layer] = way.get(layer, 0.0) + float(((p.data - old) ** 2).sum())
        size[layer] = size.get(layer, 0.0) + float((old**2).sum())
    return {layer: math.sqrt(way[layer] / (size[layer] + 1e-24)) for layer in way}
    # end lab


@contextmanager
def watching(module: Module, see: Callable[[Any], object]) -> Iterator[None]:
    """Inside the block `see` gets what enters `module`, its first argument, whenever it is called; afterwards nobody does.

    What the module gives isn't changed. Several may watch one module, if the last one to begin is the first one to end.
    """
    # lab 19.0 - in the place of forward, and out of it again
    shadowed = module.__dict__.get("forward")
    forward = module.forward

    def seen(x: Any, *args: Any, **kwargs: Any) -> Any:
        see(x)
        return forward(x, *args, **kwargs)

    object.__setattr__(module, "forward", seen)
    try:
        yield
    finally:
        if shadowed is None:
            object.__delattr__(module, "forward")
        else:
            object.__setattr__(module, "forward", shadowed)
    # end lab


def head_entropies(weights: Array, seen: Array) -> list[float]:
    """How widely each head looks: 0, at one key; 1, at all that it may see alike.

    The mean of the entropy over its largest possible value, the logarithm of how many keys a query may see, over all queries that
    may see two keys or more. nan if there is none.

    Args:
        weights: (B, H, T, S), shares that add up to 1. seen: booleans that broadcast to it, whether a query may see a key.
    """
    # lab 19.0 - queries with a choice
    w = np.asarray(weights, np.float64)
    may = np.broadcast_to(seen, w.shape)
    keys = may.sum(axis=-1)
    choice = keys >= 2
    nats = -(w * np.log(np.where(w > 0, w, 1))).sum(axis=-1)
    share = np.where(choice, nats / np.log(np.maximum(keys, 2)), 0.0)
    n = choice.sum(axis=(0, 2))
    total = share.sum(axis=(0, 2))
    return [float(t / k) if k else math.nan for t, k in zip(total, n, strict=True)]
    # end lab


def silent_share(hidden: Array) -> float:
    """The share of units, (..., units), that are below SILENT in size at every position."""
    # lab 19.0 - silent everywhere
    flat = np.abs(np.asarray(hidden)).reshape(-1, np.shape(hidden)[-1])
    return float((flat.max(axis=0) < SILENT).mean())
    # end lab


def histogram(x: Array) -> list[int]:
    """How many numbers lie in each cell between EDGES; what is outside counts in the first or the last cell, NaN nowhere."""
    flat = np.asarray(x, np.float64).ravel()
    clipped = np.clip(flat[~np.isnan(flat)], EDGES[0], EDGES[-1])
    return [int(n) for n in np.histogram(clipped, EDGES)[0]]


def look(model: GPT, batch: Batch) -> dict[str, Any]:
    """What happens inside the model on a batch; neither weights nor gradients change, and nobody watches afterwards.

    Returns:
        For JSON, a list each with one entry a block: `entropy` (a list of heads), `silent`, `hidden` (a histogram of what enters
        `ffn.down`), and `stream` (the root mean square of what enters attention's norm, or the attention where there is none).

    Raises:
        MinilmError: a model with alibi, whose distances `attention_maps` doesn't know.
    """
    if model.config.positions == "alibi":
        raise MinilmError("positions: alibi can't be looked into")
    found: dict[str, Any] = {"entropy": [], "silent": [], "hidden": [], "stream": []}
    seen = batch.mask & causal_mask(batch.ids.shape[1])
    parts: Any = model
    with no_grad():
        x = model.stream(batch.ids, batch.positions)
        for block in parts.blocks:
            found["stream"].append(float(np.sqrt((x.data.astype(np.float64) ** 2).mean())))
            inputs: list[Any] = []
            hidden: list[Any] = []
            with watching(block.attn, inputs.append), watching(block.ffn.down, hidden.append):
                x = block(x, batch.positions, batch.mask)
            weights = attention_maps(block.attn, inputs[0], causal=True, mask=batch.mask)
            found["entropy"].append(head_entropies(weights, seen))
            found["silent"].append(silent_share(hidden[0].data))
            found["hidden"].append(histogram(hidden[0].data))
    return found


def observed_step(trainer: Trainer) -> dict[str, Any]:
    """One step of the trainer, and its line with two entries more: `gradients` and `updates`, a dictionary of layers each.

    The gradients' norms are those before the clip, as `norm` is.
    """
    # lab 19.0 - before, step, after
    before = trainer.model.state_dict()
    line: dict[str, Any] = dict(trainer.advance())
    shrunk = max(1.0, line["norm"] / trainer.clip)
    norms = gradient_norms(trainer.model)
    line["gradients"] = {layer: norm * shrunk for layer, norm in norms.items()}
    line["updates"] = update_ratios(before, trainer.model)
    return line
    # end lab


def observe(trainer: Trainer, steps: int, batch: Batch, every: int = 10) -> list[dict[str, Any]]:
    """The record of a run up to step `steps`: a line a step, each `every` of them and the last one with `inside`, what `look` tells of `batch`."""
    lines = []
    while trainer.step < steps:
        line = observed_step(trainer)
        if trainer.step % every == 0 or trainer.step == steps:
            line["inside"] = look(trainer.model, batch)  # type: ignore[arg-type]
        lines.append(line)
    return lines


def greedy(model: GPT, ids: list[int], most: int) -> list[int]:
    """The likeliest token after each beginning, again and again: up to BORDER, `most` tokens, or a full context."""
    out = list(ids)
    with no_grad():
        while len(out) < min(len(ids) + most, model.config.context_len):
            out.append(int(model(np.array([out])).data[0, -1].argmax()))
            if out[-1] == BORDER:
                break
    return out
