"""Lab 02.4: int8 and int4: patterns, grids, round trips within half a step, two codes in a byte."""

import math
import random

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
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

GRIDS = "theory/07-a-grid-of-256.md"
LOGITS = [1.2, 4.7, 3.1, 0.5, 2.9]


def test_a_negative_code_is_its_pattern_minus_a_full_turn():
    for code, bits, pattern in [
        (0, 8, 0x00),
        (127, 8, 0x7F),
        (-1, 8, 0xFF),
        (-128, 8, 0x80),
        (7, 4, 0b0111),
        (-8, 4, 0b1000),
        (-1, 4, 0b1111),
        (-3, 4, 0b1101),
    ]:
        expect_equal(
            to_pattern(code, bits),
            pattern,
            what=f"the {bits} bits of {code}",
            idea="Two's complement: add 2^bits to a negative code.",
            page=GRIDS,
        )
        expect_equal(
            from_pattern(pattern, bits),
            code,
            what=f"the code of {pattern:#x} in {bits} bits",
            idea="The top bit counts -2^(bits - 1), the others as usual.",
            page=GRIDS,
        )


def test_codes_and_patterns_that_do_not_fit_are_refused():
    for f, value, bits in [
        (to_pattern, 128, 8),
        (to_pattern, -129, 8),
        (to_pattern, 8, 4),
        (from_pattern, 256, 8),
        (from_pattern, -1, 8),
        (to_pattern, 0, 9),
        (from_pattern, 0, 1),
    ]:
        with expect_raises(
            ValueError,
            what=f"{f.__name__}({value}, {bits})",
            idea="Masking without looking would make 128 a -128.",
            page=GRIDS,
        ):
            f(value, bits)
    for f in (to_pattern, from_pattern):
        with expect_raises(TypeError, what=f"{f.__name__}(1.0, 8)", idea="Integers.", page=GRIDS):
            f(1.0, 8)


def test_the_symmetric_grid_reaches_the_largest_size():
    for x, bits, scale, high in [
        (LOGITS, 8, 4.7 / 127, 127),
        ([-2.5, 1.0], 8, 2.5 / 127, 127),
        ([-2.5, 1.0], 4, 2.5 / 7, 7),
        ([0.0, 0.0], 8, 1.0, 127),
    ]:
        got = symmetric_grid(x, bits)
        expect_equal(
            (got.zero, got.low, got.high),
            (0, -high, high),
            what=f"zero, low and high of symmetric_grid({x}, {bits})",
            idea="-2^(bits-1) is left out, so that every code has its negative.",
            page=GRIDS,
        )
        expect_close(
            got.scale,
            scale,
            tol=1e-15,
            what=f"the scale of symmetric_grid({x}, {bits})",
            idea="Which code does the largest size get, and how many steps is it from 0? What if there is nothing but zeros?",
            page=GRIDS,
        )


def test_the_asymmetric_grid_spends_all_codes_and_contains_zero():
    for x, bits, scale, zero in [
        ([-1.0, 3.0], 8, 4 / 255, -64),
        (LOGITS, 8, 4.7 / 255, -128),
        ([-4.0, -2.0], 8, 4 / 255, 127),
        ([-1.0, 2.0], 4, 3 / 15, -3),
        ([0.0], 8, 1.0, -128),
    ]:
        got = asymmetric_grid(x, bits)
        expect_equal(
            (got.zero, got.low, got.high),
            (zero, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1),
            what=f"zero, low and high of asymmetric_grid({x}, {bits})",
            idea="Stretch [min, max] until 0 is inside: a zero point outside the codes can't be stored.",
            page=GRIDS,
        )
        expect_close(
            got.scale,
            scale,
            tol=1e-15,
            what=f"the scale of asymmetric_grid({x}, {bits})",
            idea="(top - bottom) / (2^bits - 1).",
            page=GRIDS,
        )


def test_codes_are_rounded_and_clipped():
    grid = Grid(0.5, 0, -127, 127)
    got = quantize([0.0, 0.24, 0.26, -0.26, 0.75, 1.25, 100.0, -100.0], grid)
    expect_equal(
        (str(got.dtype), got.tolist()),
        ("int8", [0, 0, 1, -1, 2, 2, 127, -127]),
        what="codes on a grid of step 0.5",
        idea="Divide, np.rint (halves to even), add zero, and clip BEFORE the cast: 200 as int8 is -56.",
        page=GRIDS,
    )
    expect_equal(
        quantize([0.0, -1.0, 3.0], Grid(4 / 255, -64, -128, 127)).tolist(),
        [-64, -128, 127],
        what="codes on an asymmetric grid",
        idea="0.0 has the code `zero`.",
        page=GRIDS,
    )


def test_codes_come_back_as_float32():
    got = dequantize(np.array([-128, 0, 127], np.int8), Grid(0.5, -100, -128, 127))
    expect_equal(
        (str(got.dtype), got.tolist()),
        ("float32", [-14.0, 50.0, 113.5]),
        what="codes -128, 0, 127 with scale 0.5 and zero -100",
        idea="127 - (-100) is 227, which int8 can't hold: widen before you subtract.",
        page=GRIDS,
    )
    for wrong in (np.array([1, 2]), [1, 2]):
        with expect_raises(
            TypeError, what=f"dequantize({wrong!r})", idea="Codes are int8.", page=GRIDS
        ):
            dequantize(wrong, Grid(0.5, 0, -127, 127))


