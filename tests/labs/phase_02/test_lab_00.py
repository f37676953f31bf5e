"""Lab 02.0: a pattern of bits is cut into its fields, put together again, named and read."""

import itertools
import math

from given.checking import expect_equal, expect_raises, expect_true
from minigrad.floats import (
    BF16,
    E4M3,
    E5M2,
    FP16,
    FP32,
    FP64,
    Fields,
    decode,
    float32_pattern,
    join,
    kind,
    split,
)

ANATOMY = "theory/01-thirty-two-bits.md"
FEWER = "theory/06-fewer-bits.md"


def test_a_pattern_is_cut_into_sign_exponent_and_mantissa():
    for pattern, fields in [
        (0x3F800000, (0, 127, 0)),
        (0x40490FDB, (0, 128, 4788187)),
        (0xC2B80000, (1, 133, 3670016)),
        (0x3ADA740E, (0, 117, 5927950)),
        (0xFFFFFFFF, (1, 255, 2**23 - 1)),
    ]:
        expect_equal(
            tuple(split(pattern, FP32)),
            fields,
            what=f"sign, exponent and mantissa of {pattern:#010x} as fp32",
            idea="From the left: 1 bit, 8 bits, 23 bits. Shift right to move a field to the end, "
            "& with 2**width - 1 to keep only it.",
            page=ANATOMY,
        )


def test_every_format_is_cut_at_its_own_widths():
    for fmt, pattern, fields in [
        (FP16, 0x3C01, (0, 15, 1)),
        (BF16, 0x3F81, (0, 127, 1)),
        (E4M3, 0xC9, (1, 9, 1)),
        (E5M2, 0xC9, (1, 18, 1)),
        (FP64, 0x3FD3333333333334, (0, 1021, 0x3333333333334)),
    ]:
        expect_equal(
            tuple(split(pattern, fmt)),
            fields,
            what=f"the fields of {pattern:#x} as {fmt.name}",
            idea="Take the widths from fmt.exponent_bits and fmt.mantissa_bits: no 8 and no 23 in the code.",
            page=FEWER,
        )


def test_a_pattern_that_does_not_fit_is_refused():
    for error, pattern, fmt in [
        (ValueError, 2**32, FP32),
        (ValueError, -1, FP32),
        (ValueError, 256, E4M3),
        (TypeError, 1.0, FP32),
        (TypeError, True, FP32),
        (TypeError, "3f800000", FP32),
    ]:
        with expect_raises(
            error,
            what=f"split({pattern!r}, {fmt.name})",
            idea="A pattern is an unsigned integer of fmt.bits bits; _integer (given) says so.",
            page=ANATOMY,
            mentions="pattern",
        ):
            split(pattern, fmt)


def test_join_undoes_split():
    for fmt in (E4M3, E5M2, FP16, BF16):
        for pattern in range(0, 2**fmt.bits, 1 if fmt.bits == 8 else 97):
            expect_equal(
                join(split(pattern, fmt), fmt),
                pattern,
                what=f"join(split({pattern:#x})) as {fmt.name}",
                idea="Shift each field back to its place and combine them with |.",
                page=ANATOMY,
            )
    for name, fields in [
        ("sign", Fields(2, 0, 0)),
        ("exponent", Fields(0, 256, 0)),
        ("mantissa", Fields(0, 0, 2**23)),
        ("mantissa", Fields(0, 0, -1)),
    ]:
        with expect_raises(
            ValueError,
            what=f"join({fields}) as fp32",
            idea="A field that is too wide would spill into its neighbor. Name it in the message.",
            page=ANATOMY,
            mentions=name,
        ):
            join(fields, FP32)


def test_a_pattern_is_one_of_five_kinds():
    for fmt, pattern, expected in [
        (FP32, 0x00000000, "zero"),
        (FP32, 0x80000000, "zero"),
        (FP32, 0x000116C2, "subnormal"),
        (FP32, 0x00800000, "normal"),
        (FP32, 0x7F7FFFFF, "normal"),
        (FP32, 0x7F800000, "infinity"),
        (FP32, 0xFF800000, "infinity"),
        (FP32, 0x7F800001, "nan"),
        (FP16, 0x7C00, "infinity"),
        (E5M2, 0x7C, "infinity"),
        (E5M2, 0x7D, "nan"),
    ]:
        expect_equal(
            kind(pattern, fmt),
            expected,
            what=f"the kind of {pattern:#x} as {fmt.name}",
            idea="Exponent all zeros: zero or subnormal. All ones: infinity if the mantissa is 0, else nan.",
            page=ANATOMY,
        )


