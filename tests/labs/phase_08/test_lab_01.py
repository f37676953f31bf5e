"""Lab 08.1: arithmetic of two tensors, and broadcasting turned back."""

import numpy as np

from given.checking import expect_close, expect_equal
from minitorch.tensor import Tensor, unbroadcast

from ._differences import back, check, numbers, single

PAGE = "theory/01-reversing-broadcasting.md"
COPIES = "Broadcasting used some of these numbers in several places. What does each place send?"


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
        expect_equal(got.shape, shape, what=f"the shape of unbroadcast of {grad.shape} to {shape}", idea="Which axes did broadcasting put in front, and which did it stretch from length 1? What becomes of each kind?", page=PAGE)  # fmt: skip
        expect_close(got, np.asarray(want), tol=1e-12, what=f"unbroadcast of ones {grad.shape} to {shape}", idea=COPIES, page=PAGE)  # fmt: skip


def test_unbroadcast_sums_the_right_axis():
    expect_close(
        unbroadcast(np.arange(6.0).reshape(2, 3), (3,)),
        np.array([3.0, 5.0, 7.0]),
        tol=1e-12,
        what="unbroadcast of [[0, 1, 2], [3, 4, 5]] to (3,)",
        idea="At which end does NumPy align shapes? Write the two rows below each other.",
        page=PAGE,
    )


def test_unbroadcast_of_nothing_is_zero():
    for grad, shape in (((0, 3), (3,)), ((2, 0), (2, 1)), ((0, 3), (1, 3))):
        got = unbroadcast(np.ones(grad), shape)
        expect_equal((got.shape, got.tolist()), (shape, np.zeros(shape).tolist()), what=f"shape and numbers of unbroadcast of {grad} to {shape}", idea="Length 1 met length 0: there are no copies. What is a sum over none?", page=PAGE)  # fmt: skip


PAIRS = [((3,), (3,)), ((4, 3), (3,)), ((3,), (4, 3)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 1, 3), (4, 1)), ((3, 3), (3, 1)), ((3, 3), (1, 3))]  # fmt: skip


def pairs(f, name, idea, numpy_f):
    for i, (a, b) in enumerate(PAIRS):
        arrays = [numbers(*a, seed=i, away=True), numbers(*b, seed=100 + i, away=True)]
        check(f, arrays, what=f"{name} of {a} and {b}", idea=idea, page=PAGE, value=numpy_f)


def test_add():
    pairs(
        lambda a, b: a + b,
        "a + b",
        f"If a moves by a little, how far does a + b move? {COPIES}",
        np.add,
    )


def test_sub():
    pairs(
        lambda a, b: a - b,
        "a - b",
        f"In which direction does a - b move with b? {COPIES}",
        np.subtract,
    )


def test_mul():
    pairs(lambda a, b: a * b, "a * b", f"Each copy of a met which b? {COPIES}", np.multiply)


def test_div():
    pairs(
        lambda a, b: a / b,
        "a / b",
        f"Derive a / b by b. Where in it does the result come back? {COPIES}",
        np.divide,
    )


def test_pow():
    pairs(
        lambda a, b: (a * a) ** b,
        "(a a) ** b",
        f"Once the base moves, once the exponent: a power, and an exponential. {COPIES}",
        lambda a, b: (a * a) ** b,
    )


