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
        # lab 20.1 - one number, four units
        if by == "total":
            return self.nats
        if by not in BY:
            raise ValueError(f"value: {by!r} is none of {', '.join(BY)}")
        units = {"token": self.tokens, "character": self.characters, "byte": self.bytes}[by]
        return self.nats / max(units, 1)
        # end lab


def shared(rows: Sequence[Sequence[int]], pieces: Sequence[Sequence[bytes]], prompt: bytes) -> int:
    """How many tokens at the beginning are the same in all rows and end within the prompt.

    From the first that isn't, all rows are scored. A token that spans the end of the prompt belongs to what is scored.

    Args:
        rows: the ids of the whole text of each candidate. pieces: their bytes, as many.
        prompt: what all texts begin with.
    """
    # lab 20.1 - where the candidates part
    count, used = 0, 0
    for column in zip(*rows, strict=False):
        used += len(pieces[0][count])
        if len(set(column)) > 1 or used > len(prompt):
            break
        count += 1
    return count
    # end lab


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
    # lab 20.1 - from texts to scores
    texts = [f"{prompt}{candidate}{after}" for candidate in candidates]
    encoded: dict[int, list[int]] = {}
    for i, text in enumerate(texts):
        try:
            encoded[i] = model.encode(text)
        except MinilmError:
            continue
    rows = list(encoded.values())
    start = shared(rows, [model.pieces(row) for row in rows], prompt.encode())
    found: list[Score | None] = [None] * len(texts)
    for (i, row), nats in zip(encoded.items(), model.log_probs(rows), strict=True):
        if not np.all(np.asarray(nats) <= 1e-6):
            raise MinilmError(f"{texts[i]!r}: a log-probability is NaN or above 0")
        rest = f"{candidates[i]}{after}"
        total = float(np.sum(nats[start:]))
        found[i] = Score(total, len(row) + 1 - start, len(rest), len(rest.encode()))
    return found
    # end lab


def shares(values: ArrayLike) -> Array:
    """Softmax over the candidates, shape (k,). Where all are -inf, 1 / k each. MinilmError for NaN, and for no candidate."""
    # lab 20.1 - confidence among the candidates
    z = np.asarray(values, dtype=np.float64)
    if not z.size or np.isnan(z).any():
        raise MinilmError(f"shares: numbers are needed, got {z.tolist()}")
    if np.isneginf(z).all():
        return np.full(len(z), 1 / len(z))
    found: Array = np.exp(z - z.max())
    return np.asarray(found / found.sum())
    # end lab


def best(values: ArrayLike) -> int:
    """The place of the largest value; of those that are equal to it (TIE), the first. MinilmError as `shares`."""
    z = np.asarray(values, dtype=np.float64)
    if len(z) == 0 or np.isnan(z).any():
        raise MinilmError(f"best: numbers are needed, got {z.tolist()}")
    # lab 20.1 - the first of the best
    return int(np.argmax((z >= z.max() - TIE) | (z == z.max())))
    # end lab


def margin(values: Sequence[float]) -> float:
    """How far the first value, that of the form that is judged, lies above the largest of the others. 0 where both are -inf."""
    # lab 20.2 - the form against its paradigm
    other = max(values[1:])
    return 0.0 if values[0] == other else values[0] - other
    # end lab


def verdict(gap: float, threshold: float) -> str:
    """`correct` if the gap is above the threshold, `incorrect` if it is below minus the threshold, else `ambiguous`.

    Raises:
        ValueError: a threshold below 0, or NaN; a gap that is NaN.
    """
    if np.isnan(gap):
        raise ValueError("verdict: the gap is NaN")
    # lab 20.2 - three answers
    if not threshold >= 0:
        raise ValueError(f"verdict: the threshold must be 0 or more, got {threshold}")
    if abs(gap) <= threshold:
        return "ambiguous"
    return "correct" if gap > 0 else "incorrect"
    # end lab


def fit_threshold(gaps: Sequence[float], expected: Sequence[str]) -> float:
    """The threshold with the most right verdicts, chosen on probes that are asked nothing else; of equally good ones the smallest.

    Tried are 0 and the absolute values of the gaps, those that are finite.

    Raises:
        ValueError: nothing to choose on, or more or fewer gaps than verdicts.
    """
    # lab 20.2 - how sure is sure?
    if not gaps or len(gaps) != len(expected):
        raise ValueError(f"fit_threshold: {len(gaps)} gaps for {len(expected)} verdicts")

    def right(threshold: float) -> int:
        return sum(verdict(gap, threshold) == one for gap, one in zip(gaps, expected, strict=True))

    tried = sorted({0.0, *(abs(gap) for gap in gaps if np.isfinite(gap))})
    return max(tried, key=lambda threshold: (right(threshold), -threshold))
    # end lab


def generate(model: Model, prompt: str, limit: int = 80) -> str:
    """What the model writes behind the prompt: the likeliest token again and again, to the end or to `limit` tokens.

    Raises:
        ValueError: `limit` below 1. MinilmError: a log-probability is NaN, or all are -inf; the message names the text so far.
    """
    if limit < 1:
        raise ValueError(f"generate: limit must be 1 or more, got {limit}")
    # lab 20.2 - the likeliest, again and again
    ids = list(model.encode(prompt))
    start = len(ids)
    while len(ids) < start + limit:
        nats = model.following(ids)
        if np.isnan(nats).any() or np.isneginf(nats).all():
            text = b"".join(model.pieces(ids)).decode(errors="replace")
            raise MinilmError(f"{text!r}: no next token: NaN, or all have probability 0")
        token = best(nats)
        if token == len(nats) - 1:
            break
        ids.append(token)
    return b"".join(model.pieces(ids[start:])).decode(errors="replace")
    # end lab
