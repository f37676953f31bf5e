"""Lab 01.4: the roofline."""

import math
from itertools import pairwise

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.roofline import (
    KERNELS,
    Work,
    attainable,
    bound,
    largest_tile,
    min_seconds,
    ridge,
    work,
)

ROOF = "theory/05-the-roofline.md"
LOOPS = "theory/04-six-loop-orders.md"

PEAK, BANDWIDTH = 307.2e9, 38.4e9  # page 00's laptop


def test_intensity_is_flops_for_each_byte():
    expect_equal(
        (Work(12.0, 48.0).intensity, Work(0.0, 8.0).intensity, Work(5.0, 0.0).intensity),
        (0.25, 0.0, math.inf),
        what="the intensities of 12 FLOPs and 48 bytes, of 0 and 8, of 5 and 0",
        idea="FLOPs divided by bytes; a computation that moves nothing has no limit from memory.",
        page=ROOF,
    )


def test_named_kernels_ask_for_what_they_must():
    n = 1000
    for kernel, flops, nbytes in [
        ("copy", 0, 8 * n),
        ("add", n, 12 * n),
        ("dot", 2 * n, 8 * n),
        ("softmax", 5 * n, 8 * n),
        ("matvec", 2 * n**2, 4 * n**2 + 8 * n),
        ("matmul-naive", 2 * n**3, 8 * n**3),
        ("matmul-once", 2 * n**3, 12 * n**2),
    ]:
        expect_equal(
            work(kernel, n),
            Work(flops, nbytes),
            what=f"work({kernel!r}, 1000)",
            idea="An FMA is two operations. Count each number that has to cross the bus, 4 bytes each.",
            page=ROOF,
        )
    expect_equal(
        sorted(KERNELS),
        sorted(
            [
                "copy",
                "add",
                "dot",
                "softmax",
                "matvec",
                "matmul-naive",
                "matmul-tiled",
                "matmul-once",
            ]
        ),
        what="KERNELS",
        idea="It is given; leave it as it is.",
        page=ROOF,
    )


def test_intensities_either_grow_with_the_size_or_do_not():
    for kernel, wanted in [
        ("add", 1 / 12),
        ("dot", 0.25),
        ("softmax", 0.625),
        ("matmul-naive", 0.25),
    ]:
        got = [work(kernel, n).intensity for n in (10, 1000, 100000)]
        expect_close(
            got,
            [wanted] * 3,
            tol=1e-12,
            what=f"the intensity of {kernel} at n = 10, 1000, 100000",
            idea="Operations and bytes grow together: no size helps.",
            page=ROOF,
        )
    for n in (6, 64, 1024):
        expect_close(
            work("matmul-once", n).intensity,
            n / 6,
            tol=1e-12,
            what=f"the intensity of matmul-once at n = {n}",
            idea="Three matrices of n^2 numbers, each crossing the bus once. How many operations does one number of the result take?",
            page=ROOF,
        )


def test_tiles_and_wider_numbers_change_the_bytes():
    for tile in (1, 8, 64):
        expect_close(
            work("matmul-tiled", 512, tile=tile).intensity,
            tile / 4,
            tol=1e-12,
            what=f"the intensity of matmul-tiled with tiles of {tile}",
            idea="How often is a number used while its tile is near? Page 04 counts what is loaded.",
            page=LOOPS,
        )
    expect_close(
        work("dot", 100, itemsize=8).intensity,
        0.125,
        tol=1e-12,
        what="the intensity of dot in float64",
        idea="Twice the bytes, half the intensity.",
        page=ROOF,
    )


def test_the_roofs_meet_at_the_ridge():
    expect_close(
        ridge(PEAK, BANDWIDTH),
        8.0,
        tol=1e-12,
        what="the ridge of 307.2 GFLOP/s and 38.4 GB/s",
        idea="Peak over bandwidth.",
        page=ROOF,
    )
    expect_close(
        attainable(8.0, PEAK, BANDWIDTH),
        PEAK,
        tol=1e-12,
        what="attainable FLOP/s at the ridge",
        idea="There both roofs have the same height.",
        page=ROOF,
    )


