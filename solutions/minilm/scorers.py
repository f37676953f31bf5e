"""Models that were counted or trained, as `minilm.scoring.Model` asks for them: n-grams of characters or tokens, and a GPT."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from minilm.batches import BORDER, Characters
from minilm.errors import MinilmError
from minilm.gpt import GPT
from minilm.ngram import BOS, EOS, UNK, LanguageModel
from minilm.tokenizer import Tokenizer
from minitorch import no_grad

Array = NDArray[np.float64]


class NgramScorer:
    """An n-gram model of characters; with a tokenizer, of its tokens, each written as its bytes in Latin-1."""

    def __init__(self, model: LanguageModel, tokenizer: Tokenizer | None = None) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.words = [w for w in model.counts.vocabulary if w not in (BOS, EOS, UNK)]
        self._ids = {word: i for i, word in enumerate(self.words)}

    def split(self, text: str) -> list[str]:
        """The tokens of a text as the model was given them."""
        if self.tokenizer is None:
            return list(text)
        tokens = [self.tokenizer.token(i) or b"" for i in self.tokenizer.encode(text)]
        return [token.decode("latin-1") for token in tokens]

    def encode(self, text: str) -> list[int]:
        """As `Model`; MinilmError for a token that the model never counted."""
        words = self.split(text)
        for place, word in enumerate(words):
            if word not in self._ids:
                raise MinilmError(f"{text!r}: {word!r} at {place} was never counted")
        return [self._ids[word] for word in words]

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """As `Model`."""
        code = "utf-8" if self.tokenizer is None else "latin-1"
        return [self.words[i].encode(code) for i in ids]

    def log_probs(self, rows: Sequence[Sequence[int]]) -> list[Array]:
        """As `Model`."""
        return [self.model.log_probs([self.words[i] for i in row]) for row in rows]

    def following(self, ids: Sequence[int]) -> Array:
        """As `Model`."""
        before = [BOS] * (self.model.counts.order - 1) + [self.words[i] for i in ids]
        found = [self.model.prob(word, before) for word in (*self.words, EOS)]
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.array(found)))


class GPTScorer:
    """A GPT of characters whose texts stand between borders: the tutor of phase 18."""

    ROWS = 64

    def __init__(self, model: GPT, letters: Characters) -> None:
        self.model, self.letters = model, letters

    def encode(self, text: str) -> list[int]:
        """As `Model`: the letters' ids, from 0, without the border."""
        return [i - 1 for i in self.letters.encode(text)]

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """As `Model`."""
        return [self.letters.pieces[i + 1] for i in ids]

    def _normalized(self, ids: Array) -> Array:
        with no_grad():
            z = self.model(ids).numpy().astype(np.float64)
        z = z - z.max(axis=-1, keepdims=True)
        return np.asarray(z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))

    def log_probs(self, rows: Sequence[Sequence[int]]) -> list[Array]:
        """As `Model`. Rows of about the same length go through together; what is padded lies behind, where nobody looks."""
        found: list[Array] = [np.empty(0)] * len(rows)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for at in range(0, len(order), self.ROWS):
            some = order[at : at + self.ROWS]
            width = max(len(rows[i]) for i in some) + 1
            ids = np.full((len(some), width + 1), BORDER)
            for line, i in enumerate(some):
                ids[line, 1 : len(rows[i]) + 1] = np.asarray(rows[i], dtype=np.int64) + 1
            nats = self._normalized(ids[:, :-1])
            each = np.take_along_axis(nats, ids[:, 1:, None], axis=-1)[..., 0]
            for line, i in enumerate(some):
                found[i] = each[line, : len(rows[i]) + 1]
        return found

    def following(self, ids: Sequence[int]) -> Array:
        """As `Model`: the border, which has id 0 in the GPT, is the end, and goes to the last place."""
        row = self._normalized(np.array([[BORDER, *(i + 1 for i in ids)]]))[0, -1]
        return np.roll(row, -1)
