"""Lab 05.0: entropy is the mean surprise, in nats or bits, and what one thing leaves open about another."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.probability import conditional_entropy, entropy

WORDS = "theory/00-what-is-likely.md"
SURPRISE = "theory/01-surprise.md"

# One verb, three persons: each person's forms of work in the present and the past.
# Rows: I, you, he. Columns: work, works, worked.
WORK = np.array([[1, 0, 1], [1, 0, 1], [0, 1, 1]]) / 6


def test_five_entropies_by_hand():
    for name, p, expected in [
        ("A, one tense for certain", [1, 0, 0, 0, 0], 0.0),
        ("B, a coin between two", [0.5, 0.5, 0, 0, 0], math.log(2)),
        ("C, even among four", [0.25, 0.25, 0.25, 0.25, 0], math.log(4)),
        ("D, even among five", [0.2] * 5, math.log(5)),
        ("E, one likely, four rare", [0.6, 0.1, 0.1, 0.1, 0.1], 1.2275294114572124),
    ]:
        expect_close(
            entropy(p),
            expected,
            tol=1e-12,
            what=f"entropy of {name}",
            idea="How surprising is each outcome, and how often does it happen? Where does p ln(1/p) go as p goes to 0?",
            page=SURPRISE,
        )


def test_certainty_is_plus_zero_and_warns_of_nothing():
    with np.errstate(all="raise"):
        h = entropy([0.0, 1.0, 0.0])
    expect_equal(
        str(float(h)),
        "0.0",
        what="entropy of a certain outcome, as text",
        idea="-(1 * 0) is -0.0 in floats, and 0 * log(0) is nan. Put the logarithm of 1 where p is 0, and add 0.0.",
        page=SURPRISE,
    )


def test_bits_are_nats_over_ln_2():
    for p, base, expected in [
        ([0.5, 0.5], 2, 1.0),
        ([0.125] * 8, 2, 3.0),
        ([0.2] * 5, 2, 2.321928094887362),
        ([0.1] * 10, 10, 1.0),
    ]:
        expect_close(
            entropy(p, base),
            expected,
            tol=1e-12,
            what=f"entropy of {len(p)} equal outcomes in base {base}",
            idea="How many nats is one bit?",
            page=SURPRISE,
        )


def test_rows_are_distributions_of_their_own():
    rows = [[[0.5, 0.5], [1.0, 0.0]], [[0.25, 0.75], [0.0, 1.0]]]
    expect_close(
        entropy(rows),
        np.array([[math.log(2), 0.0], [math.log(4) - 0.75 * math.log(3), 0.0]]),
        tol=1e-12,
        what="entropy of an array of shape (2, 2, 2)",
        idea="Sum over the last axis only: shape (2, 2) comes out.",
        page=SURPRISE,
    )


def test_entropy_lies_between_0_and_ln_v():
    rng = np.random.default_rng(5)
    for v in (1, 2, 5, 600):
        h = entropy(rng.dirichlet(np.ones(v), size=200))
        expect_true(
            h.min() >= 0 and h.max() <= math.log(v) + 1e-12,
            what=f"entropy of 200 random distributions over {v} outcomes",
            expected=f"between 0 and ln {v} = {math.log(v):.4f}",
            got=f"{h.min()} .. {h.max()}",
            idea="Nothing is less certain than all outcomes equally likely.",
            page=SURPRISE,
        )


def test_what_the_person_leaves_open_about_the_form():
    expect_close(
        conditional_entropy(WORK),
        math.log(2),
        tol=1e-12,
        what="conditional_entropy of the forms of work, given the person",
        idea="Each person has two forms, evenly: ln 2 in every row, and the mean over rows weighted by p(row).",
        page=WORDS,
    )
    expect_close(
        conditional_entropy(WORK.T),
        (1 / 3) * math.log(2) + 0.5 * math.log(3),
        tol=1e-12,
        what="conditional_entropy the other way round: the person, given the form",
        idea="work: I or you; works: he for sure; worked: any of three. Weights 1/3, 1/6, 1/2, not 1/3 each.",
        page=WORDS,
    )


def test_the_conditional_is_a_plain_float():
    expect_equal(
        type(conditional_entropy(WORK)).__name__,
        "float",
        what="the type of conditional_entropy",
        idea="One number, for JSON and for print: not one of numpy's.",
        page=WORDS,
    )


def test_the_chain_rule():
    rng = np.random.default_rng(11)
    for _ in range(20):
        joint = rng.dirichlet(np.full(12, 0.5)).reshape(3, 4)
        whole = float(entropy(joint.reshape(-1)))
        expect_close(
            float(entropy(joint.sum(axis=1))) + conditional_entropy(joint),
            whole,
            tol=1e-12,
            what="H(X) + H(Y | X) against H(X, Y) on a random table",
            idea="First learn x, then what x leaves open: together all there is to learn.",
            page=SURPRISE,
        )


def test_a_row_that_never_happens_adds_nothing():
    with np.errstate(all="raise"):
        got = conditional_entropy([[0.5, 0.5], [0.0, 0.0]])
    expect_close(
        got,
        math.log(2),
        tol=1e-12,
        what="conditional_entropy of a table with a row of zeros",
        idea="p(y | x) is 0 / 0 for an x that doesn't happen. Leave such rows out before you divide.",
        page=WORDS,
    )


def test_what_is_no_distribution_is_refused():
    for what, p, kind, word in [
        ("a sum of 0.9", [0.5, 0.4], ValueError, "0.9"),
        ("a negative entry", [1.5, -0.5], ValueError, "-0.5"),
        ("nan", [0.5, math.nan], ValueError, "nan"),
        ("inf", [math.inf, 0.0], ValueError, "inf"),
        ("no entries", [], ValueError, "shape (0,)"),
        ("a bare number", 1.0, ValueError, "shape ()"),
        ("the second row of two", [[0.5, 0.5], [0.5, 0.6]], ValueError, "p[1]"),
        ("rows of different length", [[1.0], [0.5, 0.5]], ValueError, "rectangular"),
        ("text", ["a", "b"], TypeError, "p must"),
        ("bools", [True, False], TypeError, "bool"),
        ("complex numbers", [1 + 0j, 0j], TypeError, "complex"),
    ]:
        with expect_raises(
            kind,
            what=f"entropy of {what}",
            idea="Let `distribution` read the argument; it is given, and its message names the place.",
            page=WORDS,
            mentions=word,
        ):
            entropy(p)
    for base in (0, 1, -2, math.inf, math.nan):
        with expect_raises(
            ValueError,
            what=f"entropy in base {base}",
            idea="A logarithm needs a base above 0 other than 1.",
            page=SURPRISE,
            mentions="base",
        ):
            entropy([0.5, 0.5], base)
    for what, joint in [
        ("one row of numbers", [0.5, 0.5]),
        ("rows that each sum to 1", [[0.5, 0.5], [0.5, 0.5]]),
    ]:
        with expect_raises(
            ValueError,
            what=f"conditional_entropy of {what}",
            idea="A joint distribution is one table whose entries sum to 1 all together.",
            page=WORDS,
            mentions="joint",
        ):
            conditional_entropy(joint)


def test_arguments_are_left_as_they_were():
    p = np.array([[0.25, 0.75], [0.0, 0.0]])
    before = p.copy()
    conditional_entropy(p)
    expect_equal(
        p,
        before,
        what="the table after conditional_entropy",
        idea="Work on a copy: p /= ... writes into the caller's array.",
        page=WORDS,
    )
