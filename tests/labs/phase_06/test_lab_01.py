"""Lab 06.1: broadcasting as a rule for shapes, as strides of 0, and as windows that share one buffer."""

import itertools
import random

import numpy as np

from given.checking import expect_equal, expect_raises, expect_true
from minigrad.arrays import broadcast_strides, predict_broadcast, windows

PAGE = "theory/04-broadcasting.md"
VIEWS = "theory/03-strides-and-views.md"


def test_the_six_shapes_of_the_page():
    for shapes, expected in [
        (((3, 4), (4,)), (3, 4)),
        (((10,), (10, 1)), (10, 10)),
        (((3,), (2, 4, 3)), (2, 4, 3)),
        (((2, 1, 5, 4), (1, 3, 5, 4)), (2, 3, 5, 4)),
        (((7, 1), (1, 5), ()), (7, 5)),
        (((0,), (1,)), (0,)),
        ((), ()),
    ]:
        expect_equal(
            predict_broadcast(*shapes),
            expected,
            what=f"predict_broadcast{shapes}",
            idea="Which axes of the shapes meet, what does a missing one count as, and which length wins?",
            page=PAGE,
        )


def test_every_pair_of_small_shapes_agrees_with_numpy():
    small = [s for n in range(4) for s in itertools.product((0, 1, 2, 3), repeat=n)]
    for first, second in itertools.product(small, small):
        try:
            expected = np.broadcast_shapes(first, second)
        except ValueError:
            expected = None
        try:
            got = predict_broadcast(first, second)
        except ValueError:
            got = None
        expect_true(
            got == expected,
            what=f"predict_broadcast({first}, {second})",
            expected=f"{expected}" if expected is not None else "ValueError",
            got=f"{got}" if got is not None else "ValueError",
            idea="What does 0 with 1 give, and 0 with 2? Is it always the larger?",
            page=PAGE,
        )


def test_shapes_that_do_not_fit_are_named_with_the_axis():
    for shapes, axis in [
        (((3, 4), (3,)), "-1"),
        (((5, 1, 4), (3, 2, 1)), "-3"),
        (((2,), (1,), (3,)), "-1"),
    ]:
        with expect_raises(
            ValueError,
            what=f"predict_broadcast{shapes}",
            idea="Say which axis, counted from the end as you aligned them, and show the shapes.",
            page=PAGE,
            mentions=f"axis {axis}",
        ):
            predict_broadcast(*shapes)
    with expect_raises(
        ValueError,
        what="predict_broadcast((3, 4), (7,), (1, 1))",
        idea="Three shapes: would you find the two that don't fit without seeing all of them?",
        page=PAGE,
        mentions="(1, 1)",
    ):
        predict_broadcast((3, 4), (7,), (1, 1))
    for wrong in [(3, -1), (2.0,), (True,)]:
        with expect_raises(
            ValueError,
            TypeError,
            what=f"predict_broadcast({wrong})",
            idea="`lengths` is given and refuses what is no length.",
            page=PAGE,
        ):
            predict_broadcast(wrong)


def test_a_stretched_axis_has_a_stride_of_zero():
    for shape, strides, target, expected in [
        ((4,), (4,), (3, 4), (0, 4)),
        ((3, 1), (4, 4), (3, 4), (4, 0)),
        ((1, 4), (16, 4), (3, 4), (0, 4)),
        ((3, 4), (16, 4), (3, 4), (16, 4)),
        ((), (), (2, 2), (0, 0)),
        ((4, 3), (4, 16), (2, 4, 3), (0, 4, 16)),
    ]:
        expect_equal(
            broadcast_strides(shape, strides, target),
            expected,
            what=f"broadcast_strides({shape}, {strides}, {target})",
            idea="Along which axes are the same bytes read again at every step?",
            page=PAGE,
        )


