"""What the break shows: who is whose nearest word, as one line of JSON."""

import json

import numpy as np

from minilm.corpus import bare
from minilm.embed import Vocabulary, WordVectors, documents, labeled, skip_gram, train, word_labels
from minilm.geometry import hit_scores, measured, unit


def main() -> None:
    """One training; the nearest word of each, how many words that is, and the hits by slot beside chance."""
    texts = documents(bare())
    vocabulary = Vocabulary.of(texts)
    inputs, targets = skip_gram([vocabulary.encode(text) for text in texts], 2)
    model = WordVectors(len(vocabulary.words), 32, rng=np.random.default_rng(0))
    train(model, inputs, targets, vocabulary.counts, epochs=20, seed=0)
    vectors = model.input.weight.numpy().astype(np.float64)
    rows, labels = labeled(vocabulary.words, word_labels()[1])
    found = measured(hit_scores, vectors[rows], labels, times=200)
    near = unit(vectors[rows])
    near = near @ near.T
    np.fill_diagonal(near, -np.inf)
    nearest = near.argmax(1)
    shown = {
        "value": round(found.value, 3),
        "over_chance": found.value > found.chance_high,
        "different": len(set(nearest.tolist())),
        "most_often": int(np.bincount(nearest).max()),
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
