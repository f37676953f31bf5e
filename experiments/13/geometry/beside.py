"""What stands beside a number of the cloud: an interval over whole verbs, and what chance gives.

Whole verbs are drawn, since the forms of a verb aren't independent; a word that is no verb's own is a group of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from minilm.embed import word_labels
from minilm.geometry import spearman, unit

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
Ends = tuple[float, float]


def ends(values: Sequence[float]) -> Ends:
    """The middle 95 % of some values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def resampled(statistic: Callable[[Ids], float], words: Sequence[str], seed: int) -> Ends:
    """The middle 95 % of a statistic over 200 bootstrap samples of whole groups; it gets the rows of a sample."""
    verbs = word_labels()[0]
    members: dict[str, list[int]] = {}
    for row, word in enumerate(words):
        members.setdefault(f"verb {verbs[word]}" if word in verbs else word, []).append(row)
    groups = [np.array(rows) for rows in members.values()]
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(groups), size=(200, len(groups)))
    return ends([statistic(np.concatenate([groups[i] for i in sample])) for sample in drawn])


def cosine_interval(vectors: Floats, words: Sequence[str], seed: int) -> Ends:
    """Of the mean cosine of two different words; in a sample a word isn't paired with itself, however often it is there."""
    rows = unit(vectors)
    cosines = rows @ rows.T

    def statistic(sample: Ids) -> float:
        counts = np.bincount(sample, minlength=len(rows))
        pairs = len(sample) ** 2 - counts @ counts
        return float((counts @ cosines @ counts - counts**2 @ cosines.diagonal()) / pairs)

    return resampled(statistic, words, seed)


def turned(statistic: Callable[[Floats], float], vectors: Floats, seed: int, times: int) -> Ends:
    """The middle 95 % of a statistic of vectors of the same lengths whose directions mean nothing."""
    rng = np.random.default_rng(seed)
    lengths = np.sqrt((vectors**2).sum(1))[:, None]
    values = [statistic(lengths * unit(rng.normal(size=vectors.shape))) for _ in range(times)]
    return ends(values)


def frequency_interval(
    lengths: Floats, counts: Sequence[int], words: Sequence[str], seed: int
) -> tuple[Ends, Ends]:
    """Of the rank correlation of length and frequency: its interval, and its range where the counts are dealt out anew."""
    array = np.asarray(counts, np.float64)
    rng = np.random.default_rng(seed)
    dealt = ends([spearman(lengths, rng.permutation(array)) for _ in range(200)])
    return resampled(lambda rows: spearman(lengths[rows], array[rows]), words, seed), dealt
