"""Lab 05.1: the divergence of two distributions, the cross-entropy, and mutual information as a divergence."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.probability import (
    conditional_entropy,
    cross_entropy_between,
    entropy,
    kl_divergence,
    mutual_information,
)

WORDS = "theory/00-what-is-likely.md"
TWO = "theory/02-two-distributions.md"

UNIFORM = [0.2] * 5
COIN = [0.5, 0.5, 0, 0, 0]
SURE = [0.6, 0.1, 0.1, 0.1, 0.1]
POINT = [1, 0, 0, 0, 0]


def test_divergences_by_hand():
    for what, p, q, expected in [
        ("a coin from the even five", COIN, UNIFORM, math.log(2.5)),
        ("certainty from a model that says 0.6", POINT, SURE, math.log(5 / 3)),
        ("0.8 from 0.5", [0.8, 0.2], [0.5, 0.5], 0.8 * math.log(1.6) + 0.2 * math.log(0.4)),
        ("0.5 from 0.8", [0.5, 0.5], [0.8, 0.2], 0.5 * math.log(0.625) + 0.5 * math.log(2.5)),
        ("a distribution from itself", SURE, SURE, 0.0),
    ]:
        expect_close(
            kl_divergence(p, q),
            expected,
            tol=1e-12,
            what=f"kl_divergence of {what}",
            idea="How much more is q surprised than p, on average, in which world? The two directions differ.",
            page=TWO,
        )


def test_the_impossible_that_happens_costs_infinity():
    with np.errstate(all="raise"):
        forth, back = kl_divergence(UNIFORM, COIN), kl_divergence(COIN, UNIFORM)
        crossed = cross_entropy_between(UNIFORM, COIN)
    expect_equal(
        [float(forth), float(crossed)],
        [math.inf, math.inf],
        what="kl_divergence and cross_entropy_between where q says 0 and p doesn't",
        idea="ln(p / 0) is infinite: return inf. It isn't an error, and no warning should escape.",
        page=TWO,
    )
    expect_close(
        back,
        math.log(2.5),
        tol=1e-12,
        what="kl_divergence where p says 0 and q doesn't",
        idea="An outcome that never happens costs nothing: 0 ln(0 / q) is 0.",
        page=TWO,
    )


def test_the_divergence_is_never_negative():
    rng = np.random.default_rng(42)
    p, q = rng.dirichlet(np.ones(5), size=1000), rng.dirichlet(np.ones(5), size=1000)
    apart = kl_divergence(p, q)
    expect_equal(
        apart.shape,
        (1000,),
        what="the shape of kl_divergence for 1000 rows",
        idea="Sum over the last axis.",
        page=TWO,
    )
    expect_true(
        apart.min() > 0,
        what="kl_divergence on 1000 random pairs",
        expected="above 0 for every pair",
        got=f"a smallest of {apart.min()}",
        idea="Which sum has the same value and no negative term?",
        page=TWO,
    )
    twins = kl_divergence(p, p)
    expect_equal(
        [float(twins.min()), float(twins.max())],
        [0.0, 0.0],
        what="kl_divergence of 1000 distributions from themselves, smallest and largest",
        idea="Equal distributions: exactly 0, not nearly.",
        page=TWO,
    )


def test_the_divergence_is_never_negative_to_the_last_digit():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(4), size=2000)
    q = p * (1 + 1e-15 * rng.normal(size=p.shape))
    least = float(kl_divergence(p, q / q.sum(axis=1, keepdims=True)).min())
    expect_true(
        least >= 0,
        what="kl_divergence of 2000 pairs that differ in their last digits",
        expected="at least 0 for every pair",
        got=f"a smallest of {least}",
        idea="Rounding may leave -1e-32 in a term that is never negative. What is the smallest that a term may be?",
        page=TWO,
    )


def test_close_to_equal_no_digits_are_lost():
    p = np.array([0.5, 0.3, 0.2])
    for delta in (1e-4, 1e-7, 1e-9):
        q = p + np.array([delta, -delta, 0.0])
        series = delta**2 / 2 * (1 / 0.5 + 1 / 0.3) - delta**3 / 3 * (1 / 0.25 - 1 / 0.09)
        got = float(kl_divergence(p, q))
        expect_true(
            abs(got / series - 1) < 1e-5,
            what=f"kl_divergence where two entries differ by {delta:g}",
            expected=f"{series!r} (within 0.001 %)",
            got=repr(got),
            idea="In the plain sum terms of size delta cancel and leave delta squared: all digits go. Which terms don't "
            "cancel, and is their ratio rounded once, or in two ways?",
            page=TWO,
        )


def test_far_from_equal_none_are_lost_either():
    for tiny in (1e-9, 1e-20, 1e-300):
        expect_close(
            kl_divergence([1.0, 0.0], [tiny, 1.0 - tiny]),
            -math.log(tiny),
            tol=1e-12,
            what=f"kl_divergence of certainty from a model that gave it {tiny:g}",
            idea="At r = 1e-20, r - 1 is -1 in floats. What does your logarithm make of that?",
            page=TWO,
        )


def test_cross_entropy_is_entropy_plus_divergence():
    expect_close(
        cross_entropy_between(POINT, SURE),
        -math.log(0.6),
        tol=1e-12,
        what="cross_entropy_between certainty and 0.6",
        idea="Only what happens counts: -ln q of it. This is the loss of one example.",
        page=TWO,
    )
    rng = np.random.default_rng(7)
    p, q = rng.dirichlet(np.ones(5), size=100), rng.dirichlet(np.ones(5), size=100)
    expect_close(
        cross_entropy_between(p, q),
        entropy(p) + kl_divergence(p, q),
        tol=1e-10,
        what="H(p, q) against H(p) + D(p || q) on 100 random pairs",
        idea="ln(1/q) = ln(1/p) + ln(p/q): take the mean under p.",
        page=TWO,
    )
    expect_equal(
        str(float(cross_entropy_between(POINT, POINT))),
        "0.0",
        what="cross_entropy_between certainty and itself, as text",
        idea="-(1 * 0) is -0.0 in floats: add 0.0.",
        page=TWO,
    )


def test_mutual_information_by_hand():
    work = np.array([[1, 0, 1], [1, 0, 1], [0, 1, 1]]) / 6
    for what, joint, expected in [
        ("person and form of work", work, math.log(3) - math.log(2) / 3 - 0.5 * math.log(3)),
        ("two fair coins", np.full((2, 2), 0.25), 0.0),
        ("one coin seen twice", np.diag([0.5, 0.5]), math.log(2)),
    ]:
        expect_close(
            mutual_information(joint),
            expected,
            tol=1e-12,
            what=f"mutual_information of {what}",
            idea="The divergence of the table from the product of its margins.",
            page=TWO,
        )


def test_a_tiny_cell_is_finite_information():
    got = mutual_information([[1e-200, 0.0], [0.0, 1.0]])
    expect_true(
        0 <= got < 1e-190,
        what="mutual_information where both margins of a cell are 1e-200",
        expected="above or at 0, and below 1e-190",
        got=got,
        idea="The product of the two margins underflows to 0, and the cell isn't 0. What does the divergence make of that?",
        page=TWO,
    )


def test_information_is_what_knowing_takes_away():
    rng = np.random.default_rng(3)
    for _ in range(20):
        joint = rng.dirichlet(np.full(12, 0.3)).reshape(4, 3)
        got = mutual_information(joint)
        expect_close(
            got,
            float(entropy(joint.sum(axis=0))) - conditional_entropy(joint),
            tol=1e-10,
            what="I(X; Y) against H(Y) - H(Y | X) on a random table",
            idea="What was open, less what stays open.",
            page=TWO,
        )
        expect_close(
            got,
            mutual_information(joint.T),
            tol=1e-10,
            what="I(X; Y) against I(Y; X)",
            idea="Each tells as much about the other.",
            page=TWO,
        )


def test_what_does_not_fit_is_refused():
    for f in (kl_divergence, cross_entropy_between):
        for what, p, q, word in [
            ("three outcomes and two", [0.2, 0.3, 0.5], [0.5, 0.5], "(3,)"),
            ("one row and two rows", [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], "(2, 2)"),
            ("a q that sums to 2", [0.5, 0.5], [1.0, 1.0], "q"),
            ("a p with nan", [math.nan, 0.5], [0.5, 0.5], "p must"),
        ]:
            with expect_raises(
                ValueError,
                what=f"{f.__name__} of {what}",
                idea="`distribution` reads both and is told their names; then their shapes must be equal.",
                page=TWO,
                mentions=word,
            ):
                f(p, q)
    with expect_raises(
        ValueError,
        what="mutual_information of one row of numbers",
        idea="A joint distribution has two axes.",
        page=WORDS,
        mentions="joint",
    ):
        mutual_information([0.5, 0.5])