def test_a_round_trip_is_within_half_a_step():
    rng = random.Random(7)
    for spread, shift in [(1.0, 0.0), (1e-3, 5.0), (100.0, -30.0), (1e-20, 0.0)]:
        x = np.array([rng.gauss(0, 1) * spread + shift for _ in range(500)], np.float32)
        for choose in (symmetric_grid, asymmetric_grid):
            for bits in (8, 4):
                grid = choose(x, bits)
                back = dequantize(quantize(x, grid), grid).astype(float)
                off = float(np.abs(back - x).max())
                bound = grid.scale / 2 + float(np.abs(x).max()) * 2**-23
                expect_true(
                    off <= bound,
                    what=f"the round trip of 500 numbers around {shift:g} with spread {spread:g}, {bits} bits",
                    expected=f"at most scale / 2 = {grid.scale / 2:.3g} (and float32 rounding)",
                    got=f"{off:.3g}",
                    idea="Rounding moves by at most half a step, and nothing inside the range is clipped.",
                    page=GRIDS,
                )


def test_zero_stays_zero():
    for x in ([-1.0, 3.0, 0.0], [2.0, 5.0, 0.0], [-0.3, 0.0, 0.1]):
        for choose in (symmetric_grid, asymmetric_grid):
            grid = choose(x)
            expect_equal(
                float(dequantize(quantize([0.0], grid), grid)[0]),
                0.0,
                what=f"0.0 through {choose.__name__}({x})",
                idea="Padding, masks and ReLU make many exact zeros: `zero` is an integer so that they stay.",
                page=GRIDS,
            )


def test_shapes_stay():
    x = np.linspace(-1, 1, 12).reshape(3, 4)
    grid = symmetric_grid(x)
    expect_equal(
        dequantize(quantize(x, grid), grid).shape,
        (3, 4),
        what="the shape after a round trip of 3 x 4",
        idea="Everything is element by element.",
        page=GRIDS,
    )


def test_numbers_without_a_code_are_refused():
    grid = Grid(0.5, 0, -127, 127)
    for what, f in [
        ("symmetric_grid", symmetric_grid),
        ("asymmetric_grid", asymmetric_grid),
        ("quantize", lambda x: quantize(x, grid)),
    ]:
        for error, x, mentions in [
            (ValueError, [1.0, math.nan], "nan at (1,)"),
            (ValueError, [[1.0], [math.inf]], "inf at (1, 0)"),
            (ValueError, [1e39], "float32"),
            (ValueError, [], "empty"),
            (TypeError, ["a"], "dtype"),
            (TypeError, [True], "dtype"),
        ]:
            with expect_raises(
                error,
                what=f"{what}({x})",
                idea="_finite (given) says so. A nan cast to int8 is whatever the CPU makes of it.",
                page=GRIDS,
                mentions=mentions,
            ):
                f(x)


def test_two_codes_share_a_byte():
    codes = np.array([-8, 7, 3, -1, 0], np.int8)
    packed = pack_int4(codes)
    expect_equal(
        (str(packed.dtype), packed.tolist()),
        ("uint8", [0x78, 0xF3, 0x00]),
        what="pack_int4([-8, 7, 3, -1, 0])",
        idea="First code in the low four bits, second in the high four; -8 is 1000, -1 is 1111.",
        page=GRIDS,
    )
    back = unpack_int4(packed, 5)
    expect_equal(
        (str(back.dtype), back.tolist()),
        ("int8", codes.tolist()),
        what="and unpacked",
        idea="Four bits don't know their sign any more: extend it. (n XOR 8) - 8 does.",
        page=GRIDS,
    )
    for count in range(6):
        some = np.arange(-3, count - 3, dtype=np.int8)
        expect_equal(
            unpack_int4(pack_int4(some), count).tolist(),
            some.tolist(),
            what=f"{count} codes, there and back",
            idea="An odd end is filled with a 0, which unpacking leaves away.",
            page=GRIDS,
        )


def test_packing_refuses_what_does_not_fit():
    for error, codes in [
        (ValueError, np.array([8], np.int8)),
        (ValueError, np.array([-9], np.int8)),
        (ValueError, np.zeros((2, 2), np.int8)),
        (TypeError, np.array([1, 2])),
    ]:
        with expect_raises(
            error,
            what=f"pack_int4({codes.tolist()}) of {codes.dtype}",
            idea="8 would lose its fifth bit and come back as -8.",
            page=GRIDS,
        ):
            pack_int4(codes)
    for error, packed, count in [
        (ValueError, np.zeros(2, np.uint8), 5),
        (ValueError, np.zeros(2, np.uint8), 2),
        (ValueError, np.zeros((1, 1), np.uint8), 2),
        (TypeError, np.zeros(1, np.int8), 2),
    ]:
        with expect_raises(
            error,
            what=f"unpack_int4 of {packed.dtype} {packed.shape}, {count} codes",
            idea="ceil(count / 2) bytes, uint8.",
            page=GRIDS,
        ):
            unpack_int4(packed, count)
