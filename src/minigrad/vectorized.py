"""Array code where a loop would be, and the places where array code silently does something else.

Nothing here changes its arguments, and every result owns its memory. Broadcasting happens only where a function asks
for it: shapes that would fit by accident are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def real_array(x: Any, name: str, ndim: int | None = None) -> NDArray[Any]:
    """`x` as an array of real numbers, no copy if it is one.

    Raises:
        TypeError: it holds objects, text, dates or complex numbers, or rows of different lengths.
        ValueError: it has another number of axes than `ndim`.
    """
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise TypeError(f"{name} isn't one array: its rows differ in length") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} holds real numbers, got dtype {array.dtype}")
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} has {ndim} axes, got shape {array.shape}")
    return array


def integers(x: Any, name: str, below: int) -> NDArray[np.int64]:
    """`x` as int64 indices with 0 <= index < `below`; an empty list counts as integers.

    Raises:
        TypeError: another dtype (bool and float too).
        ValueError: an index outside; the message shows the first. (NumPy would count -1 from the end.)
    """
    array = np.asarray(x)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name} holds integers, got dtype {array.dtype}")
    outside = (array < 0) | (array >= below)
    if outside.any():
        raise ValueError(f"{name} holds {array[outside][0]}, outside 0..{below - 1}")
    return array.astype(np.int64)


def snapshot(parameters: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """A backup that later in-place updates can't reach.

    `dict(parameters)` copies names, not numbers: both dicts then hold the same arrays. Two names for one array (a tied
    weight) are one array in the backup too.

    Args:
        parameters: arrays by name; any shape, any dtype but objects. Views are fine.

    Returns:
        The same names in the same order, each with an array of its own: equal in shape, dtype and bytes, C-contiguous.

    Raises:
        TypeError: a value isn't an ndarray, or holds objects (a copy would share them). The message has its name.
    """
    raise NotImplementedError("Lab 06.2 - snapshot")


def mean_squared_error(predictions: Any, targets: Any) -> float:
    """The mean of (prediction - target)^2 over all elements, in float64.

    The shapes must be equal. Broadcast, (n, 1) and (n,) would give n^2 differences, whose mean square is
    mean((p - mean(t))^2) + var(t): a number that looks like a loss and is smallest for a constant prediction.

    Args:
        predictions, targets: the same shape, any real dtype. Integers are converted first: uint8 would wrap around.

    Returns:
        0 or more; nan if an element is nan; inf where a square exceeds float64.

    Raises:
        TypeError: not real numbers.
        ValueError: different shapes (the message shows both), or no elements, which have no mean.
    """
    raise NotImplementedError("Lab 06.2 - mean_squared_error")


def add_row_bias(logits: Any, bias: Any) -> NDArray[Any]:
    """logits[i, j] + bias[i]: one number for each *row*, also where the matrix is square.

    Args:
        logits: shape (rows, columns).
        bias: shape (rows,).

    Returns:
        A new array of the shape of `logits`, in the dtype that NumPy promotes the two to. nan and inf pass through.

    Raises:
        TypeError: not real numbers.
        ValueError: another number of axes, or not one bias for each row.
    """
    raise NotImplementedError("Lab 06.2 - add_row_bias")


def one_hot(ids: Any, n_classes: int, dtype: Any = np.float32) -> NDArray[Any]:
    """A 1 at each id and 0 elsewhere, along a new last axis.

    Args:
        ids: integers with 0 <= id < n_classes, any shape. None at all is fine.
        n_classes: 1 or more.
        dtype: of the result; float32 by default.

    Returns:
        Shape ids.shape + (n_classes,).

    Raises:
        TypeError: ids that aren't integers.
        ValueError: an id outside the classes, or n_classes below 1.
    """
    raise NotImplementedError("Lab 06.2 - one_hot")


def count_pairs(rows: Any, columns: Any, shape: tuple[int, int]) -> NDArray[np.int64]:
    """How often each pair (rows[k], columns[k]) occurs.

    `table[rows, columns] += 1` isn't this: it reads each cell once and writes it once, so a pair that occurs five times
    counts one.

    Args:
        rows, columns: integers of one shape, 0 <= row < shape[0], 0 <= column < shape[1]. None at all is fine.
        shape: of the table.

    Returns:
        int64 of that shape; its sum is the number of pairs.

    Raises:
        TypeError: not integers.
        ValueError: different shapes, or an index outside the table.
    """
    raise NotImplementedError("Lab 06.2 - count_pairs")


def squared_distances(x: Any, y: Any) -> NDArray[np.float64]:
    """Squared Euclidean distances between all rows of x and all rows of y, in float64.

    Broadcasting all at once, `((x[:, None] - y) ** 2).sum(-1)`, makes an array of n * m * d numbers. This goes through
    the d features, so no array is larger than the result. (|x|^2 + |y|^2 - 2 x.y is faster, and cancels: neighbors get
    distances that are wrong or below 0.)

    Args:
        x: shape (n, d). y: shape (m, d). d = 0 gives zeros.

    Returns:
        Shape (n, m), 0 or more; exactly 0 for equal finite rows; nan and inf as arithmetic gives them.

    Raises:
        TypeError: not real numbers.
        ValueError: not two axes each, or different d.
    """
    raise NotImplementedError("Lab 06.2 - squared_distances")
