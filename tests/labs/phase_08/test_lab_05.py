"""Lab 08.5: a gradient check that can fail."""

import numpy as np

from given.checking import expect_equal, expect_raises, expect_true
from minitorch import functional as F
from minitorch.tensor import Tensor, record
from minitorch.testing import gradcheck

from ._differences import numbers

PAGE = "theory/05-who-checks-the-checker.md"


def leaf(*shape, seed=0):
    return Tensor(numbers(*shape, seed=seed), requires_grad=True)


def wrong(forward, backward):
    return lambda x: record(forward(x._data), "wrong", (x,), lambda g: (backward(g, x._data),))


def accepts(f, *inputs):
    try:
        return gradcheck(f, inputs)
    except AssertionError as error:
        return str(error)


def test_right_gradients_pass():
    for name, f, inputs in (
        ("tanh(a b) + b", lambda a, b: (a * b).tanh() + b, (leaf(3, 2), leaf(2, seed=1))),
        ("softmax(a)", F.softmax, (leaf(2, 3),)),
        ("a @ b", lambda a, b: a @ b, (leaf(2, 3), leaf(3, 2, seed=1))),
        ("a constant in a", lambda a: a * 0 + 5, (leaf(2),)),
    ):
        expect_equal(accepts(f, *inputs), True, what=f"gradcheck of {name}", idea="It answers True, or it raises. Which slope has an input that nothing depends on, and which gradient?", page=PAGE)  # fmt: skip


def test_wrong_gradients_are_found():
    faults = {
        "2 x for x^2 + 0.01 x": wrong(lambda x: x * x + 0.01 * x, lambda g, x: g * 2 * x),
        "a sign": wrong(np.sin, lambda g, x: -g * np.cos(x)),
        "one element": wrong(
            lambda x: x * 1.0, lambda g, x: g * (np.arange(x.size).reshape(x.shape) != 3)
        ),
    }
    for name, f in faults.items():
        expect_true(accepts(f, leaf(2, 3)) is not True, what=f"gradcheck of a wrong gradient: {name}", expected="an AssertionError", got="True", idea="How many elements did you compare, and by which measure? (assert_matches is given.)", page=PAGE)  # fmt: skip


def test_nothing_is_vacuous():
    e = lambda x: np.exp(x - x.max(-1, keepdims=True))  # noqa: E731
    softmax = lambda x: e(x) / e(x).sum(-1, keepdims=True)  # noqa: E731
    faults = {
        "a softmax whose gradient is 0": wrong(softmax, lambda g, x: 0 * g),
        "a transpose handed back untransposed": wrong(lambda x: x.T, lambda g, x: g),
        "a reversal handed back in order": wrong(lambda x: x[::-1], lambda g, x: g),
    }
    for name, f in faults.items():
        expect_true(accepts(f, leaf(3, 3)) is not True, what=f"gradcheck of {name}", expected="an AssertionError", got="True", idea="Does the plain sum of these outputs move with x, and does it know places? Which sum would?", page=PAGE)  # fmt: skip


def test_nan_never_passes():
    f = wrong(lambda x: x * 1.0, lambda g, x: g * np.nan)
    expect_true(accepts(f, leaf(2)) is not True, what="gradcheck of a gradient that is nan", expected="an AssertionError", got="True", idea="Is nan > 1e-5? Is nan < 1e-5?", page=PAGE)  # fmt: skip


def test_the_message_says_where():
    f = wrong(lambda x: x * 1.0, lambda g, x: 3 * g)
    with expect_raises(AssertionError, mentions="gradient of input 0, shape (2, 2)", what="the message", idea="Which input, its shape, and what assert_matches says.", page=PAGE):  # fmt: skip
        gradcheck(f, [leaf(2, 2)])


def test_inputs_come_back_to_the_last_bit():
    x = leaf(3)
    before = x.numpy()
    gradcheck(lambda t: t * t, [x])
    expect_equal(bool(np.array_equal(x.data, before)), True, what="whether the input is unchanged after the check", idea="x + h - h isn't always x. What has the last bit?", page=PAGE)  # fmt: skip

    calls = []

    def raises(t):
        calls.append(1)
        if len(calls) == 2:
            raise ZeroDivisionError
        return t * t

    with expect_raises(ZeroDivisionError, what="an error inside f", idea="It goes on to the caller.", page=PAGE):  # fmt: skip
        gradcheck(raises, [x])
    expect_equal(bool(np.array_equal(x.data, before)), True, what="the input after f raised", idea="f raised between the two steps. Who puts the number back?", page=PAGE)  # fmt: skip


