"""Lab 08.2: reductions, shapes, and elements that are taken more than once."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minitorch import shaping
from minitorch.tensor import Tensor

from ._differences import check, numbers

PAGE = "theory/02-reductions-and-places.md"
BACK = "The axis that was summed away comes back with length 1 (_with_axes), and then g is copied along it."


def test_sum_hands_g_to_every_summand():
    for axis in (None, 0, 1, -1, (0, 1)):
        for keepdims in (False, True):
            check(
                lambda t, a=axis, k=keepdims: t.sum(a, k),
                [numbers(3, 3)],
                what=f"sum over axis {axis}, keepdims {keepdims}, of a square array",
                idea=BACK + " On a square array a forgotten axis fits, along the wrong one.",
                page=PAGE,
                value=lambda x, a=axis, k=keepdims: x.sum(axis=a, keepdims=k),
            )
    check(lambda t: t.sum((0, 2)), [numbers(2, 3, 4)], what="sum over axes 0 and 2 of (2, 3, 4)", idea=BACK, page=PAGE)  # fmt: skip


def test_mean_and_variance():
    for axis in (None, 0, (0, 2)):
        check(lambda t, a=axis: t.mean(a), [numbers(2, 3, 4)], what=f"mean over {axis}", idea="sum / n, n the number of elements that are averaged.", page=PAGE, value=lambda x, a=axis: x.mean(axis=a))  # fmt: skip
        check(lambda t, a=axis: t.var(a), [numbers(2, 3, 4)], what=f"var over {axis}", idea="Every number also moves the mean.", page=PAGE, value=lambda x, a=axis: x.var(axis=a))  # fmt: skip
    check(lambda t: t.var(1, True, 1), [numbers(2, 3)], what="var(1, keepdims=True, correction=1)", idea="Divide by n - correction.", page=PAGE, value=lambda x: x.var(axis=1, keepdims=True, ddof=1))  # fmt: skip


def test_max_sends_g_to_the_winner():
    for axis in (None, 0, (0, 1)):
        check(lambda t, a=axis: t.max(a), [numbers(3, 4)], what=f"max over {axis}", idea="Only the largest element moves the maximum.", page=PAGE, value=lambda x, a=axis: x.max(axis=a))  # fmt: skip
    x = Tensor(np.array([[1.0, 3.0, 3.0]]), requires_grad=True)
    x.max(1).backward(np.ones(1))
    expect_close(x.grad, np.array([[0.0, 0.5, 0.5]]), tol=1e-12, what="the gradient of max([1, 3, 3])", idea="Equal winners share: divide by how many there are.", page=PAGE)  # fmt: skip


def test_shapes_go_back_to_where_they_came_from():
    x = numbers(2, 3, 4)
    same = "No number changes, so each gradient goes back to its number's place."
    check(lambda t: t.reshape(4, 6), [x], what="reshape (2, 3, 4) to (4, 6)", idea=same, page=PAGE, value=lambda v: v.reshape(4, 6))  # fmt: skip
    check(lambda t: t.reshape(-1), [x], what="reshape to (-1)", idea=same, page=PAGE)
    check(lambda t: t.permute(2, 0, 1), [x], what="permute(2, 0, 1)", idea=f"{same} Which order undoes (2, 0, 1)?", page=PAGE, value=lambda v: v.transpose(2, 0, 1))  # fmt: skip
    check(lambda t: t.transpose(0, -1), [x], what="transpose(0, -1)", idea=same, page=PAGE, value=lambda v: v.swapaxes(0, -1))  # fmt: skip
    check(lambda t: t.broadcast_to(2, 2, 3), [numbers(2, 1, 3)], what="broadcast_to(2, 2, 3) of (2, 1, 3)", idea="How many copies of each number are there, and what does each send?", page=PAGE)  # fmt: skip


def test_an_element_taken_twice_gets_both_gradients():
    x = Tensor(np.arange(3.0), requires_grad=True)
    x[[0, 0, 1]].backward(np.array([1.0, 10.0, 100.0]))
    expect_close(
        x.grad,
        np.array([11.0, 100.0, 0.0]),
        tol=1e-12,
        what="the gradient of x[[0, 0, 1]] for g = [1, 10, 100]",
        idea="Element 0 was taken twice. What did each use send it?",
        page=PAGE,
    )


def test_every_kind_of_index():
    x = numbers(4, 3)
    for name, key in {"x[1]": 1, "x[1:3]": slice(1, 3), "x[::2, -1]": (slice(None, None, 2), -1), "x[None, ..., 0]": (None, ..., 0), "x[[2, 0, 2]]": [2, 0, 2], "x[[0, 1], [2, 2]]": ([0, 1], [2, 2]), "x[x > 0]": x > 0}.items():  # fmt: skip
        check(lambda t, k=key: t[k], [x], what=name, idea="Zeros, with g put back by the same key.", page=PAGE, value=lambda v, k=key: v[k])  # fmt: skip


def test_joining_and_cutting():
    a, b = numbers(2, 3), numbers(2, 2, seed=1)
    check(lambda s, t: shaping.cat([s, t, s], 1), [a, b], what="cat([a, b, a], 1)", idea="Cut g at the same places; a gets two parts, which the engine adds.", page=PAGE, value=lambda x, y: np.concatenate([x, y, x], 1))  # fmt: skip
    check(lambda s, t: shaping.stack([s, t], -1), [a, numbers(2, 3, seed=2)], what="stack([a, b], -1)", idea="Move the new axis to the front: its entries are the parts.", page=PAGE, value=lambda x, y: np.stack([x, y], -1))  # fmt: skip
    check(lambda t: shaping.split(t, [1, 3, 1], 1)[1], [numbers(2, 5)], what="the second piece of split([1, 3, 1], 1)", idea="A piece is a slice, and slicing knows its gradient.", page=PAGE, value=lambda x: x[:, 1:4])  # fmt: skip
    check(lambda t: shaping.pad(t, [(1, 0), (0, 2)], 9.0), [a], what="pad([(1, 0), (0, 2)], 9)", idea="The border is constant: take the inside of g.", page=PAGE, value=lambda x: np.pad(x, [(1, 0), (0, 2)], constant_values=9.0))  # fmt: skip
    chosen = np.array([True, False, True])
    check(lambda s, t: shaping.where(chosen, s, t), [a, numbers(3, seed=3)], what="where([True, False, True], a (2, 3), b (3,))", idea="Which places of the result did each side fill, and how often was each of its numbers used?", page=PAGE, value=lambda x, y: np.where(chosen, x, y))  # fmt: skip


def test_an_axis_that_isnt_there():
    with expect_raises(ValueError, mentions="(2, 3)", what="sum(2) of shape (2, 3)", idea="checked_axes is given: use the axes that it returns.", page=PAGE):  # fmt: skip
        Tensor(numbers(2, 3)).sum(2)


def test_a_variance_beside_a_large_mean():
    x = np.array([[1e8, 1e8 + 1, 1e8 + 2]])
    expect_close(Tensor(x).var(1).data, [2 / 3], tol=1e-6, what="var of 1e8, 1e8 + 1, 1e8 + 2", idea="Two squares of 1e16 have no digits left for their difference.", page=PAGE)  # fmt: skip


def test_only_the_largest_wins():
    x = Tensor(np.array([[1.0, 3.0, 3.0 - 1e-5]]), requires_grad=True)
    x.max(1).backward(np.ones(1))
    expect_close(x.grad, np.array([[0.0, 1.0, 0.0]]), tol=1e-12, what="the gradient of max([1, 3, 3 - 1e-5])", idea="Nearly the largest moves nothing.", page=PAGE)  # fmt: skip
    expect_equal(Tensor(numbers(2, 3)).max(1, keepdims=True).shape, (2, 1), what="the shape of max(1, keepdims=True) of (2, 3)", idea="The axis stays, with length 1.", page=PAGE)  # fmt: skip


def test_axes_may_be_counted_from_the_end():
    x = numbers(2, 3, 4)
    check(lambda t: t.permute(-1, 0, -2), [x], what="permute(-1, 0, -2)", idea="Which axis is -1 here, and which order leads back?", page=PAGE, value=lambda v: v.transpose(2, 0, 1))  # fmt: skip


def test_both_sides_of_where_are_summed_back():
    chosen = np.array([[True, False, True], [False, False, True]])
    for a, b in (((3,), (2, 3)), ((2, 1), (3,)), ((), (2, 1)), ((2, 3), ())):
        check(lambda s, t: shaping.where(chosen, s, t), [numbers(*a), numbers(*b, seed=3)], what=f"where of a {a} and b {b}", idea="Each side may have been copied.", page=PAGE, value=lambda x, y: np.where(chosen, x, y))  # fmt: skip
