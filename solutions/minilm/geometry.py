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
    # lab 13.3 - rows of length 1
    lengths = np.sqrt((rows**2).sum(1))
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if bad.size:
        raise MinilmError(f"row {bad[0]}: a vector of length {lengths[bad[0]]} has no direction")
    return np.asarray(rows / lengths[:, None])
    # end lab


def gap_scores(cosines: Floats, groups: NDArray[np.int64]) -> Floats:
    """For each word its mean cosine with the others of its group, minus that with all words of other groups.

    Args:
        cosines: (n, n). groups: (n,), each with two words or more, and more than one of them.
    """
    # lab 13.3 - nearer to its own than to the others
    same = groups[:, None] == groups
    other = ~same
    np.fill_diagonal(same, False)
    own = np.where(same, cosines, 0).sum(1) / same.sum(1)
    rest = np.where(other, cosines, 0).sum(1) / other.sum(1)
    return np.asarray(own - rest)
    # end lab


def hit_scores(cosines: Floats, groups: NDArray[np.int64]) -> Floats:
    """For each word 1.0 if the nearest other word is of its group, else 0.0. Of equally near ones the first counts."""
    # lab 13.3 - whether the nearest is one of its own
    others = cosines.copy()
    np.fill_diagonal(others, -np.inf)
    return np.asarray(groups[others.argmax(1)] == groups, dtype=np.float64)
    # end lab


def interval(
    scores: Floats, groups: NDArray[np.int64], rng: np.random.Generator, times: int = 1000
) -> tuple[float, float]:
    """The 95 % interval of the mean of `scores`, for words that aren't independent of others of their group.

    From the 2.5th to the 97.5th percentile over `times` bootstrap samples. Each draws as many groups as there are, with
    repetition; its mean is that over all words of the drawn groups.

    Args:
        scores: (n,). groups: (n,), numbers from 0 on, each of which some word has. rng: what draws.
    """
    # lab 13.3 - an interval over whole groups
    sums, sizes = np.bincount(groups, weights=scores), np.bincount(groups)
    drawn = rng.integers(len(sizes), size=(times, len(sizes)))
    samples = sums[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.percentile(samples, [2.5, 97.5])
    return float(low), float(high)
    # end lab


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
    # lab 13.3 - the mean, its interval and chance
    scores = score(cosines, groups)
    low, high = interval(scores, groups, rng, times)
    shuffled = np.array([score(cosines, rng.permutation(groups)).mean() for _ in range(times)])
    chance_low, chance_high = np.percentile(shuffled, [2.5, 97.5])
    return Measured(
        float(scores.mean()),
        low,
        high,
        float(shuffled.mean()),
        float(chance_low),
        float(chance_high),
    )
    # end lab


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
    # lab 13.3 - b - a + c
    near = rows @ (rows[b] - rows[a] + rows[c])
    if exclude:
        near[[a, b, c]] = -np.inf
    return int(near.argmax())
    # end lab


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
    # lab 13.4 - the directions of most variance
    u, s, _ = svd(rows - rows.mean(0))
    points = u[:, :k] * s[:k]
    far = np.abs(points).argmax(0)
    points *= np.where(points[far, np.arange(k)] < 0, -1.0, 1.0)
    return points, s[:k] ** 2 / ((s**2).sum() or 1.0)
    # end lab


def mean_cosine(matrix: ArrayLike) -> float:
    """The mean cosine of all pairs of different rows: 0 where directions are spread evenly, 1 where all are one.

    ValueError for fewer than two rows. Source: Ethayarajh, 2019.
    """
    rows = unit(matrix)
    n = len(rows)
    if n < 2:
        raise ValueError(f"two rows or more are needed, got {n}")
    # lab 13.4 - the mean over all pairs
    total = rows.sum(0)
    return float((total @ total - n) / (n * (n - 1)))
    # end lab


def effective_rank(matrix: ArrayLike) -> float:
    """How many directions the rows use: exp of the entropy of the singular values' shares (Roy and Vetterli, 2007).

    Between 1 and min(n, d). ValueError where all is zero.
    """
    s = svd(matrix)[1]
    if s[0] == 0:
        raise ValueError("a matrix of zeros uses no direction")
    # lab 13.4 - the entropy of the singular values
    shares = s[s > 0] / s.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))
    # end lab


def without_top(matrix: ArrayLike, k: int = 1) -> Floats:
    """The rows, centered, without their part along the k directions of most variance; same shape, float64.

    With k = 0 they are only centered. ValueError unless 0 <= k <= min(n, d). Source: Mu and Viswanath, 2018.
    """
    rows = real_array("matrix", matrix, 2)
    if not 0 <= k <= min(rows.shape):
        raise ValueError(f"k must be between 0 and {min(rows.shape)}, got {k}")
    # lab 13.4 - all but the top
    centered: Floats = rows - rows.mean(0)
    top = svd(centered)[2][:k]
    return centered - (centered @ top.T) @ top
    # end lab


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
    # lab 13.4 - the correlation of the ranks
    ranks = []
    for values in (first, second):
        _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
        rank = (counts.cumsum() - (counts - 1) / 2)[group]
        ranks.append(rank - rank.mean())
    p, q = ranks
    return float((p @ q) / np.sqrt((p @ p) * (q @ q)))
    # end lab