def test_old_gradients_dont_count():
    x = leaf(2)
    x.grad = np.full(2, 99.0)
    expect_equal(accepts(lambda t: t * t, x), True, what="gradcheck of an input that has a gradient already", idea="What stood in grad before you came?", page=PAGE)  # fmt: skip


def test_every_input_is_checked():
    second = lambda a, b: record(a._data * b._data, "wrong", (a, b), lambda g: (g * b._data, 3 * g * a._data))  # fmt: skip # noqa: E731
    with expect_raises(AssertionError, mentions="gradient of input 1, shape (2,)", what="gradcheck of a product whose second gradient is three times too large", idea="The first input is right. Is it the only one?", page=PAGE):  # fmt: skip
        gradcheck(second, [leaf(2), leaf(2, seed=1)])


def test_a_gradient_that_never_came_is_zero():
    lost = lambda a, b: record(a._data * b._data, "wrong", (a,), lambda g: (g * b._data,))  # fmt: skip # noqa: E731
    with expect_raises(AssertionError, mentions="gradient of input 1", what="gradcheck of a product that forgets its second input", idea="No gradient says that the loss doesn't move with it. Does it?", page=PAGE):  # fmt: skip
        gradcheck(lost, [leaf(2), leaf(2, seed=1)])
    alone = lambda a, b: a * 2  # noqa: E731
    expect_equal(accepts(alone, leaf(2), leaf(2, seed=1)), True, what="gradcheck of 2 a, with an input b that is never used", idea="It has no gradient, and needs none.", page=PAGE)  # fmt: skip


def test_the_settings_count():
    slightly = wrong(lambda x: x * 1.0, lambda g, x: g * (1 + 1e-4))
    loose = gradcheck(slightly, [leaf(2)], rtol=1e-2) if accepts(slightly, leaf(2)) is not True else None  # fmt: skip
    expect_equal(loose, True, what="a gradient that is off by 1e-4: refused, and accepted with rtol=1e-2", idea="Who compares in the end, and with whose tolerances?", page=PAGE)  # fmt: skip
    curved = lambda x: x * x * x  # noqa: E731
    with expect_raises(AssertionError, what="x^3 with a step of 0.5", idea="Which step is taken?", page=PAGE):  # fmt: skip
        gradcheck(curved, [leaf(2)], eps=0.5)
    places = leaf(3)
    swapped = wrong(lambda x: x * 1.0, lambda g, x: np.roll(g, 1))
    told = [str(accepts(lambda x: swapped(x), places)) for _ in range(2)]
    expect_equal(told[0] == told[1], True, what="whether two checks of one fault say the same", idea="Fixed random weights: where do they come from?", page=PAGE)  # fmt: skip
    other = []
    for seed in (1, 2):
        try:
            gradcheck(swapped, [places], seed=seed)
        except AssertionError as error:
            other.append(str(error))
    expect_equal(len(set(other)), 2, what="how many different messages two seeds give", idea="The seed is an argument.", page=PAGE)  # fmt: skip


def test_differences_are_central_and_leave_no_graph():
    seen = []

    def square(x):
        y = x * x
        seen.append(y.requires_grad)
        return y

    gradcheck(square, [Tensor(np.array([3.0]), requires_grad=True)])
    expect_equal(seen, [True, False, False], what="whether a graph is made in the first and in the two other calls of f", idea="The slopes need numbers only.", page=PAGE)  # fmt: skip
    parabola = Tensor(np.array([1.0]), requires_grad=True)
    expect_equal(accepts(lambda x: x * x * 1e4, parabola), True, what="gradcheck of 10,000 x^2 at 1", idea="On which side of x is the difference taken?", page=PAGE)  # fmt: skip
    coarse = gradcheck(lambda x: x * x, [parabola], eps=0.25)
    expect_equal(coarse, True, what="gradcheck of x^2 with a step of 0.25", idea="Both sides: for a parabola the difference is then exact, whatever the step.", page=PAGE)  # fmt: skip
