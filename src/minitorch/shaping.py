"""Operations on several tensors, or on where things are: cat, stack, split, pad, where, einsum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from minitorch.tensor import Array, Tensor, checked_axis, constant, flat_ints, record, unbroadcast


def _tensors(op: str, given: Iterable[Any]) -> tuple[Tensor, ...]:
    """All as tensors: arrays, sequences and integers in the dtype of the first tensor that has floats."""
    items = list(given)
    if not items:
        raise ValueError(f"{op}: no tensors")
    own = [t for t in items if isinstance(t, Tensor)]
    like = next((t for t in own if t.dtype.kind == "f"), own[0] if own else Tensor(items[0]))
    return tuple(constant(t, like) for t in items)


def cat(tensors: Iterable[Any], axis: int = 0) -> Tensor:
    """Joined along `axis`. Where does each part begin and end? ValueError, with the shapes, if they don't fit.

    Arrays among the tensors are constants.
    """
    tensors = _tensors("cat", tensors)
    axis = checked_axis("cat", axis, tensors[0])
    try:
        data = np.concatenate([t._data for t in tensors], axis)
    except ValueError:
        raise ValueError(
            f"cat: shapes {[t.shape for t in tensors]} don't fit on axis {axis}"
        ) from None
    raise NotImplementedError("Lab 08.6 - cat")


def stack(tensors: Iterable[Any], axis: int = 0) -> Tensor:
    """Joined along a new axis. ValueError, with the shapes, unless they are equal. Arrays are constants."""
    tensors = _tensors("stack", tensors)
    if len({t.shape for t in tensors}) != 1:
        raise ValueError(f"stack: equal shapes are needed, got {[t.shape for t in tensors]}")
    axis = checked_axis("stack", axis, tensors[0][None])
    raise NotImplementedError("Lab 08.6 - stack")


def split(x: Tensor, sizes: int | Sequence[int], axis: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `axis`: of these sizes, or of this size each (the last may be shorter).

    ValueError unless the sizes are at least 0, or the one size above 0, and add up.
    """
    axis = checked_axis("split", axis, x)
    n = x.shape[axis]
    each, sizes = np.ndim(sizes) == 0, flat_ints("split", (sizes,))
    if each:
        sizes = [min(sizes[0], n - i) for i in range(0, n, sizes[0])] if sizes[0] > 0 else [-1]
    if sum(sizes) != n or any(size < 0 for size in sizes):
        raise ValueError(f"split: sizes {sizes} don't add up to {n}, axis {axis} of {x.shape}")
    raise NotImplementedError("Lab 08.6 - split")


def pad(x: Tensor, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """`value` around x: `widths` has (before, after) for each axis, as in NumPy. ValueError if they don't fit."""
    pairs = [flat_ints("pad", (pair,)) for pair in widths]
    if len(pairs) != x.ndim or any(len(p) != 2 or min(p) < 0 for p in pairs):
        raise ValueError(f"pad: (before, after) for each axis of {x.shape}, got {widths}")
    raise NotImplementedError("Lab 08.6 - pad")


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where `condition` (booleans) holds, else b, all three broadcast. Which places of the result are whose?"""
    a, b = _tensors("where", (a, b))
    chosen = condition._data if isinstance(condition, Tensor) else np.asarray(condition)
    if chosen.dtype.kind != "b":
        raise TypeError(f"where: condition must be booleans, got dtype {chosen.dtype}")
    try:
        data = np.where(chosen, a._data, b._data)
    except ValueError:
        shapes = f"{chosen.shape}, {a.shape} and {b.shape}"
        raise ValueError(f"where: shapes {shapes} don't broadcast") from None

    raise NotImplementedError("Lab 08.6 - where")


def _letters(subscripts: str, tensors: Sequence[Tensor]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, "..." spelled out from the right with capitals."""
    inputs, _, result = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if "->" not in subscripts or len(terms) != len(tensors):
        raise ValueError(
            f"einsum: {subscripts!r} must name {len(tensors)} operands and, after ->, the result"
        )
    free = [c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in subscripts]
    most = ""
    for i, (term, tensor) in enumerate(zip(terms, tensors, strict=True)):
        n = max(0, tensor.ndim - len(term.replace("...", "")))
        terms[i] = term.replace("...", "".join(free[:n][::-1]))
        most = max(most, "".join(free[:n][::-1]) if "..." in term else "", key=len)
        if len(terms[i]) != tensor.ndim or len(set(terms[i])) != tensor.ndim:
            raise ValueError(
                f"einsum: {term!r} doesn't name each axis of shape {tensor.shape} once"
            )
    return terms, result.replace("...", most)


def einsum(subscripts: str, *tensors: Any) -> Tensor:
    """Einstein's sum, as in "bij,bjk->bik": products over equal letters, summed over those not in the result.

    The gradient of an operand is an einsum again: of what, and which letters does it leave? Arrays among the operands are
    constants.

    Raises:
        ValueError: the letters don't fit the shapes, or a letter comes twice in one operand.
    """
    tensors = _tensors("einsum", tensors)
    terms, result = _letters(subscripts, tensors)
    arrays = [t._data for t in tensors]
    try:
        data = np.einsum(",".join(terms) + "->" + result, *arrays, optimize=True)
    except ValueError as error:
        shapes = [t.shape for t in tensors]
        raise ValueError(f"einsum: {subscripts!r} doesn't fit {shapes}: {error}") from None
    raise NotImplementedError("Lab 08.3 - einsum")
