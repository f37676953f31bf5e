"""Lab 08.1: elementwise operations, and broadcasting turned back."""

import numpy as np

from given.checking import expect_close, expect_equal
from minitorch import functional as F
from minitorch.tensor import Tensor, unbroadcast

from ._differences import check, numbers

PAGE = "theory/01-reversing-broadcasting.md"
COPIES = "Broadcasting uses a number in many places, and each place sends a gradient: sum over the copies."


def test_unbroadcast_sums_over_the_copies():
    for grad, shape, want in (
        (np.ones((4, 3)), (3,), [4.0, 4.0, 4.0]),
        (np.ones((3, 5)), (3, 1), [[5.0], [5.0], [5.0]]),
        (np.ones((2, 3)), (), 6.0),
        (np.ones((2, 4, 3)), (4, 1), [[6.0]] * 4),
        (np.ones((2, 1)), (1, 1), [[2.0]]),
        (np.ones((3,)), (3,), [1.0, 1.0, 1.0]),
    ):
        got = unbroadcast(grad, shape)
        expect_equal(got.shape, shape, what=f"the shape of unbroadcast of {grad.shape} to {shape}", idea="New axes in front vanish; stretched ones stay with length 1.", page=PAGE)  # fmt: skip
        expect_close(got, np.asarray(want), tol=1e-12, what=f"unbroadcast of ones {grad.shape} to {shape}", idea=COPIES, page=PAGE)  # fmt: skip


def test_unbroadcast_sums_the_right_axis():
    expect_close(
        unbroadcast(np.arange(6.0).reshape(2, 3), (3,)),
        np.array([3.0, 5.0, 7.0]),
        tol=1e-12,
        what="unbroadcast of [[0, 1, 2], [3, 4, 5]] to (3,)",
        idea="Shapes are aligned at the right: (3,) was stretched along axis 0. On square arrays a wrong axis has the right shape.",
        page=PAGE,
    )


PAIRS = [((3,), (3,)), ((4, 3), (3,)), ((3,), (4, 3)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 1, 3), (4, 1)), ((3, 3), (3, 1)), ((3, 3), (1, 3))]  # fmt: skip


def pairs(f, name, idea, numpy_f):
    for i, (a, b) in enumerate(PAIRS):
        arrays = [numbers(*a, seed=i, away=True), numbers(*b, seed=100 + i, away=True)]
        check(f, arrays, what=f"{name} of {a} and {b}", idea=idea, page=PAGE, value=numpy_f)


def test_add():
    pairs(lambda a, b: a + b, "a + b", f"g to both. {COPIES}", np.add)


def test_sub():
    pairs(lambda a, b: a - b, "a - b", f"g and -g. {COPIES}", np.subtract)


def test_mul():
    pairs(lambda a, b: a * b, "a * b", f"g b and g a. {COPIES}", np.multiply)


def test_div():
    pairs(lambda a, b: a / b, "a / b", f"g / b and -g c / b with c = a / b. {COPIES}", np.divide)


def test_pow():
    pairs(
        lambda a, b: (a * a) ** b,
        "(a a) ** b",
        f"g b a^(b-1) and g c log a. {COPIES}",
        lambda a, b: (a * a) ** b,
    )


def test_powers_of_zero():
    x = Tensor(np.array([0.0, 2.0]), requires_grad=True)
    (x**0).backward(np.ones(2))
    expect_close(x.grad, np.zeros(2), tol=1e-12, what="the gradient of x ** 0 at 0 and 2", idea="0 times 0^(-1) isn't 0 on a computer: let another exponent stand in where b is 0.", page=PAGE)  # fmt: skip


def test_numbers_on_either_side():
    x = numbers(2, 3, away=True)
    check(
        lambda t: 3 - 2 * t + t / 4 - 1 / t + (-t),
        [x],
        what="3 - 2 x + x / 4 - 1 / x + (-x)",
        idea="The reflected forms are given and use yours; __neg__ hands back -g.",
        page=PAGE,
        value=lambda v: 3 - 2 * v + v / 4 - 1 / v - v,
    )


ONE = {
    "exp": (Tensor.exp, np.exp, "g c with the result c: e^x is its own derivative."),
    "log": (lambda t: (t * t).log(), lambda x: np.log(x * x), "g / a."),
    "sqrt": (lambda t: (t * t).sqrt(), np.abs, "g / (2 c)."),
    "tanh": (Tensor.tanh, np.tanh, "g (1 - c^2), from the result."),
    "sigmoid": (Tensor.sigmoid, lambda x: 1 / (1 + np.exp(-x)), "g c (1 - c), from the result."),
    "relu": (Tensor.relu, lambda x: np.maximum(x, 0), "g where a > 0, else 0."),
    "gelu": (F.gelu, None, "Phi(x) + x phi(x), with Phi from _erf and phi the normal density."),
    "gelu tanh": (lambda t: F.gelu(t, "tanh"), lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))), "With h = (1 + tanh u)/2: h + x 2 h (1 - h) u'."),
    "silu": (F.silu, lambda x: x / (1 + np.exp(-x)), "s (1 + x (1 - s))."),
}  # fmt: skip


def test_each_activation():
    for name, (f, value, idea) in ONE.items():
        check(f, [numbers(3, 2, away=True)], what=name, idea=idea, page=PAGE, value=value)


def test_exact_gelu():
    expect_close(
        F.gelu(Tensor(np.array([-0.7, 0.0, 1.2]))).data,
        np.array([-0.16937456, 0.0, 1.06191640]),
        tol=1e-7,
        what="gelu at -0.7, 0 and 1.2",
        idea="x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2.",
        page=PAGE,
    )


def test_sigmoid_of_large_numbers():
    with np.errstate(over="raise"):
        got = Tensor(np.array([-800.0, 800.0])).sigmoid().data
    expect_close(got, np.array([0.0, 1.0]), tol=1e-12, what="sigmoid at -800 and 800", idea="(1 + tanh(x/2)) / 2 never overflows.", page=PAGE)  # fmt: skip


def test_relu_at_zero():
    x = Tensor(np.zeros(2), requires_grad=True)
    x.relu().backward(np.ones(2))
    expect_close(x.grad, np.zeros(2), tol=0, what="the gradient of relu at 0", idea="x > 0, not >=: by convention 0 at the kink.", page=PAGE)  # fmt: skip
