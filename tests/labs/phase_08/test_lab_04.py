"""Lab 08.4: softmax, its logarithm, and the loss in one node."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minitorch import functional as F
from minitorch.tensor import Tensor

from ._differences import back, check, numbers, single

PAGE = "theory/04-softmax-and-cross-entropy.md"


def test_softmax():
    for axis in (-1, 0, 1):
        check(
            lambda t, a=axis: F.softmax(t, a),
            [numbers(3, 4)],
            what=f"softmax over axis {axis} of (3, 4)",
            idea="Each output sees all inputs of its row: once above the line, once below. What does the part below send, and along which axis?",
            page=PAGE,
            value=lambda x, a=axis: np.exp(x) / np.exp(x).sum(axis=a, keepdims=True),
        )


def test_softmax_of_large_numbers():
    with np.errstate(over="raise", invalid="raise"):
        got = F.softmax(Tensor(np.array([1000.0, 1001.0, 999.0]))).data
    expect_close(got, np.array([0.24472847, 0.66524096, 0.09003057]), tol=1e-7, what="softmax of [1000, 1001, 999]", idea="What can you subtract from all logits of a row without changing the quotient?", page=PAGE)  # fmt: skip


def test_log_softmax():
    for axis in (-1, 0, 1, -2):
        check(
            lambda t, a=axis: F.log_softmax(t, a),
            [numbers(3, 4)],
            what=f"log_softmax over axis {axis} of (3, 4)",
            idea="The logarithm of a quotient is a difference. How does each of its two terms move with one input of the row?",
            page=PAGE,
            value=lambda x, a=axis: x - np.log(np.exp(x).sum(axis=a, keepdims=True)),
        )
    expect_close(
        F.log_softmax(Tensor(np.array([0.0, 2000.0]))).data,
        np.array([-2000.0, 0.0]),
        tol=1e-9,
        what="log_softmax of [0, 2000]",
        idea="The first probability is 0 in any float. On which way is its logarithm never asked for?",
        page=PAGE,
    )


def test_rows_far_apart():
    x = np.array([[1000.0, 1001.0, 999.0], [0.0, 1.0, -1.0], [-1000.0, -999.0, -1001.0]])
    want = np.tile([0.24472847, 0.66524096, 0.09003057], (3, 1))
    apart = "Each row has a largest logit of its own. Which one did you subtract?"
    for name, got, expected in (
        ("softmax", lambda: F.softmax(Tensor(x)).data, want),
        ("softmax over axis 0 of the transposed array", lambda: F.softmax(Tensor(x.T), 0).data, want.T),
        ("log_softmax", lambda: F.log_softmax(Tensor(x)).data, np.log(want)),
        ("cross_entropy", lambda: F.cross_entropy(Tensor(x), [0, 1, 2], reduction="none").data, -np.log(np.diag(want))),
    ):  # fmt: skip
        with np.errstate(all="ignore"):
            found = got()
        expect_close(found, expected, tol=1e-6, what=f"{name} of rows around 1000, 0 and -1000", idea=apart, page=PAGE)  # fmt: skip


def test_float32_stays_float32():
    single(F.softmax, [(2, 3)], what="softmax", page=PAGE)
    single(F.log_softmax, [(2, 3)], what="log_softmax", page=PAGE)
    for reduction in ("mean", "sum", "none"):
        single(lambda t, r=reduction: F.cross_entropy(t, [0, -100], reduction=r), [(2, 3)], what=f'cross_entropy, reduction "{reduction}"', page=PAGE)  # fmt: skip


def test_inputs_and_graphs_stay_as_they_were():
    functions = {"softmax": F.softmax, "log_softmax": F.log_softmax, "cross_entropy": lambda t: F.cross_entropy(t, [0, 2], reduction="none")}  # fmt: skip
    for name, f in functions.items():
        x = Tensor(numbers(2, 3), requires_grad=True)
        out = f(x)
        expect_close(x.data, numbers(2, 3), tol=0, what=f"the logits after {name}", idea="Which of your arrays is the caller's?", page=PAGE)  # fmt: skip
        g = np.random.default_rng(7).uniform(0.5, 1.5, out.shape)
        back(out, g.copy(), what=name, idea="Which shape has what comes back?", page=PAGE, retain_graph=True)  # fmt: skip
        first = np.asarray(x.grad, float)
        back(out, g.copy(), what=f"{name}, a second time", idea="What did the first walk leave behind?", page=PAGE)  # fmt: skip
        expect_close(x.grad, 2 * first, tol=1e-12, what=f"the gradient of {name} after two walks over one graph, beside twice the first", idea="What was kept for backward is needed by the next one too. Did you write to it?", page=PAGE)  # fmt: skip


def test_the_loss_is_one_node():
    x = Tensor(numbers(2, 3), requires_grad=True)
    for name, out in (("softmax", F.softmax(x)), ("log_softmax", F.log_softmax(x)), ("cross_entropy", F.cross_entropy(x, [0, 2]))):  # fmt: skip
        expect_equal([t is x for t in out._inputs], [True], what=f"whether the only input of {name}'s node is the logits", idea="How many arrays wait for backward between the logits and the result?", page=PAGE)  # fmt: skip


def test_one_row_and_none():
    check(lambda t: F.cross_entropy(t, 2), [numbers(4)], what="cross_entropy of logits (4,) and one target", idea="The classes are the last axis. How many axes stand before it here?", page=PAGE, value=lambda x: np.asarray(np.log(np.exp(x).sum()) - x[2]))  # fmt: skip
    for reduction, shape in (("sum", ()), ("none", (0,))):
        x = Tensor(np.zeros((0, 4)), requires_grad=True)
        out = F.cross_entropy(x, [], reduction=reduction)
        back(out, np.ones(shape), what=f'cross_entropy of no rows, reduction "{reduction}"', idea="A sum over nothing is 0.", page=PAGE)  # fmt: skip
        expect_equal((out.data.tolist(), x.grad.shape), (np.zeros(shape).tolist(), (0, 4)), what=f'loss and shape of the gradient of no rows, reduction "{reduction}"', idea="What is a sum over nothing?", page=PAGE)  # fmt: skip


def rows(x, y):
    return -(x - np.log(np.exp(x).sum(axis=-1, keepdims=True)))[np.arange(len(y)), y]


def test_cross_entropy_and_its_reductions():
    y = np.array([0, 2, 1, 0])
    for reduction, value in {"mean": lambda x: rows(x, y).mean(), "sum": lambda x: rows(x, y).sum(), "none": lambda x: rows(x, y)}.items():  # fmt: skip
        check(
            lambda t, r=reduction: F.cross_entropy(t, y, reduction=r),
            [numbers(4, 3)],
            what=f'cross_entropy with reduction "{reduction}"',
            idea="Two terms: a logarithm of a sum, and the true logit. What does each send back, and what is a row's share of the loss?",
            page=PAGE,
            value=lambda x, v=value: np.asarray(v(x)),
        )


CLEAN = "Which probabilities do these logits mean, and which would have been the truth? No logarithm of 0 on the way."


def test_the_gradient_is_probability_minus_truth():
    x = Tensor(np.array([[1000.0, 0.0, 0.0]]), requires_grad=True)
    loss = F.cross_entropy(x, [2])
    back(loss, None, what="cross_entropy of [1000, 0, 0] and class 2", idea=CLEAN, page=PAGE)
    expect_close(loss.data, np.asarray(1000.0), tol=1e-9, what="the loss for logits [1000, 0, 0] and class 2", idea=CLEAN, page=PAGE)  # fmt: skip
    expect_close(x.grad, np.array([[1.0, 0.0, -1.0]]), tol=1e-9, what="the gradient for logits [1000, 0, 0] and class 2", idea=CLEAN, page=PAGE)  # fmt: skip


def test_ignored_rows_count_for_nothing():
    x = numbers(3, 4)
    check(
        lambda t: F.cross_entropy(t, [1, -100, 3]),
        [x],
        what="cross_entropy with the second target ignored",
        idea="How many rows count? Does padding change the loss of a sentence? (kept and n are given.)",
        page=PAGE,
        value=lambda v: np.asarray(rows(v[[0, 2]], [1, 3]).mean()),
    )
    check(lambda t: F.cross_entropy(t, [1, -1, 3], ignore_index=-1, reduction="none"), [x], what='the same with ignore_index=-1 and reduction "none"', idea="What does a row that counts for nothing cost?", page=PAGE, value=lambda v: np.array([rows(v[[0]], [1])[0], 0.0, rows(v[[2]], [3])[0]]))  # fmt: skip


def test_sequences_have_a_loss_for_every_position():
    x = numbers(2, 3, 4)
    y = np.array([[0, 1, 2], [3, 0, -100]])
    for reduction in ("mean", "sum"):
        check(
            lambda t, r=reduction: F.cross_entropy(t, y, reduction=r),
            [x],
            what=f'cross_entropy of (2, 3, 4) logits with (2, 3) targets, one ignored, reduction "{reduction}"',
            idea="The classes are the last axis. What is everything before it?",
            page=PAGE,
            value=lambda v, r=reduction: np.asarray(
                getattr(rows(v.reshape(-1, 4)[:5], y.ravel()[:5]), r)()
            ),
        )


def test_one_hot_targets_are_refused():
    with expect_raises(ValueError, what="one-hot rows as targets", idea="Given by class_indices. A target names a class: how many numbers is that a row?", page=PAGE):  # fmt: skip
        F.cross_entropy(Tensor(numbers(2, 3)), np.eye(2, 3, dtype=int))
