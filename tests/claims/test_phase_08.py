"""What holds the claims of phase 08, each beside its control."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from minitorch import functional as F
from minitorch.tensor import Tensor, detect_anomaly, topological_order

CAME = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
OTHER = np.array([[1.0, 1.0, 1.0], [10.0, 10.0, 10.0]])


def by_engine(came, other):
    """The gradient of a (3,) that was multiplied with `other` (2, 3)."""
    a = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    (a * other).backward(came)
    return a.grad


def test_the_product_is_taken_before_the_sum():
    assert by_engine(CAME, OTHER).tolist() == [21.0, 21.0, 21.0]


def test_summing_first_is_another_number_and_a_factor_where_rows_are_equal():
    assert (CAME.sum(0) * OTHER.sum(0)).tolist() == [33.0, 33.0, 33.0]
    equal = np.ones((2, 3))
    for came, other in ((equal, OTHER), (CAME, equal), (equal, equal)):
        assert (came.sum(0) * other.sum(0)).tolist() == (2 * by_engine(came, other)).tolist()


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
    hard = Tensor(np.array([[0.0, 2000.0]]), requires_grad=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = -F.softmax(hard).log()[0, 0]
        loss.backward()
    assert loss.item() == np.inf
    assert np.isnan(hard.grad).all()


def after_steps(start, loss, steps=100):
    """The right probability after gradient descent at rate 1 from the logits (0, start), where class 0 is right."""
    x = Tensor(np.array([[0.0, start]]), requires_grad=True)
    for _ in range(steps):
        x.zero_grad()
        loss(x).backward()
        x.data -= x.grad
    return float(F.softmax(x).data[0, 0])


def squared(x):
    return ((F.softmax(x) - np.array([[1.0, 0.0]])) ** 2).sum()


def test_cross_entropy_mends_a_confident_mistake():
    assert after_steps(10.0, lambda x: F.cross_entropy(x, [0])) > 0.99


def test_squared_error_does_not_though_it_learns_from_a_tie():
    assert after_steps(10.0, squared) < 0.0001
    assert after_steps(0.0, squared) > 0.97


def waiting(root, leaf):
    """How many results as large as the leaf hang between it and the root."""
    return sum(node.size == leaf.size and node is not leaf for node in topological_order(root))


def test_between_the_logits_and_the_fused_loss_nothing_waits():
    x = Tensor(np.ones((4, 10)), requires_grad=True)
    assert waiting(F.cross_entropy(x, [0, 1, 2, 3]), x) == 0


def test_composed_three_arrays_as_large_as_the_logits_wait():
    x = Tensor(np.ones((4, 10)), requires_grad=True)
    shifted = x - x.max(1, keepdims=True)
    log_p = shifted - shifted.exp().sum(1, keepdims=True).log()
    assert waiting(-log_p[np.arange(4), np.arange(4)].mean(), x) == 3


GRID = np.array([(i, t) for i in range(60) for t in range(5)])


def right_cells(train, seed, steps):
    """How many of the training cells and of the others a linear model has right, one row of logits for each input."""
    inputs, labels = np.eye(60)[GRID[:, 0]], GRID[:, 1]
    weights = Tensor(np.random.default_rng(seed).normal(size=(60, 5)), requires_grad=True)
    for _ in range(steps):
        weights.zero_grad()
        F.cross_entropy(Tensor(inputs[train]) @ weights, labels[train]).backward()
        weights.data -= 50.0 * weights.grad
    right = (inputs @ weights.data).argmax(axis=1) == labels
    return int(right[train].sum()), int(np.delete(right, train).sum())


def test_what_is_right_in_training_is_missing_in_the_test():
    for seed in range(3):
        train = np.random.default_rng(seed).permutation(300)[:250]
        before, after = (right_cells(train, seed, steps) for steps in (0, 300))
        assert sum(before) == sum(after) == 60
        assert before[1] > 3
        assert after == (60, 0)


def test_held_out_inputs_are_right_once_in_five():
    for seed in range(3):
        held_out = np.random.default_rng(seed).permutation(60)[:12]
        train = np.flatnonzero(~np.isin(GRID[:, 0], held_out))
        assert right_cells(train, seed, 300)[1] == 12


def edited_past_the_counter(watched):
    """The gradient of a square whose input was changed by an index assignment between forward and backward."""
    w = Tensor([3.0], requires_grad=True)
    with detect_anomaly() if watched else nullcontext():
        loss = (w * w).sum()
        w.data[0] = 5.0
        loss.backward()
    return w.grad.tolist()


def test_bytes_tell_what_no_counter_sees():
    with pytest.raises(RuntimeError, match="changed in place"):
        edited_past_the_counter(watched=True)


def test_the_counter_lets_the_gradient_of_no_computation_through():
    assert edited_past_the_counter(watched=False) == [10.0]


def scaled_beside(copied):
    """The gradient of b after that of a was scaled in place, for a + b; as the engine keeps them, or as the rule hands them."""
    a, b = (Tensor([1.0, 2.0], requires_grad=True) for _ in "ab")
    c = a + b
    came = np.ones(2)
    if copied:
        c.backward(came)
    else:
        a.grad, b.grad = c._backward(came)
    a.grad *= 0.1
    return b.grad.tolist()


def test_gradients_that_became_somebodys_are_not_shared():
    assert scaled_beside(copied=True) == [1.0, 1.0]


def test_the_rule_for_addition_hands_one_array_to_both():
    assert scaled_beside(copied=False) == [0.1, 0.1]
