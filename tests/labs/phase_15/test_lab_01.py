"""Lab 15.1: masks, and the test that shows whether the future leaks into the past."""

import numpy as np

from given.checking import expect_equal, expect_raises, expect_true
from minitorch import Tensor
from minitorch.attention import added, causal_mask, leak, padding_mask, soft_lookup

MASKS, LEAKS = "theory/02-masks.md", "theory/03-does-the-future-leak.md"


def test_a_causal_mask_shows_what_is_not_later():
    got = causal_mask(3)
    expect_equal(
        [got.dtype.kind, got.tolist()],
        ["b", [[True, False, False], [True, True, False], [True, True, True]]],
        what="causal_mask(3)",
        idea="Row t is a query. May it see itself?",
        page=MASKS,
    )


def test_the_queries_are_the_last_positions():
    expect_equal(
        causal_mask(2, 4).tolist(),
        [[True, True, True, False], [True, True, True, True]],
        what="causal_mask(2, 4)",
        idea="Four positions are known, and two of them ask. Which two, if the others asked before?",
        page=MASKS,
    )
    expect_equal(
        causal_mask(1, 3).tolist(),
        [[True, True, True]],
        what="causal_mask(1, 3)",
        idea="The newest position asks alone. What lies behind it?",
        page=MASKS,
    )
    expect_equal(
        causal_mask(3, 2).tolist(),
        [[False, False], [True, False], [True, True]],
        what="causal_mask(3, 2)",
        idea="The last query still sees every key. Where does that leave the first?",
        page=MASKS,
    )


def test_padding_hides_what_lies_behind_the_end():
    got = padding_mask([2, 0, 3], 3)
    expect_equal(
        [got.shape, got.dtype.kind, got[:, 0, 0].tolist()],
        [(3, 1, 1, 3), "b", [[True, True, False], [False, False, False], [True, True, True]]],
        what="padding_mask([2, 0, 3], 3)",
        idea="One row a text. Which axes are left for heads and queries, and who sees how many keys?",
        page=MASKS,
    )
    expect_equal(
        padding_mask(np.array([1], np.int32), 2)[0, 0, 0].tolist(),
        [True, False],
        what="padding_mask of an int32 array",
        idea="Any integers will do.",
        page=MASKS,
    )


def test_two_masks_are_one():
    both = causal_mask(3) & padding_mask([2, 3], 3)
    expect_equal(
        both[0, 0].tolist(),
        [[True, False, False], [True, True, False], [True, True, False]],
        what="causal_mask(3) & padding_mask([2, 3], 3), the first text",
        idea="Booleans combine by themselves if their shapes broadcast.",
        page=MASKS,
    )


def test_hidden_is_added_as_minus_infinity():
    got = added(np.array([True, False]), (2, 2), np.float32)
    expect_equal(
        [str(got.dtype), got.tolist()],
        ["float32", [0.0, -np.inf]],
        what="added([True, False], (2, 2), float32)",
        idea="Which number leaves a score as it is, and which one leaves nothing of it, whatever it was?",
        page=MASKS,
    )


def test_floats_are_added_as_they_are_in_the_scores_dtype():
    given = np.array([[0.5], [-np.inf]])
    got = added(given, (2, 3), np.float32)
    expect_equal(
        [str(got.dtype), got.tolist(), given.tolist()],
        ["float32", [[0.5], [-np.inf]], [[0.5], [-np.inf]]],
        what="added of the floats [[0.5], [-inf]], to (2, 3) and float32, and the mask afterwards",
        idea="Floats are no booleans: 0.5 is a number to add. In whose dtype?",
        page=MASKS,
    )
    expect_equal(
        [
            added(np.float16([-2]), (1, 1), np.float64).tolist(),
            added(Tensor([1.5]), (1,), np.float64).tolist(),
            added(np.array([0.1]), (1,), np.float64).tolist(),
        ],
        [[-2.0], [1.5], [0.1]],
        what="added of a float16 array, of a tensor, and of 0.1, each to float64",
        idea="An array of any floats, or a tensor without gradient.",
        page=MASKS,
    )  # fmt: skip
    for mask, kind in ((np.array([1, 0]), TypeError), (np.array([0.0, np.nan]), ValueError)):
        with expect_raises(
            kind,
            what=f"added of {mask.tolist()}",
            idea="The checks that were given are still in front.",
            page=MASKS,
        ):
            added(mask, (2, 2), np.float32)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def attend(x, mask):
    t = Tensor(x)
    return soft_lookup(t, t, t, mask)


