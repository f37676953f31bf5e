"""Lab 03.2: three norms that neither overflow nor vanish on the way."""

import math
import warnings

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.linalg import l1_norm, l2_norm, linf_norm

NORMS = "theory/03-how-long-is-a-vector.md"
ALL = [("l1_norm", l1_norm), ("l2_norm", l2_norm), ("linf_norm", linf_norm)]


def test_three_lengths_of_one_vector():
    for x, expected in [
        ([3.0, -4.0], (7.0, 5.0, 4.0)),
        ([3.0, -4.0, 12.0, 0.0], (19.0, 13.0, 12.0)),
        ([-2.0], (2.0, 2.0, 2.0)),
        ([[1.0, 2.0], [2.0, 4.0]], (9.0, 5.0, 4.0)),
        ([[3.0, 0.0], [0.0, 4.0]], (7.0, 5.0, 4.0)),
    ]:
        expect_close(
            [norm(x) for _, norm in ALL],
            list(expected),
            tol=1e-14,
            what=f"l1, l2 and linf of {x}",
            idea="Sum of sizes, root of the sum of squares, largest size. A matrix counts as one long vector.",
            page=NORMS,
        )


def test_they_agree_with_numpy():
    rng = np.random.default_rng(5)
    for n in (1, 2, 10, 1000):
        x = rng.standard_normal(n) * 100
        for (name, norm), order in zip(ALL, (1, 2, np.inf), strict=True):
            expect_close(
                norm(x),
                float(np.linalg.norm(x, order)),
                tol=1e-13,
                what=f"{name} of {n} random numbers",
                idea="Scale, add, scale back.",
                page=NORMS,
            )


def test_zeros_and_nothing_have_length_zero():
    for name, norm in ALL:
        for x in ([0.0, 0.0, -0.0], [], np.zeros((3, 0))):
            expect_equal(
                norm(x),
                0.0,
                what=f"{name} of {np.asarray(x).tolist()}",
                idea="Divide by the largest only if there is something to divide by: 0/0 is nan.",
                page=NORMS,
            )


def test_squares_may_not_overflow():
    for x, expected in [
        ([3e200, 4e200], 5e200),
        ([1e308, 1e308], math.sqrt(2) * 1e308),
        (np.array([1e30, 1e30], np.float32), math.sqrt(2) * float(np.float32(1e30))),
    ]:
        expect_close(
            l2_norm(x) / expected,
            1.0,
            tol=1e-14,
            what=f"l2_norm of {np.asarray(x).tolist()}, divided by {expected:g}",
            idea="The square of 1e200 is no float64. By what can you divide first, so that all squares are at most 1?",
            page=NORMS,
        )


def test_squares_may_not_vanish():
    for x, expected in [([3e-200, 4e-200], 5e-200), ([5e-324] * 4, 1e-323)]:
        expect_close(
            l2_norm(x) / expected,
            1.0,
            tol=1e-14,
            what=f"l2_norm of {x}, divided by {expected:g}",
            idea="The square of 3e-200 is 0. Don't multiply by 1/max either: 1/5e-324 is inf. Divide.",
            page=NORMS,
        )


def test_a_length_beyond_all_floats_is_infinite_and_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, norm in ALL[:2]:
            expect_equal(
                norm([1.7e308] * 4),
                math.inf,
                what=f"{name} of four times 1.7e308",
                idea="The last multiplication may overflow: that is the answer. As Python floats it does so silently.",
                page=NORMS,
            )


def test_infinity_and_nan_come_out():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, norm in ALL:
            expect_equal(
                norm([1.0, -math.inf]),
                math.inf,
                what=f"{name} of [1, -inf]",
                idea="inf / inf is nan: return before you divide.",
                page=NORMS,
            )
            for x in ([math.nan, 1.0], [1.0, math.nan], [math.inf, math.nan]):
                expect_true(
                    math.isnan(norm(x)),
                    what=f"{name} of {x}",
                    expected="nan",
                    got=norm(x),
                    idea="nan > x is False, so Python's max() may lose a nan. NumPy's keeps it.",
                    page=NORMS,
                )


def test_integers_are_measured_as_numbers():
    for name, norm in ALL:
        expect_equal(
            norm(np.array([-128], np.int8)),
            128.0,
            what=f"{name} of int8 -128",
            idea="In int8, abs(-128) is -128. real_array (given) makes floats first.",
            page=NORMS,
        )


def test_the_result_is_a_plain_float():
    for name, norm in ALL:
        expect_true(
            type(norm([1.0, 2.0])) is float and type(norm([0.0])) is float,
            what=f"the type of {name}",
            expected="float",
            got=type(norm([1.0, 2.0])).__name__,
            idea="float(...) around what NumPy gives.",
            page=NORMS,
        )


def test_what_is_no_number_is_refused():
    for name, norm in ALL:
        for x in ([1j], ["a"], [True], None):
            with expect_raises(
                TypeError,
                what=f"{name} of {x}",
                idea="real_array (given) refuses it: call it first.",
                page=NORMS,
                mentions="x must",
            ):
                norm(x)