def test_below_the_ridge_bandwidth_decides_and_above_it_the_peak():
    for intensity, wanted, limit in [
        (0.0, 0.0, "memory"),
        (0.25, 9.6e9, "memory"),
        (7.999, 7.999 * BANDWIDTH, "memory"),
        (8.0, PEAK, "compute"),
        (1000.0, PEAK, "compute"),
        (math.inf, PEAK, "compute"),
    ]:
        expect_close(
            attainable(intensity, PEAK, BANDWIDTH),
            wanted,
            tol=1e-12,
            what=f"attainable({intensity})",
            idea="Two roofs hang over the same point: which of them do you touch first?",
            page=ROOF,
        )
        expect_equal(
            bound(intensity, PEAK, BANDWIDTH),
            limit,
            what=f"bound({intensity})",
            idea="Left of the ridge memory, at the ridge and right of it compute.",
            page=ROOF,
        )


def test_more_intensity_never_makes_a_machine_slower():
    heights = [attainable(2.0**e, PEAK, BANDWIDTH) for e in range(-8, 12)]
    expect_true(
        all(a <= b for a, b in pairwise(heights)) and max(heights) == PEAK,
        what="the roof from left to right",
        expected="it never falls, and ends at the peak",
        got=heights,
        idea="A slope, then flat.",
        page=ROOF,
    )


def test_time_is_the_larger_of_the_two_needs():
    for asked, wanted in [
        (Work(307.2e9, 38.4e9), 1.0),
        (Work(307.2e9, 384.0e9), 10.0),
        (Work(3072.0e9, 38.4e9), 10.0),
        (Work(0.0, 0.0), 0.0),
    ]:
        expect_close(
            min_seconds(asked, PEAK, BANDWIDTH),
            wanted,
            tol=1e-12,
            what=f"min_seconds({asked})",
            idea="Both go on at the same time, so the slower one decides: a maximum, not a sum.",
            page=ROOF,
        )
    asked = work("matmul-once", 2048)
    expect_close(
        asked.flops / min_seconds(asked, PEAK, BANDWIDTH),
        attainable(asked.intensity, PEAK, BANDWIDTH),
        tol=1e-12,
        what="FLOPs over min_seconds, against attainable",
        idea="Two ways to say the same thing: they must agree for every kernel.",
        page=ROOF,
    )


def test_the_largest_tile_leaves_room_for_three():
    for arguments, wanted in [
        ((32768,), 52),
        ((49152,), 64),
        ((32768, 8), 36),
        ((12,), 1),
        ((32768, 4, 1), 90),
    ]:
        expect_equal(
            largest_tile(*arguments),
            wanted,
            what=f"largest_tile{arguments}",
            idea="tiles * b^2 * itemsize <= cache, b whole: 3 * 52^2 * 4 = 32448 fits into 32768, 53 doesn't.",
            page=LOOPS,
        )


def test_nonsense_is_refused():
    nan = float("nan")
    for what, call, error in [
        ("work('gemm', 10)", lambda: work("gemm", 10), ValueError),
        ("work('dot', 0)", lambda: work("dot", 0), ValueError),
        ("work('dot', nan)", lambda: work("dot", nan), ValueError),
        ("work('dot', '10')", lambda: work("dot", "10"), TypeError),
        ("work('matmul-tiled', 8, tile=16)", lambda: work("matmul-tiled", 8, tile=16), ValueError),
        ("work('matmul-tiled', 8, tile=9)", lambda: work("matmul-tiled", 8, tile=9), ValueError),
        ("attainable(1, -1, 1)", lambda: attainable(1, -1, 1), ValueError),
        ("attainable(1, 1, inf)", lambda: attainable(1, 1, math.inf), ValueError),
        ("ridge(0, 1)", lambda: ridge(0, 1), ValueError),
        ("ridge(1, inf)", lambda: ridge(1, math.inf), ValueError),
        ("attainable(-1, 1, 1)", lambda: attainable(-1, 1, 1), ValueError),
        ("attainable(nan, 1, 1)", lambda: attainable(nan, 1, 1), ValueError),
        ("bound(nan, 1, 1)", lambda: bound(nan, 1, 1), ValueError),
        ("min_seconds(Work(1, 1), 1, -1)", lambda: min_seconds(Work(1, 1), 1, -1), ValueError),
        ("largest_tile(11)", lambda: largest_tile(11), ValueError),
        ("largest_tile(True)", lambda: largest_tile(True), TypeError),
    ]:
        with expect_raises(
            error,
            what=what,
            idea="A NaN that passes here comes out as a bar in somebody's plot.",
            page=ROOF,
        ):
            call()


def test_one_tile_may_be_the_whole_matrix():
    expect_equal(
        work("matmul-tiled", 8, tile=8).flops,
        work("matmul-once", 8).flops,
        what="FLOPs of a product of 8 x 8 in a single tile of 8",
        idea="A tile as large as the matrix is a tile. Only a larger one isn't.",
        page=ROOF,
    )