def test_e4m3_has_numbers_where_others_have_infinity():
    for pattern, expected in [
        (0x7E, "normal"),
        (0x78, "normal"),
        (0x7F, "nan"),
        (0xFF, "nan"),
        (0xFE, "normal"),
    ]:
        expect_equal(
            kind(pattern, E4M3),
            expected,
            what=f"the kind of {pattern:#x} as e4m3",
            idea="fmt.infinities is False: only the pattern with all exponent and all mantissa bits set is no number.",
            page=FEWER,
        )


def test_patterns_are_read_exactly():
    for fmt, pattern, value in [
        (FP32, 0x3F800000, 1.0),
        (FP32, 0x3ADA740E, (1 + 5927950 / 2**23) / 1024),
        (FP32, 0x42B80000, 92.0),
        (FP32, 0x3DCCCCCD, 13421773 / 2**27),
        (FP32, 0x7F7FFFFF, (2 - 2**-23) * 2.0**127),
        (FP16, 0x3800, 0.5),
        (BF16, 0x3ADA, 1.703125 / 1024),
        (E5M2, 0x7B, 57344.0),
        (E4M3, 0x7E, 448.0),
        (FP64, 0x3FB999999999999A, 0.1),
    ]:
        expect_equal(
            decode(pattern, fmt),
            value,
            what=f"the value of {pattern:#x} as {fmt.name}",
            idea="Which whole number do the mantissa and the digit that isn't stored make together, and by which power of two is it "
            "too large? math.ldexp(whole, power) puts both together without rounding.",
            page=ANATOMY,
        )


def test_a_subnormal_has_no_hidden_one():
    for fmt, pattern, value in [
        (FP32, 0x000116C2, 71362 * 2.0**-149),
        (FP32, 0x00000001, 2.0**-149),
        (FP32, 0x007FFFFF, (2**23 - 1) * 2.0**-149),
        (FP16, 0x0001, 2.0**-24),
        (E4M3, 0x07, 7 / 512),
        (FP64, 0x0000000000000001, 5e-324),
    ]:
        expect_equal(
            decode(pattern, fmt),
            value,
            what=f"the value of the subnormal {pattern:#x} as {fmt.name}",
            idea="With an exponent field of 0 the leading digit is 0 and the power is 1 - bias, not 0 - bias: "
            "so the largest subnormal is one step below the smallest normal.",
            page=ANATOMY,
        )


def test_the_sign_counts_also_for_zero_and_infinity():
    for pattern, value in [(0x80000000, -0.0), (0x00000000, 0.0), (0xFF800000, -math.inf)]:
        got = decode(pattern, FP32)
        expect_equal(
            (got, math.copysign(1.0, got)),
            (value, math.copysign(1.0, value)),
            what=f"the value of {pattern:#010x} and its sign",
            idea="-0.0 == 0.0, but it is another pattern: negate the float, don't multiply an int 0 by -1.",
            page=ANATOMY,
        )
    expect_true(
        math.isnan(decode(0x7FC00000, FP32)) and math.isnan(decode(0xFF, E4M3)),
        what="decode of a nan pattern",
        expected="nan",
        got="a number",
        idea="Ask kind first.",
        page=ANATOMY,
    )


def test_the_order_of_patterns_is_the_order_of_values():
    for fmt in (E4M3, E5M2, FP16):
        values = [decode(p, fmt) for p in range(fmt.beyond)]
        expect_true(
            all(a < b for a, b in itertools.pairwise(values)),
            what=f"the positive values of {fmt.name} in the order of their patterns",
            expected="strictly rising",
            got="not rising everywhere",
            idea="The exponent stands left of the mantissa, so counting up the pattern counts up the value, "
            "through the seam between subnormal and normal too.",
            page=ANATOMY,
        )


def test_memory_agrees_with_the_formula():
    for x, pattern in [
        (1.0, 0x3F800000),
        (1 / 600, 0x3ADA740E),
        (92.0, 0x42B80000),
        (0.1, 0x3DCCCCCD),
        (1e-40, 0x000116C2),
        (-0.0, 0x80000000),
        (math.inf, 0x7F800000),
        (3.0000001, 0x40400000),
    ]:
        expect_equal(
            float32_pattern(x),
            pattern,
            what=f"the bits of {x!r} as a float32",
            idea="struct.pack('<f', x) writes the four bytes, struct.unpack('<I', ...) reads them as an integer.",
            page=ANATOMY,
        )
    with expect_raises(
        OverflowError,
        what="float32_pattern(1e39)",
        idea="struct raises it by itself.",
        page=ANATOMY,
    ):
        float32_pattern(1e39)
    with expect_raises(
        TypeError, what="float32_pattern('1')", idea="_real (given) says so.", page=ANATOMY
    ):
        float32_pattern("1")
