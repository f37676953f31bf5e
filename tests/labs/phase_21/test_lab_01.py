"""Lab 21.1: top-k, top-p, min-p and typical."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minilm.sample import min_p, probabilities, top_k, top_p, typical

CUT = "theory/02-cut-the-tail.md"
PEAKED, FLAT = [5.0, 4.0, 0.0, 0.0, 0.0], [2.0, 1.9, 1.8, 1.7, 0.0]
FILTERS = (
    (lambda z: top_k(z, 3), "top_k with 3"),
    (lambda z: top_p(z, 0.8), "top_p with 0.8"),
    (lambda z: min_p(z, 0.2), "min_p with 0.2"),
    (lambda z: typical(z, 0.6), "typical with 0.6"),
)


def left(z):
    """The ids that stay, for each row."""
    rows = [np.flatnonzero(row > -np.inf).tolist() for row in np.atleast_2d(z)]
    return rows if np.ndim(z) == 2 else rows[0]


def same(got, expected, what, idea):
    expect_equal(got, expected, what=what, idea=idea, page=CUT)


def test_top_k_keeps_k():
    same(left(top_k([FLAT, PEAKED[::-1]], 2)), [[0, 1], [3, 4]], "ids that top_k with 2 leaves of two rows", "Each row has its own k-th largest.")  # fmt: skip
    same(left(top_k(FLAT, 5)), [0, 1, 2, 3, 4], "top_k with all five", "Nothing goes.")
    same(left(top_k(FLAT, 1)), [0], "top_k with 1", "Only the likeliest.")


def test_top_k_keeps_equals():
    same(left(top_k([3.0, 1.0, 3.0, 3.0, 1.0], 2)), [0, 2, 3], "top_k with 2 of (3, 1, 3, 3, 1)", "Which of the three 3s would go?")  # fmt: skip


def test_top_k_refuses():
    for k in (0, -1, 6):
        with expect_raises(ValueError, mentions=f"got {k}", what=f"top_k with {k} of five", idea="The message names k.", page=CUT):  # fmt: skip
            top_k(FLAT, k)
    with expect_raises(ValueError, mentions="5", what="top_k with 6 of five", idea="and how many there are.", page=CUT):  # fmt: skip
        top_k(FLAT, 6)
    for k in (2.0, True):
        with expect_raises(TypeError, mentions=repr(k), what=f"top_k with {k!r}", idea="A number of tokens is an int.", page=CUT):  # fmt: skip
            top_k(FLAT, k)


def test_top_p_keeps_the_fewest_that_suffice():
    same(left(top_p([PEAKED, FLAT], 0.9)), [[0, 1], [0, 1, 2, 3]], "ids that top_p with 0.9 leaves of a peaked and a flat row", "Add from the likeliest down. When is it enough, and does the one that makes it enough belong to it?")  # fmt: skip
    z = np.log([0.1, 0.4, 0.2, 0.3])
    for p, ids in ((0.05, [1]), (0.39, [1]), (0.41, [1, 3]), (0.69, [1, 3]), (0.71, [1, 2, 3]), (0.95, [0, 1, 2, 3])):  # fmt: skip
        same(left(top_p(z, p)), ids, f"top_p with {p} of (0.1, 0.4, 0.2, 0.3)", "Sorted: 0.4, 0.3, 0.2, 0.1; added up: 0.4, 0.7, 0.9, 1.")  # fmt: skip


def test_top_p_of_equals_keeps_the_lower_ids():
    same(left(top_p(np.zeros(4), 0.6)), [0, 1, 2], "top_p with 0.6 of four equals", "Three quarters are enough. Which three? A stable sort says so.")  # fmt: skip
    for p in (1e-17, 1e-300):
        same(left(top_p(np.zeros(4), p)), [0], f"top_p with {p}", "One token always stays.")


def test_top_p_of_one_changes_nothing():
    z = np.random.default_rng(0).normal(size=(200, 512)) * 6
    z[:, 0] = -800.0
    same(left(top_p(z, 1.0)), [list(range(512))] * 200, "top_p with 1 of 200 rows of 512 tokens", "A sum that begins at the top reaches 1 before its last tokens have come.")  # fmt: skip
    rest = 1e-13
    z = np.log([1 - 3 * rest, rest, rest, rest])
    same(left(top_p(z, 1 - 1.5 * rest)), [0, 1, 2], "top_p that wants two of three tokens of 1e-13 each", "Sum from the smallest up: those sums keep their digits.")  # fmt: skip


def test_min_p_goes_by_the_likeliest():
    z = np.log([0.05, 0.5, 0.25, 0.2])
    for p, ids in ((0.09, [0, 1, 2, 3]), (0.11, [1, 2, 3]), (0.41, [1, 2]), (0.51, [1]), (1.0, [1])):  # fmt: skip
        same(left(min_p(z, p)), ids, f"min_p with {p} of (0.05, 0.5, 0.25, 0.2)", "A share of the largest probability, not of 1.")  # fmt: skip
    same(left(min_p([[9.0, 9.0, 5.0], [1.0, -3.0, 0.0]], 0.3)), [[0, 1], [0, 2]], "min_p with 0.3 of two rows", "Each row has its own largest one.")  # fmt: skip


def test_typical_goes_by_the_entropy():
    z = np.log([0.5, 0.2, 0.15, 0.1, 0.05])
    for mass, ids in ((0.1, [1]), (0.3, [1, 2]), (0.4, [0, 1, 2]), (0.9, [0, 1, 2, 3]), (0.99, [0, 1, 2, 3, 4])):  # fmt: skip
        same(left(typical(z, mass)), ids, f"typical with {mass} of (0.5, 0.2, 0.15, 0.1, 0.05)", "The entropy is 1.33 nats; the informations are 0.69, 1.61, 1.90, 2.30, 3.00. Which is nearest?")  # fmt: skip
    rows = np.log([[0.7, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]])
    same(left(typical(rows, 0.5)), [[0], [3]], "typical with 0.5 of two rows", "Each row has its own entropy: 0.94 nats here, and -ln 0.7 is 0.36, 0.58 away.")  # fmt: skip


def test_typical_keeps_equals_and_ignores_what_is_gone():
    z = np.array([0.0, -np.inf, 0.0, 0.0, -np.inf])
    same(left(typical(z, 0.5)), [0, 2, 3], "typical with 0.5 of three equals and two that are gone", "0 times -inf is no entropy; all three are equally typical.")  # fmt: skip
    same(left(typical(FLAT, 1)), [0, 1, 2, 3, 4], "typical with 1", "Nothing goes.")
    big = np.random.default_rng(0).normal(size=(200, 512)) * 6
    same(left(typical(big, 1.0)), [list(range(512))] * 200, "typical with 1 of 200 rows of 512", "Nothing goes.")  # fmt: skip


def test_shares_are_refused_outside_0_to_1():
    for f in (top_p, min_p, typical):
        for p in (0.0, -0.1, 1.01, float("nan")):
            with expect_raises(ValueError, mentions=repr(p), what=f"{f.__name__} with {p}", idea="The message names the value.", page=CUT):  # fmt: skip
                f(FLAT, p)


def test_what_stays_keeps_its_logit():
    for dtype in (np.float64, np.float32):
        z = np.random.default_rng(1).normal(size=(4, 12)).astype(dtype)
        for source in (z, z[:, ::-1], np.asfortranarray(z)):
            before = source.copy()
            for f, name in FILTERS:
                got = f(source)
                stays = got > -np.inf
                expect_close(got[stays], source[stays], tol=0, what=f"logits that {name} leaves, {dtype.__name__}", idea="What stays isn't moved: the softmax that comes later scales it.", page=CUT)  # fmt: skip
                same(
                    bool((source == before).all()), True, f"the input after {name}", "A new array."
                )
                same(left(got), [left(f(row)) for row in source], f"{name} of four rows, and of each alone", "On the axis of tokens.")  # fmt: skip


def test_what_is_cut_has_no_probability():
    z = np.array([-1.0, -2.0, -3.0, -4.0, -5.0])
    for f, name in FILTERS:
        got = probabilities(f(z))
        same(bool((got == 0).any() and abs(got.sum() - 1) < 1e-12), True, f"some probabilities after {name} are 0 and they sum to 1", "Which logit has the probability 0, whatever the others are?")  # fmt: skip


def test_filters_refuse_logits_that_are_none():
    for f, name in FILTERS:
        for z, word in (([0.0, np.nan, 0.0], "token 1"), ([-np.inf] * 3, "no token is left")):
            with expect_raises(ValueError, mentions=word, what=f"{name} of {z}", idea="The check that was given is still in front.", page=CUT):  # fmt: skip
                f(z)
