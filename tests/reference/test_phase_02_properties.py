"""Phase 02: every pattern of the small formats, and the algebra of softmax, sums and grids."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.floats import (
    BF16,
    E4M3,
    E5M2,
    FP16,
    FP32,
    FP64,
    TF32,
    FloatFormat,
    bf16_patterns,
    decode,
    encode,
    float32_pattern,
    join,
    kind,
    round_to,
    split,
)
from minigrad.integers import (
    Grid,
    asymmetric_grid,
    dequantize,
    from_pattern,
    pack_int4,
    quantize,
    symmetric_grid,
    to_pattern,
    unpack_int4,
)
from minigrad.numerics import (
    cross_entropy,
    kahan_sum,
    log_softmax,
    log_sum_exp,
    naive_sum,
    neumaier_sum,
    pairwise_sum,
    softmax,
)

SMALL = [
    pytest.param(FP16, np.float16, np.uint16, id="fp16"),
    pytest.param(BF16, ml_dtypes.bfloat16, np.uint16, id="bf16"),
    pytest.param(E4M3, ml_dtypes.float8_e4m3fn, np.uint8, id="e4m3"),
    pytest.param(E5M2, ml_dtypes.float8_e5m2, np.uint8, id="e5m2"),
]
FINITE32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def values_of(patterns: np.ndarray, dtype: Any) -> np.ndarray:
    """What the oracle says about patterns, as float64."""
    with np.errstate(invalid="ignore"):  # a signaling NaN complains when it is widened
        return patterns.view(dtype).astype(np.float64)


@pytest.mark.parametrize("fmt, dtype, unsigned", SMALL)
def test_every_pattern_means_what_the_oracle_says(
    fmt: FloatFormat, dtype: Any, unsigned: Any
) -> None:
    patterns = np.arange(2**fmt.bits, dtype=unsigned)
    got = np.array([decode(int(p), fmt) for p in patterns])
    expected = values_of(patterns, dtype)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(
        np.signbit(got)[~np.isnan(got)], np.signbit(expected)[~np.isnan(got)]
    )


@pytest.mark.parametrize("fmt, dtype, unsigned", SMALL)
def test_every_pattern_comes_back_from_its_value(
    fmt: FloatFormat, dtype: Any, unsigned: Any
) -> None:
    for pattern in range(2**fmt.bits):
        value = decode(pattern, fmt)
        assert encode(value, fmt) == (fmt.nan if math.isnan(value) else pattern)
        if pattern % 13 == 0:
            assert join(split(pattern, fmt), fmt) == pattern


@pytest.mark.parametrize("fmt, dtype, unsigned", SMALL)
def test_the_limits_are_the_oracles(fmt: FloatFormat, dtype: Any, unsigned: Any) -> None:
    info = ml_dtypes.finfo(dtype)
    assert (fmt.bits, fmt.epsilon, fmt.largest) == (info.bits, float(info.eps), float(info.max))
    assert fmt.smallest_normal == float(info.smallest_normal)
    assert fmt.smallest_subnormal == float(info.smallest_subnormal)
    kinds = [kind(p, fmt) for p in range(2**fmt.bits)]
    finite = np.isfinite(values_of(np.arange(2**fmt.bits, dtype=unsigned), dtype)).sum()
    assert sum(k in ("zero", "subnormal", "normal") for k in kinds) == finite


@pytest.mark.parametrize("fmt, dtype, unsigned", SMALL)
def test_every_midpoint_goes_to_the_even_neighbor(
    fmt: FloatFormat, dtype: Any, unsigned: Any
) -> None:
    for pattern in range(fmt.beyond - 1):
        middle = (decode(pattern, fmt) + decode(pattern + 1, fmt)) / 2
        assert encode(middle, fmt) == pattern + pattern % 2
        assert encode(math.nextafter(middle, 0), fmt) == pattern
        assert encode(math.nextafter(middle, math.inf), fmt) == pattern + 1


@pytest.mark.parametrize("fmt, dtype, unsigned", SMALL)
def test_float32_numbers_round_as_the_oracle_rounds(
    fmt: FloatFormat, dtype: Any, unsigned: Any
) -> None:
    draw = np.random.default_rng(2)
    bits = draw.integers(0, 2**32, 100_000, dtype=np.uint32)
    near = draw.normal(size=100_000) * np.exp2(draw.uniform(-30, 18, 100_000))
    x = np.concatenate([bits.view(np.float32), near.astype(np.float32)])
    with np.errstate(all="ignore"):
        expected = x.astype(dtype).astype(np.float64)
    np.testing.assert_array_equal(round_to(x, fmt), expected)


def test_bf16_patterns_are_the_oracles() -> None:
    draw = np.random.default_rng(3)
    x = draw.integers(0, 2**32, 200_000, dtype=np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        expected = x.astype(ml_dtypes.bfloat16).view(np.uint16)
    number = ~np.isnan(x)
    np.testing.assert_array_equal(bf16_patterns(x)[number], expected[number])
    assert (bf16_patterns(x)[~number] == BF16.nan).all()


@given(st.floats())
def test_scalar_and_array_rounding_agree(x: float) -> None:
    for fmt in (FP64, FP32, TF32, BF16, FP16, E5M2, E4M3):
        np.testing.assert_array_equal(round_to(x, fmt), decode(encode(x, fmt), fmt))


@given(st.floats(), st.floats())
def test_rounding_keeps_the_order(x: float, y: float) -> None:
    for fmt in (FP32, BF16, E5M2):
        low, high = sorted((decode(encode(x, fmt), fmt), decode(encode(y, fmt), fmt)))
        if x <= y:
            assert [decode(encode(x, fmt), fmt), decode(encode(y, fmt), fmt)] == [low, high]


@given(st.integers(0, 2**32 - 1))
def test_fp32_patterns_round_trip(pattern: int) -> None:
    value = decode(pattern, FP32)
    if not math.isnan(value):
        assert encode(value, FP32) == float32_pattern(value) == pattern


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_relative_error_is_at_most_u(x: float) -> None:
    for fmt in (FP32, BF16, FP16, E5M2):
        if fmt.smallest_normal <= abs(x) <= fmt.largest:
            off = abs(Fraction(decode(encode(x, fmt), fmt)) - Fraction(x))
            assert off <= Fraction(fmt.epsilon) / 2 * abs(Fraction(x))


ROWS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=6),
    elements=st.one_of(st.floats(-700, 700), st.just(-math.inf)),
)


@given(ROWS)
def test_the_softmax_family_hangs_together(x: np.ndarray) -> None:
    p, logs, total = softmax(x), log_softmax(x), log_sum_exp(x)
    masked = (x == -np.inf).all(axis=-1)
    np.testing.assert_allclose(p.sum(axis=-1), np.where(masked, 0.0, 1.0), rtol=1e-14)
    np.testing.assert_allclose(np.exp(logs), p, rtol=1e-13, atol=0)
    assert (total >= x.max(axis=-1)).all()
    assert (total <= x.max(axis=-1) + math.log(x.shape[-1]) + 1e-12).all()
    for target in range(x.shape[-1]):
        losses = cross_entropy(x, np.full(x.shape[:-1], target))
        np.testing.assert_array_equal(losses, -logs[..., target])
        assert (losses >= 0).all()


@given(ROWS)
def test_a_batch_is_its_rows(x: np.ndarray) -> None:
    rows = x.reshape(-1, x.shape[-1])
    np.testing.assert_allclose(
        softmax(x).reshape(rows.shape), [softmax(row) for row in rows], rtol=1e-14
    )
    np.testing.assert_allclose(
        log_sum_exp(x).reshape(-1), [log_sum_exp(row) for row in rows], rtol=1e-14
    )


@given(hnp.arrays(np.float64, st.integers(1, 8), elements=st.integers(-300, 300)), FINITE32)
def test_a_shift_changes_nothing(x: np.ndarray, shift: float) -> None:
    whole = float(round(max(min(shift, 1e6), -1e6)))  # exact sums, so that only softmax can err
    np.testing.assert_array_equal(softmax(x + whole), softmax(x))
    np.testing.assert_array_equal(log_softmax(x + whole), log_softmax(x))


@given(hnp.arrays(np.float64, st.integers(1, 8), elements=st.floats(-300, 300)))
def test_log_sum_exp_against_exact_fractions(x: np.ndarray) -> None:
    scale = max(x)
    exact = scale + math.log(math.fsum(math.exp(v - scale) for v in x))
    np.testing.assert_allclose(float(log_sum_exp(x)), exact, rtol=1e-13, atol=1e-13)


@given(st.lists(FINITE32, max_size=60))
def test_sums_are_within_their_bounds(numbers: list[float]) -> None:
    x = np.array(numbers, np.float32)
    exact = sum((Fraction(float(v)) for v in x), Fraction(0))
    size = sum((abs(Fraction(float(v))) for v in x), Fraction(0))
    if size > Fraction(FP32.largest) / 2:
        return
    n, u = len(x), Fraction(1, 2**24)
    for add, factor in [
        (naive_sum, n * u / (1 - n * u)),
        (pairwise_sum, 14 * u / (1 - 14 * u)),
        (kahan_sum, 2 * u + 4 * n * u * u),
        (neumaier_sum, u + 4 * n * n * u * u),
    ]:
        off = abs(Fraction(add(x)) - exact)
        # Neumaier rounds the exact sum once more, which counts relative to the sum.
        assert off <= factor * size + u * abs(exact) + Fraction(1, 2**149)


@given(
    hnp.arrays(np.float32, st.integers(1, 40), elements=FINITE32),
    st.sampled_from([2, 4, 8]),
    st.sampled_from([symmetric_grid, asymmetric_grid]),
)
def test_a_round_trip_is_within_half_a_step(x: np.ndarray, bits: int, choose: Any) -> None:
    grid = choose(x, bits)
    codes = quantize(x, grid)
    assert grid.low <= codes.min() and codes.max() <= grid.high
    assert grid.low <= grid.zero <= grid.high
    with np.errstate(over="ignore"):
        back = dequantize(codes, grid).astype(np.float64)
    off = np.abs(np.minimum(np.maximum(back, -FP32.largest), FP32.largest) - x)
    slack = np.abs(x).max() * 2.0**-23 + 2.0**-149
    assert (off <= grid.scale / 2 * (1 + 1e-9) + slack).all()
    np.testing.assert_array_equal(dequantize(quantize([0.0], grid), grid), [0.0])


@given(hnp.arrays(np.int8, st.integers(0, 33), elements=st.integers(-8, 7)))
def test_packed_codes_come_back(codes: np.ndarray) -> None:
    packed = pack_int4(codes)
    np.testing.assert_array_equal(unpack_int4(packed, len(codes)), codes)
    by_hand = [to_pattern(int(c), 4) for c in codes] + [0] * (len(codes) % 2)
    assert packed.tolist() == [a | b << 4 for a, b in zip(by_hand[::2], by_hand[1::2], strict=True)]


def test_twos_complement_is_numpys() -> None:
    for bits in range(2, 9):
        for pattern in range(2**bits):
            assert to_pattern(from_pattern(pattern, bits), bits) == pattern
    for code in range(-128, 128):
        assert to_pattern(code, 8) == int(np.array([code], np.int8).view(np.uint8)[0])


@settings(max_examples=20)
@given(st.integers(2, 6), st.integers(1, 4))
def test_formats_nobody_built_still_round_trip(exponent_bits: int, mantissa_bits: int) -> None:
    fmt = FloatFormat("odd", exponent_bits, mantissa_bits)
    for pattern in range(2**fmt.bits):
        value = decode(pattern, fmt)
        assert math.isnan(value) or encode(value, fmt) == pattern


@pytest.mark.parametrize("widths", [(1, 3), (12, 3), (5, 0), (8, 53)])
def test_a_format_that_float64_cannot_hold_is_refused(widths: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="_bits must be"):
        FloatFormat("odd", *widths)


@pytest.mark.parametrize(
    "scale, zero, low, high",
    [
        (0.0, 0, -127, 127),
        (-1.0, 0, -127, 127),
        (math.inf, 0, -127, 127),
        (math.nan, 0, -127, 127),
        (0.5, -158, -128, 127),
        (0.5, 0, -129, 127),
        (0.5, 0, 1, 127),
        (0.5, 0, -128, 200),
    ],
)
def test_a_grid_that_int8_cannot_hold_is_refused(
    scale: float, zero: int, low: int, high: int
) -> None:
    with pytest.raises(ValueError, match=r"scale must|codes need"):
        Grid(scale, zero, low, high)


def test_a_width_that_is_no_integer_is_refused() -> None:
    for choose in (symmetric_grid, asymmetric_grid):
        with pytest.raises(TypeError, match=r"bits must be an integer, got float: 8\.0"):
            choose([1.0], 8.0)
        with pytest.raises(ValueError, match="bits must be 2 to 8, got 9"):
            choose([1.0], 9)


def test_an_integer_beyond_float64_is_refused() -> None:
    with pytest.raises(OverflowError):
        encode(10**400, FP32)
