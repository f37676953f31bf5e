"""Lab 10.3: what a network costs, in bytes and in operations; and two bytes that are computed in four."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minitorch import Tensor, nn, optim
from minitorch.nn.costs import (
    activation_bytes,
    backward_flops,
    forward_flops,
    resident_bytes,
    upcast,
)
from minitorch.tensor import record

FORMATS, NODES, LAYER = (
    "theory/06-bf16-and-rms.md",
    "theory/07-one-node.md",
    "../phase-09-mlp-modules/theory/01-the-linear-layer.md",
)


def leaf(*shape, dtype=np.float32):
    return Tensor(np.ones(shape, dtype), requires_grad=True)


def node(data, *inputs, op="made", keeps=()):
    """A result whose function for backward keeps the arrays `keeps`."""
    return record(np.asarray(data), op, inputs, lambda g: (g * (len(keeps) or 1),) * len(inputs))


def root_mean_square(x):
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True))


def test_a_norm_of_two_bytes_is_computed_in_four():
    x = np.full((2, 4096), 300, np.float16)
    got = upcast(root_mean_square)(x)
    expect_equal(
        str(got.dtype),
        "float16",
        what="the dtype of upcast(norm) of a float16 array",
        idea="What is stored is two bytes wide, before and after. What happens in between?",
        page=FORMATS,
    )
    expect_close(
        got[:, :2].astype(float),
        [[1.0, 1.0], [1.0, 1.0]],
        tol=1e-3,
        what="x / root mean square of a float16 row of 300s, through upcast",
        idea="Which is the largest number that float16 can square?",
        page=FORMATS,
    )


def test_what_the_function_gets():
    seen = []

    def look(*given, **settings):
        seen.append([str(a.dtype) if isinstance(a, np.ndarray) else a for a in given] + [settings])
        return given[0]

    a, b, c = (np.ones(3, dtype) for dtype in (np.float16, np.float32, np.float64))
    upcast(look)(a, a, b, c, np.arange(3), -1, None, eps=1e-6)
    expect_equal(
        seen[0],
        ["float32", "float32", "float32", "float64", "int64", -1, None, {"eps": 1e-6}],
        what="what reaches f of float16 twice, float32, float64, int64, -1, None and eps=1e-6",
        idea="Two arguments here have two bytes. Which of the others may change, and by what right?",
        page=FORMATS,
    )
    expect_equal(
        [str(upcast(look)(first, a).dtype) for first in (b, c)],
        ["float32", "float64"],
        what="the dtype of the result where the first array is float32, and where it is float64",
        idea="Who decides what the result is stored in?",
        page=FORMATS,
    )


def test_upcast_rounds_once():
    x = np.full(3, 1.0, np.float16)
    # 1 + 3 / 4096 in steps of 1 / 4096: each of them alone is lost in float16.
    got = upcast(lambda v: ((v + 1 / 4096) + 1 / 4096) + 1 / 4096)(x)
    expect_close(
        got.astype(float),
        [1 + 1 / 1024] * 3,
        tol=1e-6,
        what="((1 + 1/4096) + 1/4096) + 1/4096 through upcast",
        idea="Beside 1 the next float16 is 1/1024 away. At which moment may the three small numbers be rounded?",
        page=FORMATS,
    )


def test_upcast_leaves_what_came_alone():
    x = np.ones(3, np.float16)

    def greedy(v):
        v *= 7
        return v

    upcast(greedy)(x)
    expect_equal(
        x.tolist(),
        [1.0, 1.0, 1.0],
        what="a float16 array after upcast(f) of it, where f multiplies in place",
        idea="Whose array is it that f gets?",
        page=FORMATS,
    )


def test_what_float16_cant_hold_is_no_infinity():
    x = np.array([1.0, 300.0], np.float16)
    with expect_raises(
        OverflowError,
        what="upcast(square) of 300 in float16: 90,000",
        idea="90,000 was computed, and then it had to be stored. What would go on silently from there?",
        page=FORMATS,
    ):
        upcast(lambda v: v * v)(x)
    with expect_raises(
        OverflowError,
        what="upcast(-square) of 300 in float16: -90,000",
        idea="The largest magnitude counts, on either side of 0.",
        page=FORMATS,
    ):
        upcast(lambda v: -v * v)(x)
    passed = upcast(lambda v: v)(np.array([np.inf, -np.inf, np.nan], np.float16))
    expect_equal(
        [str(v) for v in passed.tolist()],
        ["inf", "-inf", "nan"],
        what="inf, -inf and nan through upcast of the identity",
        idea="Nothing was lost here by rounding: they came in like this. A mask of minus infinity is no mistake.",
        page=FORMATS,
    )
    kept = upcast(lambda v: v * v)(np.array([255.0], np.float16))
    expect_close(
        float(kept[0]),
        65024.0,
        tol=1e-6,
        what="upcast(square) of 255 in float16",
        idea="65,025 fits, rounded. Where does float16 end?",
        page=FORMATS,
    )


def stepped(model, optimizer):
    for p in model.parameters():
        p.grad = np.ones_like(p.data)
    optimizer.step()


def test_what_stays_is_counted_by_what_is_there():
    model = nn.Linear(3, 4)
    optimizer = optim.AdamW(model.parameters())
    expect_equal(
        resident_bytes(model, optimizer),
        {"parameters": 64, "gradients": 0, "state": 0},
        what="resident_bytes of Linear(3, 4) and AdamW before the first backward",
        idea="16 numbers of 4 bytes. What else is there before anything has happened?",
        page=NODES,
    )
    stepped(model, optimizer)
    expect_equal(
        resident_bytes(model, optimizer),
        {"parameters": 64, "gradients": 64, "state": 128},
        what="the same after one step",
        idea="How many arrays does Adam keep for each parameter? Its count of steps is no array.",
        page=NODES,
    )
    model.zero_grad()
    expect_equal(
        resident_bytes(model, optimizer)["gradients"],
        0,
        what="gradients after zero_grad()",
        idea="A forgotten gradient holds no bytes.",
        page=NODES,
    )


def test_each_optimizer_keeps_what_it_keeps():
    got = []
    for make in (
        lambda ps: optim.SGD(ps, lr=0.1),
        lambda ps: optim.SGD(ps, lr=0.1, momentum=0.9),
        lambda ps: optim.Adam(ps),
    ):
        model = nn.Linear(5, 2)
        optimizer = make(model.parameters())
        stepped(model, optimizer)
        got.append(resident_bytes(model, optimizer)["state"])
    expect_equal(
        got,
        [0, 48, 96],
        what="the state of SGD, SGD with momentum and Adam for Linear(5, 2), 48 bytes of parameters",
        idea="Look into `optimizer.state` after a step; don't assume what is in it.",
        page=NODES,
    )


class Tied(nn.Module):
    """One weight under two names, one that is frozen, and one of eight bytes a number."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3, bias=False)
        self.second = nn.Linear(3, 3, bias=False)
        self.second.weight = self.first.weight
        self.frozen = nn.Parameter(np.ones(5, np.float32), requires_grad=False)
        self.wide = nn.Parameter(np.ones(2, np.float64))


