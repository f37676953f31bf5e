"""Lab 03.4: what to keep of a matrix, how much it can stretch, and how much it can amplify an error."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.linalg import (
    compress,
    condition_number,
    numerical_rank,
    operator_norm,
    relative_errors,
)

LOW_RANK = "theory/05-what-to-keep.md"
CONDITION = "theory/06-how-errors-grow.md"


def planted(rank, shape=(12, 9), seed=10):
    """A matrix of exactly this rank."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((shape[0], rank)) @ rng.standard_normal((rank, shape[1]))


def hilbert(n):
    return np.array([[1 / (i + j + 1) for j in range(n)] for i in range(n)])


def test_the_rank_is_the_number_of_values_above_rounding():
    for what, a, expected in [
        ("a planted 3", planted(3), 3),
        ("the same, transposed", planted(3).T, 3),
        ("full rank", planted(9), 9),
        ("zeros", np.zeros((4, 3)), 0),
        ("[[1, 2], [2, 4]]", [[1, 2], [2, 4]], 1),
        ("the same times 1e-200", np.array([[1, 2], [2, 4]]) * 1e-200, 1),
    ]:
        expect_equal(
            numerical_rank(a),
            expected,
            what=f"numerical_rank of {what}",
            idea="Compare with the largest singular value, not with a fixed number. None is above 0 for zeros.",
            page=LOW_RANK,
        )


def test_the_threshold_is_yours():
    a = np.diag([1.0, 1e-3, 1e-6])
    for rtol, expected in [(0.0, 3), (1e-5, 2), (1e-2, 1), (2.0, 0)]:
        expect_equal(
            numerical_rank(a, rtol),
            expected,
            what=f"numerical_rank of diag(1, 1e-3, 1e-6) with rtol {rtol}",
            idea="How many values are above rtol times the largest?",
            page=LOW_RANK,
        )


def test_the_factors_have_the_promised_shapes():
    left, right = compress(planted(5), 2)
    expect_equal(
        (left.shape, right.shape),
        ((12, 2), (2, 9)),
        what="the factors of a (12, 9) at k = 2",
        idea="The singular values go into one of the factors: no third array.",
        page=LOW_RANK,
    )


def test_a_planted_rank_comes_back():
    a = planted(3)
    left, right = compress(a, 3)
    expect_close(
        left @ right,
        a,
        tol=1e-12,
        what="left @ right at k = 3 of a matrix of rank 3",
        idea="Keep the first three: the largest.",
        page=LOW_RANK,
    )


def test_the_error_is_what_was_left_out():
    a = np.random.default_rng(11).standard_normal((10, 7))
    s = np.linalg.svd(a, compute_uv=False)
    for k in range(1, 8):
        left, right = compress(a, k)
        rest = a - left @ right
        expect_close(
            [np.linalg.norm(rest), np.linalg.norm(rest, 2)],
            [math.sqrt(float((s[k:] ** 2).sum())), float(s[k]) if k < 7 else 0.0],
            tol=1e-12,
            what=f"the Frobenius and the operator norm of the error at k = {k}",
            idea="Which singular values does a minus its approximation have? What are its two norms?",
            page=LOW_RANK,
        )


def test_no_other_matrix_of_that_rank_is_nearer():
    rng = np.random.default_rng(12)
    a = rng.standard_normal((8, 6))
    left, right = compress(a, 2)
    best = float(np.linalg.norm(a - left @ right))
    for _ in range(50):
        other = left + 0.05 * rng.standard_normal(left.shape)
        fitted = other @ np.linalg.lstsq(other, a, rcond=None)[0]
        expect_true(
            float(np.linalg.norm(a - fitted)) >= best - 1e-12,
            what="the error of a neighbor of rank 2, its second factor fitted by least squares",
            expected=f"at least {best:.6f}",
            got=float(np.linalg.norm(a - fitted)),
            idea="Only the largest singular values give the nearest matrix.",
            page=LOW_RANK,
        )


def test_the_errors_are_known_before_anything_is_multiplied():
    expect_close(
        relative_errors([4.0, 3.0]),
        [1.0, 0.6, 0.0],
        tol=1e-14,
        what="relative_errors of [4, 3]",
        idea="Left out: 5 of 5, then 3 of 5, then 0 of 5.",
        page=LOW_RANK,
    )
    for s in ([12.0, 4.0, 3.0], [1.0], [2.0, 2.0, 0.0]):
        got = relative_errors(s)
        expect_true(
            got.shape == (len(s) + 1,)
            and got[0] == 1
            and got[-1] == 0
            and bool((np.diff(got) <= 0).all()),
            what=f"relative_errors of {s}",
            expected=f"{len(s) + 1} numbers that fall from 1 to 0",
            got=got.tolist(),
            idea="One number for each rank from 0 to r.",
            page=LOW_RANK,
        )
    expect_close(
        [*relative_errors([4e200, 3e200]), *relative_errors([0.0, 0.0])],
        [1.0, 0.6, 0.0, 0.0, 0.0, 0.0],
        tol=1e-14,
        what="relative_errors of [4e200, 3e200] and of [0, 0]",
        idea="Use l2_norm. Of nothing, nothing is left out: don't divide by 0.",
        page=LOW_RANK,
    )


