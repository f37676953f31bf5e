"""Lab 09.1: the fused linear layer, embeddings, dropout, and the modules around them."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch import functional as F
from minitorch import manual_seed, nn
from minitorch.tensor import Tensor
from minitorch.testing import gradcheck

PAGE = "theory/01-the-linear-layer.md"


def leaf(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)


def right_gradients(f, inputs, what, idea):
    try:
        gradcheck(f, inputs)
    except AssertionError as error:
        expect_true(False, what=what, expected="gradients equal to central differences", got=str(error), idea=idea, page=PAGE)  # fmt: skip


def test_linear_is_x_times_w_transposed_plus_b():
    x, w, b = leaf(2, 3), leaf(4, 3, seed=1), leaf(4, seed=2)
    expect_close(F.linear(x, w, b).data, x.data @ w.data.T + b.data, tol=1e-12, what="linear of x (2, 3), weight (4, 3), bias (4,)", idea="A row of the weight is what one unit looks for. Which of the two factors must be turned?", page=PAGE)  # fmt: skip
    expect_close(F.linear(x, w).data, x.data @ w.data.T, tol=1e-12, what="linear without a bias", idea="bias may be None.", page=PAGE)  # fmt: skip


def test_linears_three_gradients():
    idea = "Which product of g with W or x has the shape of x, and which that of W? No axis here is as long as another."
    for lead in ((2,), (2, 3), ()):
        right_gradients(F.linear, (leaf(*lead, 3), leaf(4, 3, seed=1), leaf(4, seed=2)), f"linear for x {(*lead, 3)}", idea)  # fmt: skip
    right_gradients(F.linear, (leaf(2, 3), leaf(4, 3, seed=1)), "linear without a bias", "Two inputs, two gradients.")  # fmt: skip


def test_linear_is_one_node():
    x, w, b = leaf(2, 3), leaf(4, 3, seed=1), leaf(4, seed=2)
    out = F.linear(x, w, b)
    expect_equal((out._op, out._inputs), ("linear", (x, w, b)), what="op and inputs of the result", idea="How many nodes would a transpose, a product and a sum leave? Only one is wanted, and its name is linear.", page=PAGE)  # fmt: skip


def test_data_get_no_gradient():
    x = Tensor(np.ones((2, 3)))
    w = leaf(4, 3)
    F.linear(x, w).backward(np.ones((2, 4)))
    expect_equal((x.grad, w.grad.shape), (None, (4, 3)), what="gradients when x needs none", idea="Which of the three products need not be made for the first layer?", page=PAGE)  # fmt: skip


def test_mse_loss():
    p = leaf(3, 2)
    goal = np.zeros((3, 2))
    got = [float(F.mse_loss(p, goal, reduction=r).data.sum()) for r in ("mean", "sum", "none")]
    total = float((p.data**2).sum())
    expect_close(got, [total / 6, total, total], tol=1e-12, what='mse_loss with "mean", "sum" and (added up) "none"', idea="How many pairs are there, and over how many of them does each reduction run?", page=PAGE)  # fmt: skip
    right_gradients(lambda t: F.mse_loss(t, goal), (p,), "mse_loss", "Tensor operations do it.")


def test_embedding_looks_rows_up():
    w = leaf(4, 3)
    ids = np.array([[1, 0], [1, 3]])
    expect_close(F.embedding(ids, w).data, w.data[ids], tol=0, what="embedding of ids (2, 2) in a table (4, 3)", idea="Each id stands for a row of the table: which shape has a square of ids then?", page=PAGE)  # fmt: skip


def test_a_row_that_is_used_often_gets_every_gradient():
    w = leaf(4, 2)
    F.embedding(np.array([1, 3, 1, 1]), w).backward(np.array([[1.0, 0], [5, 5], [10, 0], [100, 7]]))
    expect_close(w.grad, np.array([[0.0, 0], [111, 7], [0, 0], [5, 5]]), tol=1e-12, what="the table's gradient for ids 1, 3, 1, 1", idea="Row 1 was used three times. What does each use send it?", page=PAGE)  # fmt: skip
    empty = leaf(4, 2)
    F.embedding(np.zeros((0,), int), empty).backward(np.zeros((0, 2)))
    expect_close(empty.grad, np.zeros((4, 2)), tol=0, what="the gradient for no ids at all", idea="Nothing was used, so nothing is sent.", page=PAGE)  # fmt: skip


def test_dropout_keeps_the_mean():
    x = Tensor(np.ones((300, 300)), requires_grad=True)
    y = F.dropout(x, 0.4, rng=np.random.default_rng(0))
    kinds = sorted(set(np.round(np.unique(y.data), 6)))
    expect_close([float(y.data.mean()), *kinds], [1.0, 0.0, 1 / 0.6], tol=2e-2, what="the mean of dropout(ones, 0.4), and the numbers in it", idea="What must a kept number become, so that the next layer's sum is on average what it is without dropout?", page=PAGE)  # fmt: skip
    y.backward(np.ones((300, 300)))
    expect_close(
        x.grad,
        y.data,
        tol=1e-12,
        what="dropout's gradient",
        idea="A number that was dropped had no say in the result. What comes back to it, and to the others?",
        page=PAGE,
    )


def test_dropout_does_nothing_where_it_should():
    x = leaf(3)
    expect_equal((F.dropout(x, 0.5, training=False) is x, F.dropout(x, 0.0) is x), (True, True), what="dropout after training, and with p = 0", idea="Return x itself: no node.", page=PAGE)  # fmt: skip


def test_a_linear_module_starts_within_its_bound():
    manual_seed(0)
    layer = nn.Linear(100, 50)
    bound = 1 / math.sqrt(100)
    expect_equal([(n, p.shape, str(p.dtype)) for n, p in layer.named_parameters()], [("weight", (50, 100), "float32"), ("bias", (50,), "float32")], what="Linear(100, 50)'s parameters", idea="weight (out, in) first, then bias; float32.", page=PAGE)  # fmt: skip
    largest = float(np.abs(layer.weight.data).max())
    expect_true(0.99 * bound < largest <= bound, what="the largest weight of Linear(100, 50)", expected="just below 1/sqrt(100) = 0.1", got=f"{largest:.4f}", idea="What is given fills a tensor between two numbers. Which ones?", page=PAGE)  # fmt: skip
    expect_equal(nn.Linear(2, 2, bias=False).bias, None, what="Linear(2, 2, bias=False).bias", idea="None, which isn't registered.", page=PAGE)  # fmt: skip
    a, b = (nn.Linear(3, 3, rng=np.random.default_rng(5)).weight.data for _ in "ab")
    expect_equal(
        bool(np.array_equal(a, b)),
        True,
        what="two layers from equal generators",
        idea="Pass rng on.",
        page=PAGE,
    )


def test_an_embedding_module():
    layer = nn.Embedding(1000, 20, std=0.5, rng=np.random.default_rng(0))
    expect_close([*layer.weight.shape, float(layer.weight.data.std())], [1000, 20, 0.5], tol=2e-2, what="shape and standard deviation of Embedding(1000, 20, std=0.5)", idea="init.normal_ with std.", page=PAGE)  # fmt: skip


def test_sequential_goes_through():
    manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = Tensor(np.ones((4, 2), np.float32))
    want = model[2](model[1](model[0](x)))
    expect_close(model(x).data, want.data, tol=1e-7, what="Sequential(Linear, ReLU, Linear)", idea="Each module gets what the one before it gave.", page=PAGE)  # fmt: skip
    expect_equal([n for n, _ in model.named_parameters()], ["0.weight", "0.bias", "2.weight", "2.bias"], what="its names", idea="Given by ModuleList.", page=PAGE)  # fmt: skip


def test_shapes_that_dont_fit_are_named():
    with expect_raises(ValueError, mentions="(2, 4)", what="linear of x (2, 4) with a weight (5, 3)", idea="Given.", page=PAGE):  # fmt: skip
        F.linear(leaf(2, 4), leaf(5, 3))


def test_what_needs_no_gradient_costs_no_product():
    x, w, b = Tensor(np.ones((2, 3))), leaf(4, 3), leaf(4)
    got = F.linear(x, w, b)._backward(np.ones((2, 4)))
    expect_equal((len(got), got[0] is None), (3, True), what="how much linear's backward gives, and whether x, which needs none, is left out", idea="The engine throws it away. Who paid for the product?", page=PAGE)  # fmt: skip
    x, frozen = leaf(2, 3), Tensor(np.ones((4, 3)))
    F.linear(x, frozen).backward(np.ones((2, 4)))
    expect_close(x.grad, np.full((2, 3), 4.0), tol=1e-12, what="the gradient of x behind a frozen weight of ones", idea="Each input decides for itself.", page=PAGE)  # fmt: skip


def test_float32_goes_through_every_layer():
    x = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    w = Tensor(np.ones((4, 3), np.float32), requires_grad=True)
    outs = (F.linear(x, w), F.embedding(np.array([0, 2]), w), F.dropout(x, 0.5), F.mse_loss(x, np.zeros((2, 3))))  # fmt: skip
    expect_equal([str(y.dtype) for y in outs], ["float32"] * 4, what="the dtypes of linear, embedding, dropout and mse_loss of float32", idea="Which of the arrays that meet here is wider than the others?", page=PAGE)  # fmt: skip


def test_mse_loss_keeps_the_shape_and_hands_the_target_its_gradient():
    p, goal = leaf(3, 2), leaf(3, 2, seed=1)
    expect_close(F.mse_loss(p, goal, reduction="none").data, (p.data - goal.data) ** 2, tol=1e-12, what='mse_loss with "none"', idea="One number for each pair.", page=PAGE)  # fmt: skip
    right_gradients(lambda a, b: F.mse_loss(a, b), (p, goal), "mse_loss of two tensors", "A target that is computed moves, too.")  # fmt: skip


def test_dropout_draws_each_number_from_its_rng():
    x = Tensor(np.ones((40, 50)))
    a, b, c = (F.dropout(x, 0.5, rng=np.random.default_rng(s)).data for s in (5, 5, 6))
    expect_equal((np.array_equal(a, b), np.array_equal(a, c)), (True, False), what="dropout from two equal generators, and from another", idea="Who draws?", page=PAGE)  # fmt: skip
    expect_true(float(a.std(0).min()) > 0 and float(a.std(1).min()) > 0, what="the masks of 40 rows and 50 columns", expected="zeros and others in each", got="a row or a column that is dropped or kept whole", idea="One draw for each number.", page=PAGE)  # fmt: skip


def test_both_ends_of_the_start_and_both_parameters():
    layer = nn.Linear(100, 50, rng=np.random.default_rng(0))
    weight, bias = layer.weight.data, layer.bias.data
    expect_close([float(weight.min()), float(weight.max()), float(weight.mean())], [-0.1, 0.1, 0.0], tol=2e-3, what="least, largest and mean weight of Linear(100, 50)", idea="As far below zero as above.", page=PAGE)  # fmt: skip
    expect_close([float(bias.min()), float(bias.max())], [-0.1, 0.1], tol=3e-2, what="least and largest bias", idea="Drawn like the weight.", page=PAGE)  # fmt: skip
    a, b = (nn.Embedding(9, 3, rng=np.random.default_rng(5)).weight.data for _ in "ab")
    expect_equal(bool(np.array_equal(a, b)), True, what="two embeddings from equal generators", idea="Pass rng on.", page=PAGE)  # fmt: skip
