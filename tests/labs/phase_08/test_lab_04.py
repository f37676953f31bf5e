"""Lab 08.4: softmax, its logarithm, and the loss in one node."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minitorch import functional as F
from minitorch.tensor import Tensor

from ._differences import check, numbers

PAGE = "theory/04-softmax-and-cross-entropy.md"


def test_softmax():
    for axis in (-1, 0, 1):
        check(
            lambda t, a=axis: F.softmax(t, a),
            [numbers(3, 4)],
            what=f"softmax over axis {axis} of (3, 4)",
            idea="s (g - sum(g s)): the sum over the same axis, kept with length 1. s g alone forgets the denominator.",
            page=PAGE,
            value=lambda x, a=axis: np.exp(x) / np.exp(x).sum(axis=a, keepdims=True),
        )


def test_softmax_of_large_numbers():
    with np.errstate(over="raise", invalid="raise"):
        got = F.softmax(Tensor(np.array([1000.0, 1001.0, 999.0]))).data
    expect_close(got, np.array([0.24472847, 0.66524096, 0.09003057]), tol=1e-7, what="softmax of [1000, 1001, 999]", idea="Subtract the maximum first: the same quotient, and no e^1000.", page=PAGE)  # fmt: skip


def test_log_softmax():
    check(
        F.log_softmax,
        [numbers(3, 4)],
        what="log_softmax",
        idea="x - max - log(sum(e^(x - max))); its gradient is g - softmax sum(g).",
        page=PAGE,
        value=lambda x: x - np.log(np.exp(x).sum(axis=-1, keepdims=True)),
    )
    expect_close(
        F.log_softmax(Tensor(np.array([0.0, 2000.0]))).data,
        np.array([-2000.0, 0.0]),
        tol=1e-9,
        what="log_softmax of [0, 2000]",
        idea="log(softmax(x)) would be log(0). Never take that way.",
        page=PAGE,
    )


def rows(x, y):
    return -(x - np.log(np.exp(x).sum(axis=-1, keepdims=True)))[np.arange(len(y)), y]


def test_cross_entropy_and_its_reductions():
    y = np.array([0, 2, 1, 0])
    for reduction, value in {"mean": lambda x: rows(x, y).mean(), "sum": lambda x: rows(x, y).sum(), "none": lambda x: rows(x, y)}.items():  # fmt: skip
        check(
            lambda t, r=reduction: F.cross_entropy(t, y, reduction=r),
            [numbers(4, 3)],
            what=f'cross_entropy with reduction "{reduction}"',
            idea="(softmax - onehot) for each row, times its share of the loss: g/n, g, or each row's own g.",
            page=PAGE,
            value=lambda x, v=value: np.asarray(v(x)),
        )


def test_the_gradient_is_probability_minus_truth():
    x = Tensor(np.array([[1000.0, 0.0, 0.0]]), requires_grad=True)
    loss = F.cross_entropy(x, [2])
    loss.backward()
    expect_close(
        np.array([loss.item(), *x.grad[0]]),
        np.array([1000.0, 1.0, 0.0, -1.0]),
        tol=1e-9,
        what="loss and gradient for logits [1000, 0, 0] and class 2",
        idea="softmax is [1, 0, 0], the truth [0, 0, 1]. Nothing overflows on the way through log_softmax.",
        page=PAGE,
    )


def test_ignored_rows_count_for_nothing():
    x = numbers(3, 4)
    check(
        lambda t: F.cross_entropy(t, [1, -100, 3]),
        [x],
        what="cross_entropy with the second target ignored",
        idea="Loss and gradient 0 there, and the mean is over the two others. `kept` is given.",
        page=PAGE,
        value=lambda v: np.asarray(rows(v[[0, 2]], [1, 3]).mean()),
    )
    check(lambda t: F.cross_entropy(t, [1, -1, 3], ignore_index=-1, reduction="none"), [x], what='the same with reduction "none"', idea="0 for the ignored row.", page=PAGE)  # fmt: skip


def test_sequences_have_a_loss_for_every_position():
    x = numbers(2, 3, 4)
    y = np.array([[0, 1, 2], [3, 0, -100]])
    expect_close(
        F.cross_entropy(Tensor(x), y).data,
        np.asarray(rows(x.reshape(-1, 4)[:5], y.ravel()[:5]).mean()),
        tol=1e-9,
        what="cross_entropy of (2, 3, 4) logits with (2, 3) targets, one ignored",
        idea="The classes are the last axis; everything before it is rows.",
        page=PAGE,
    )


def test_a_float32_loss_stays_float32():
    loss = F.cross_entropy(Tensor(numbers(2, 3).astype(np.float32)), [0, 1])
    expect_equal(str(loss.dtype), "float32", what="the loss's dtype for float32 logits", idea="A mean over a Python int keeps the dtype; np.float64 somewhere in between doesn't.", page=PAGE)  # fmt: skip


def test_one_hot_targets_are_refused():
    with expect_raises(ValueError, what="one-hot rows as targets", idea="Given by class_indices: a target is one index a row.", page=PAGE):  # fmt: skip
        F.cross_entropy(Tensor(numbers(2, 3)), np.eye(2, 3, dtype=int))
