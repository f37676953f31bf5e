"""Lab 10.1: three norms, each with a backward derived by hand."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minitorch import Tensor, nn
from minitorch import functional as F
from minitorch.testing import gradcheck

NORMS, BACK = "theory/03-norms.md", "theory/04-layer-norm-backward.md"


def leaf(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(1, 2, shape), requires_grad=True)


def check_gradient(f, inputs, what, idea, page=BACK):
    try:
        gradcheck(f, inputs)
    except AssertionError as error:
        expect_true(False, what=what, expected="gradients equal to central differences", got=str(error), idea=idea, page=page)  # fmt: skip


def test_layer_norm_gives_each_row_mean_zero_and_variance_one():
    x = leaf(3, 5)
    y = F.layer_norm(x, Tensor(np.ones(5)), Tensor(np.zeros(5)), eps=1e-12).data
    expect_close(
        np.array([y.mean(axis=1), y.var(axis=1)]),
        np.array([[0.0] * 3, [1.0] * 3]),
        tol=1e-9,
        what="mean and variance of each row after layer_norm, weight 1, bias 0",
        idea="Over the last axis, row by row: another row of the batch must not matter. The variance is divided by d.",
        page=NORMS,
    )


def test_layer_norm_scales_and_shifts_by_feature():
    x, w, b = leaf(2, 3, 4), leaf(4, seed=1), leaf(4, seed=2)
    n = (x.data - x.data.mean(-1, keepdims=True)) / np.sqrt(x.data.var(-1, keepdims=True) + 1e-5)
    expect_close(
        F.layer_norm(x, w, b).data,
        n * w.data + b.data,
        tol=1e-9,
        what="layer_norm of (2, 3, 4) with a weight and a bias of (4,)",
        idea="weight n + bias with n = (x - mean) / sqrt(var + eps). eps stands inside the root.",
        page=NORMS,
    )
    expect_close(
        F.layer_norm(x, w).data,
        n * w.data,
        tol=1e-9,
        what="the same without a bias",
        idea="bias may be None; then there are two inputs to record, and two gradients.",
        page=NORMS,
    )


def test_layer_norms_gradient_goes_through_the_mean_and_the_variance():
    inputs = (leaf(3, 4), leaf(4, seed=1), leaf(4, seed=2))
    check_gradient(
        F.layer_norm,
        inputs,
        "layer_norm's gradients to x, weight and bias",
        "dx = r (h - mean(h) - n mean(h n)) with h = g weight. Only the first term: x reaches the mean and the "
        "variance too. weight and bias are used in every row: their gradients are sums over rows.",
    )
    check_gradient(
        lambda x, w: F.layer_norm(x, w),
        (leaf(2, 3, 4), leaf(4, seed=1)),
        "layer_norm's gradients for x of shape (2, 3, 4), without a bias",
        "All axes but the last are rows: sum over all of them.",
    )


def test_layer_norms_gradient_has_no_part_along_ones_and_none_along_the_result():
    x = leaf(1, 6)
    ones = Tensor(np.ones(6))
    F.layer_norm(x, ones, eps=1e-12).backward(np.random.default_rng(5).normal(size=(1, 6)))
    n = F.layer_norm(x, ones, eps=1e-12).data
    expect_close(
        [float(x.grad.sum()), float((x.grad * n).sum())],
        [0.0, 0.0],
        tol=1e-9,
        what="sum(dx) and sum(dx n) for weight 1",
        idea="Adding a constant to x, or scaling it, doesn't change the result: the gradient can't point there.",
        page=BACK,
    )


def test_rms_norm_divides_by_the_root_mean_square():
    x, w = leaf(3, 4), leaf(4, seed=1)
    expect_close(
        F.rms_norm(x, w).data,
        w.data * x.data / np.sqrt((x.data**2).mean(-1, keepdims=True) + 1e-6),
        tol=1e-9,
        what="rms_norm of (3, 4)",
        idea="weight x / sqrt(mean(x^2) + eps): no mean is taken off, and there is no bias.",
        page=NORMS,
    )


def test_rms_norms_gradient():
    check_gradient(
        F.rms_norm,
        (leaf(2, 3, 4), leaf(4, seed=1)),
        "rms_norm's gradients to x and weight",
        "dx = r (h - n mean(h n)), h = g weight: layer norm's, without the term of the mean.",
    )


def test_eps_stands_inside_the_root():
    x = Tensor(np.zeros((1, 4)), requires_grad=True)
    F.rms_norm(x, Tensor(np.ones(4)), eps=1e-6).backward(np.ones((1, 4)))
    expect_close(
        x.grad,
        np.full((1, 4), 1e3),
        tol=1e-6,
        what="the gradient of rms_norm at x = 0 with eps = 1e-6",
        idea="1 / sqrt(0 + eps) = 1000. With eps outside the root it would be a million, and one empty row would "
        "throw the model off.",
        page=BACK,
    )


def test_batch_norm_looks_down_the_columns():
    norm = nn.BatchNorm1d(3)
    x = Tensor(np.random.default_rng(0).normal(5, 3, (8, 3)).astype(np.float32))
    y = norm(x).data
    expect_close(
        np.array([y.mean(axis=0), y.var(axis=0)]),
        np.array([[0.0] * 3, [1.0] * 3]),
        tol=1e-4,
        what="mean and variance of each feature after BatchNorm1d in training",
        idea="Over the batch, feature by feature: axis 0, and the positions of (N, d, L) too.",
        page=NORMS,
    )


def test_batch_norm_remembers_for_later():
    norm = nn.BatchNorm1d(2)
    x = np.array([[1.0, 0.0], [3.0, 4.0]], np.float32)
    norm(Tensor(x))
    expect_close(
        np.array([norm.running_mean, norm.running_var]),
        np.array([[0.2, 0.2], [0.9 + 0.1 * 2, 0.9 + 0.1 * 8]]),
        tol=1e-6,
        what="running_mean and running_var after one batch with means 2, 2 and variances 2, 8 (divided by n - 1)",
        idea="r <- 0.9 r + 0.1 batch's, from 0 and 1. The running variance estimates the source's: divide by n - 1.",
        page=NORMS,
    )
    norm.eval()
    alone = norm(Tensor(x[:1])).data
    expect_close(
        alone,
        (x[:1] - norm.running_mean) / np.sqrt(norm.running_var + 1e-5),
        tol=1e-5,
        what="one row after eval()",
        idea="After eval() the batch doesn't matter any more: use the running averages, and change nothing.",
        page=NORMS,
    )
    expect_equal(
        bool(np.array_equal(norm(Tensor(x)).data[0], alone[0])),
        True,
        what="whether that row comes out the same in a batch of two after eval()",
        idea="A prediction must not depend on who else is in the batch.",
        page=NORMS,
    )


def test_batch_norms_gradient():
    norm = nn.BatchNorm1d(3)
    check_gradient(
        lambda x: norm(x),
        (leaf(4, 3),),
        "BatchNorm1d's gradient to x in training",
        "Compute mean and variance with Tensor operations, so that the gradient goes through them.",
    )
