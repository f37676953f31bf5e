"""A model whose every row is computed alone, so that its bits don't depend on what is computed beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minilm.cache import blocks_of
from minilm.gpt import GPT
from minitorch.attention import attention, causal_mask, merge_heads
from minitorch.tensor import Array, Tensor


def each_row(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, called for every position of every row of the batch by itself: one row of a product at a time.

    For an `f` that works position by position the numbers are the same but for rounding; now their bits don't depend on how
    many positions, or rows of the batch, come together.

    Args:
        f: from x (B, T, ...), or ids (B, T), and perhaps positions to a Tensor, or a tuple of Tensors, of (B, ..., T, d).

    Returns:
        A function of x and perhaps positions, (T,) or (B, T), with the result of f: pieces joined along the batch and axis -2.
    """

    raise NotImplementedError("Lab 22.3 - each_row")


def each_query(
    q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False, mask: Any = None
) -> Tensor:
    """`attention`, for each query by itself, and with only the keys that it sees: no other key is even computed with.

    Args:
        q: (B, H, T, d). k, v: (B, G, S, d). causal, mask: as in `attention`; floats of -inf aren't seen.

    Returns:
        (B, H, T, d), without a graph. A query that sees nothing gets 0.
    """
    b, h, t, _ = q.shape
    s = k.shape[2]
    bias, seen = _parts(mask, (b, h, t, s))
    if causal:
        seen = seen & causal_mask(t, s)
    raise NotImplementedError("Lab 22.3 - each_query")


@contextmanager
def row_by_row(model: GPT) -> Iterator[None]:
    """Inside the `with`, the model computes every position of every row alone: its maps, norms and head by `each_row`, its
    attention by `each_query`. Slow, and without gradients. Afterwards it is as it was, also if the block raised.
    """
    changed: list[Any] = []

    def put(owner: Any, name: str, f: Callable[..., Any]) -> None:
        changed.append((owner, name))
        setattr(owner, name, f)

    try:
        put(model, "stream", each_row(model.stream))
        put(model, "logits", each_row(model.logits))
        for block in blocks_of(model):
            attn = block.attn
            put(attn, "forward", _attending(attn))
            put(attn, "project", each_row(attn.project))
            for part in (attn.out, block.ffn, block.attn_norm, block.ffn_norm):
                if part is not None:
                    put(part, "forward", each_row(part.forward))
        yield
    finally:
        for owner, name in changed:
            delattr(owner, name)


def _attending(layer: Any) -> Callable[..., Tensor]:
    """What `layer.forward` does, with `each_query` in the place of `attention`."""

    def forward(x: Tensor, positions: Any = None, mask: Any = None) -> Tensor:
        q, k, v = layer.project(x, positions)
        bias = layer.scores_mask(positions, mask)
        out: Tensor = layer.out(merge_heads(each_query(q, k, v, causal=True, mask=bias)))
        return out

    return forward


def _parts(mask: Any, shape: tuple[int, ...]) -> tuple[Array | None, Array]:
    """A mask as numbers to add, or None, and as booleans (B, 1 or H, T, S)."""
    if mask is None:
        return None, np.ones(shape, dtype=bool)
    given = np.broadcast_to(np.asarray(mask), shape)
    return (None, given) if given.dtype.kind == "b" else (given, given > -np.inf)


def _joined(parts: list[Any], axis: int) -> Any:
    """Tensors, or tuples of them place by place, one behind the other."""
    if isinstance(parts[0], tuple):
        return tuple(_joined(list(group), axis) for group in zip(*parts, strict=True))
    return Tensor(np.concatenate([part.data for part in parts], axis=axis))