def test_the_strides_are_those_of_broadcast_to():
    rng = random.Random(4)
    for _ in range(150):
        target = tuple(rng.choice([1, 2, 3, 4]) for _ in range(rng.randint(0, 4)))
        shape = tuple(rng.choice([n, 1]) for n in target[rng.randint(0, len(target)) :])
        array = np.empty(shape, "f4")
        expect_equal(
            broadcast_strides(shape, array.strides, target),
            np.broadcast_to(array, target).strides,
            what=f"broadcast_strides({shape}, {array.strides}, {target})",
            idea="np.broadcast_to(a, target).strides is the definition.",
            page=PAGE,
        )


def test_stretching_goes_one_way_only():
    for shape, strides, target in [
        ((3, 4), (16, 4), (4,)),
        ((1, 4), (16, 4), (4,)),
        ((3,), (4,), (4,)),
        ((2,), (4,), (1,)),
        ((3,), (4,), (3, 4)),
        ((3,), (4, 4), (3,)),
    ]:
        with expect_raises(
            ValueError,
            what=f"broadcast_strides({shape}, {strides}, {target})",
            idea="The target is the result's shape: nothing in it may be stretched to fit.",
            page=PAGE,
        ):
            broadcast_strides(shape, strides, target)


def test_windows_are_the_runs_of_neighbors():
    x = np.arange(6, dtype=np.int32)
    expect_equal(
        windows(x, 3).tolist(),
        [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]],
        what="windows([0 1 2 3 4 5], 3)",
        idea="How far is row 1 from row 0, and column 1 from column 0?",
        page=VIEWS,
    )
    every_other = np.arange(12.0)[::2]
    expect_equal(
        windows(every_other, 2).tolist(),
        [[0, 2], [2, 4], [4, 6], [6, 8], [8, 10]],
        what="windows(np.arange(12.0)[::2], 2)",
        idea="Take the stride that x has, not its itemsize: x may itself be a view.",
        page=VIEWS,
    )
    rng = np.random.default_rng(0)
    for n, width in [(1, 1), (5, 5), (9, 4)]:
        backward = rng.normal(size=n)[::-1]
        expected = np.lib.stride_tricks.sliding_window_view(backward, width)
        expect_equal(
            windows(backward, width).tolist(),
            expected.tolist(),
            what=f"windows of width {width} of {n} numbers read backward",
            idea="n - width + 1 rows, also for a negative stride.",
            page=VIEWS,
        )


def test_windows_share_the_memory_and_cannot_be_written():
    x = np.arange(8, dtype=np.float32)
    view = windows(x, 4)
    expect_true(
        np.shares_memory(view, x) and view.dtype == x.dtype,
        what="windows(x, 4) for 8 float32",
        expected="a float32 view on the 32 bytes of x",
        got=f"{view.dtype}, sharing memory: {np.shares_memory(view, x)}",
        idea="Twenty elements are shown and eight are stored. A copy would defeat the purpose.",
        page=VIEWS,
    )
    expect_equal(
        view.flags.writeable,
        False,
        what="windows(x, 4).flags.writeable",
        idea="A write into one row would appear in three others. Close that door: writeable=False.",
        page=VIEWS,
    )
    x[3] = 100
    expect_equal(
        view[:, ::-1].diagonal().tolist(),
        [100.0] * 4,
        what="where x[3] shows up in the windows after x[3] = 100",
        idea="One element, four places: that is what sharing means.",
        page=VIEWS,
    )


def test_a_window_that_does_not_fit_is_refused():
    x = np.arange(4.0)
    for kind, argument, width in [
        (ValueError, x, 0),
        (ValueError, x, 5),
        (ValueError, x[:0], 1),
        (ValueError, x.reshape(2, 2), 1),
        (TypeError, [1.0, 2.0], 1),
        (TypeError, x, 1.5),
    ]:
        with expect_raises(
            kind,
            what=f"windows({argument!r}, {width})",
            idea="as_strided believes you: one row too many and it reads bytes that aren't yours.",
            page=VIEWS,
        ):
            windows(argument, width)
