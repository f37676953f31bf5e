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
        expect_equal(accepts(f, *inputs), True, what=f"gradcheck of {name}", idea="True, or an AssertionError. An input that nothing depends on has slope 0 and grad None or 0.", page=PAGE)  # fmt: skip


def test_wrong_gradients_are_found():
    faults = {
        "2 x for x^2 + 0.01 x": wrong(lambda x: x * x + 0.01 * x, lambda g, x: g * 2 * x),
        "a sign": wrong(np.sin, lambda g, x: -g * np.cos(x)),
        "one element": wrong(
            lambda x: x * 1.0, lambda g, x: g * (np.arange(x.size).reshape(x.shape) != 3)
        ),
    }
    for name, f in faults.items():
        expect_true(accepts(f, leaf(2, 3)) is not True, what=f"gradcheck of a wrong gradient: {name}", expected="an AssertionError", got="True", idea="Compare every element with |a - b| <= atol + rtol |b| (assert_matches does).", page=PAGE)  # fmt: skip


def test_nothing_is_vacuous():
    e = lambda x: np.exp(x - x.max(-1, keepdims=True))  # noqa: E731
    softmax = lambda x: e(x) / e(x).sum(-1, keepdims=True)  # noqa: E731
    faults = {
        "a softmax whose gradient is 0": wrong(softmax, lambda g, x: 0 * g),
        "a transpose handed back untransposed": wrong(lambda x: x.T, lambda g, x: g),
        "a reversal handed back in order": wrong(lambda x: x[::-1], lambda g, x: g),
    }
    for name, f in faults.items():
        expect_true(accepts(f, leaf(3, 3)) is not True, what=f"gradcheck of {name}", expected="an AssertionError", got="True", idea="The plain sum of a softmax is 1 whatever x is, and that of a transpose doesn't know places. Weight the outputs with fixed random numbers.", page=PAGE)  # fmt: skip


def test_nan_never_passes():
    f = wrong(lambda x: x * 1.0, lambda g, x: g * np.nan)
    expect_true(accepts(f, leaf(2)) is not True, what="gradcheck of a gradient that is nan", expected="an AssertionError", got="True", idea="Comparisons with nan are false: ask what is within, not what is outside.", page=PAGE)  # fmt: skip


def test_the_message_says_where():
    f = wrong(lambda x: x * 1.0, lambda g, x: 3 * g)
    with expect_raises(AssertionError, mentions="gradient of input 0, shape (2, 2)", what="the message", idea="Which input, its shape, and what assert_matches says.", page=PAGE):  # fmt: skip
        gradcheck(f, [leaf(2, 2)])


def test_inputs_come_back_to_the_last_bit():
    x = leaf(3)
    before = x.numpy()
    gradcheck(lambda t: t * t, [x])
    expect_equal(bool(np.array_equal(x.data, before)), True, what="whether the input is unchanged after the check", idea="Keep the number and put it back, in a finally.", page=PAGE)  # fmt: skip

    calls = []

    def raises(t):
        calls.append(1)
        if len(calls) == 2:
            raise ZeroDivisionError
        return t * t

    with expect_raises(ZeroDivisionError, what="an error inside f", idea="It goes on to the caller.", page=PAGE):  # fmt: skip
        gradcheck(raises, [x])
    expect_equal(bool(np.array_equal(x.data, before)), True, what="the input after f raised", idea="finally.", page=PAGE)  # fmt: skip


def test_old_gradients_dont_count():
    x = leaf(2)
    x.grad = np.full(2, 99.0)
    expect_equal(accepts(lambda t: t * t, x), True, what="gradcheck of an input that has a gradient already", idea="Clear the inputs' gradients first.", page=PAGE)  # fmt: skip
