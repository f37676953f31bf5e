"""What NumPy does with shape and strides, as small functions that predict it before any array exists.

An array is a block of bytes, a place in it to start, and for each axis a length and a *stride*: how many bytes on the
next element lies. Slices, transposes and broadcasts only write new lengths and strides. Source: Harris et al., *Array
programming with NumPy*, Nature 585, 2020; `numpy.ndarray.strides` in NumPy's reference.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


class View(NamedTuple):
    """A window on a block of bytes: where its first element starts, and length and stride (in bytes) of each axis."""

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def lengths(shape: Sequence[SupportsIndex], name: str = "shape") -> tuple[int, ...]:
    """`shape` as a tuple of Python ints. `TypeError` for what is no integer (bools too), `ValueError` below 0."""
    found = []
    for axis, length in enumerate(shape):
        if isinstance(length, (bool, np.bool_)) or not hasattr(length, "__index__"):
            raise TypeError(f"{name}[{axis}] is a length, so an integer; got {length!r}")
        found.append(operator.index(length))
        if found[-1] < 0:
            raise ValueError(f"{name}[{axis}] is a length, so 0 or more; got {length}")
    return tuple(found)


def same_axes(shape: Sequence[int], strides: Sequence[int]) -> None:
    """`ValueError` unless there is one stride for each axis."""
    if len(shape) != len(strides):
        raise ValueError(f"shape {tuple(shape)} has {len(shape)} axes, strides {tuple(strides)}")


def c_strides(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    """The strides, in bytes, of a fresh array in C order: the last axis is dense, each other steps over what follows.

    A length of 0 counts as 1. (An array without elements has no use for strides, and NumPy's versions differ in what they
    show for one.)

    Args:
        shape: any number of axes; () gives ().
        itemsize: bytes of one element, 1 or more.

    Raises:
        TypeError, ValueError: a length or the itemsize isn't an integer, or is too small.
    """
    # lab 06.0
    shape = lengths(shape)
    (step,) = lengths([itemsize], "itemsize")
    if step == 0:
        raise ValueError(f"itemsize is 1 byte or more, got {itemsize}")
    strides = []
    for length in reversed(shape):
        strides.append(step)
        step *= max(length, 1)
    return tuple(reversed(strides))
    # end lab


def byte_offset(index: Sequence[int], shape: Sequence[int], strides: Sequence[int]) -> int:
    """Where the element at `index` starts, in bytes from the first: so many steps along each axis, so many bytes each.

    Negative indices count from the end of their axis, as in NumPy.

    Raises:
        ValueError: `index`, `shape` and `strides` differ in length.
        IndexError: an index lies outside its axis; the message names axis, index and length.
    """
    # lab 06.0
    shape = lengths(shape)
    same_axes(shape, strides)
    if len(index) != len(shape):
        raise ValueError(f"index {tuple(index)} has {len(index)} entries for shape {shape}")
    offset = 0
    for axis, (i, length, stride) in enumerate(zip(index, shape, strides, strict=True)):
        if not -length <= i < length:
            raise IndexError(f"index {i} is outside axis {axis}, which has length {length}")
        offset += (i + length if i < 0 else i) * stride
    return offset
    # end lab


def slice_view(shape: Sequence[int], strides: Sequence[int], key: Sequence[int | slice]) -> View:
    """What basic indexing `a[key]` sees: no element moves, only offset, lengths and strides change.

    An integer fixes its axis and removes it. `start:stop:step` keeps it, with `stride * step` and as many elements as
    `range(*s.indices(length))`. Axes that `key` doesn't reach stay whole.

    Args:
        shape, strides: of the array that is sliced, in bytes.
        key: integers and slices, at most one for each axis.

    Returns:
        The view; its offset counts from the first element of what was sliced. Of a view without elements the offset
        means nothing.

    Raises:
        IndexError: more keys than axes, or an integer outside its axis.
        ValueError: a step of 0, or lengths that don't fit.
        TypeError: a key that is neither integer nor slice. (Lists and arrays index too, but then NumPy copies.)
    """
    # lab 06.0
    shape = lengths(shape)
    same_axes(shape, strides)
    if len(key) > len(shape):
        raise IndexError(f"{len(key)} keys for an array with {len(shape)} axes")
    offset, kept, steps = 0, [], []
    for axis, (length, stride) in enumerate(zip(shape, strides, strict=True)):
        part = key[axis] if axis < len(key) else slice(None)
        if isinstance(part, slice):
            start, stop, step = part.indices(length)
            offset += start * stride
            kept.append(len(range(start, stop, step)))
            steps.append(stride * step)
        elif isinstance(part, (bool, np.bool_)) or not hasattr(part, "__index__"):
            raise TypeError(f"key[{axis}] is neither an integer nor a slice: {part!r}")
        else:
            offset += byte_offset([part], [length], [stride])
    return View(offset, tuple(kept), tuple(steps))
    # end lab


def is_contiguous(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> bool:
    """Whether the elements, read in C order, lie side by side: `a.flags.c_contiguous`.

    The stride of an axis of length 1 is never used, so it may be anything. An array without elements is contiguous.
    """
    # lab 06.0
    shape = lengths(shape)
    same_axes(shape, strides)
    if 0 in shape:
        return True
    dense = c_strides(shape, itemsize)
    return all(
        length == 1 or stride == wanted
        for length, stride, wanted in zip(shape, strides, dense, strict=True)
    )
    # end lab


def reshape_strides(
    shape: Sequence[int], strides: Sequence[int], new_shape: Sequence[int], itemsize: int
) -> tuple[int, ...] | None:
    """The strides with which `a.reshape(new_shape)` is a view of `a` (C order), or None where NumPy must copy.

    Runs of axes that can be walked with one step are one axis in disguise, and only such an axis can be cut differently.
    Axes of length 1 don't matter. Without elements there is nothing to copy: the strides of a fresh array.

    Args:
        shape, strides: of `a`, in bytes.
        new_shape: without -1.
        itemsize: bytes of one element.

    Raises:
        ValueError: the two shapes hold different numbers of elements, or lengths and strides don't fit.
    """
    # lab 06.0
    shape, new_shape = lengths(shape), lengths(new_shape, "new_shape")
    same_axes(shape, strides)
    if math.prod(shape) != math.prod(new_shape):
        raise ValueError(f"shape {shape} can't become {new_shape}: different numbers of elements")
    if 0 in shape:
        return c_strides(new_shape, itemsize)
    runs = [(1, itemsize)]  # (elements, step) of the runs found so far; the last may still grow
    for length, stride in zip(shape, strides, strict=True):
        size, step = runs[-1]
        if length == 1:
            continue
        if size == 1:
            runs[-1] = (length, stride)
        elif step == length * stride:
            runs[-1] = (size * length, stride)
        else:
            runs.append((length, stride))
    found: list[int] = []
    size, step = runs.pop()
    for length in reversed(new_shape):
        if size == 1 and length > 1 and runs:
            size, step = runs.pop()
        if size % length:
            return None
        found.append(step)
        size, step = size // length, step * length
    return tuple(reversed(found))
    # end lab


def predict_broadcast(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that NumPy gives to an elementwise operation on arrays of these shapes.

    Align the shapes at their *last* axis and fill up with 1 on the left. On each axis the lengths must be equal, or 1;
    the result has the length that isn't 1. (Not the largest: 0 and 1 give 0.)

    Returns:
        The common shape; () for no shapes at all.

    Raises:
        ValueError: two lengths on one axis differ and neither is 1. The message names the axis, counted from the end
            (-1 is the last), both lengths and all shapes.
        TypeError, ValueError: what is no length, as in `lengths`.
    """
    # lab 06.1
    known = [lengths(shape, f"shape {i}") for i, shape in enumerate(shapes)]
    axes = max((len(shape) for shape in known), default=0)
    result = [1] * axes
    for shape in known:
        for back in range(1, len(shape) + 1):
            length = shape[-back]
            if length == 1 or length == result[-back]:
                continue
            if result[-back] != 1:
                names = " and ".join(map(str, known))
                raise ValueError(
                    f"shapes {names} don't broadcast: axis -{back} has lengths {result[-back]} and {length}"
                )
            result[-back] = length
    return tuple(result)
    # end lab


