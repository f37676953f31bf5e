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
    raise NotImplementedError("Lab 06.0 - c_strides")


def byte_offset(index: Sequence[int], shape: Sequence[int], strides: Sequence[int]) -> int:
    """Where the element at `index` starts, in bytes from the first: so many steps along each axis, so many bytes each.

    Negative indices count from the end of their axis, as in NumPy.

    Raises:
        ValueError: `index`, `shape` and `strides` differ in length.
        IndexError: an index lies outside its axis; the message names axis, index and length.
    """
    raise NotImplementedError("Lab 06.0 - byte_offset")


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
    raise NotImplementedError("Lab 06.0 - slice_view")


def is_contiguous(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> bool:
    """Whether the elements, read in C order, lie side by side: `a.flags.c_contiguous`.

    The stride of an axis of length 1 is never used, so it may be anything. An array without elements is contiguous.
    """
    raise NotImplementedError("Lab 06.0 - is_contiguous")


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
    raise NotImplementedError("Lab 06.0 - reshape_strides")


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
    raise NotImplementedError("Lab 06.1 - predict_broadcast")


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
    raise NotImplementedError("Lab 06.1 - broadcast_strides")


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
    raise NotImplementedError("Lab 06.1 - windows")
