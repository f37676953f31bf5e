"""The word vectors of phase 13 beside gensim's: the same documents and seeds, measured in the same way, in one run."""

from __future__ import annotations

import numpy as np
import pytest
from gensim.models import Word2Vec

from minilm.corpus import bare
from minilm.embed import (
    Vocabulary,
    WordVectors,
    documents,
    labeled,
    skip_gram,
    train,
    word_labels,
)
from minilm.geometry import Measured, hit_scores, measured

DIM, NEGATIVES, SEEDS = 32, 5, (0, 1, 2)
SETTINGS = {"rows": (False, 2, 20), "verbs": (True, 5, 10)}


def hits(vectors: np.ndarray, vocabulary: Vocabulary, kind: int) -> Measured:
    """The nearest forms by verb (kind 0) or by slot (kind 1)."""
    rows, labels = labeled(vocabulary.words, word_labels()[kind])
    return measured(hit_scores, vectors[rows], labels, times=200)


def ours(
    texts: list[list[str]], vocabulary: Vocabulary, window: int, epochs: int, seed: int
) -> np.ndarray:
    """Skip-gram of `minilm.embed`."""
    inputs, targets = skip_gram([vocabulary.encode(text) for text in texts], window)
    model = WordVectors(len(vocabulary.words), DIM, rng=np.random.default_rng(seed))
    train(model, inputs, targets, vocabulary.counts, epochs=epochs, negatives=NEGATIVES, seed=seed)
    return model.input.weight.numpy().astype(np.float64)


def theirs(texts: list[list[str]], vocabulary: Vocabulary, window: int, seed: int) -> np.ndarray:
    """gensim's, without its subsampling and its windows of random width; plain SGD takes more epochs than Adam."""
    model = Word2Vec(
        texts,
        vector_size=DIM,
        window=window,
        min_count=1,
        sg=1,
        negative=NEGATIVES,
        sample=0,
        shrink_windows=False,
        alpha=0.1,
        min_alpha=0.01,
        epochs=100,
        seed=seed,
        workers=1,
        hashfxn=lambda text: int.from_bytes(text.encode(), "little") % 2**31,
    )
    return np.asarray(model.wv[list(vocabulary.words)], np.float64)


@pytest.mark.parametrize("name", SETTINGS)
def test_gensim_sees_the_same_neighbors(name: str) -> None:
    whole_verbs, window, epochs = SETTINGS[name]
    texts = documents(bare(), whole_verbs)
    vocabulary = Vocabulary.of(texts)
    for seed in SEEDS:
        one = ours(texts, vocabulary, window, epochs, seed)
        other = theirs(texts, vocabulary, window, seed)
        by_verb, by_slot = (
            [hits(vectors, vocabulary, kind) for vectors in (one, other)] for kind in (0, 1)
        )
        above, beside = (by_slot, by_verb) if name == "rows" else (by_verb, by_slot)
        for found in above:
            assert found.low > found.chance_high
        for strong, weak in zip(above, beside, strict=True):
            assert strong.value > weak.value
        for pair in (by_verb, by_slot):
            assert abs(pair[0].value - pair[1].value) < 0.2
