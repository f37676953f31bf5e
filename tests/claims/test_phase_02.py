"""What holds the causal sentences of phase 02: `docs/phase-02-numerical-representation/claims.yaml` names each."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np

from minigrad.floats import BF16, bf16_patterns, decode, encode
from minigrad.integers import asymmetric_grid, symmetric_grid
from minigrad.numerics import (
    kahan_sum,
    log_softmax,
    log_sum_exp,
    naive_sum,
    neumaier_sum,
    pairwise_sum,
    softmax,
)

LOG_2 = math.log(2)
ORDER = np.array([1, 1e38, 1, -1e38], np.float32)


def test_a_probability_comes_out_of_logits_that_no_exponential_holds() -> None:
    assert np.allclose(softmax(np.array([0, 92, -200], np.float32)), [0, 1, 0])


def test_the_mean_as_a_shift_overflows_where_the_max_does_not() -> None:
    x = np.array([0, 200], np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(x - x.mean())
        assert np.isnan(powers / powers.sum()).any()


def test_a_large_max_takes_no_digit_of_a_log_probability() -> None:
    assert abs(float(log_softmax(np.array([10000, 10000], np.float32))[0]) + LOG_2) < 1e-7


def test_bringing_a_large_max_back_takes_digits_and_a_small_one_none() -> None:
    big, small = np.array([10000, 10000], np.float32), np.array([1, 1], np.float32)
    assert abs(float(big[0] - log_sum_exp(big)) + LOG_2) > 1e-4
    assert abs(float(small[0] - log_sum_exp(small)) + LOG_2) < 2e-7


def ties() -> list[float]:
    """Numbers that lie half-way between two of bf16, over four binades."""
    draw = random.Random(1)
    return [
        (1 + (2 * draw.randrange(128) + 1) / 256) * 2.0 ** draw.randrange(4) for _ in range(400)
    ]


def mean_error(rounded: list[float]) -> float:
    """The mean error of `ties` so rounded, in half units of the last place: 1 if all went up."""
    errors = [
        (back - x) / 2.0 ** (math.frexp(x)[1] - 1) * 256
        for x, back in zip(ties(), rounded, strict=True)
    ]
    return float(np.mean(errors))


def test_ties_to_even_go_up_as_often_as_down() -> None:
    assert abs(mean_error([decode(encode(x, BF16), BF16) for x in ties()])) < 0.15


def test_ties_that_always_go_up_are_off_by_half_a_unit_on_average() -> None:
    bits = np.array(ties(), np.float32).view(np.uint32) + np.uint32(0x8000)
    up = (bits >> 16 << 16).view(np.float32)
    assert abs(mean_error(up.tolist()) - 1) < 1e-6


def off(add: object, x: np.ndarray) -> float:
    """The relative error of a sum."""
    assert callable(add)
    exact = math.fsum(x.tolist())
    return abs(add(x) - exact) / exact


def test_halves_lose_less_than_a_running_total() -> None:
    lists = [np.random.default_rng(s).random(800, dtype=np.float32) + 1 for s in range(20)]
    naive, halves = (np.mean([off(add, x) for x in lists]) for add in (naive_sum, pairwise_sum))
    assert halves * 2 < naive


def test_ten_numbers_of_similar_size_tell_no_sum_from_another() -> None:
    x = np.random.default_rng(0).random(10, dtype=np.float32) + 1
    assert max(off(add, x) for add in (naive_sum, pairwise_sum, kahan_sum)) < 1e-6


def test_only_the_loss_of_the_smaller_saves_both_ones() -> None:
    assert (kahan_sum(ORDER), neumaier_sum(ORDER)) == (0, 2)


def test_with_the_large_ones_first_kahan_saves_them_too() -> None:
    assert kahan_sum(ORDER[[1, 3, 0, 2]]) == 2


def test_four_bits_more_make_a_symmetric_step_eighteen_times_smaller() -> None:
    x = [1.2, -4.7, 3.1]
    ratio = symmetric_grid(x, 4).scale / symmetric_grid(x, 8).scale
    assert math.isclose(ratio, 127 / 7)


def test_and_an_asymmetric_one_seventeen_times() -> None:
    x = [1.2, -4.7, 3.1]
    assert math.isclose(asymmetric_grid(x, 4).scale / asymmetric_grid(x, 8).scale, 17)


def test_cutting_to_bf16_is_one_sided() -> None:
    x = np.random.default_rng(0).random(4000, dtype=np.float32) + 1
    cut = (x.view(np.uint32) >> 16 << 16).view(np.float32)
    assert float((cut - x).mean()) < -0.003


def test_rounding_to_bf16_has_no_side() -> None:
    x = np.random.default_rng(0).random(4000, dtype=np.float32) + 1
    back = (bf16_patterns(x).astype(np.uint32) << 16).view(np.float32)
    assert abs(float((back - x).mean())) < 0.0003


def digits(dtype: type, bits: int, agree: float) -> float:
    """How many decimal digits a difference loses, typically, when its operands agree in so many."""
    draw, lost = random.Random(0), list[float]()
    for _ in range(2001):
        a = Fraction(draw.randrange(10**39, 10**40), 10**40)
        difference = a * Fraction(draw.randrange(10**20, 2 * 10**20), 10**20) / Fraction(10**agree)
        stored = Fraction(float(dtype(a))) - Fraction(float(dtype(a - difference)))
        lost.append(abs(float((stored - difference) / difference)) * 2**bits)
    return math.log10(sorted(lost)[1000])


def test_cancellation_takes_as_many_digits_from_float64_as_from_float32() -> None:
    agree = 4
    narrow, wide = digits(np.float32, 24, agree), digits(np.float64, 53, agree)
    assert abs(narrow - wide) < 0.1
    assert 3 < narrow < 5


def test_a_difference_of_operands_that_do_not_agree_loses_less_than_a_digit() -> None:
    assert max(digits(np.float32, 24, 0), digits(np.float64, 53, 0)) < 1
