"""Lab 16.3: distance as a bias, and longer texts."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minitorch import Tensor
from minitorch.attention import attention
from minitorch.positions import (
    alibi,
    alibi_slopes,
    frequencies,
    linear_frequencies,
    ntk_frequencies,
)

BIAS, LONGER = "theory/05-alibi.md", "theory/06-longer.md"


def test_slopes_halve_from_head_to_head():
    for heads, expected in (
        (8, [2.0**-i for i in range(1, 9)]),
        (4, [0.25, 0.0625, 2.0**-6, 2.0**-8]),
        (1, [2.0**-8]),
    ):
        expect_close(
            alibi_slopes(heads),
            expected,
            tol=1e-15,
            what=f"the slopes of {heads} heads",
            idea="The last head has 2^-8, whatever their number; what is the factor from one to the next?",
            page=BIAS,
        )


def test_other_numbers_take_slopes_from_between():
    for heads, expected in (
        (3, [2.0**-4, 2.0**-8, 2.0**-2]),
        (6, [2.0**-2, 2.0**-4, 2.0**-6, 2.0**-8, 2.0**-1, 2.0**-3]),
    ):
        expect_close(
            alibi_slopes(heads),
            expected,
            tol=1e-15,
            what=f"the slopes of {heads} heads",
            idea="First those of the power of two below; then every second one of the power of two above, from its first on.",
            page=BIAS,
        )


def test_a_bias_is_minus_slope_times_distance():
    got = alibi(2, 3)
    expect_close(
        got[0] * 16,
        [[0.0, -1.0, -2.0], [-1.0, 0.0, -1.0], [-2.0, -1.0, 0.0]],
        tol=1e-12,
        what="16 times the bias of the first of two heads, 3 positions",
        idea="Farther is worse, in both directions; oneself costs nothing.",
        page=BIAS,
    )
    expect_close(
        got[1],
        got[0] / 16,
        tol=1e-12,
        what="the second head beside the first",
        idea="Each head has its own slope.",
        page=BIAS,
    )
    expect_equal(
        [alibi(3, 2, 5).shape, str(got.dtype)],
        [(3, 2, 5), "float64"],
        what="the shape of 3 heads, 2 queries, 5 keys, and the dtype",
        idea="Heads in front, then queries, then keys.",
        page=BIAS,
    )


def test_the_queries_are_the_last_positions():
    expect_close(
        alibi(1, 2, 5),
        alibi(1, 5)[:, 3:],
        tol=0,
        what="the bias of two queries among five keys, and the last two rows of five among five",
        idea="At which position does query 0 stand?",
        page=BIAS,
    )
    expect_close(
        alibi(1, 4, 2)[0, 0] * 256,
        [-2.0, -3.0],
        tol=1e-12,
        what="the first of four queries before two keys, times 256",
        idea="It stands two positions before the first key.",
        page=BIAS,
    )


def test_as_a_mask_it_favors_who_is_near():
    zeros = Tensor(np.zeros((1, 4, 2)))
    v = Tensor(np.eye(4)[None])
    got = attention(zeros, zeros, v, causal=True, mask=alibi(1, 4) * 256).data[0, 3]
    expected = np.exp([-3.0, -2.0, -1.0, 0.0])
    expect_close(
        got,
        expected / expected.sum(),
        tol=1e-12,
        what="the shares of equal scores under a slope of 1",
        idea="`attention` adds it to the scores; the softmax makes factors of it.",
        page=BIAS,
    )


def test_linear_stretching_gives_far_positions_the_angles_of_near_ones():
    w = linear_frequencies(8, 4)
    expect_close(
        np.arange(0, 128, 4)[:, None] * w,
        np.arange(32)[:, None] * frequencies(8),
        tol=1e-12,
        what="the angles of positions 0, 4, ..., 124 stretched by 4, and of 0 to 31 before",
        idea="Everybody turns more slowly, by the same factor.",
        page=LONGER,
    )
    expect_close(
        linear_frequencies(4, 2, base=16.0),
        [0.5, 0.125],
        tol=1e-15,
        what="linear_frequencies(4, 2, base=16)",
        idea="Is the base handed on?",
        page=LONGER,
    )


def test_ntk_stretching_leaves_the_first_pair_and_slows_the_last():
    for d in (4, 16):
        for base in (100.0, 10_000.0):
            w, before = ntk_frequencies(d, 4, base), frequencies(d, base)
            expect_close(
                [w[0], w[-1] * 4],
                [before[0], before[-1]],
                tol=1e-12,
                what=f"the first and 4 times the last frequency of d = {d}, base {base:g}, stretched by 4",
                idea="Only the base grows. The last pair has base^(-(d-2)/d): which factor of the base divides it by 4?",
                page=LONGER,
            )
            if d > 4:
                expect_close(
                    w[1:] / w[:-1],
                    np.full(d // 2 - 1, w[1]),
                    tol=1e-12,
                    what="the factors from one pair to the next",
                    idea="One base for all pairs.",
                    page=LONGER,
                )


def test_a_factor_of_one_changes_nothing():
    for f in (linear_frequencies, ntk_frequencies):
        expect_close(
            f(8, 1),
            frequencies(8),
            tol=1e-15,
            what=f"{f.__name__}(8, 1)",
            idea="As long as before.",
            page=LONGER,
        )
        for factor in (0.5, float("inf"), float("nan")):
            with expect_raises(ValueError, what=f"{f.__name__} with the factor {factor}", idea="The check that was given is still in front.", page=LONGER):  # fmt: skip
                f(8, factor)
