"""Lab 08.6: indices, elements that are taken more than once, and pieces that are joined."""

import numpy as np

from given.checking import expect_close, expect_equal
from minitorch import shaping
from minitorch.tensor import Tensor

from ._differences import back, check, numbers, single

PAGE = "theory/02-reductions-and-places.md"


TWICE = "Element 0 was taken twice. What did each use send it?"


def test_an_element_taken_twice_gets_both_gradients():
    x = Tensor(np.arange(3.0), requires_grad=True)
    back(x[[0, 0, 1]], np.array([1.0, 10.0, 100.0]), what="x[[0, 0, 1]]", idea=TWICE, page=PAGE)
    expect_close(
        x.grad,
        np.array([11.0, 100.0, 0.0]),
        tol=1e-12,
        what="the gradient of x[[0, 0, 1]] for g = [1, 10, 100]",
        idea=TWICE,
        page=PAGE,
    )


def test_every_kind_of_index():
    x = numbers(4, 3)
    for name, key in {"x[1]": 1, "x[1:3]": slice(1, 3), "x[::2, -1]": (slice(None, None, 2), -1), "x[None, ..., 0]": (None, ..., 0), "x[[2, 0, 2]]": [2, 0, 2], "x[[0, 1], [2, 2]]": ([0, 1], [2, 2]), "x[x > 0]": x > 0, "x[[]]": np.array([], int), "x[-1:0:-2]": slice(-1, 0, -2), "x[[1, 1], 1:]": ([1, 1], slice(1, None)), "x[Tensor([3, 3])]": Tensor(np.array([3, 3]))}.items():  # fmt: skip
        plain = key.data if isinstance(key, Tensor) else key
        check(lambda t, k=key: t[k], [x], what=name, idea="What do the elements get that the key didn't name? And one that it named twice?", page=PAGE, value=lambda v, k=plain: v[k])  # fmt: skip


def test_joining_and_cutting():
    a, b = numbers(2, 3), numbers(2, 2, seed=1)
    check(lambda s, t: shaping.cat([s, t, s], 1), [a, b], what="cat([a, b, a], 1)", idea="Where in the result does each part begin and end? a stands in it twice.", page=PAGE, value=lambda x, y: np.concatenate([x, y, x], 1))  # fmt: skip
    check(lambda s, t: shaping.cat([s, t], -2), [a, numbers(1, 3, seed=1)], what="cat([a, b], -2)", idea="Where in the result does each part begin and end?", page=PAGE, value=lambda x, y: np.concatenate([x, y], 0))  # fmt: skip
    check(lambda t: shaping.cat([np.ones((1, 3)), t]), [a], what="cat of an array and a tensor", idea="The array is a constant, and has its place.", page=PAGE, value=lambda x: np.concatenate([np.ones((1, 3)), x]))  # fmt: skip
    check(lambda s, t: shaping.stack([s, t], -1), [a, numbers(2, 3, seed=2)], what="stack([a, b], -1)", idea="Along which axis does each part stand as one entry?", page=PAGE, value=lambda x, y: np.stack([x, y], -1))  # fmt: skip
    check(lambda t: shaping.split(t, [1, 3, 1], 1)[1], [numbers(2, 5)], what="the second piece of split([1, 3, 1], 1)", idea="A piece is a slice. Who knows its gradient already?", page=PAGE, value=lambda x: x[:, 1:4])  # fmt: skip
    for axis in (1, -1):
        pieces = shaping.split(Tensor(numbers(2, 5)), 2, axis)
        expect_equal((type(pieces).__name__, [p.shape for p in pieces]), ("tuple", [(2, 2), (2, 2), (2, 1)]), what=f"type and shapes of split((2, 5), 2, {axis})", idea="`sizes` has one length a piece; the last may be shorter.", page=PAGE)  # fmt: skip
        check(lambda t, a=axis: shaping.split(t, 2, a)[2], [numbers(2, 5)], what=f"the last piece of split(2, {axis})", idea="Where does it begin?", page=PAGE, value=lambda x: x[:, 4:])  # fmt: skip
    check(lambda t: shaping.pad(t, [(1, 0), (0, 2)], 9.0), [a], what="pad([(1, 0), (0, 2)], 9)", idea="Does the border move with x? Where in the result does x begin?", page=PAGE, value=lambda x: np.pad(x, [(1, 0), (0, 2)], constant_values=9.0))  # fmt: skip
    chosen = np.array([True, False, True])
    check(lambda s, t: shaping.where(chosen, s, t), [a, numbers(3, seed=3)], what="where([True, False, True], a (2, 3), b (3,))", idea="Which places of the result did each side fill, and how often was each of its numbers used?", page=PAGE, value=lambda x, y: np.where(chosen, x, y))  # fmt: skip


def test_both_sides_of_where_are_summed_back():
    chosen = np.array([[True, False, True], [False, False, True]])
    for a, b in (
        ((3,), (2, 3)),
        ((2, 1), (3,)),
        ((), (2, 1)),
        ((2, 3), ()),
        ((3,), (3,)),
        ((), ()),
    ):
        check(lambda s, t: shaping.where(chosen, s, t), [numbers(*a), numbers(*b, seed=3)], what=f"where of a {a} and b {b}", idea="Three arrays were broadcast, the condition too. How often was each number of a and b used?", page=PAGE, value=lambda x, y: np.where(chosen, x, y))  # fmt: skip


def test_float32_stays_float32():
    for name, f, shapes in (
        ("x[[0, 0]]", lambda t: t[[0, 0]], [(2, 3)]),
        ("x[:, 1:]", lambda t: t[:, 1:], [(2, 3)]),
        ("cat", lambda s, t: shaping.cat([s, t]), [(2, 3), (1, 3)]),
        ("stack", lambda s, t: shaping.stack([s, t]), [(3,), (3,)]),
        ("split", lambda t: shaping.split(t, 1)[0], [(2, 3)]),
        ("pad", lambda t: shaping.pad(t, [(1, 1)], 0.5), [(3,)]),
        ("where", lambda s, t: shaping.where(np.array([True, False]), s, t), [(2,), ()]),
    ):
        single(f, shapes, what=name, page=PAGE)
