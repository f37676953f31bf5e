"""Lab 06.0: offsets, slices, contiguity and reshape, predicted from shape and strides and held against NumPy."""

import random

import numpy as np

from given.checking import expect_equal, expect_raises
from minigrad.arrays import View, byte_offset, c_strides, is_contiguous, reshape_strides, slice_view

PAGE = "theory/03-strides-and-views.md"


def start(array):
    """The address of an array's first element."""
    return array.__array_interface__["data"][0]


def random_slice(rng, length):
    """A slice whose ends may lie outside, forward or backward, with gaps."""
    low, high = -length - 2, length + 2
    ends = [rng.choice([None, rng.randint(low, high)]) for _ in range(2)]
    return slice(*ends, rng.choice([None, 1, 2, 3, -1, -2]))


def random_view(rng):
    """An array and a random view of it: sliced, with axes swapped."""
    shape = [rng.choice([1, 2, 3, 4, 6]) for _ in range(rng.randint(1, 4))]
    array = np.empty(shape, rng.choice([np.int8, np.float32, np.float64]))
    view = array[tuple(slice(None, None, rng.choice([1, 1, 2, -1])) for _ in shape)]
    return view.transpose(rng.sample(range(view.ndim), view.ndim))


def test_the_last_axis_is_dense_and_each_other_steps_over_what_follows():
    for shape, itemsize, expected in [
        ((3, 4), 4, (16, 4)),
        ((5,), 8, (8,)),
        ((2, 3, 4), 8, (96, 32, 8)),
        ((4, 1, 3), 2, (6, 6, 2)),
        ((), 8, ()),
        ((0, 3), 4, (12, 4)),
        ((3, 0), 4, (4, 4)),
    ]:
        expect_equal(
            c_strides(shape, itemsize),
            expected,
            what=f"c_strides({shape}, {itemsize})",
            idea="How many bytes lie between two neighbors on the last axis, and how many in all that lies to the right of another one?",
            page=PAGE,
        )


def test_the_strides_of_fresh_arrays_are_numpys():
    rng = random.Random(0)
    for _ in range(60):
        shape = tuple(rng.choice([1, 2, 3, 5]) for _ in range(rng.randint(0, 4)))
        array = np.empty(shape, rng.choice(["i1", "f2", "f4", "f8", "c16"]))
        expect_equal(
            c_strides(shape, array.itemsize),
            array.strides,
            what=f"c_strides({shape}, {array.itemsize})",
            idea="np.empty makes a C-ordered array: its strides are the definition.",
            page=PAGE,
        )


def test_an_offset_is_the_sum_of_index_times_stride():
    for index, shape, strides, expected in [
        ((2, 1), (3, 4), (16, 4), 36),
        ((1, 2), (4, 3), (4, 16), 36),
        ((2, 3), (3, 4), (16, 4), 44),
        ((-1, -1), (3, 4), (16, 4), 44),
        ((1,), (5,), (-8,), -8),
        ((), (), (), 0),
    ]:
        expect_equal(
            byte_offset(index, shape, strides),
            expected,
            what=f"byte_offset({index}, {shape}, {strides})",
            idea="How many bytes does one step along each axis skip, and how many steps does the index ask for, seen from the start?",
            page=PAGE,
        )


def test_an_index_outside_its_axis_is_refused():
    for index in [(3, 0), (-4, 0)]:
        with expect_raises(
            IndexError,
            what=f"byte_offset({index}, (3, 4), (16, 4))",
            idea="The formula gives a number for any index. Without the test it would point into somebody else's bytes.",
            page=PAGE,
            mentions="axis 0",
        ):
            byte_offset(index, (3, 4), (16, 4))
    with expect_raises(
        IndexError,
        what="byte_offset((0, -9), (3, 5), (20, 4))",
        idea="Whoever reads the message wants to know how long the axis is.",
        page=PAGE,
        mentions="5",
    ):
        byte_offset((0, -9), (3, 5), (20, 4))
    for index, shape, strides in [((1,), (3, 4), (16, 4)), ((1, 1), (3, 4), (16,))]:
        with expect_raises(
            ValueError,
            what=f"byte_offset({index}, {shape}, {strides})",
            idea="One index and one stride for each axis.",
            page=PAGE,
        ):
            byte_offset(index, shape, strides)


