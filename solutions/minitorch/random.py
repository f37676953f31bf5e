"""The generator that layers draw from when they are given none: the same numbers in every run."""

from __future__ import annotations

import numpy as np

_shared: list[np.random.Generator] = []


def manual_seed(seed: int) -> None:
    """Starts the shared generator anew. Without a call it starts from 0."""
    _shared[:] = [np.random.default_rng(seed)]


def generator(rng: np.random.Generator | None = None) -> np.random.Generator:
    """`rng`, or the shared generator."""
    if rng is not None:
        return rng
    if not _shared:
        manual_seed(0)
    return _shared[0]