def test_powers_of_zero():
    x = Tensor(np.array([0.0, 2.0]), requires_grad=True)
    back(x**0, np.ones(2), what="x ** 0", idea=COPIES, page=PAGE)
    expect_close(x.grad, np.zeros(2), tol=1e-12, what="the gradient of x ** 0 at 0 and 2", idea="x ** 0 is 1 everywhere. What is 0 times 1/0 to NumPy?", page=PAGE)  # fmt: skip
    for n, slope in ((1, 1.0), (2, 0.0)):
        x = Tensor(np.zeros(2), requires_grad=True)
        back(x**n, np.ones(2), what=f"x ** {n} at 0", idea=COPIES, page=PAGE)
        expect_close(x.grad, np.full(2, slope), tol=1e-12, what=f"the gradient of x ** {n} at 0", idea="Draw it: how steep is it at 0? Does your way there divide by x?", page=PAGE)  # fmt: skip
    base, n = Tensor(np.zeros(4)), Tensor(np.array([0.0, 0.5, 1.0, 2.0]), requires_grad=True)
    with np.errstate(divide="raise", invalid="raise"):
        back(base**n, np.ones(4), what="0 ** n by n", idea="Which function is asked for a value that it doesn't have at 0?", page=PAGE)  # fmt: skip
    expect_close(n.grad, np.zeros(4), tol=1e-12, what="the gradient of 0 ** n by n, at n = 0, 0.5, 1 and 2", idea="Which function is asked for a value that it doesn't have at 0, and what is to stand there?", page=PAGE)  # fmt: skip


def test_a_constant_on_either_side():
    x, k = np.abs(numbers(2, 3)) + 0.5, np.abs(numbers(3, seed=1)) + 0.5
    idea = "One side needs no gradient, and may get None. Which one did you ask?"
    for name, operate, f in (("a + b", Tensor.__add__, np.add), ("a - b", Tensor.__sub__, np.subtract), ("a * b", Tensor.__mul__, np.multiply), ("a / b", Tensor.__truediv__, np.divide), ("a ** b", Tensor.__pow__, np.power)):  # fmt: skip
        check(lambda t, op=operate: op(t, Tensor(k)), [x], what=f"{name} where b is a constant", idea=idea, page=PAGE, value=lambda v, f=f: f(v, k))  # fmt: skip
        check(lambda t, op=operate: op(Tensor(k), t), [x], what=f"{name} where a is a constant", idea=idea, page=PAGE, value=lambda v, f=f: f(k, v))  # fmt: skip


def test_integers_beside_floats():
    x = Tensor(np.array([2.0, 3.0]), requires_grad=True)
    whole = Tensor(np.array([2, 3]))
    for name, out, slope in (("x / integers", x / whole, [0.5, 1 / 3]), ("integers * x", whole * x, [2.0, 3.0]), ("x ** integers", x**whole, [4.0, 27.0])):  # fmt: skip
        x.zero_grad()
        back(
            out, np.ones(2), what=name, idea="operands (given) has made floats of them.", page=PAGE
        )
        expect_close(x.grad, np.array(slope), tol=1e-12, what=f"the gradient of {name} for x = (2, 3) and the integers (2, 3)", idea="operands (given) hands you both sides. Which of them do you compute with?", page=PAGE)  # fmt: skip


SMALL = "The square of 1e-25 is 0 in float32. Can the quotient that you have already spare it?"


def test_quotients_of_small_numbers():
    a, b = (Tensor(np.array([1e-25], np.float32), requires_grad=True) for _ in "ab")
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        back(a / b, np.ones(1), what="a / b for a = b = 1e-25, float32", idea=SMALL, page=PAGE)
    expect_close(b.grad, np.array([-1e25]), tol=1e-5, what="the gradient of b in a / b for a = b = 1e-25, float32", idea=SMALL, page=PAGE)  # fmt: skip


def test_numbers_on_either_side():
    x = numbers(2, 3, away=True)
    check(
        lambda t: 3 - 2 * t + t / 4 - 1 / t + (-t),
        [x],
        what="3 - 2 x + x / 4 - 1 / x + (-x)",
        idea="The reflected forms are given and use yours. Which of the six moves the wrong way?",
        page=PAGE,
        value=lambda v: 3 - 2 * v + v / 4 - 1 / v - v,
    )


def test_float32_stays_float32():
    ops = {"a + b": Tensor.__add__, "a - b": Tensor.__sub__, "a * b": Tensor.__mul__, "a / b": Tensor.__truediv__, "a ** b": lambda a, b: (a * a) ** b}  # fmt: skip
    for name, f in ops.items():
        single(f, [(2, 3), (3,)], what=name, page=PAGE, away=True)
