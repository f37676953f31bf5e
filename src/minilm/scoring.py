"""What a model thinks of a text, asked so that candidates can be compared: scores, choices, verdicts, and what it writes itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from minilm.errors import MinilmError

Array = NDArray[np.float64]
TIE = 1e-9
"""Values that differ by no more are equal."""
BY = ("total", "token", "character", "byte")


class Model(Protocol):
    """All that an evaluation knows of a language model. `minilm.scorers` has one for n-grams and one for a GPT."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without specials. MinilmError for what has no id."""

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """What each id stands for, in UTF-8; joined, they are the text."""

    def log_probs(self, rows: Sequence[Sequence[int]]) -> list[Array]:
        """For each row of n ids, shape (n + 1,): ln P of each id after those before it, and of the end behind them."""

    def following(self, ids: Sequence[int]) -> Array:
        """Shape (V + 1,): ln P of each id after `ids`, and at the last place of the end."""


@dataclass(frozen=True)
class Score:
    """What a text costs a model, and three units to divide it by.

    Attributes:
        nats: ln P, 0 or less. tokens: how many were scored, the end among them.
        characters, bytes: of the candidate and what stands behind it; the prompt's aren't counted.
    """

    nats: float
    tokens: int
    characters: int
    bytes: int

    def value(self, by: str = "total") -> float:
        """ln P: all of it, or for each "token", "character" or "byte". Where there is no unit, it isn't divided. ValueError for another name."""
        raise NotImplementedError("Lab 20.1 - one number, four units")


def shared(rows: Sequence[Sequence[int]], pieces: Sequence[Sequence[bytes]], prompt: bytes) -> int:
    """How many tokens at the beginning are the same in all rows and end within the prompt.

    From the first that isn't, all rows are scored. A token that spans the end of the prompt belongs to what is scored.

    Args:
        rows: the ids of the whole text of each candidate. pieces: their bytes, as many.
        prompt: what all texts begin with.
    """
    raise NotImplementedError("Lab 20.1 - where the candidates part")


def scores(
    model: Model, prompt: str, candidates: Sequence[str], after: str = ""
) -> list[Score | None]:
    """The score of each candidate with what stands behind it, and of the end of the text, given the prompt.

    Whole texts are encoded; what all have in common within the prompt costs the same for each, and is left out.

    Returns:
        None for a candidate whose text has no ids (MinilmError of `encode`).

    Raises:
        MinilmError: a logarithm is NaN, or above 1e-6; the message names the text.
    """
    raise NotImplementedError("Lab 20.1 - from texts to scores")


def shares(values: ArrayLike) -> Array:
    """Softmax over the candidates, shape (k,). Where all are -inf, 1 / k each. MinilmError for NaN, and for no candidate."""
    raise NotImplementedError("Lab 20.1 - confidence among the candidates")


def best(values: ArrayLike) -> int:
    """The place of the largest value; of those that are equal to it (TIE), the first. MinilmError as `shares`."""
    z = np.asarray(values, dtype=np.float64)
    if len(z) == 0 or np.isnan(z).any():
        raise MinilmError(f"best: numbers are needed, got {z.tolist()}")
    raise NotImplementedError("Lab 20.1 - the first of the best")


def margin(values: Sequence[float]) -> float:
    """How far the first value, that of the form that is judged, lies above the largest of the others. 0 where both are -inf."""
    raise NotImplementedError("Lab 20.2 - the form against its paradigm")


def verdict(gap: float, threshold: float) -> str:
    """`correct` if the gap is above the threshold, `incorrect` if it is below minus the threshold, else `ambiguous`.

    Raises:
        ValueError: a threshold below 0, or NaN; a gap that is NaN.
    """
    if np.isnan(gap):
        raise ValueError("verdict: the gap is NaN")
    raise NotImplementedError("Lab 20.2 - three answers")


def fit_threshold(gaps: Sequence[float], expected: Sequence[str]) -> float:
    """The threshold with the most right verdicts, chosen on probes that are asked nothing else; of equally good ones the smallest.

    Tried are 0 and the absolute values of the gaps, those that are finite.

    Raises:
        ValueError: nothing to choose on, or more or fewer gaps than verdicts.
    """
    raise NotImplementedError("Lab 20.2 - how sure is sure?")


def generate(model: Model, prompt: str, limit: int = 80) -> str:
    """What the model writes behind the prompt: the likeliest token again and again, to the end or to `limit` tokens.

    Raises:
        ValueError: `limit` below 1. MinilmError: a log-probability is NaN, or all are -inf; the message names the text so far.
    """
    if limit < 1:
        raise ValueError(f"generate: limit must be 1 or more, got {limit}")
    raise NotImplementedError("Lab 20.2 - the likeliest, again and again")
