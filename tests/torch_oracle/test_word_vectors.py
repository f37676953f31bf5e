"""The word vectors of phase 13 beside gensim's: the same documents and seeds, measured in the same way, in one run."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors, Word2Vec

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
from minilm.vector_files import Vectors, load_text, save_text

DIM, NEGATIVES, SEEDS = 32, 5, (0, 1, 2)
LABELS = ("verb", "slot")
WINDOWS = Path(__file__).parents[2] / "experiments/13/windows"
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


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str, str], list[Measured]]:
    """Hits by setting, label and whose vectors they are; one for each seed."""
    hits_of: dict[tuple[str, str, str], list[Measured]] = {}
    for name, (whole_verbs, window, epochs) in SETTINGS.items():
        texts = documents(bare(), whole_verbs)
        vocabulary = Vocabulary.of(texts)
        for seed in SEEDS:
            both = {
                "ours": ours(texts, vocabulary, window, epochs, seed),
                "gensim's": theirs(texts, vocabulary, window, seed),
            }
            for whose, vectors in both.items():
                for kind, of in enumerate(LABELS):
                    hits_of.setdefault((name, of, whose), []).append(
                        hits(vectors, vocabulary, kind)
                    )
    return hits_of


@pytest.mark.parametrize("name", SETTINGS)
def test_gensim_sees_the_same_neighbors(
    found: dict[tuple[str, str, str], list[Measured]], name: str
) -> None:
    above, beside = LABELS if name == "verbs" else LABELS[::-1]
    for whose in ("ours", "gensim's"):
        for strong, weak in zip(found[name, above, whose], found[name, beside, whose], strict=True):
            assert strong.low > strong.chance_high
            assert strong.value > weak.value
    for of in LABELS:
        for one, other in zip(found[name, of, "ours"], found[name, of, "gensim's"], strict=True):
            assert abs(one.value - other.value) < 0.2


def test_the_table_of_the_page_is_this_run(
    found: dict[tuple[str, str, str], list[Measured]],
) -> None:
    shown = runpy.run_path(str(WINDOWS / "shown.py"))
    rows = [
        shown["row"](
            name,
            f"{of} hits, {whose}",
            [one.value for one in each],
            (each[0].low, each[0].high),
            (each[0].chance_low, each[0].chance_high),
        )
        for (name, of, whose), each in found.items()
    ]
    print(shown["table"](rows))
    page = (WINDOWS / "README.md").read_text(encoding="utf-8").partition("gensim")[2]
    assert len(re.findall(r"^\| `.*\d\.\d\d", page, re.MULTILINE)) == len(rows)
    assert shown["misfits"](page, rows) == []


def test_each_reads_the_others_text_bit_for_bit(tmp_path: Path) -> None:
    words = ("él", "casa", "a\u00a0b", "1")
    rows = np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)
    rows[0, :3] = [1e-9, -3.4e38, 1e-45]
    save_text(Vectors(words, rows), tmp_path / "ours.txt")
    read = KeyedVectors.load_word2vec_format(str(tmp_path / "ours.txt"), binary=False)
    assert tuple(read.index_to_key) == words
    assert (read[list(words)] == rows).all()
    read.save_word2vec_format(str(tmp_path / "theirs.txt"), binary=False)
    back = load_text(tmp_path / "theirs.txt")
    assert back.words == words
    assert back.matrix.tobytes() == rows.tobytes()
