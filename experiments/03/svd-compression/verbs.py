"""The table of verb counts: 20 verbs by 15 cells, drawn from rates of a rank that we choose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from given.verbs import PERSONS, TENSES, VERBS

CELLS = tuple(f"{tense} {person}" for tense in TENSES for person in PERSONS)
COMMON_FIRST = (
    *("be", "have", "do", "go", "come", "see", "want", "like", "look", "work"),
    *("start", "talk", "play", "eat", "write", "walk", "watch", "study", "listen", "finish"),
)
"""A plausible order by frequency, our choice; a verb's share falls as 1 / rank (Zipf with exponent 1)."""
STYLES = {
    "story": ((0.10, 0.10, 0.55, 0.20, 0.05), (0.25, 0.10, 0.65)),
    "description": ((0.15, 0.60, 0.05, 0.15, 0.05), (0.20, 0.15, 0.65)),
    "conversation": ((0.35, 0.20, 0.10, 0.05, 0.30), (0.50, 0.45, 0.05)),
}
"""Three ways to use verbs, invented: shares of the five tenses, and of the three persons."""
REGULAR, IRREGULAR = (3.0, 1.5, 1.5), (1.5, 2.0, 2.5)
"""How much of each style a verb's uses lean to: parameters of a Dirichlet distribution."""


def rates(rng: np.random.Generator, styles: int = 3, tokens: int = 400_000) -> NDArray[np.float64]:
    """Expected counts, shape (20, 15), of rank `styles`: a verb's share times its own mixture of the styles.

    Args:
        rng: draws the mixtures; nothing else is random.
        styles: 3, or 1 for a table in which all verbs are used alike.
        tokens: the sum of all expected counts.
    """
    profiles = np.array([np.outer(t, p).ravel() for t, p in STYLES.values()])
    leanings = [REGULAR if verb.regular else IRREGULAR for verb in VERBS.values()]
    mixtures = np.array([rng.dirichlet(leaning) for leaning in leanings])
    if styles == 1:
        mixtures[:] = mixtures.mean(axis=0)
    share = np.array([1 / (1 + COMMON_FIRST.index(verb)) for verb in VERBS])
    return np.asarray(tokens * (share / share.sum())[:, None] * (mixtures @ profiles))


def counts(rng: np.random.Generator, styles: int = 3) -> NDArray[np.float64]:
    """Counts as a corpus would give them: Poisson noise around `rates`, shape (20, 15), whole numbers."""
    return rng.poisson(rates(rng, styles)).astype(np.float64)
