"""Lab 16.0: who is blind for order, and what is added to let it see."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch import Tensor
from minitorch.attention import MultiHeadAttention, attention
from minitorch.positions import LearnedPositions, frequencies, order_gap, sinusoidal

BLIND, WAVES, TABLE = "theory/00-blind.md", "theory/01-waves.md", "theory/02-a-learned-table.md"


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_the_gap_is_that_of_permuting_before_and_after():
    x = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 9.0]])
    order = np.array([2, 0, 1])
    expect_close(
        order_gap(lambda t: t * Tensor(np.array([[1.0], [10.0], [100.0]])), x, order),
        891.0,
        tol=1e-9,
        what="the gap of a function that multiplies positions 0, 1, 2 by 1, 10, 100, under the order 2, 0, 1",
        idea="Permute first and apply then; apply first and permute then, in the same way. By how much do they differ at most, whatever the sign?",
        page=BLIND,
    )
    expect_close(
        order_gap(lambda t: t * 3, np.stack([x, -x]), order),
        0.0,
        tol=1e-12,
        what="the gap of a function that treats all positions alike, for x of (2, 3, 2)",
        idea="Positions lie on axis -2, also with axes in front.",
        page=BLIND,
    )


def test_it_finds_attention_blind_and_the_causal_mask_seeing():
    x, order = numbers(2, 7, 8), np.random.default_rng(1).permutation(7)
    layer = MultiHeadAttention(8, 2, rng=np.random.default_rng(0))
    for p in layer.parameters():
        p.data = p.data.astype(np.float64)
    gap = order_gap(layer, x, order)
    expect_true(
        isinstance(gap, float) and gap < 1e-12,
        what="the gap of a layer of attention without positions",
        expected="a float, 0 up to rounding",
        got=gap,
        idea="Does the result get the same order as the input?",
        page=BLIND,
    )
    gap = order_gap(lambda t: attention(t, t, t, causal=True), x, order)
    expect_true(
        gap > 0.1,
        what="the gap of causal attention",
        expected="a large one: who may see whom is an order",
        got=gap,
        idea="Is the function called on both x and the permuted x?",
        page=BLIND,
    )


def test_an_order_that_leaves_somebody_out_is_refused():
    for order in ([0, 0, 1], [0, 1], [1, 2, 3]):
        with expect_raises(ValueError, what=f"the order {order} of three positions", mentions="0 to 2", idea="The check that was given is still in front.", page=BLIND):  # fmt: skip
            order_gap(lambda t: t, np.ones((3, 2)), np.array(order))


def test_frequencies_fall_evenly_by_factors():
    expect_close(
        frequencies(8),
        [1.0, 0.1, 0.01, 0.001],
        tol=1e-15,
        what="frequencies(8)",
        idea="The first pair turns by one radian a position. By which factor does each of d/2 pairs turn more slowly than the one before?",
        page=WAVES,
    )
    expect_close(
        frequencies(4, base=16.0),
        [1.0, 0.25],
        tol=1e-15,
        what="frequencies(4, base=16)",
        idea="Is the base used?",
        page=WAVES,
    )
    with expect_raises(ValueError, what="frequencies(5)", idea="The check that was given is still in front.", page=WAVES):  # fmt: skip
        frequencies(5)


def test_sines_and_cosines_lie_side_by_side():
    got = sinusoidal([0, 2, 300], 4)
    expected = [
        [0.0, 1.0, 0.0, 1.0],
        [np.sin(2), np.cos(2), np.sin(0.02), np.cos(0.02)],
        [np.sin(300), np.cos(300), np.sin(3), np.cos(3)],
    ]
    expect_close(
        got,
        expected,
        tol=1e-12,
        what="the rows of positions 0, 2 and 300 with 4 features",
        idea="A table of positions and frequencies first: one angle for each pair. Then sine and cosine of each angle beside each other.",
        page=WAVES,
    )
    expect_equal(
        [str(got.dtype), sinusoidal([3], 6).shape, sinusoidal(np.arange(0), 6).shape],
        ["float64", (1, 6), (0, 6)],
        what="the dtype, and the shapes for one position and for none",
        idea="A row for each position.",
        page=WAVES,
    )
    expect_close(
        sinusoidal([1], 4, base=16.0)[0, 2:],
        [np.sin(0.25), np.cos(0.25)],
        tol=1e-12,
        what="the second pair of position 1 with base 16",
        idea="Is the base handed on?",
        page=WAVES,
    )


def test_a_shift_is_one_rotation_for_all_positions():
    p = np.arange(20)
    here, there = (sinusoidal(p + by, 8).reshape(20, 4, 2) for by in (0, 5))
    angle = 5 * frequencies(8)
    sin, cos = here[..., 0], here[..., 1]
    turned = np.stack(
        [sin * np.cos(angle) + cos * np.sin(angle), cos * np.cos(angle) - sin * np.sin(angle)], -1
    )
    expect_close(
        there,
        turned,
        tol=1e-12,
        what="the rows of positions 5 to 24, and those of 0 to 19 turned by 5 frequencies",
        idea="sin(a + b) and cos(a + b): what does one angle do to both numbers of a pair?",
        page=WAVES,
    )


def test_a_learned_table_gives_its_rows():
    places = LearnedPositions(5, 3, rng=np.random.default_rng(0))
    got = places(np.array([4, 0, 4]))
    expect_equal(
        got.data.tolist(),
        places.table.weight.data[[4, 0, 4]].tolist(),
        what="the rows of positions 4, 0, 4",
        idea="An embedding of numbers in place of words.",
        page=TABLE,
    )
    got.backward(np.ones((3, 3), np.float32))
    expect_equal(
        places.table.weight.grad[:, 0].tolist(),
        [1.0, 0.0, 0.0, 0.0, 2.0],
        what="how often each row gets the gradient 1",
        idea="A Tensor operation, so that the table learns.",
        page=TABLE,
    )


def test_behind_its_end_there_is_nothing():
    places = LearnedPositions(5, 3)
    for p in ([5], [0, 1000], [-1]):
        with expect_raises(IndexError, what=f"positions {p} of a table of 5", mentions="0 to 4", idea="Clamped or counted from the end, a wrong row would come without a word.", page=TABLE):  # fmt: skip
            places(np.array(p))
    expect_equal(
        places(np.arange(0)).shape,
        (0, 3),
        what="the shape for no positions",
        idea="What is the smallest of no numbers?",
        page=TABLE,
    )
