"""Training on the corpus, as both experiments of phase 13 do it: one row a document, or one verb."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minilm.corpus import bare
from minilm.embed import (
    Vocabulary,
    WordVectors,
    cbow,
    documents,
    labeled,
    skip_gram,
    train,
    word_labels,
)
from minilm.geometry import Measured, Score, measured

DIM, LR, BATCH, NEGATIVES = 32, 0.01, 256, 5


@dataclass(frozen=True)
class Setting:
    """What is trained: documents of whole verbs or of single rows, how wide the window, which model, how long."""

    whole_verbs: bool
    window: int
    epochs: int
    words_from_neighbors: bool = False
    tied: bool = False


ROWS = Setting(whole_verbs=False, window=2, epochs=20)
VERBS = Setting(whole_verbs=True, window=5, epochs=10)


@dataclass(frozen=True)
class Trained:
    """The vectors of one training, with what they belong to."""

    vocabulary: Vocabulary
    vectors: NDArray[np.float64]
    losses: list[float]

    def measure(self, score: Score, kind: int, seed: int) -> Measured:
        """The score by verb (kind 0) or by slot (kind 1), with its interval and with chance."""
        rows, labels = labeled(self.vocabulary.words, word_labels()[kind])
        return measured(score, self.vectors[rows], labels, seed=seed, times=200)


def trained(setting: Setting, seed: int) -> Trained:
    """One training from the 360 rows of the corpus."""
    texts = documents(bare(), setting.whole_verbs)
    vocabulary = Vocabulary.of(texts)
    ids = [vocabulary.encode(text) for text in texts]
    windows = cbow if setting.words_from_neighbors else skip_gram
    inputs, targets = windows(ids, setting.window)
    rng = np.random.default_rng(seed)
    model = WordVectors(len(vocabulary.words), DIM, setting.tied, rng)
    losses = train(
        model,
        inputs,
        targets,
        vocabulary.counts,
        epochs=setting.epochs,
        batch_size=BATCH,
        lr=LR,
        negatives=NEGATIVES,
        seed=seed,
    )
    return Trained(vocabulary, model.input.weight.numpy().astype(np.float64), losses)