def test_three_operator_norms():
    a = [[1.0, -2.0], [3.0, 4.0]]
    for p, expected in [(1, 6.0), (math.inf, 7.0), (2, math.sqrt(15 + math.sqrt(125)))]:
        expect_close(
            operator_norm(a, p),
            expected,
            tol=1e-13,
            what=f"operator_norm of [[1, -2], [3, 4]] with p = {p}",
            idea="Which vector of norm 1 is stretched most, for p = 1, for p = inf, for p = 2?",
            page=CONDITION,
        )


def test_no_vector_is_stretched_more_than_the_norm_says():
    rng = np.random.default_rng(13)
    a = rng.standard_normal((6, 4))
    for p in (1, 2, math.inf):
        xs = np.concatenate([rng.standard_normal((200, 4)), np.eye(4), np.sign(a)])
        ratios = np.linalg.norm(xs @ a.T, p, axis=1) / np.linalg.norm(xs, p, axis=1)
        limit = operator_norm(a, p)
        expect_true(
            bool((ratios <= limit * (1 + 1e-12)).all()),
            what=f"|a x| / |x| for 210 vectors, p = {p}",
            expected=f"at most {limit:.6f}",
            got=float(ratios.max()),
            idea="It is the maximum over all vectors.",
            page=CONDITION,
        )
        if p != 2:
            expect_close(
                float(ratios.max()),
                limit,
                tol=1e-12,
                what=f"the largest of these ratios, p = {p}",
                idea="A unit vector reaches the column sum; a vector of signs reaches the row sum.",
                page=CONDITION,
            )


def test_condition_numbers():
    for what, a, expected in [
        ("the identity", np.eye(3), 1.0),
        ("diag(100, 1)", np.diag([100.0, 1.0]), 100.0),
        ("diag(-2, 1e-3)", np.diag([-2.0, 1e-3]), 2000.0),
        ("a (3, 1)", [[1.0], [2.0], [2.0]], 1.0),
        ("a rotation times 7", 7 * np.array([[0.6, -0.8], [0.8, 0.6]]), 1.0),
        ("Hilbert 5", hilbert(5), float(np.linalg.cond(hilbert(5)))),
    ]:
        expect_close(
            condition_number(a),
            expected,
            tol=1e-9,
            what=f"condition_number of {what}",
            idea="The largest singular value over the smallest.",
            page=CONDITION,
        )


def test_a_scale_changes_no_condition():
    for scale in (1e-200, 1e-20, 1e20):
        expect_close(
            condition_number(scale * np.array([[2.0, 0.0], [0.0, 1.0]])),
            2.0,
            tol=1e-12,
            what=f"condition_number of diag(2, 1) times {scale:g}",
            idea="With what do you compare the smallest value: with a constant, or with the largest?",
            page=CONDITION,
        )


def test_a_singular_matrix_has_no_finite_condition():
    for what, a in [
        ("[[1, 2], [2, 4]]", [[1, 2], [2, 4]]),
        ("zeros", np.zeros((2, 2))),
        ("rank 3 in (12, 9)", planted(3)),
    ]:
        expect_equal(
            condition_number(a),
            math.inf,
            what=f"condition_number of {what}",
            idea="A smallest value below max(m, n) eps times the largest is rounding: treat it as 0.",
            page=CONDITION,
        )


def test_what_makes_no_sense_is_refused():
    for what, call in [
        ("compress at k = 0", lambda: compress(np.eye(3), 0)),
        ("compress at k = 4 of (3, 5)", lambda: compress(np.ones((3, 5)), 4)),
        ("rtol = -1", lambda: numerical_rank(np.eye(2), -1.0)),
        ("rtol = nan", lambda: numerical_rank(np.eye(2), math.nan)),
        ("the 3-norm", lambda: operator_norm(np.eye(2), 3)),
        ("the norm of nothing", lambda: operator_norm(np.zeros((0, 2)))),
        ("the norm of nan", lambda: operator_norm([[math.nan]], 1)),
        ("rising singular values", lambda: relative_errors([1.0, 2.0])),
        ("negative singular values", lambda: relative_errors([1.0, -2.0])),
        ("no singular values", lambda: relative_errors([])),
        ("the condition of nan", lambda: condition_number([[math.nan, 1.0]])),
        ("the condition of a vector", lambda: condition_number([1.0, 2.0])),
    ]:
        with expect_raises(ValueError, what=what, idea="The guards are given.", page=LOW_RANK):
            call()
