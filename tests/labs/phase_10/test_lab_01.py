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
        idea="Four features, four weights: which axis do they lie along, and what do they meet, x or what the norm made of it?",
        page=NORMS,
    )
    expect_close(
        F.layer_norm(x, w).data,
        n * w.data,
        tol=1e-9,
        what="the same without a bias",
        idea="bias may be None. How many inputs are there to record then, and how many gradients?",
        page=NORMS,
    )


def test_layer_norms_gradient_goes_through_the_mean_and_the_variance():
    inputs = (leaf(3, 4), leaf(4, seed=1), leaf(4, seed=2))
    check_gradient(
        F.layer_norm,
        inputs,
        "layer_norm's gradients to x, weight and bias",
        "By how many ways does one number of a row reach each result, and what comes back along each? "
        "And how often is a weight used?",
    )
    check_gradient(
        lambda x, w: F.layer_norm(x, w),
        (leaf(2, 3, 4), leaf(4, seed=1)),
        "layer_norm's gradients for x of shape (2, 3, 4), without a bias",
        "Which axes of x are rows, and in how many of them is each weight used?",
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
        idea="What happens to the result if a constant is added to x, or if x is stretched? Can a gradient point there?",
        page=BACK,
    )


def test_rms_norm_divides_by_the_root_mean_square():
    x, w = leaf(3, 4), leaf(4, seed=1)
    expect_close(
        F.rms_norm(x, w).data,
        w.data * x.data / np.sqrt((x.data**2).mean(-1, keepdims=True) + 1e-6),
        tol=1e-9,
        what="rms_norm of (3, 4)",
        idea="What does the name say that it divides by, and what does it leave where it was?",
        page=NORMS,
    )


def test_rms_norms_gradient():
    check_gradient(
        F.rms_norm,
        (leaf(2, 3, 4), leaf(4, seed=1)),
        "rms_norm's gradients to x and weight",
        "Of layer norm's three ways from x to a result, which one is missing here?",
    )


def test_eps_stands_inside_the_root():
    x = Tensor(np.zeros((1, 4)), requires_grad=True)
    F.rms_norm(x, Tensor(np.ones(4)), eps=1e-6).backward(np.ones((1, 4)))
    expect_close(
        x.grad,
        np.full((1, 4), 1e3),
        tol=1e-6,
        what="the gradient of rms_norm at x = 0 with eps = 1e-6",
        idea="In a row of zeros epsilon alone is left below the line. What is taken of it before it divides?",
        page=BACK,
    )
    rows = Tensor(np.array([[-1.0, 1.0, -1.0, 1.0]]))
    ones = Tensor(np.ones(4))
    expect_close(
        [
            F.layer_norm(rows, ones, eps=3.0).data[0].tolist(),
            F.rms_norm(rows, ones, eps=3.0).data[0].tolist(),
        ],
        [[-0.5, 0.5, -0.5, 0.5]] * 2,
        tol=1e-9,
        what="layer_norm and rms_norm of [-1, 1, -1, 1] with eps = 3",
        idea="The row's variance and its mean square are 1: what is the root of 1 + 3? And does eps reach it at all?",
        page=NORMS,
    )
    check_gradient(
        lambda x: F.layer_norm(x, ones, eps=3.0),
        (leaf(2, 4),),
        "layer_norm's gradient with eps = 3",
        "What was divided by in forward? Backward goes through the same root.",
    )


def test_norms_keep_float32_and_its_extremes():
    ones = Tensor(np.ones(4, np.float32))
    x = np.array([[-1.5, -0.5, 0.5, 1.5]], np.float32)
    got = [f(Tensor(x), ones) for f in (F.layer_norm, F.rms_norm)]
    expect_equal(
        [str(y.dtype) for y in got],
        ["float32", "float32"],
        what="the dtype of layer_norm and rms_norm of a float32 row",
        idea="Training runs in float32: one float64 array in between doubles the memory of everything after it.",
        page=NORMS,
    )
    expect_close(
        F.layer_norm(Tensor(x + 10_000), ones).data,
        x / np.sqrt(1.25),
        tol=1e-3,
        what="layer_norm of a float32 row around 10,000",
        idea="Adding a constant must not matter. How many digits are left of mean(x^2) - mean(x)^2, where both are 10^8?",
        page=NORMS,
    )


def test_norms_take_an_input_that_is_not_contiguous():
    x, w = leaf(4, 3).transpose(0, 1), leaf(4, seed=1)
    straight = Tensor(np.ascontiguousarray(x.data))
    for name, f in (("layer_norm", F.layer_norm), ("rms_norm", F.rms_norm)):
        expect_close(
            f(x, w).data,
            f(straight, w).data,
            tol=1e-12,
            what=f"{name} of a transposed tensor, against the same numbers in a row",
            idea="The last axis is the last one of the shape, however the numbers lie in memory.",
            page=NORMS,
        )