def test_slicing_changes_three_small_things_and_moves_nothing():
    for key, expected in [
        ((slice(1, 3),), View(16, (2, 4), (16, 4))),
        ((slice(None), slice(None, None, 2)), View(0, (3, 2), (16, 8))),
        ((slice(None), 1), View(4, (3,), (16,))),
        ((2,), View(32, (4,), (4,))),
        ((slice(None, None, -1),), View(32, (3, 4), (-16, 4))),
        ((1, 2), View(24, (), ())),
        ((), View(0, (3, 4), (16, 4))),
    ]:
        expect_equal(
            slice_view((3, 4), (16, 4), key),
            expected,
            what=f"slice_view((3, 4), (16, 4), {key})",
            idea="Which of start, length and stride does an integer change, and which does start:stop:step?",
            page=PAGE,
        )


def test_slices_are_numpys_wherever_their_ends_lie():
    rng = random.Random(1)
    compared = 0
    while compared < 200:
        shape = tuple(rng.choice([1, 2, 3, 5, 7]) for _ in range(rng.randint(1, 4)))
        array = np.zeros(shape, "f4")
        key = tuple(
            rng.randrange(-n, n) if rng.random() < 0.25 else random_slice(rng, n)
            for n in shape[: rng.randint(0, len(shape))]
        )
        seen = array[(*key, ...)]
        got = slice_view(shape, array.strides, key)
        if seen.size == 0:
            expect_equal(
                got.shape,
                seen.shape,
                what=f"the shape of slice_view({shape}, ..., {key})",
                idea="Python can count the elements of a slice without walking along: which object has that length?",
                page=PAGE,
            )
            continue
        compared += 1
        expect_equal(
            tuple(got),
            (start(seen) - start(array), seen.shape, seen.strides),
            what=f"slice_view({shape}, {array.strides}, {key})",
            idea="What do None and an end outside the axis become? A slice object can tell, if it knows the length.",
            page=PAGE,
        )


def test_a_key_that_cannot_be_a_view_is_refused():
    for kind, key in [
        (IndexError, (0, 0, 0)),
        (IndexError, (3,)),
        (TypeError, ([0, 2],)),
        (TypeError, (True,)),
        (TypeError, (1.0,)),
        (ValueError, (slice(None, None, 0),)),
    ]:
        with expect_raises(
            kind,
            what=f"slice_view((3, 4), (16, 4), {key})",
            idea="Lists and masks pick elements that no step can reach, so NumPy copies there; True is one of them.",
            page=PAGE,
        ):
            slice_view((3, 4), (16, 4), key)


def test_contiguous_means_that_no_byte_is_left_out_or_read_out_of_order():
    for shape, strides, expected in [
        ((3, 4), (16, 4), True),
        ((4, 3), (4, 16), False),
        ((3, 2), (16, 8), False),
        ((1, 4), (999, 4), True),
        ((4, 1), (4, 999), True),
        ((0, 4), (7, 7), True),
        ((), (), True),
        ((3,), (-4,), False),
    ]:
        expect_equal(
            is_contiguous(shape, strides, 4),
            expected,
            what=f"is_contiguous({shape}, {strides}, 4)",
            idea="Which axes are never stepped along? And where could a gap be if there are no elements?",
            page=PAGE,
        )
    rng = random.Random(2)
    for _ in range(150):
        view = random_view(rng)
        expect_equal(
            is_contiguous(view.shape, view.strides, view.itemsize),
            view.flags.c_contiguous,
            what=f"is_contiguous({view.shape}, {view.strides}, {view.itemsize})",
            idea="This is what a.flags.c_contiguous says.",
            page=PAGE,
        )


