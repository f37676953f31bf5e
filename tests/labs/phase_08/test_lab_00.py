"""Lab 08.0: a tensor, its graph and the walk back. The operations here are made by hand."""

import gc
import weakref

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch.tensor import Tensor, no_grad, record, topological_order

WALK = "theory/00-the-walk-of-arrays.md"


def times(x, factor):
    return record(x._data * factor, "times", (x,), lambda g: (g * factor,))


def plus(x, y):
    return record(x._data + y._data, "plus", (x, y), lambda g: (g, g))


def test_a_leaf_is_made_of_its_numbers_and_nothing_else():
    t = Tensor(np.array([1.0, 2.0]))
    expect_equal(
        (t.data.tolist(), t.grad, t.requires_grad, t._inputs, t._op, t._version),
        ([1.0, 2.0], None, False, (), "", 0),
        what="data, grad, requires_grad, _inputs, _op and _version of Tensor([1, 2])",
        idea="A leaf has no history and no gradient yet: None, not zeros.",
        page=WALK,
    )
    expect_equal(
        Tensor([1, 2], requires_grad=True).requires_grad,
        True,
        what="requires_grad when asked for",
        idea="The constructor keeps what it is given.",
        page=WALK,
    )


def test_a_result_joins_the_graph_if_an_input_needs_it():
    a, b = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2))
    c = plus(a, b)
    expect_equal(
        (c.requires_grad, c._op, c._inputs == (a, b), plus(b, b).requires_grad, plus(b, b)._inputs),
        (True, "plus", True, False, ()),
        what="requires_grad, _op and _inputs of a + b, where only a needs a gradient; then of b + b",
        idea="A result needs a gradient if any input does. Otherwise it keeps nothing: no inputs, so nothing stays alive.",
        page=WALK,
    )


def test_nothing_is_recorded_under_no_grad():
    a = Tensor(np.ones(2), requires_grad=True)
    with no_grad():
        c = times(a, 3.0)
    expect_equal(
        (c.requires_grad, c._inputs, times(a, 3.0).requires_grad),
        (False, (), True),
        what="requires_grad and _inputs of a result under no_grad, and requires_grad after it",
        idea="record asks _recording.get() first.",
        page=WALK,
    )


def test_integers_never_join():
    a = Tensor(np.ones(3), requires_grad=True)
    which = record(np.argmax(a._data), "argmax", (a,), lambda g: (None,))
    expect_equal(
        which.requires_grad,
        False,
        what="requires_grad of an integer result",
        idea="A whole number doesn't move when its input moves a little: only floats (dtype.kind 'f') join.",
        page=WALK,
    )


def test_the_result_of_a_recorded_operation_cannot_be_written_to():
    c = times(Tensor(np.ones(2), requires_grad=True), 3.0)
    expect_equal(
        c.data.flags.writeable,
        False,
        what="whether a result's array can be changed",
        idea="Its backward function may need these very numbers: set data.flags.writeable = False when it joins the graph.",
        page=WALK,
    )


def test_the_version_of_every_input_is_noted():
    a = Tensor(np.ones(2), requires_grad=True)
    a.data = np.zeros(2)
    expect_equal(
        times(a, 3.0)._stamps,
        (1,),
        what="_stamps of a result whose input was assigned once",
        idea="tuple(map(_stamp if _watching.get() else _version, inputs)): what backward will compare with.",
        page=WALK,
    )


def test_inputs_come_before_their_users():
    a = Tensor(1.0, requires_grad=True)
    b, c = times(a, 2.0), times(a, 3.0)
    d = plus(plus(b, c), b)
    order = topological_order(d)
    places = {id(t): i for i, t in enumerate(order)}
    expect_equal(
        (
            len(order),
            order[-1] is d,
            all(places[id(i)] < places[id(t)] for t in order for i in t._inputs),
        ),
        (5, True, True),
        what="how many tensors are in the order, whether the root is last, and whether inputs come before users",
        idea="Append a tensor after all of its inputs, each once.",
        page=WALK,
    )


