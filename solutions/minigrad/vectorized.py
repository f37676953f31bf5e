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
    # lab 06.2
    copies: dict[int, NDArray[Any]] = {}
    saved = {}
    for name, value in parameters.items():
        if not isinstance(value, np.ndarray) or value.dtype.hasobject:
            kind = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
            raise TypeError(f"parameter {name!r} is an array of numbers, got {kind}")
        if id(value) not in copies:
            copies[id(value)] = value.copy(order="C")
        saved[name] = copies[id(value)]
    return saved
    # end lab


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
    # lab 06.2
    p, t = real_array(predictions, "predictions"), real_array(targets, "targets")
    if p.shape != t.shape:
        raise ValueError(f"predictions have shape {p.shape}, targets {t.shape}: they must be equal")
    if p.size == 0:
        raise ValueError(f"no elements in shape {p.shape}, so there is no mean")
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.mean((p.astype(np.float64) - t.astype(np.float64)) ** 2))
    # end lab


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
    # lab 06.2
    logits, bias = real_array(logits, "logits", 2), real_array(bias, "bias", 1)
    if len(bias) != len(logits):
        raise ValueError(f"bias has shape {bias.shape}, logits {logits.shape}: one number a row")
    total: NDArray[Any] = logits + bias[:, None]
    return total
    # end lab


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
    # lab 06.2
    if n_classes < 1:
        raise ValueError(f"n_classes is 1 or more, got {n_classes}")
    ids = integers(ids, "ids", n_classes)
    rows = np.zeros((ids.size, n_classes), dtype=dtype)
    rows[np.arange(ids.size), ids.ravel()] = 1
    return rows.reshape(*ids.shape, n_classes)
    # end lab


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
    # lab 06.2
    i, j = integers(rows, "rows", shape[0]), integers(columns, "columns", shape[1])
    if i.shape != j.shape:
        raise ValueError(f"rows have shape {i.shape}, columns {j.shape}: they must be equal")
    cells = i.ravel() * shape[1] + j.ravel()
    counts: NDArray[np.int64] = np.bincount(cells, minlength=shape[0] * shape[1])
    return counts.astype(np.int64).reshape(shape)
    # end lab


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
    # lab 06.2
    a, b = real_array(x, "x", 2).astype(np.float64), real_array(y, "y", 2).astype(np.float64)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"x has shape {a.shape}, y {b.shape}: rows of different length")
    total = np.zeros((len(a), len(b)))
    with np.errstate(over="ignore", invalid="ignore"):
        for feature in range(a.shape[1]):
            total += (a[:, feature, None] - b[:, feature]) ** 2
    return total
    # end lab
