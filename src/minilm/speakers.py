"""Models that speak: an n-gram or a GPT as what `minilm.generate` asks, with its letters and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minilm.generate import NextLogits
from minilm.gpt import GPT
from minilm.ngram import BOS, EOS, UNK, LanguageModel
from minitorch import no_grad


@dataclass(frozen=True)
class Speaker:
    """A model with its vocabulary.

    Attributes:
        next_logits: from rows of ids to logits (B, V).
        pieces: the bytes of each token; none for special ones.
        context_len: how many tokens it reads.
        begin: the token that stands before every text. end: the one that ends it.
    """

    next_logits: NextLogits
    pieces: Sequence[bytes]
    context_len: int
    begin: int
    end: int

    def encode(self, text: str) -> list[int]:
        """The ids of a text of single letters, behind `begin`. ValueError names a letter that the model doesn't have."""
        ids = {piece: number for number, piece in enumerate(self.pieces) if piece}
        for letter in text:
            if letter.encode() not in ids:
                raise ValueError(f"the model has no letter {letter!r}")
        return [self.begin, *(ids[letter.encode()] for letter in text)]


def of_ngram(model: LanguageModel) -> Speaker:
    """An n-gram over letters. BOS and UNK are never said. It reads texts of any length, and remembers what it was asked."""
    vocabulary = model.counts.vocabulary
    before = model.counts.order - 1
    known: dict[tuple[int, ...], NDArray[Any]] = {}
    begin, silent = vocabulary.index(BOS), [vocabulary.index(special) for special in (BOS, UNK)]

    def of(context: tuple[int, ...]) -> NDArray[Any]:
        if context not in known:
            names = [BOS] * (before - len(context)) + [vocabulary[number] for number in context]
            with np.errstate(divide="ignore"):
                logits = np.log([model.prob(token, names) for token in vocabulary])
            logits[silent] = -np.inf
            known[context] = logits
        return known[context]

    return Speaker(
        lambda rows: np.stack([of(tuple(row[max(0, len(row) - before) :])) for row in rows]),
        [b"" if token in (BOS, EOS, UNK) else token.encode() for token in vocabulary],
        context_len=1_000_000,
        begin=begin,
        end=vocabulary.index(EOS),
    )


def of_gpt(model: GPT, pieces: Sequence[bytes], *, begin: int, end: int) -> Speaker:
    """A GPT. Rows of different lengths are filled up behind their last token, where no earlier token looks."""

    def next_logits(rows: list[list[int]]) -> NDArray[Any]:
        last = np.array([len(row) - 1 for row in rows])
        ids = np.zeros((len(rows), last.max() + 1), dtype=np.int64)
        for filled, row in zip(ids, rows, strict=True):
            filled[: len(row)] = row
        with no_grad():
            logits: NDArray[Any] = model(ids).numpy()
        chosen: NDArray[Any] = logits[np.arange(len(rows)), last]
        return chosen

    return Speaker(next_logits, pieces, model.config.context_len, begin, end)
