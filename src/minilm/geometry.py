"""What a cloud of word vectors looks like in numbers, each beside what chance would give."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minigrad.linalg import real_array, svd
from minilm.errors import MinilmError

Floats = NDArray[np.float64]
Score = Callable[[Floats, NDArray[np.int64]], Floats]


def unit(matrix: ArrayLike) -> Floats:
    """The rows, each divided by its length, float64. MinilmError names a row that is zero or not finite."""
    rows = real_array("matrix", matrix, 2)
    raise NotImplementedError("Lab 13.3 - rows of length 1")


def gap_scores(cosines: Floats, groups: NDArray[np.int64]) -> Floats:
    """For each word its mean cosine with the others of its group, minus that with all words of other groups.

    Args:
        cosines: (n, n). groups: (n,), each with two words or more, and more than one of them.
    """
    raise NotImplementedError("Lab 13.3 - nearer to its own than to the others")


def hit_scores(cosines: Floats, groups: NDArray[np.int64]) -> Floats:
    """For each word 1.0 if the nearest other word is of its group, else 0.0. Of equally near ones the first counts."""
    raise NotImplementedError("Lab 13.3 - whether the nearest is one of its own")


def interval(
    scores: Floats, groups: NDArray[np.int64], rng: np.random.Generator, times: int = 1000
) -> tuple[float, float]:
    """The 95 % interval of the mean of `scores`, for words that aren't independent of others of their group.

    From the 2.5th to the 97.5th percentile over `times` bootstrap samples. Each draws as many groups as there are, with
    repetition; its mean is that over all words of the drawn groups.

    Args:
        scores: (n,). groups: (n,), numbers from 0 on, each of which some word has. rng: what draws.
    """
    raise NotImplementedError("Lab 13.3 - an interval over whole groups")


class Measured(NamedTuple):
    """A mean score with its 95 % interval, and the mean and 95 % range of it where the labels mean nothing."""

    value: float
    low: float
    high: float
    chance: float
    chance_low: float
    chance_high: float


def measured(
    score: Score, matrix: ArrayLike, labels: Sequence[Hashable], seed: int = 42, times: int = 1000
) -> Measured:
    """The mean over all words of `score`, with an interval and with chance.

    Interval: that of `interval`. Chance: the same score with the labels shuffled among the words, `times` times; mean, and
    2.5th and 97.5th percentile.

    Args:
        score: `gap_scores` or `hit_scores`. labels: one for each row; the words with equal ones are a group. seed: of the
            generator that draws samples and shuffles. times: of each.

    Raises:
        ValueError: not one label a row, a single group, or a group of one word; the message names its label.
    """
    cosines = unit(matrix) @ unit(matrix).T
    names = list(dict.fromkeys(labels))
    groups = np.array([names.index(label) for label in labels], dtype=np.int64)
    sizes = np.bincount(groups, minlength=len(names))
    if len(groups) != len(cosines) or len(names) < 2 or sizes.min() < 2:
        least = names[int(sizes.argmin())] if names else None
        raise ValueError(
            f"labels: one for each of {len(cosines)} rows, two groups or more with two words or more; least: {least!r}"
        )
    rng = np.random.default_rng(seed)
    raise NotImplementedError("Lab 13.3 - the mean, its interval and chance")


def analogy(matrix: ArrayLike, a: int, b: int, c: int, exclude: bool = True) -> int:
    """The row that is to c as b is to a: of all rows that with the largest cosine with b - a + c, of unit vectors.

    Args:
        exclude: leave out a, b and c, as word2vec's program does.

    Returns:
        The row's number; of equally near ones the first.

    Raises:
        IndexError: a number outside 0..n-1. ValueError: no row is left beside a, b and c.
    """
    rows = unit(matrix)
    for row in (a, b, c):
        if not 0 <= row < len(rows):
            raise IndexError(f"row {row} is not one of 0..{len(rows) - 1}")
    if exclude and len({a, b, c}) == len(rows):
        raise ValueError(f"no row is left beside {a}, {b} and {c}")
    raise NotImplementedError("Lab 13.3 - b - a + c")


def pca(matrix: ArrayLike, k: int = 2) -> tuple[Floats, Floats]:
    """Coordinates along the k directions in which the rows differ most, by `minigrad.linalg.svd`.

    Returns:
        points (n, k), centered, and shares (k,) of all variance, falling; zeros where all rows are equal. The sign of
        an axis is free; here the point that is farthest out on it, the first of equal ones, has a positive coordinate.

    Raises:
        ValueError: k isn't between 1 and min(n, d).
    """
    rows = real_array("matrix", matrix, 2)
    if not 1 <= k <= min(rows.shape):
        raise ValueError(f"k must be between 1 and {min(rows.shape)}, got {k}")
    raise NotImplementedError("Lab 13.4 - the directions of most variance")


def mean_cosine(matrix: ArrayLike) -> float:
    """The mean cosine of all pairs of different rows: 0 where directions are spread evenly, 1 where all are one.

    ValueError for fewer than two rows. Source: Ethayarajh, 2019.
    """
    rows = unit(matrix)
    n = len(rows)
    if n < 2:
        raise ValueError(f"two rows or more are needed, got {n}")
    raise NotImplementedError("Lab 13.4 - the mean over all pairs")


def effective_rank(matrix: ArrayLike) -> float:
    """How many directions the rows use: exp of the entropy of the singular values' shares (Roy and Vetterli, 2007).

    Between 1 and min(n, d). ValueError where all is zero.
    """
    s = svd(matrix)[1]
    if s[0] == 0:
        raise ValueError("a matrix of zeros uses no direction")
    raise NotImplementedError("Lab 13.4 - the entropy of the singular values")


def without_top(matrix: ArrayLike, k: int = 1) -> Floats:
    """The rows, centered, without their part along the k directions of most variance; same shape, float64.

    With k = 0 they are only centered. ValueError unless 0 <= k <= min(n, d). Source: Mu and Viswanath, 2018.
    """
    rows = real_array("matrix", matrix, 2)
    if not 0 <= k <= min(rows.shape):
        raise ValueError(f"k must be between 0 and {min(rows.shape)}, got {k}")
    raise NotImplementedError("Lab 13.4 - all but the top")


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Whether y rises with x, by ranks: the correlation of the ranks, between -1 and 1; equal values share their mean rank.

    ValueError unless both are one-dimensional, finite, of one length, two or more, and neither is constant.
    """
    first, second = real_array("x", x, 1), real_array("y", y, 1)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("x and y must be finite: nan has no rank")
    if len(first) != len(second) or len(first) < 2 or not np.ptp(first) or not np.ptp(second):
        raise ValueError(
            f"x and y need one length, two or more, and different values; got {len(first)} and {len(second)}"
        )
    raise NotImplementedError("Lab 13.4 - the correlation of the ranks")