def broadcast_strides(
    shape: Sequence[int], strides: Sequence[int], target: Sequence[int]
) -> tuple[int, ...]:
    """The strides with which an array of `shape` is read as if it had the shape `target`, as `np.broadcast_to` sets them.

    0 on each axis that `target` adds and on each that has length 1: such an axis reads the same bytes again, and nothing
    is copied. Any other axis keeps its stride.

    Raises:
        ValueError: `shape` doesn't broadcast to exactly `target` (it has more axes, or a length other than 1 and
            target's), or lengths and strides don't fit.
    """
    # lab 06.1
    shape, target = lengths(shape), lengths(target, "target")
    same_axes(shape, strides)
    added = len(target) - len(shape)
    fits = added >= 0 and all(
        length in (1, wanted)
        for length, wanted in zip(shape, target[max(added, 0) :], strict=False)
    )
    if not fits:
        raise ValueError(f"shape {shape} doesn't broadcast to {target}")
    return (0,) * added + tuple(
        0 if length == 1 else stride for length, stride in zip(shape, strides, strict=True)
    )
    # end lab


def windows(x: NDArray[Scalar], width: int) -> NDArray[Scalar]:
    """All runs of `width` neighbors of a 1-D array, as a read-only view: row i is `x[i : i + width]`.

    Both axes step by the stride of `x`, so the n - width + 1 rows share its n elements and no byte is copied. It is
    read-only because one write would show in up to `width` rows.

    Args:
        x: shape (n,), any dtype, any stride.
        width: 1 <= width <= n.

    Returns:
        Shape (n - width + 1, width), dtype of `x`, the memory of `x`.

    Raises:
        TypeError: `x` isn't an array, or `width` no integer.
        ValueError: `x` isn't 1-D, or `width` is out of range.
    """
    # lab 06.1
    if not isinstance(x, np.ndarray):
        raise TypeError(
            f"x is an ndarray, so that a view of it can be made; got {type(x).__name__}"
        )
    if x.ndim != 1:
        raise ValueError(f"x has one axis, got shape {x.shape}")
    (width,) = lengths([width], "width")
    if not 1 <= width <= len(x):
        raise ValueError(f"width lies in 1..{len(x)} for x of shape {x.shape}, got {width}")
    step = x.strides[0]
    rows = len(x) - width + 1
    view: NDArray[Any] = np.lib.stride_tricks.as_strided(
        x, (rows, width), (step, step), writeable=False
    )
    return view
    # end lab
