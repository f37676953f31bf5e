"""Lab 02.3: four ways to add, on lists where they really differ."""

import math
import random
from fractions import Fraction

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.numerics import kahan_sum, naive_sum, neumaier_sum, pairwise_sum

SUMS = "theory/05-adding-many-numbers.md"
ALL = (naive_sum, pairwise_sum, kahan_sum, neumaier_sum)


def f32(numbers):
    """An array of float32."""
    return np.array(numbers, np.float32)


def exact(x):
    """The sum without any rounding, as the nearest float."""
    return float(sum(Fraction(float(v)) for v in x))


def test_the_naive_sum_rounds_after_every_addition():
    for x, expected in [
        (f32([1, 2, 3, 4]), 10.0),
        (f32([2**24] + [1] * 10), 2.0**24),
        (f32([1] * 10 + [2**24]), 2.0**24 + 10),
        (np.array([2048.0] + [1.0] * 10, np.float16), 2048.0),
        (np.array([2.0**53] + [1.0] * 10), 2.0**53),
    ]:
        expect_equal(
            naive_sum(x),
            expected,
            what=f"naive_sum of {len(x)} entries, {x[0]:g} first, in {x.dtype}",
            idea="Start from x.dtype.type(0): a plain 0.0 may turn the sum into float64, which hides the effect.",
            page=SUMS,
        )


def test_pairwise_adds_halves():
    x = f32([2**24] + [1] * 15)
    expect_equal(
        pairwise_sum(x, block=8),
        2.0**24 + 8,
        what="pairwise_sum of 2^24 and fifteen ones, block 8",
        idea="The first half (2^24 and seven ones) is added naively and stays 2^24; the second is 8.",
        page=SUMS,
    )
    expect_equal(
        pairwise_sum(x, block=1),
        2.0**24 + 14,
        what="the same with block 1",
        idea="Only the pair (2^24, 1) loses its one. Halve until block entries are left.",
        page=SUMS,
    )
    expect_equal(
        pairwise_sum(x, block=16),
        2.0**24,
        what="the same with block 16",
        idea="A list no longer than block is added naively.",
        page=SUMS,
    )


def test_kahan_carries_what_was_lost():
    for x, expected in [
        (f32([2**24] + [1] * 1000), 2.0**24 + 1000),
        (f32([1] + [1e-9] * 10000), 1.0000100135803223),
        (f32([1 / 600] * 600), 1.0),
    ]:
        expect_equal(
            kahan_sum(x),
            expected,
            what=f"kahan_sum of {len(x)} entries that begin with {x[0]:g}",
            idea="Follow page 05's table with these entries: what is taken off the next entry, and of which entry is the loss measured, "
            "the one that came or the corrected one?",
            page=SUMS,
        )


def test_neumaier_also_survives_an_entry_larger_than_the_sum():
    x = f32([1, 1e38, 1, -1e38])
    got = [f(x) for f in (naive_sum, kahan_sum, neumaier_sum)]
    expect_equal(
        got,
        [0.0, 0.0, 2.0],
        what="naive, Kahan and Neumaier for [1, 1e38, 1, -1e38]",
        idea="Of total and value, the smaller one loses digits: (total - after) + value if the total is larger, "
        "(value - after) + total if not. Add all losses at the very end.",
        page=SUMS,
    )
    expect_equal(
        neumaier_sum(-x),
        -2.0,
        what="neumaier_sum([-1, -1e38, -1, 1e38])",
        idea="Compare sizes, not values: abs(total) >= abs(value).",
        page=SUMS,
    )
    expect_equal(
        neumaier_sum(f32([2**24] + [1] * 1000)),
        2.0**24 + 1000,
        what="neumaier_sum of 2^24 and a thousand ones",
        idea="The losses add up beside the total: 1000 times 1.",
        page=SUMS,
    )


def test_the_errors_are_within_their_bounds():
    rng = random.Random(5)
    x = f32([rng.uniform(0, 1) for _ in range(5000)])
    n, u, size = len(x), 2.0**-24, exact(x)
    for f, bound in [
        (naive_sum, (n - 1) * u * size),
        (pairwise_sum, (8 + math.log2(n / 8)) * u * size),
        (kahan_sum, 2 * u * size),
        (neumaier_sum, 2 * u * size),
    ]:
        off = abs(f(x) - size)
        expect_true(
            off <= bound,
            what=f"the error of {f.__name__} for 5,000 numbers in [0, 1)",
            expected=f"at most {bound:.3g}",
            got=f"{off:.3g}",
            idea="Page 05 derives the bounds. Is every step rounded to float32, and is nothing lost?",
            page=SUMS,
        )


def test_compensation_is_worth_its_price():
    rng = random.Random(6)
    x = f32([rng.uniform(1, 2) for _ in range(5000)])
    off = {f.__name__: abs(f(x) - exact(x)) for f in ALL}
    expect_true(
        off["naive_sum"] > 4 * max(off["kahan_sum"], off["neumaier_sum"]),
        what="errors for 5,000 numbers in [1, 2)",
        expected="naive more than four times the compensated ones",
        got=off,
        idea="If they are equal, the compensation is always 0: in which order do you subtract, and what do the brackets hold?",
        page=SUMS,
    )


def test_the_result_is_a_plain_float_of_the_dtype():
    x = f32([0.1, 0.2])
    for f in ALL:
        got = f(x)
        expect_equal(
            (type(got).__name__, got),
            ("float", float(np.float32(0.1) + np.float32(0.2))),
            what=f"{f.__name__}([0.1, 0.2]) in float32",
            idea="Add in the array's dtype, hand over a Python float.",
            page=SUMS,
        )


def test_nothing_and_one_thing():
    for f in ALL:
        expect_equal(
            (f(f32([])), f(f32([2.5]))),
            (0.0, 2.5),
            what=f"{f.__name__} of no entry and of one",
            idea="The empty sum is 0.0.",
            page=SUMS,
        )


def test_what_leaves_the_format_is_what_hardware_says():
    inf, nan = math.inf, math.nan
    for x, expected in [
        (f32([3e38, 3e38, 1]), inf),
        (f32([1, inf, 1]), inf),
        (f32([1, -inf, 2]), -inf),
        (f32([inf, -inf]), nan),
        (f32([1, nan]), nan),
    ]:
        for f in ALL:
            expect_close(
                [f(x)],
                [expected],
                tol=0.0,
                what=f"{f.__name__}({x.tolist()})",
                idea="inf - inf is nan, so a compensation turns every inf into nan. "
                "If the result isn't finite, return what naive_sum says.",
                page=SUMS,
            )


def test_what_is_no_list_of_floats_is_refused():
    for f in ALL:
        for error, x, mentions in [
            (TypeError, [1.0, 2.0], "list"),
            (TypeError, np.array([1, 2]), "int64"),
            (ValueError, np.ones((2, 3)), "(2, 3)"),
        ]:
            with expect_raises(
                error,
                what=f"{f.__name__} of {x!r}",
                idea="_summands (given) says so.",
                page=SUMS,
                mentions=mentions,
            ):
                f(x)
    with expect_raises(
        ValueError,
        what="pairwise_sum(x, block=0)",
        idea="Halving would never end.",
        page=SUMS,
        mentions="block",
    ):
        pairwise_sum(f32([1, 2]), block=0)
