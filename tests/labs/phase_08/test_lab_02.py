"""Lab 08.2: sums, maxima and shapes."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minitorch.tensor import Tensor

from ._differences import back, check, numbers, single

PAGE = "theory/02-reductions-and-places.md"
BACK = "g has lost the axis that was summed away. Where must it stand again before g can be copied along it?"


def test_sum_hands_g_to_every_summand():
    for axis in (None, 0, 1, -1, (0, 1)):
        for keepdims in (False, True):
            check(
                lambda t, a=axis, k=keepdims: t.sum(a, k),
                [numbers(3, 3)],
                what=f"sum over axis {axis}, keepdims {keepdims}, of a square array",
                idea=f"{BACK} On a square array a forgotten axis fits, along the wrong one.",
                page=PAGE,
                value=lambda x, a=axis, k=keepdims: x.sum(axis=a, keepdims=k),
            )
    check(lambda t: t.sum((0, 2)), [numbers(2, 3, 4)], what="sum over axes 0 and 2 of (2, 3, 4)", idea=BACK, page=PAGE)  # fmt: skip
    check(lambda t: t.sum((-1, 0)), [numbers(2, 3, 4)], what="sum over axes -1 and 0 of (2, 3, 4)", idea=BACK, page=PAGE, value=lambda x: x.sum(axis=(-1, 0)))  # fmt: skip
    for axis in (0, 1):
        check(lambda t, a=axis: t.sum(a), [numbers(0, 3)], what=f"sum over axis {axis} of (0, 3)", idea="Nothing was added, so nothing gets a gradient: of which shape?", page=PAGE, value=lambda x, a=axis: x.sum(axis=a))  # fmt: skip


def test_mean_and_variance():
    for axis in (None, 0, (0, 2)):
        check(lambda t, a=axis: t.mean(a), [numbers(2, 3, 4)], what=f"mean over {axis}", idea="How many numbers stand behind each number of the result?", page=PAGE, value=lambda x, a=axis: x.mean(axis=a))  # fmt: skip
        check(lambda t, a=axis: t.var(a), [numbers(2, 3, 4)], what=f"var over {axis}", idea="Every number also moves the mean.", page=PAGE, value=lambda x, a=axis: x.var(axis=a))  # fmt: skip
    check(lambda t: t.var(1, True, 1), [numbers(2, 3)], what="var(1, keepdims=True, correction=1)", idea="How many numbers are free once the mean is known?", page=PAGE, value=lambda x: x.var(axis=1, keepdims=True, ddof=1))  # fmt: skip
    check(lambda t: t.mean(-2, True), [numbers(2, 3, 4)], what="mean(-2, keepdims=True) of (2, 3, 4)", idea="The axis stays, with length 1.", page=PAGE, value=lambda x: x.mean(axis=-2, keepdims=True))  # fmt: skip


WINNER = "Two numbers are the largest. What does minitorch do with g then (page 02)?"


def test_max_sends_g_to_the_winner():
    for axis in (None, 0, -1, (0, 1)):
        check(lambda t, a=axis: t.max(a), [numbers(3, 4)], what=f"max over {axis}", idea="You move one number a little. Which one moves the maximum?", page=PAGE, value=lambda x, a=axis: x.max(axis=a))  # fmt: skip
    x = Tensor(np.array([[1.0, 3.0, 3.0]]), requires_grad=True)
    back(x.max(1), np.ones(1), what="max([1, 3, 3])", idea=WINNER, page=PAGE)
    expect_close(x.grad, np.array([[0.0, 0.5, 0.5]]), tol=1e-12, what="the gradient of max([1, 3, 3])", idea=WINNER, page=PAGE)  # fmt: skip


COPIES = "How many copies of each number are there, and what does each send?"


def test_shapes_go_back_to_where_they_came_from():
    x = numbers(2, 3, 4)
    same = "No number changes. Follow one of them: where did it stand before?"
    check(lambda t: t.reshape(4, 6), [x], what="reshape (2, 3, 4) to (4, 6)", idea=same, page=PAGE, value=lambda v: v.reshape(4, 6))  # fmt: skip
    check(lambda t: t.reshape(-1), [x], what="reshape to (-1)", idea=same, page=PAGE)
    check(lambda t: t.permute(2, 0, 1), [x], what="permute(2, 0, 1)", idea=f"{same} Which order undoes (2, 0, 1)?", page=PAGE, value=lambda v: v.transpose(2, 0, 1))  # fmt: skip
    check(lambda t: t.transpose(0, -1), [x], what="transpose(0, -1)", idea=same, page=PAGE, value=lambda v: v.swapaxes(0, -1))  # fmt: skip
    check(lambda t: t.broadcast_to(2, 2, 3), [numbers(2, 1, 3)], what="broadcast_to(2, 2, 3) of (2, 1, 3)", idea=COPIES, page=PAGE)  # fmt: skip
    check(lambda t: t.broadcast_to(2, 4, 3), [numbers(3)], what="broadcast_to(2, 4, 3) of (3,)", idea=COPIES, page=PAGE, value=lambda v: np.broadcast_to(v, (2, 4, 3)))  # fmt: skip
    check(lambda t: t.reshape(3, 2).permute(1, 0), [numbers(6)], what="reshape(3, 2) whose result was transposed", idea=f"{same} What comes back needn't lie in memory as it looks.", page=PAGE, value=lambda v: v.reshape(3, 2).T)  # fmt: skip
    check(lambda t: t.permute(1, 0).reshape(-1), [numbers(2, 3)], what="reshape(-1) of a transposed tensor", idea=same, page=PAGE, value=lambda v: v.T.reshape(-1))  # fmt: skip


def test_an_axis_that_isnt_there():
    with expect_raises(ValueError, mentions="(2, 3)", what="sum(2) of shape (2, 3)", idea="checked_axes is given: use the axes that it returns.", page=PAGE):  # fmt: skip
        Tensor(numbers(2, 3)).sum(2)


def test_a_variance_beside_a_large_mean():
    x = np.array([[1e8, 1e8 + 1, 1e8 + 2]])
    expect_close(Tensor(x).var(1).data, [2 / 3], tol=1e-6, what="var of 1e8, 1e8 + 1, 1e8 + 2", idea="Two squares of 1e16 have no digits left for their difference.", page=PAGE)  # fmt: skip


def test_only_the_largest_wins():
    x = Tensor(np.array([[1.0, 3.0, 3.0 - 1e-5]]), requires_grad=True)
    back(x.max(1), np.ones(1), what="max([1, 3, 3 - 1e-5])", idea=WINNER, page=PAGE)
    expect_close(x.grad, np.array([[0.0, 1.0, 0.0]]), tol=1e-12, what="the gradient of max([1, 3, 3 - 1e-5])", idea="If the third number grows by 1e-6, what does the maximum do?", page=PAGE)  # fmt: skip
    expect_equal(Tensor(numbers(2, 3)).max(1, keepdims=True).shape, (2, 1), what="the shape of max(1, keepdims=True) of (2, 3)", idea="The axis stays, with length 1.", page=PAGE)  # fmt: skip


def test_axes_may_be_counted_from_the_end():
    x = numbers(2, 3, 4)
    check(lambda t: t.permute(-1, 0, -2), [x], what="permute(-1, 0, -2)", idea="Which axis is -1 here, and which order leads back?", page=PAGE, value=lambda v: v.transpose(2, 0, 1))  # fmt: skip


def test_float32_stays_float32():
    for name, f in {
        "sum": lambda t: t.sum(1),
        "mean": Tensor.mean,
        "var": lambda t: t.var(0, True, 1),
        "max": lambda t: t.max(1),
        "reshape": lambda t: t.reshape(-1),
        "permute": lambda t: t.permute(1, 0),
        "broadcast_to": lambda t: t.broadcast_to(2, 2, 3),
    }.items():
        single(f, [(2, 3)], what=name, page=PAGE)