def test_a_shared_parameter_counts_once_and_each_in_its_own_dtype():
    model = Tied()
    trained = [model.first.weight, model.wide]
    optimizer = optim.Adam(trained)
    for p in trained:
        p.grad = np.ones_like(p.data)
    optimizer.step()
    expect_equal(
        resident_bytes(model, optimizer),
        {"parameters": 36 + 20 + 16, "gradients": 36 + 16, "state": 2 * (36 + 16)},
        what="resident_bytes with a weight (3, 3) under two names, 5 frozen numbers and 2 of float64",
        idea="Count arrays, not names; bytes, not numbers; gradients that are there, not those that might be.",
        page=NODES,
    )


def test_a_graph_keeps_its_results_and_not_its_leaves():
    x, w = Tensor(np.ones((5, 3), np.float32)), leaf(3)
    a = node(np.ones((5, 3), np.float32), x, w, keeps=(x._data, w._data))
    b = node(np.ones(5, np.float32), a, keeps=(a._data,))
    expect_equal(
        activation_bytes(b),
        60 + 20,
        what="activation_bytes of two results, (5, 3) and (5,), of data and a parameter that they keep too",
        idea="Parameters and data would be there without a graph. Results that two nodes keep are still one array.",
        page=NODES,
    )
    wide = node(np.ones((5, 3)), leaf(5, 3, dtype=np.float64))
    expect_equal(
        activation_bytes(wide),
        120,
        what="the same for one result (5, 3) of float64",
        idea="How many bytes has a number here?",
        page=NODES,
    )


def test_what_backward_refers_to_counts_too():
    x = leaf(5, 3)
    mask = np.ones((5, 3), bool)
    a = node(np.ones((5, 3), np.float32), x, keeps=(mask,))
    b = node(np.ones((5, 3), np.float32), a, keeps=(mask,))
    expect_equal(
        activation_bytes(b),
        60 + 60 + 15,
        what="activation_bytes of two results whose backward refers to one mask of 15 booleans",
        idea="`kept` tells what a node holds. Two nodes may hold the same array.",
        page=NODES,
    )


