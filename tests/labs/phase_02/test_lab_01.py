"""Lab 02.1: a number is rounded to the nearest pattern, one by one, in arrays, and by integer arithmetic alone."""

import math
import random

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.floats import (
    BF16,
    E4M3,
    E5M2,
    FP16,
    FP32,
    FP64,
    FloatFormat,
    bf16_patterns,
    decode,
    encode,
    float32_pattern,
    round_to,
)

ROUNDING = "theory/02-to-the-nearest.md"
FEWER = "theory/06-fewer-bits.md"
TINY = FloatFormat("tiny", 3, 2)
"""Small enough to list: bias 3, largest 14, smallest 1/16."""


def nearest(x, fmt):
    """By definition: of all finite patterns the nearest, of two equally near the even one."""
    patterns = range(fmt.beyond)
    return min(patterns, key=lambda p: (abs(decode(p, fmt) - x), p % 2))


def test_numbers_that_the_format_has_come_back():
    for x, fmt, pattern in [
        (1.0, FP32, 0x3F800000),
        (92.0, FP32, 0x42B80000),
        (-2.5, FP32, 0xC0200000),
        (0.5, FP16, 0x3800),
        (0.5, BF16, 0x3F00),
        (0.5, E4M3, 0x30),
        (448.0, E4M3, 0x7E),
        (0.0, FP32, 0x00000000),
        (-0.0, FP32, 0x80000000),
        (2.0**-149, FP32, 0x00000001),
    ]:
        expect_equal(
            encode(x, fmt),
            pattern,
            what=f"encode({x!r}, {fmt.name})",
            idea="Write |x| as units * 2^(exponent - mantissa_bits), then put the exponent's field over the units. "
            "Zero has no exponent: answer it first, with its sign.",
            page=ROUNDING,
        )


def test_what_lies_between_goes_to_the_nearer_neighbor():
    for x, fmt, pattern in [
        (0.1, FP32, 0x3DCCCCCD),
        (0.1, BF16, 0x3DCD),
        (0.1, FP16, 0x2E66),
        (1 / 600, BF16, 0x3ADA),
        (1e-20, BF16, 0x1E3D),
        (1e-40, FP32, 0x000116C2),
        (3.3, E4M3, 0x45),
        (3.3, E5M2, 0x43),
    ]:
        expect_equal(
            encode(x, fmt),
            pattern,
            what=f"encode({x!r}, {fmt.name})",
            idea="Nearest, not next below: cutting the bits off would give 0x3dcc for 0.1 in bf16.",
            page=ROUNDING,
        )


def test_a_tie_goes_to_the_even_mantissa():
    for x, fmt, pattern in [
        (1 + 2**-8, BF16, 0x3F80),
        (1 + 3 * 2**-8, BF16, 0x3F82),
        (1.125, E5M2, 0x3C),
        (1.375, E5M2, 0x3E),
        (2.0**-25, FP16, 0x0000),
        (3 * 2.0**-25, FP16, 0x0002),
    ]:
        expect_equal(
            encode(x, fmt),
            pattern,
            what=f"encode({x!r}, {fmt.name}), exactly between two numbers",
            idea="Python's round() takes halves to the even integer, which is the even mantissa. "
            "int(units + 0.5) would always go up.",
            page=ROUNDING,
        )


def test_a_carry_raises_the_exponent():
    for x, fmt, pattern in [
        (1.999, BF16, 0x4000),
        (0.9999, E4M3, 0x38),
        (2.0**-126 * (1 - 2**-25), FP32, 0x00800000),
    ]:
        expect_equal(
            encode(x, fmt),
            pattern,
            what=f"encode({x!r}, {fmt.name})",
            idea="If the mantissa rounds up to a full 2, the exponent grows by one and the mantissa is 0. "
            "Adding the units to the shifted exponent does that by itself.",
            page=ROUNDING,
        )


def test_beyond_the_largest_lies_infinity_or_what_was_asked_for():
    largest16, step = 65504.0, 16.0
    for x, fmt, saturate, pattern in [
        (largest16 + step - 1e-9, FP16, False, 0x7BFF),
        (largest16 + step, FP16, False, 0x7C00),
        (-1e9, FP16, False, 0xFC00),
        (-1e9, FP16, True, 0xFBFF),
        (math.inf, FP16, False, 0x7C00),
        (math.inf, FP16, True, 0x7BFF),
        (464.0, E4M3, False, 0x7E),
        (465.0, E4M3, False, 0x7F),
        (465.0, E4M3, True, 0x7E),
        (-1e9, E4M3, False, 0xFF),
        (1e308, FP32, False, 0x7F800000),
    ]:
        expect_equal(
            encode(x, fmt, saturate=saturate),
            pattern,
            what=f"encode({x!r}, {fmt.name}, saturate={saturate})",
            idea="Round first, as if the exponents went on; what then lies past the largest finite pattern "
            "becomes fmt.beyond, or the largest with saturate.",
            page=FEWER,
        )


def test_nan_stays_nan_and_other_things_are_refused():
    for fmt in (FP32, FP16, BF16, E4M3, E5M2):
        expect_equal(
            encode(math.nan, fmt),
            fmt.nan,
            what=f"encode(nan, {fmt.name})",
            idea="NaN has no nearest number: answer it first.",
            page=ROUNDING,
        )
        expect_equal(
            encode(math.copysign(math.nan, -1), fmt),
            fmt.nan,
            what=f"encode(-nan, {fmt.name})",
            idea="The format has one answer for NaN. Does the sign of what came matter?",
            page=ROUNDING,
        )
    for wrong in ("1.0", None, True, 1j):
        with expect_raises(
            TypeError,
            what=f"encode({wrong!r}, FP32)",
            idea="_real (given) says so.",
            page=ROUNDING,
            mentions="real number",
        ):
            encode(wrong, FP32)