def test_norms_leave_their_inputs_alone():
    for name, f in (("layer_norm", F.layer_norm), ("rms_norm", F.rms_norm)):
        x, w, other = leaf(3, 4), leaf(4, seed=1), leaf(3, 4, seed=2)
        before = x.data.copy()
        g = np.random.default_rng(3).normal(size=(3, 4))
        (f(x, w) + other).backward(g)
        expect_true(
            np.array_equal(x.data, before),
            what=f"whether {name} leaves x as it is",
            expected="the numbers that x had",
            got="others",
            idea="Which of your arrays is a view of x._data?",
            page=NORMS,
        )
        expect_close(
            other.grad,
            g,
            tol=1e-12,
            what=f"the gradient of b in {name}(a) + b",
            idea="Both summands are handed the same array. What does your backward write into?",
            page=BACK,
        )


def test_each_norm_is_one_node():
    x, w, b = leaf(3, 4), leaf(4, seed=1), leaf(4, seed=2)
    got = [F.layer_norm(x, w, b)._inputs, F.layer_norm(x, w)._inputs, F.rms_norm(x, w)._inputs]
    expect_equal(
        [[any(part is given for given in (x, w, b)) for part in parts] for parts in got],
        [[True] * 3, [True] * 2, [True] * 2],
        what="whether x, weight and bias are the only inputs of layer_norm's node, and of rms_norm's",
        idea="One record, with the derived backward: every Tensor operation inside would be a node that keeps its arrays.",
        page="theory/07-one-node.md",
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


def test_batch_norm_takes_positions_too():
    norm = nn.BatchNorm1d(3)
    x = np.random.default_rng(0).normal(5, 3, (2, 3, 5)).astype(np.float32)
    y = norm(Tensor(x)).data
    expect_close(
        np.array([y.mean(axis=(0, 2)), y.var(axis=(0, 2))]),
        np.array([[0.0] * 3, [1.0] * 3]),
        tol=1e-4,
        what="mean and variance of each feature of (2, 3, 5) after BatchNorm1d in training",
        idea="A feature has 2 * 5 values here: the batch's rows and the positions count alike.",
        page=NORMS,
    )
    expect_close(
        norm.running_var,
        0.9 + 0.1 * x.var(axis=(0, 2), ddof=1),
        tol=1e-5,
        what="running_var after that batch",
        idea="Of how many values was the variance taken? That number, less one.",
        page=NORMS,
    )


def test_batch_norms_settings_are_used():
    norm = nn.BatchNorm1d(1, eps=3.0, momentum=0.5)
    expect_close(
        norm(Tensor(np.array([[-1.0], [1.0]], np.float32))).data,
        [[-0.5], [0.5]],
        tol=1e-6,
        what="BatchNorm1d(1, eps=3) of -1 and 1 in training",
        idea="The variance is 1, and eps stands with it inside the root.",
        page=NORMS,
    )
    norm = nn.BatchNorm1d(1, eps=3.0, momentum=0.5)
    norm.eval()
    expect_close(
        norm(Tensor(np.array([[2.0]], np.float32))).data,
        [[1.0]],
        tol=1e-6,
        what="2 in BatchNorm1d(1, eps=3) after eval(), before any batch",
        idea="The running averages begin at 0 and 1; eps counts here too.",
        page=NORMS,
    )
    norm.train()
    norm(Tensor(np.array([[1.0], [3.0]], np.float32)))
    expect_close(
        [float(norm.running_mean[0]), float(norm.running_var[0])],
        [1.0, 1.5],
        tol=1e-6,
        what="the running averages of momentum 0.5 after a batch of mean 2 and variance 2 (divided by n - 1)",
        idea="momentum says how far the averages move towards the batch's. Is it read in both lines?",
        page=NORMS,
    )


def test_batch_norm_scales_and_shifts_by_feature():
    x = Tensor(np.array([[-1.0, -1.0], [1.0, 1.0]]))
    for training in (True, False):
        norm = nn.BatchNorm1d(2, eps=1e-12)
        norm.weight.data, norm.bias.data = np.array([2.0, 3.0]), np.array([10.0, 20.0])
        norm.train() if training else norm.eval()
        expect_close(
            norm(x).data,
            [[8.0, 17.0], [12.0, 23.0]],
            tol=1e-6,
            what=f"two features with weights 2, 3 and biases 10, 20, {'in training' if training else 'after eval()'}",
            idea="weight times the result, plus bias, by feature, whichever averages were used.",
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
        idea="A tenth of the way from 0 and 1 towards the batch's. And whose variance is to be remembered: the batch's own, or its source's?",
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