def expect_leak(f, expected, what, idea, *, axis=-2, shape=(2, 5, 3)):
    expect_equal(
        leak(f, numbers(*shape), numbers(*shape, seed=1), axis),
        expected,
        what=what,
        idea=idea,
        page=LEAKS,
    )


def test_a_sound_mask_passes():
    expect_leak(
        lambda x: attend(x, np.tri(5, dtype=bool)),
        None,
        "leak of attention under a causal mask",
        "Nothing before s moves, for any s. Do you compare only what stands before it?",
    )
    expect_leak(
        lambda x: x * 2,
        None,
        "leak of x * 2, which returns an array",
        "A result is a Tensor or an array.",
    )


def test_a_leak_is_found_at_its_first_place():
    expect_leak(
        lambda x: attend(x, None),
        (0, 1),
        "leak of attention without a mask",
        "Changing position 1 moves position 0 already.",
    )
    expect_leak(
        lambda x: attend(x, np.tri(5, 5, 1, dtype=bool)),
        (0, 1),
        "leak of a mask that is off by one",
        "Each sees one too many.",
    )
    late = np.tri(5, dtype=bool)
    late[2, 4] = True
    expect_leak(
        lambda x: attend(x, late),
        (2, 3),
        "leak where position 2 sees position 4 and nobody else sees too much",
        "A change from s on changes everything from s on: for which smallest s does that touch position 4?",
    )


def test_the_last_digit_counts():
    expect_leak(
        lambda x: x + 1e-15 * x.sum(axis=-2, keepdims=True),
        (0, 1),
        "leak of x + 1e-15 times the sum over all positions",
        "Bit for bit. Is there a tolerance in your comparison?",
        shape=(1, 4, 3),
    )


def test_any_feature_and_any_row_of_the_batch_counts():
    def one_corner(x):
        y = x.copy()
        y[1, 0, 2] += x[1, 4, 0]
        return y

    expect_leak(
        one_corner,
        (0, 1),
        "leak from one number at the end to one at the start, in one text of two",
        "Each position is compared whole: all texts, all features.",
    )


def test_the_axis_of_the_positions_is_named():
    ids = np.arange(6).reshape(2, 3)

    def count_later(x):
        return np.cumsum(x[:, ::-1], axis=-1)[:, ::-1]

    expect_equal(
        [leak(count_later, ids, ids + 7, -1), leak(lambda x: np.cumsum(x, -1), ids, ids + 7, -1)],
        [(0, 1), None],
        what="leak of a sum over later ids, and of one over earlier ids, positions on the last axis",
        idea="Ids have no features: their positions lie on the axis that is named.",
        page=LEAKS,
    )
    expect_leak(
        lambda x: np.cumsum(x, axis=0),
        None,
        "leak of a running sum over axis 0, with axis 0",
        "The same axis in what goes in and in what comes out.",
        axis=0,
    )
    x = np.zeros((3, 4))
    other = np.zeros((3, 4))
    other[:, 3] = 1
    expect_equal(
        leak(lambda a: a[:, ::-1].copy(), x, other, 1),
        (0, 1),
        what="leak of a reversal, where only the last position differs",
        idea="From s on, all positions are replaced, the last one too. And is it still so at the next s?",
        page=LEAKS,
    )


def test_nothing_that_was_given_is_changed():
    x, other = numbers(4, 2), numbers(4, 2, seed=1)
    kept = [x.copy(), other.copy()]

    def spoil(a):
        out = a.copy()
        a[:] = 0
        return out

    found = leak(spoil, x, other)
    expect_true(
        np.array_equal(x, kept[0]) and np.array_equal(other, kept[1]) and found is None,
        what="x and other after leak of a function that spoils its argument",
        expected="unchanged, and no leak",
        got=f"found {found}",
        idea="Hand out copies: the function isn't yours.",
        page=LEAKS,
    )