def test_a_whole_small_format_against_the_definition():
    for k in range(0, 14 * 64 + 1):
        x = k / 64
        expect_equal(
            encode(x, TINY),
            nearest(x, TINY),
            what=f"encode({x!r}) in a format of 3 exponent and 2 mantissa bits",
            idea="Nearest of all its numbers; the even pattern of two equally near ones.",
            page=ROUNDING,
        )


def test_fp32_agrees_with_memory():
    rng = random.Random(2)
    for _ in range(300):
        x = rng.uniform(-1, 1) * 2.0 ** rng.randint(-150, 126)
        expect_equal(
            encode(x, FP32),
            float32_pattern(x),
            what=f"encode({x!r}, FP32)",
            idea="The hardware rounds to nearest, ties to even, subnormals included.",
            page=ROUNDING,
        )


def test_arrays_are_rounded_to_the_same_numbers():
    rng = random.Random(3)
    numbers = [rng.uniform(-1, 1) * 2.0 ** rng.randint(-30, 20) for _ in range(200)]
    numbers += [0.0, -0.0, 464.0, 465.0, 1e9, -1e9, math.inf, -math.inf, 2.0**-25, 2.0**-10]
    for fmt in (FP32, FP16, BF16, E4M3, E5M2, FP64):
        expect_close(
            round_to(numbers, fmt),
            np.array([decode(encode(x, fmt), fmt) for x in numbers]),
            tol=0.0,
            what=f"round_to in {fmt.name}",
            idea="The spacing at x is 2^(exponent - mantissa_bits), and never below that of the subnormals: "
            "divide by it, np.rint, multiply. np.frexp gives the exponent, np.ldexp scales without rounding.",
            page=ROUNDING,
        )
    got = round_to(np.full((2, 3), math.nan), FP16)
    expect_true(
        got.shape == (2, 3) and bool(np.isnan(got).all()),
        what="round_to of a 2 x 3 array of nan",
        expected="the same shape, all nan",
        got=got,
        idea="nan compares false with everything, so it must not fall into the branch for large numbers.",
        page=ROUNDING,
    )
    with expect_raises(
        TypeError, what="round_to(['1.5'], FP16)", idea="Only real numbers.", page=ROUNDING
    ):
        round_to(["1.5"], FP16)


def test_bf16_by_integer_arithmetic():
    for x, pattern in [
        (1.0, 0x3F80),
        (0.1, 0x3DCD),
        (1e-20, 0x1E3D),
        (1 + 2**-8, 0x3F80),
        (1 + 3 * 2**-8, 0x3F82),
        (-1.999, 0xC000),
        (3.4e38, 0x7F80),
        (math.inf, 0x7F80),
        (-0.0, 0x8000),
        (1e-40, 0x0001),
    ]:
        expect_equal(
            int(bf16_patterns(np.array([x], np.float32))[0]),
            pattern,
            what=f"the bf16 pattern of {x!r}",
            idea="The low 16 bits decide by a carry. What do you add so that more than half carries, less doesn't, and "
            "exactly half only where it makes the number even?",
            page=ROUNDING,
        )


def test_bf16_rounding_has_no_favorite_direction():
    rng = random.Random(4)
    x = np.array([rng.uniform(1, 2) for _ in range(4000)], np.float32)
    back = np.array([decode(int(p), BF16) for p in bf16_patterns(x)])
    off = float(np.mean((back - x) / x))
    expect_true(
        abs(off) < 2e-4,
        what="the mean relative error of 4,000 numbers in [1, 2)",
        expected="within 0.0002 of zero: as many go up as down",
        got=off,
        idea="Cutting bits off always goes toward zero: on average by half a unit, 0.0027.",
        page=ROUNDING,
    )


def test_a_nan_survives_whatever_its_bits():
    bits = np.array([0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000], np.uint32)
    got = bf16_patterns(bits.view(np.float32))
    expect_equal(
        [int(p) for p in got],
        [BF16.nan] * 4,
        what="the bf16 patterns of four NaNs",
        idea="0x7F800001 has its only mantissa bit in the part that goes: it would become infinity. "
        "0x7FFFFFFF carries over into the sign: it would become -0. Give NaN a pattern of its own.",
        page=ROUNDING,
    )


def test_bf16_patterns_keep_shape_and_refuse_other_dtypes():
    got = bf16_patterns(np.ones((4, 6), np.float32)[:, ::2])
    expect_equal(
        (got.shape, str(got.dtype)),
        ((4, 3), "uint16"),
        what="shape and dtype for a 4 x 3 array with gaps in memory",
        idea="x.view(np.uint32) reads the same memory as integers and keeps shape and strides; "
        "a way through bytes doesn't.",
        page=ROUNDING,
    )
    for wrong in (np.ones(3), [1.0], np.ones(3, np.float16)):
        with expect_raises(
            TypeError,
            what=f"bf16_patterns of {type(wrong).__name__} {getattr(wrong, 'dtype', '')}",
            idea="Reading float64 bits as float32 would give garbage without complaint.",
            page=ROUNDING,
            mentions="float32",
        ):
            bf16_patterns(wrong)