def test_reshape_is_a_view_where_runs_of_axes_are_one_axis_in_disguise():
    for shape, strides, new_shape, expected in [
        ((3, 4), (16, 4), (12,), (4,)),
        ((3, 4), (16, 4), (2, 6), (24, 4)),
        ((3, 4), (16, 4), (2, 3, 2), (24, 8, 4)),
        ((4, 3), (4, 16), (12,), None),
        ((4, 3), (4, 16), (2, 2, 3), (8, 4, 16)),
        ((4, 3), (4, 16), (3, 4), None),
        ((6,), (8,), (2, 3), (24, 8)),
        ((6,), (-4,), (3, 2), (-8, -4)),
    ]:
        expect_equal(
            reshape_strides(shape, strides, new_shape, 4),
            expected,
            what=f"reshape_strides({shape}, {strides}, {new_shape}, 4)",
            idea="When does one step of the outer axis land where the inner one would have gone on? And may a new axis cross a place where it doesn't?",
            page=PAGE,
        )
    with expect_raises(
        ValueError,
        what="reshape_strides((3, 4), (16, 4), (5, 2), 4)",
        idea="12 elements can't become 10.",
        page=PAGE,
        mentions="(5, 2)",
    ):
        reshape_strides((3, 4), (16, 4), (5, 2), 4)


def test_reshape_copies_exactly_where_numpy_does():
    rng = random.Random(3)
    for _ in range(300):
        view = random_view(rng)
        rest, new_shape = view.size, []
        while rest > 1:
            new_shape.append(rng.choice([k for k in range(1, rest + 1) if rest % k == 0]))
            rest //= new_shape[-1]
        rng.shuffle(new_shape)
        seen = view.reshape(new_shape)
        got = reshape_strides(view.shape, view.strides, tuple(new_shape), view.itemsize)
        case = f"reshape_strides({view.shape}, {view.strides}, {tuple(new_shape)}, {view.itemsize})"
        expect_equal(
            got is not None,
            bool(np.shares_memory(seen, view)),
            what=f"whether {case} is a view",
            idea="Ask np.shares_memory(a.reshape(new_shape), a) what NumPy did.",
            page=PAGE,
        )
        if got is not None:
            used = [axis for axis, length in enumerate(new_shape) if length > 1]
            expect_equal(
                [got[axis] for axis in used],
                [seen.strides[axis] for axis in used],
                what=f"{case}, the strides of axes longer than 1",
                idea="Cut a run from the right: how far apart are neighbors on the new last axis, and on the one before it?",
                page=PAGE,
            )


def test_reshape_of_nothing_is_a_view():
    for shape, strides, new_shape, expected in [
        ((0, 3), (12, 4), (3, 0), (4, 4)),
        ((0,), (999,), (2, 0, 5), (20, 20, 4)),
    ]:
        expect_equal(
            reshape_strides(shape, strides, new_shape, 4),
            expected,
            what=f"reshape_strides({shape}, {strides}, {new_shape}, 4)",
            idea="There is nothing to copy. Which strides would a fresh array of that shape have?",
            page=PAGE,
        )


def test_lengths_that_are_none_are_refused():
    for kind, call in [
        (ValueError, lambda: c_strides((3, -1), 4)),
        (TypeError, lambda: c_strides((3, 2.0), 4)),
        (TypeError, lambda: c_strides((True, 2), 4)),
        (ValueError, lambda: c_strides((3,), 0)),
        (ValueError, lambda: is_contiguous((3, 4), (4,), 4)),
        (ValueError, lambda: slice_view((3,), (4, 4), ())),
    ]:
        with expect_raises(
            kind,
            what="a shape with a length of -1, 2.0 or True, an itemsize of 0, or strides that don't fit",
            idea="`lengths` and `same_axes` are given: call them first.",
            page=PAGE,
        ):
            call()
