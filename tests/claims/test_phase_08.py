"""What holds the claims of phase 08, each beside its control."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch import functional as F
from minitorch.tensor import Tensor

CAME = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
OTHER = np.array([[1.0, 1.0, 1.0], [10.0, 10.0, 10.0]])


def by_engine(came, other):
    """The gradient of a (3,) that was multiplied with `other` (2, 3)."""
    a = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    (a * other).backward(came)
    return a.grad


def test_the_product_is_taken_before_the_sum():
    assert by_engine(CAME, OTHER).tolist() == [21.0, 21.0, 21.0]


def test_summing_first_is_another_number_and_hides_where_rows_are_equal():
    assert (CAME.sum(0) * OTHER.sum(0)).tolist() == [33.0, 33.0, 33.0]
    equal = np.ones((2, 3))
    assert (equal.sum(0) * OTHER.sum(0) / 2).tolist() == by_engine(equal, OTHER).tolist()


def returned(order):
    """Whether a gradient that is the input itself comes back to its places through permute(order)."""
    x = Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
    y = x.permute(*order)
    y.backward(y.data.copy())
    return x.grad.shape == x.shape and bool(np.array_equal(x.grad, x.data))


def test_three_axes_in_a_circle_come_back():
    assert returned((2, 0, 1)) and returned((1, 2, 0))


def test_the_same_order_again_undoes_swaps_and_nothing_else():
    x = np.arange(120.0).reshape(2, 3, 4, 5)
    for swap in ((0, 2, 1, 3), (1, 0, 2, 3), (0, 1, 3, 2)):
        assert np.array_equal(x.transpose(swap).transpose(swap), x)
    assert x.transpose(2, 0, 1, 3).transpose(2, 0, 1, 3).shape != x.shape


def test_the_loss_of_a_confident_wrong_answer_is_an_ordinary_number():
    hard = Tensor(np.array([[0.0, 2000.0]]), requires_grad=True)
    loss = F.cross_entropy(hard, np.array([0]))
    loss.backward()
    assert loss.item() == pytest.approx(2000.0)
    assert hard.grad.tolist() == [[-1.0, 1.0]]


def test_composed_of_softmax_and_logarithm_it_is_infinite():
    probabilities = F.softmax(Tensor(np.array([[0.0, 2000.0]]))).data
    with np.errstate(divide="ignore"):
        assert np.isinf(np.log(probabilities[0, 0]))
