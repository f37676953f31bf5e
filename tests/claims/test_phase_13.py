"""What holds the claims of phase 13, each beside its control at equal scale."""

from __future__ import annotations

import numpy as np
import pytest

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
from minilm.geometry import gap_scores, hit_scores, measured, pca, unit
from minilm.vector_files import Vectors, decode, encode, pack, unpack

A, B, X, C, D, Y = range(6)
SEEDS = (0, 1, 2)


def cosines(tied, seed):
    """Of a with b, which it never meets, and of a with x, beside which it always stands."""
    inputs, targets = skip_gram([[A, X], [B, X], [C, Y], [D, Y]] * 10, 1)
    model = WordVectors(6, 8, tied, np.random.default_rng(seed))
    counts = np.bincount(targets)
    train(
        model, inputs, targets, counts, epochs=200, batch_size=20, lr=0.05, negatives=3, seed=seed
    )
    rows = unit(model.input.weight.numpy())
    return rows[A] @ rows[B], rows[A] @ rows[X]


def test_with_two_tables_words_of_the_same_company_are_alike():
    for seed in SEEDS:
        same_company, beside = cosines(False, seed)
        assert same_company > 0.95 and beside < 0.5


def test_with_one_table_words_that_stand_together_are_the_most_alike():
    for seed in SEEDS:
        same_company, beside = cosines(True, seed)
        assert beside > 0.9 and beside > same_company


LABELS = [i % 6 for i in range(60)]


def tight():
    rng = np.random.default_rng(0)
    return rng.normal(size=(6, 8))[LABELS] + 0.4 * rng.normal(size=(60, 8))


def test_words_written_twice_give_no_narrower_interval():
    once = measured(gap_scores, tight(), LABELS)
    twice = measured(gap_scores, np.concatenate([tight(), tight()]), LABELS * 2)
    assert (twice.high - twice.low) / (once.high - once.low) == pytest.approx(1, abs=0.1)


def test_drawing_words_would_give_a_narrower_one():
    def width(matrix, labels):
        rows = unit(matrix)
        scores = gap_scores(rows @ rows.T, np.array(labels))
        rng = np.random.default_rng(1)
        means = scores[rng.integers(len(scores), size=(1000, len(scores)))].mean(1)
        low, high = np.percentile(means, [2.5, 97.5])
        return high - low

    both = np.concatenate([tight(), tight()])
    assert width(both, LABELS * 2) / width(tight(), LABELS) == pytest.approx(2**-0.5, abs=0.1)


SWARM = np.random.default_rng(0).normal(size=(50, 3)) * [3.0, 1.0, 0.5] + [0.0, 100.0, 0.0]


def test_pca_finds_the_longest_axis_of_a_cloud_that_lies_far_away():
    points, _ = pca(SWARM, 1)
    assert abs(np.corrcoef(points[:, 0], SWARM[:, 0])[0, 1]) > 0.99


def test_without_centering_the_first_direction_is_where_the_cloud_lies():
    assert abs(np.linalg.svd(SWARM)[2][0, 1]) > 0.99


def stepped(model):
    """Both tables after one epoch on the toy."""
    inputs, targets = skip_gram([[A, X], [B, X], [C, Y], [D, Y]], 1)
    train(model, inputs, targets, np.bincount(targets), epochs=1, lr=0.05)
    return model.input.weight.numpy(), model.output.weight.numpy()


def test_a_tied_model_that_was_kept_trains_on_as_one_table():
    words = Vocabulary(("a", "b", "x", "c", "d", "y"), (1,) * 6)
    kept = WordVectors(6, 8, True, np.random.default_rng(0))
    _, back = unpack(*pack(words, kept), "x")
    read, guessed = stepped(back)
    assert (read == guessed).all()
    assert (read == stepped(kept)[0]).all()


def test_two_tables_with_equal_numbers_part_at_the_next_step():
    model = WordVectors(6, 8, False, np.random.default_rng(0))
    model.output.weight.data = model.input.weight.numpy()
    read, guessed = stepped(model)
    assert (read != guessed).any()


LOW = np.nextafter(np.float32(1000), np.float32(2000))
NEIGHBORS = np.array([[LOW, np.nextafter(LOW, np.float32(2000))]])


def test_the_text_brings_back_numbers_that_eight_digits_do_not():
    assert (decode(encode(Vectors(("w",), NEIGHBORS)), "x").matrix == NEIGHBORS).all()


def test_eight_digits_write_two_neighbors_alike_and_nine_do_not():
    for digits, alike in ((8, True), (9, False)):
        one, other = (f"{x:.{digits - 1}e}" for x in NEIGHBORS[0])
        assert (one == other) == alike


def corpus_vectors(whole_verbs, window, epochs, seed):
    """The vocabulary of the corpus and its input vectors after a training like those of the experiments."""
    texts = documents(bare(), whole_verbs)
    words = Vocabulary.of(texts)
    inputs, targets = skip_gram([words.encode(text) for text in texts], window)
    model = WordVectors(len(words.words), 32, rng=np.random.default_rng(seed))
    train(model, inputs, targets, words.counts, epochs=epochs, seed=seed)
    return words, model.input.weight.numpy().astype(np.float64)


def hits_of_whole_verbs(window):
    """For three seeds the share of forms whose nearest is one of their verb, and the same for their slot."""
    found = []
    for seed in (42, 43, 44):
        words, vectors = corpus_vectors(True, window, 10, seed)
        shares = []
        for labels in word_labels():
            rows, groups = labeled(words.words, labels)
            shares.append(measured(hit_scores, vectors[rows], groups, times=2).value)
        found.append(shares)
    return np.array(found).T


def test_with_whole_verbs_and_a_narrow_window_the_slot_comes_first():
    verb, slot = hits_of_whole_verbs(2)
    assert slot == pytest.approx([0.58, 0.62, 0.63], abs=0.05)
    assert verb == pytest.approx([0.37, 0.35, 0.35], abs=0.05)


def test_with_whole_verbs_and_a_wide_window_the_verb_takes_the_places():
    verb, slot = hits_of_whole_verbs(5)
    assert verb.min() > 0.8 and slot.max() < 0.05


def hubs(directions_only):
    """The ten words that are nearest most often: the share of words they serve, and their ranks in length from 0 to 1."""
    words, vectors = corpus_vectors(False, 2, 20, 0)
    rows, _ = labeled(words.words, word_labels()[1])
    chosen = vectors[rows]
    compared = unit(chosen) if directions_only else chosen
    near = compared @ compared.T
    np.fill_diagonal(near, -np.inf)
    served = np.bincount(near.argmax(1), minlength=len(rows))
    top = np.argsort(-served, kind="stable")[:10]
    ranks = (chosen**2).sum(1).argsort().argsort() / len(rows)
    return served[top].sum(), ranks[top]


def test_with_lengths_ten_long_words_are_nearest_to_most():
    served, ranks = hubs(directions_only=False)
    assert served == pytest.approx(150, abs=10) and ranks.min() > 0.75


def test_without_lengths_ten_words_are_nearest_to_few_and_not_long():
    served, ranks = hubs(directions_only=True)
    assert served < 60 and ranks.min() < 0.5
