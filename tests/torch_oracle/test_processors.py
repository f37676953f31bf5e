"""The filters and penalties of `minilm.sample` beside `transformers`' processors, on random logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation import logits_process as theirs

from minilm import sample

from .both import SEEDS, drawn

Pair = tuple[Callable[..., Any], Callable[..., Any]]
PAIRS: dict[str, Callable[[float], Pair]] = {
    "repetition": lambda u: (
        lambda z, ids: sample.repetition_penalty(z, ids, 0.5 + u),
        theirs.RepetitionPenaltyLogitsProcessor(0.5 + u),
    ),
    "temperature": lambda u: (
        lambda z, ids: sample.temperature(z, 0.1 + 2 * u),
        theirs.TemperatureLogitsWarper(0.1 + 2 * u),
    ),
    "top_k": lambda u: (
        lambda z, ids: sample.top_k(z, 1 + int(40 * u)),
        theirs.TopKLogitsWarper(1 + int(40 * u)),
    ),
    "top_p": lambda u: (lambda z, ids: sample.top_p(z, u), theirs.TopPLogitsWarper(u)),
    "min_p": lambda u: (lambda z, ids: sample.min_p(z, u), theirs.MinPLogitsWarper(u)),
    "typical": lambda u: (lambda z, ids: sample.typical(z, u), theirs.TypicalLogitsWarper(u)),
}
"""From a number between 0 and 1 to our function and theirs, with what it sets."""
NUMBERS = st.floats(0.01, 0.99)


def compared(pairs: list[Pair], seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    z, ids = rng.normal(size=(3, 48)) * spread, rng.integers(0, 48, (3, 9))
    ours, wanted, text = z, torch.tensor(z), torch.tensor(ids)
    for mine, other in pairs:
        ours, wanted = mine(ours, ids), other(text, wanted)
    np.testing.assert_allclose(ours, wanted.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
@drawn
@given(seed=SEEDS, u=NUMBERS, spread=st.sampled_from([0.1, 1.0, 6.0]))
def test_each_gives_the_same_logits(name: str, seed: int, u: float, spread: float) -> None:
    compared([PAIRS[name](u)], seed, spread)


@drawn
@given(seed=SEEDS, numbers=st.tuples(*[NUMBERS] * len(PAIRS)), spread=st.sampled_from([1.0, 4.0]))
def test_one_after_the_other_too(seed: int, numbers: tuple[float, ...], spread: float) -> None:
    compared([PAIRS[name](u) for name, u in zip(PAIRS, numbers, strict=True)], seed, spread)


def test_all_settings_at_once_are_their_chain() -> None:
    settings = sample.Settings(
        repetition=1.2, temperature=0.7, top_k=20, top_p=0.95, min_p=0.02, typical=0.9
    )
    chain = (
        theirs.RepetitionPenaltyLogitsProcessor(1.2),
        theirs.TemperatureLogitsWarper(0.7),
        theirs.TopKLogitsWarper(20),
        theirs.TopPLogitsWarper(0.95),
        theirs.MinPLogitsWarper(0.02),
        theirs.TypicalLogitsWarper(0.9),
    )
    rng = np.random.default_rng(0)
    for _ in range(100):
        z, ids = rng.normal(size=(2, 60)) * 3, rng.integers(0, 60, (2, 12))
        wanted = torch.tensor(z)
        for one in chain:
            wanted = one(torch.tensor(ids), wanted)
        got = sample.filtered(z, ids, settings)
        np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-12)