def test_constants_are_left_out_of_the_order():
    a, k = Tensor(1.0, requires_grad=True), Tensor(5.0)
    expect_equal(
        len(topological_order(plus(a, k))),
        2,
        what="how many tensors of a + constant are walked",
        idea="What requires no gradient isn't visited.",
        page=WALK,
    )


def test_a_deep_graph_needs_no_recursion():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(5000):
        y = times(y, 1.0)
    y.backward()
    expect_close(
        float(x.grad),
        1.0,
        tol=1e-12,
        what="the gradient through 5,000 operations",
        idea="Keep a stack of (tensor, iterator over its inputs) of your own.",
        page=WALK,
    )


def test_every_path_adds_its_part():
    a = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    h = times(a, 2.0)
    plus(plus(h, times(h, 9.0)), a).backward(np.array([1.0, 10.0]))
    expect_close(
        a.grad,
        np.array([21.0, 210.0]),
        tol=1e-12,
        what="the gradient of h + 9 h + a with h = 2 a",
        idea="h must have both parts, 1 and 9, before it hands them on: walk the order from its end, and add.",
        page=WALK,
    )


def test_a_second_backward_adds_to_the_first():
    a = Tensor(np.ones(2), requires_grad=True)
    for _ in range(2):
        times(a, 3.0).backward(np.ones(2))
    expect_close(
        a.grad,
        np.full(2, 6.0),
        tol=1e-12,
        what="a leaf's gradient after two walks without zero_grad",
        idea="grad + what comes, unless grad is None.",
        page=WALK,
    )


def test_no_two_tensors_share_a_gradient():
    a, b = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    seed = np.ones(2)
    plus(a, b).backward(seed)
    a.grad *= 100
    expect_equal(
        (b.grad.tolist(), seed.tolist()),
        ([1.0, 1.0], [1.0, 1.0]),
        what="b's gradient and the seed after a's gradient was scaled",
        idea="plus hands the same array to both. What becomes somebody's grad must be a copy.",
        page=WALK,
    )


def test_only_leaves_and_who_asks_keep_a_gradient():
    a = Tensor(np.ones(2), requires_grad=True)
    b = times(a, 2.0)
    c = times(b, 3.0)
    c.retain_grad()
    times(c, 1.0).backward(np.ones(2))
    expect_equal(
        (b.grad, c.grad.tolist()),
        (None, [1.0, 1.0]),
        what="grad of two inner results, the second after retain_grad()",
        idea="Keep it where _backward is None (a leaf) or _keeps is True.",
        page=WALK,
    )


def test_a_walked_graph_is_free():
    gc.collect()
    a = Tensor(np.ones(2), requires_grad=True)
    b = times(a, 2.0)
    gone = weakref.ref(b)
    root = times(b, 3.0)
    del b
    root.backward(np.ones(2))
    expect_true(
        gone() is None,
        what="an inner tensor after backward",
        expected="freed, because nothing refers to it any more",
        got="still alive",
        idea="After a node has handed on: node._backward, node._inputs = _freed, () unless retain_graph. And take "
        "nodes off the order as you go.",
        page=WALK,
    )
    with expect_raises(
        RuntimeError,
        mentions="freed",
        what="a second backward on the same graph",
        idea="_freed stands in for the function of a walked node; backward looks for it first (given).",
        page=WALK,
    ):
        root.backward(np.ones(2))


def test_retain_graph_keeps_it():
    a = Tensor(np.ones(2), requires_grad=True)
    root = times(a, 3.0)
    root.backward(np.ones(2), retain_graph=True)
    root.backward(np.ones(2))
    expect_close(
        a.grad,
        np.full(2, 6.0),
        tol=1e-12,
        what="the gradient after two walks over one graph",
        idea="With retain_graph=True nothing is freed.",
        page=WALK,
    )
