"""Lab 02.2: softmax, log-sum-exp, log-softmax and cross-entropy for any logits."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.numerics import cross_entropy, log_softmax, log_sum_exp, softmax

SOFTMAX = "theory/03-softmax-that-survives.md"
EXAMPLE = [1.2, 4.7, 3.1, 0.5, 2.9]
INF = math.inf


def by_definition(row):
    """softmax in plain floats, for logits that exp can take."""
    powers = [math.exp(v) for v in row]
    return [p / math.fsum(powers) for p in powers]


def f32(*rows):
    """An array of float32."""
    return np.array(rows[0] if len(rows) == 1 else rows, np.float32)


def test_softmax_of_the_worked_example():
    expect_close(
        softmax(EXAMPLE),
        [0.0213804, 0.7080206, 0.1429469, 0.0106172, 0.1170350],
        tol=1e-7,
        what=f"softmax({EXAMPLE})",
        idea="exp(x_i) over the sum of all exp(x_j); the sum is over the last axis.",
        page=SOFTMAX,
    )
    expect_close(
        softmax([[0.0, 0.0], [0.0, math.log(3)]]),
        [[0.5, 0.5], [0.25, 0.75]],
        tol=1e-12,
        what="softmax of two rows",
        idea="Each row is a distribution of its own: axis=-1, keepdims=True.",
        page=SOFTMAX,
    )


def test_large_logits_do_not_overflow():
    for row, expected in [
        (f32([10, 92, 30, 20, 40]), [0, 1, 0, 0, 0]),
        (f32([100, 100, 100]), [1 / 3] * 3),
        (f32([3e38, -3e38]), [1, 0]),
        (np.array([1000.0, 1001.0]), by_definition([0, 1])),
        (np.array([12.0, 12.0], np.float16), [0.5, 0.5]),
    ]:
        with np.errstate(all="ignore"):
            got = softmax(row)
        expect_close(
            got,
            np.array(expected),
            tol=1e-7,
            what=f"softmax({row.tolist()}) in {row.dtype}",
            idea="exp(92) isn't a float32. Subtract the largest logit first: no exponent is above 0 then, "
            "and the common factor cancels.",
            page=SOFTMAX,
        )


def test_small_logits_do_not_vanish_together():
    for row in (f32([-200, -300, -400]), f32([-1e30, -1e30, -2e30])):
        expected = [1, 0, 0] if row[0] > row[1] else [0.5, 0.5, 0]
        expect_close(
            softmax(row),
            np.array(expected),
            tol=1e-7,
            what=f"softmax({row.tolist()}) in float32",
            idea="All exponentials would be 0, and 0/0 is nan. The largest entry gets exp(0) = 1 after the shift, "
            "so the sum is never below 1.",
            page=SOFTMAX,
        )


def test_a_mask_gets_no_probability():
    got = softmax(f32([1, -INF, 3]))
    expect_close(
        got,
        np.array([0.1192029, 0.0, 0.8807971]),
        tol=1e-6,
        what="softmax([1, -inf, 3])",
        idea="exp(-inf) is exactly 0: a masked entry needs no special case.",
        page=SOFTMAX,
    )


def test_a_row_that_is_all_mask_gets_zeros_and_leaves_the_others_alone():
    rows = f32([1, 2, 3], [-INF, -INF, -INF])
    with np.errstate(invalid="raise"):
        got = softmax(rows)
    expect_close(
        got,
        np.array([by_definition([1, 2, 3]), [0, 0, 0]]),
        tol=1e-6,
        what="softmax of a sound row and one that is all -inf",
        idea="Its max is -inf, and -inf - (-inf) is nan. Subtract 0 there instead, and don't divide by a sum of 0.",
        page=SOFTMAX,
    )


def test_the_dtype_stays_and_integers_become_float64():
    for given, kept in [
        (np.float16, "float16"),
        (np.float32, "float32"),
        (np.float64, "float64"),
        (np.int64, "float64"),
    ]:
        got = softmax(np.array([1, 2, 3], given))
        expect_equal(
            str(got.dtype),
            kept,
            what=f"the dtype of softmax of {np.dtype(given).name}",
            idea="Whoever gives float32 wants float32 back.",
            page=SOFTMAX,
        )


def test_a_wide_float16_row_is_added_in_float32():
    with np.errstate(over="ignore"):
        got = softmax(np.zeros(70_000, np.float16))
    expect_close(
        float(got[0]),
        1 / 70_000,
        tol=3e-8,
        what="softmax of 70,000 equal logits in float16, first entry",
        idea="Their sum is beyond float16's 65,504, so it is inf. Work in float32, round at the end.",
        page=SOFTMAX,
    )


def test_log_sum_exp_against_what_is_known():
    for row, expected in [
        (EXAMPLE, 5.045282148),
        ([0.0] * 5, math.log(5)),
        ([1000.0, 1001.0, 1002.0], 1002 + math.log(1 + math.exp(-1) + math.exp(-2))),
        ([-1000.0, -999.0, -998.0], -998 + math.log(1 + math.exp(-1) + math.exp(-2))),
        ([42.0], 42.0),
        ([-INF, 3.0], 3.0),
    ]:
        expect_close(
            float(log_sum_exp(row)),
            expected,
            tol=1e-9,
            what=f"log_sum_exp({row})",
            idea="Take the largest out before you exponentiate. What does it become outside the logarithm?",
            page=SOFTMAX,
        )
    got = log_sum_exp(f32([1, 2], [3, 4], [-INF, -INF]))
    expect_equal(
        (str(got.dtype), str(log_softmax(f32([1, 2])).dtype), str(log_sum_exp([1, 2]).dtype)),
        ("float32", "float32", "float64"),
        what="the dtypes of log_sum_exp and log_softmax of float32, and of log_sum_exp of integers",
        idea="What comes in as float32 goes out as float32: nobody asked for more bytes.",
        page=SOFTMAX,
    )
    expect_close(
        got,
        np.array([2.3132617, 4.3132617, -INF]),
        tol=1e-6,
        what="log_sum_exp of three rows, the last all -inf",
        idea="One number for each row: the last axis goes. The log of an empty sum is -inf, without a warning.",
        page=SOFTMAX,
    )


def test_log_softmax_is_the_log_of_softmax_where_that_exists():
    expect_close(
        np.exp(log_softmax(EXAMPLE)),
        np.array(by_definition(EXAMPLE)),
        tol=1e-12,
        what=f"exp(log_softmax({EXAMPLE}))",
        idea="You have the shifted logits and the sum of their exponentials. What does a quotient become under a logarithm?",
        page=SOFTMAX,
    )
    expect_close(
        log_softmax(f32([0, -200])),
        np.array([0.0, -200.0]),
        tol=1e-6,
        what="log_softmax([0, -200]) in float32",
        idea="softmax rounds e^-200 to 0, and log(0) is -inf. The logarithm must never see the probability.",
        page=SOFTMAX,
    )
    expect_equal(
        log_softmax([[-INF, -INF], [0.0, -INF]]).tolist(),
        [[-INF, -INF], [0.0, -INF]],
        what="log_softmax of [[-inf, -inf], [0, -inf]]",
        idea="The log of 0 is -inf, and of an all-masked row's zeros too.",
        page=SOFTMAX,
    )


def test_a_large_max_does_not_eat_the_digits():
    expect_close(
        log_softmax(f32([10000, 10000])),
        np.array([-math.log(2)] * 2),
        tol=1e-6,
        what="log_softmax([10000, 10000]) in float32",
        idea="Neighbors near 10000 lie 0.001 apart: log_sum_exp(x) has lost the 0.6931 already. "
        "Which two numbers do you subtract, and how large is the larger one?",
        page=SOFTMAX,
    )


def test_cross_entropy_of_rows():
    for x, targets, expected in [
        (EXAMPLE, 1, 0.345282148),
        ([1.2, 92.0, 3.1, 0.5, 2.9], 2, 88.9),
        ([0.0] * 600, 17, math.log(600)),
        ([EXAMPLE, [0.0] * 5], [1, 4], [0.345282148, math.log(5)]),
        ([1.0, -INF], 1, INF),
        ([-INF, -INF], 0, INF),
        ([42.0], 0, 0.0),
    ]:
        expect_close(
            cross_entropy(x, targets),
            np.array(expected),
            tol=1e-8,
            what=f"cross_entropy({x if np.size(x) < 20 else '600 zeros'}, {targets})",
            idea="Minus the log-softmax at the target, one loss for each row.",
            page=SOFTMAX,
        )
    single = cross_entropy([42.0], 0)
    expect_equal(
        math.copysign(1.0, float(single)),
        1.0,
        what="the sign of a loss of 0",
        idea="-(0.0) is -0.0, which prints as a negative loss. 0 - x isn't.",
        page=SOFTMAX,
    )


def test_losses_are_finite_in_float32_over_the_whole_range():
    rows = f32([-3e38, 0, 3e38], [88, 89, 90], [-104, -105, -106])
    with np.errstate(over="ignore"):
        got = cross_entropy(rows, [2, 0, 2])
    expect_close(
        got,
        np.array([0.0, 2.4076059, 2.4076059]),
        tol=1e-6,
        what="losses for rows around 3e38, 89 and -105",
        idea="Only differences to the max count.",
        page=SOFTMAX,
    )


def test_what_has_no_distribution_is_refused_with_its_place():
    for x, mentions in [
        ([[1.0, 2.0], [3.0, math.nan]], "nan at (1, 1)"),
        ([1.0, INF], "inf at (1,)"),
        ([], "last axis"),
        (np.zeros((3, 0)), "last axis"),
        (3.0, "last axis"),
    ]:
        for f in (softmax, log_sum_exp, log_softmax, lambda x: cross_entropy(x, 0)):
            with expect_raises(
                ValueError,
                what=f"{getattr(f, '__name__', 'cross_entropy')} of {np.asarray(x).tolist()}",
                idea="_logits (given) says so: call it first, in every function.",
                page=SOFTMAX,
                mentions=mentions,
            ):
                f(x)
    with expect_raises(
        TypeError, what="softmax(['a'])", idea="_logits says so.", page=SOFTMAX, mentions="dtype"
    ):
        softmax(["a"])


def test_targets_that_do_not_fit_are_refused():
    for error, x, targets, mentions in [
        (ValueError, EXAMPLE, 5, "5"),
        (ValueError, EXAMPLE, -1, "-1"),
        (ValueError, [EXAMPLE, EXAMPLE], [1], "shape"),
        (ValueError, EXAMPLE, [1], "shape"),
        (TypeError, EXAMPLE, 1.0, "integers"),
        (TypeError, EXAMPLE, True, "integers"),
    ]:
        with expect_raises(
            error,
            what=f"cross_entropy of {np.shape(x)} logits with targets {targets!r}",
            idea="-1 would quietly count from the end, and (2,) against (1,) would broadcast. Does the message say which of them it was: integers, shape, or the value?",
            page=SOFTMAX,
            mentions=mentions,
        ):
            cross_entropy(x, targets)


def test_the_argument_is_left_as_it_was():
    x = f32([1, -INF, 3])
    before = x.copy()
    for f in (softmax, log_sum_exp, log_softmax):
        f(x)
    expect_true(
        bool((x == before).all()),
        what="the logits after three calls",
        expected=before,
        got=x,
        idea="x -= x.max() would change the caller's array.",
        page=SOFTMAX,
    )