def test_a_view_counts_as_what_it_looks_into():
    whole = np.ones((10, 4), np.float32)
    x = leaf(10, 4)
    a = node(whole, x)
    b = node(a._data.reshape(4, 10)[:1], a)
    expect_equal(
        activation_bytes(b),
        160,
        what="activation_bytes of a result (10, 4) and of a row of its reshaped view",
        idea="A view has no numbers of its own. And can the whole be freed as long as one row of it is looked at?",
        page=NODES,
    )
    part = node(np.ones((10, 4), np.float32)[:1], leaf(1, 4))
    expect_equal(
        activation_bytes(part),
        160,
        what="activation_bytes of one row of an array (10, 4) that nobody else keeps",
        idea="What is it that stays in memory: the row, or the array whose memory it is?",
        page=NODES,
    )
    turned = node(x._data.T, x)
    expect_equal(
        activation_bytes(turned),
        0,
        what="activation_bytes of a view of a parameter",
        idea="Whose memory does a transposed parameter take?",
        page=NODES,
    )


def test_products_cost_two_operations_a_multiply_add():
    a, b = leaf(5, 3), leaf(3, 2)
    expect_equal(
        forward_flops(a @ b),
        2 * 5 * 3 * 2,
        what="forward_flops of (5, 3) @ (3, 2). If it is 0: which name does your matmul hand to `record`?",
        idea="How many products does each of the ten results sum?",
        page=LAYER,
    )
    expect_equal(
        forward_flops(leaf(4, 5, 3) @ leaf(1, 3, 2)),
        4 * 60,
        what="forward_flops of (4, 5, 3) @ (1, 3, 2)",
        idea="The axes in front are products that are made one after the other: count the results that exist.",
        page=LAYER,
    )
    layer = nn.Linear(3, 2)
    expect_equal(
        forward_flops(layer(Tensor(np.ones((4, 5, 3), np.float32)))),
        2 * 20 * 3 * 2,
        what="forward_flops of Linear(3, 2) on (4, 5, 3)",
        idea="All axes of x but the last are rows. The bias isn't a product.",
        page=LAYER,
    )
    expect_equal(
        forward_flops((a.exp() * a).sum()),
        0,
        what="forward_flops of a graph without products",
        idea="Only `linear` and `matmul` are counted.",
        page=LAYER,
    )


def test_a_product_counts_as_often_as_it_is_made():
    layer = nn.Linear(3, 3)
    x = Tensor(np.ones((5, 3), np.float32))
    once = layer(x)
    expect_equal(
        [forward_flops(once + once), forward_flops(layer(once))],
        [90, 180],
        what="forward_flops of h + h with h = layer(x), and of layer(layer(x)), 45 multiply-adds each",
        idea="Is it used twice, or made twice?",
        page=LAYER,
    )


def test_backward_makes_the_products_that_are_asked_for():
    data, w = Tensor(np.ones((5, 3), np.float32)), leaf(3, 2)
    expect_equal(
        [
            backward_flops(data @ w),
            backward_flops(leaf(5, 3) @ w),
            backward_flops(leaf(5, 3) @ w.data),
        ],
        [60, 120, 60],
        what="backward_flops of (5, 3) @ (3, 2): data times parameter, two parameters, parameter times data",
        idea="One product for each gradient that somebody wants. Who wants the gradient of data?",
        page=LAYER,
    )
    layer = nn.Linear(3, 2)
    got = [backward_flops(layer(x)) for x in (data, leaf(5, 3))]
    layer.weight.requires_grad = False
    got.append(backward_flops(layer(leaf(5, 3))))
    expect_equal(
        got,
        [60, 120, 60],
        what="backward_flops of Linear(3, 2) on data, on a result, and with a frozen weight on a result",
        idea="A bias needs sums, not a product. A frozen weight needs no gradient, and what lies below still does.",
        page=LAYER,
    )


def test_a_deep_graph_is_walked_without_recursion():
    x = node(np.ones(1, np.float32), leaf(1))
    for _ in range(3000):
        x = node(np.ones(1, np.float32), x)
    expect_equal(
        [activation_bytes(x), forward_flops(x), backward_flops(x)],
        [3001 * 4, 0, 0],
        what="the costs of a chain of 3,001 results of 4 bytes",
        idea="Who walks a graph for you already, and how deep is Python's stack?",
        page=NODES,
    )


def test_a_network_costs_what_the_back_of_an_envelope_says():
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
    y = model(Tensor(np.ones((10, 8), np.float32)))
    expect_equal(
        [forward_flops(y), backward_flops(y)],
        [2 * 10 * (128 + 64), 2 * 10 * (128 + 2 * 64)],
        what="the operations of 8-16-4 on ten rows, forward and backward",
        idea="Twice the weights a row forward; twice that backward, and something less: which product isn't made?",
        page=LAYER,
    )
