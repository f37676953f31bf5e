"""Lab 08.7: functions of one tensor, and where they would overflow."""

from contextlib import contextmanager

import numpy as np

from given.checking import expect_close, expect_true
from minitorch import functional as F
from minitorch.tensor import Tensor

from ._differences import back, check, numbers, single

PAGE = "theory/01-reversing-broadcasting.md"
SHAPE = "One tensor came in, and nothing was copied. Which shape has its gradient?"


ONE = {
    "exp": (Tensor.exp, np.exp, "Which function is its own derivative, and where do you have its value?"),
    "log": (lambda t: (t * t).log(), lambda x: np.log(x * x), "How steep is the logarithm at 2, and at 0.5?"),
    "sqrt": (lambda t: (t * t).sqrt(), np.abs, "c c = a: differentiate both sides."),
    "tanh": (Tensor.tanh, np.tanh, "Flat at both ends, steepest at 0. Which function of the result does that?"),
    "sigmoid": (Tensor.sigmoid, lambda x: 1 / (1 + np.exp(-x)), "Steepest where the result is a half, flat where it is 0 or 1. Which product does that?"),
    "relu": (Tensor.relu, lambda x: np.maximum(x, 0), "Two straight lines: how steep is each?"),
    "gelu": (F.gelu, None, "A product of two functions of x. Which rule, and what is the derivative of the normal distribution?"),
    "gelu tanh": (lambda t: F.gelu(t, "tanh"), lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))), "A product again; and what is between x and h? Two chain rules, one inside the other."),
    "silu": (F.silu, lambda x: x / (1 + np.exp(-x)), "x times a sigmoid: the product rule, and the sigmoid's slope that you have."),
}  # fmt: skip


def test_each_activation():
    for name, (f, value, idea) in ONE.items():
        check(f, [numbers(3, 2, away=True)], what=name, idea=idea, page=PAGE, value=value)


def test_roots_of_zero():
    x = Tensor(np.zeros(1), requires_grad=True)
    with np.errstate(divide="ignore"):
        back(x.sqrt(), np.ones(1), what="sqrt at 0", idea=SHAPE, page=PAGE)
    expect_close(x.grad, np.array([np.inf]), tol=0, what="the gradient of sqrt at 0", idea="How steep is the curve there? A number that hides it hides where the model broke.", page=PAGE)  # fmt: skip


def test_exact_gelu():
    expect_close(
        F.gelu(Tensor(np.array([-0.7, 0.0, 1.2]))).data,
        np.array([-0.16937456, 0.0, 1.06191640]),
        tol=1e-7,
        what="gelu at -0.7, 0 and 1.2",
        idea="What share of the normal distribution lies below x? _erf is given, and it counts from 0 and in other units.",
        page=PAGE,
    )


def test_float32_stays_float32():
    for name, (f, _, _) in ONE.items():
        single(f, [(2, 3)], what=name, page=PAGE, away=True)
        single(f, [()], what=f"{name}, shape ()", page=PAGE, away=True)


@contextmanager
def overflow_fails(what):
    """Turns NumPy's overflow into a failure in the lab's own form."""
    try:
        with np.errstate(over="raise", invalid="raise"):
            yield
    except FloatingPointError as error:
        expect_true(False, what=what, expected="no overflow on the way", got=str(error), idea="e^800 is no float. Which function has the same shape and no exponential that can be too large?", page=PAGE)  # fmt: skip


def test_sigmoid_of_large_numbers():
    with overflow_fails("sigmoid or silu at -800 and 800"):
        got = Tensor(np.array([-800.0, 800.0])).sigmoid().data
        soft = F.silu(Tensor(np.array([-800.0, 800.0]))).data
    expect_close(got, np.array([0.0, 1.0]), tol=1e-12, what="sigmoid at -800 and 800", idea="e^800 is no float. Which function has the same shape and no exponential that can be too large?", page=PAGE)  # fmt: skip
    expect_close(soft, np.array([0.0, 800.0]), tol=1e-12, what="silu at -800 and 800", idea="The same sigmoid as above.", page=PAGE)  # fmt: skip


def test_relu_at_zero():
    x = Tensor(np.zeros(2), requires_grad=True)
    back(x.relu(), np.ones(2), what="relu at 0", idea=SHAPE, page=PAGE)
    expect_close(x.grad, np.zeros(2), tol=0, what="the gradient of relu at 0", idea="Left of the kink 0, right of it 1. On which side does the convention (page 01) put 0 itself?", page=PAGE)  # fmt: skip


def test_relu_hands_nan_through():
    got = Tensor(np.array([np.nan, -1.0, 2.0])).relu().data
    expect_close(got, np.array([np.nan, 0.0, 2.0]), tol=0, what="relu of (nan, -1, 2)", idea="A comparison with nan is false. Who will find out that a model has broken, if relu makes a 0 of it?", page=PAGE)  # fmt: skip
