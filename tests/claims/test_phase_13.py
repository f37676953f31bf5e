"""What holds the claims of phase 13, each beside its control at equal scale."""

from __future__ import annotations

import numpy as np
import pytest

from minilm.embed import Vocabulary, WordVectors, skip_gram, train
from minilm.geometry import gap_scores, measured, pca, unit
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
