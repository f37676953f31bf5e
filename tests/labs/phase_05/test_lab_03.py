"""Lab 05.3: the gradient of the loss, and a softmax regression fitted by maximum likelihood."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.calibration import fit_softmax_regression, nll_gradient
from minigrad.probability import fit_categorical, log_normalize, mean_nll

LOSS = "theory/03-from-counts-to-the-loss.md"


def sample(n, seed):
    """n points around five centers in the plane, and which center each belongs to."""
    rng = np.random.default_rng(seed)
    centers = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]])
    y = rng.integers(5, size=n)
    return centers[y] + rng.standard_normal((n, 2)), y


def test_the_gradient_by_hand():
    expect_close(
        nll_gradient([[0.0, 0.0], [math.log(3), 0.0]], [0, 1]),
        np.array([[-0.25, 0.25], [0.375, -0.375]]),
        tol=1e-12,
        what="nll_gradient of two rows, with q = (1/2, 1/2) and (3/4, 1/4)",
        idea="What did the model say, what should it have said, and of how many rows is the loss the mean?",
        page=LOSS,
    )


def test_the_gradient_against_differences():
    rng = np.random.default_rng(0)
    z, y = rng.normal(0, 2, size=(3, 4)), np.array([1, 3, 0])
    got, eps = nll_gradient(z, y), 1e-5
    for i, k in [(0, 0), (0, 1), (1, 2), (2, 0), (2, 3)]:
        step = np.zeros_like(z)
        step[i, k] = eps
        slope = (mean_nll(z + step, y) - mean_nll(z - step, y)) / (2 * eps)
        expect_close(
            float(got[i, k]),
            slope,
            tol=1e-8,
            what=f"nll_gradient at row {i}, class {k}, against a central difference",
            idea="How much the mean loss moves when this one logit moves.",
            page=LOSS,
        )


def test_the_gradient_stays_finite_where_the_probability_is_zero():
    expect_close(
        nll_gradient([[0.0, 2000.0]], [0]),
        np.array([[-1.0, 1.0]]),
        tol=1e-12,
        what="nll_gradient where the target's probability is e^-2000",
        idea="Does your formula divide by q anywhere? How large can the true gradient be?",
        page=LOSS,
    )


def test_no_step_leaves_everything_at_zero():
    x, y = sample(20, 0)
    w, b = fit_softmax_regression(x, y, 5, steps=0)
    expect_equal(
        [w.shape, b.shape, float(np.abs(w).max()), float(np.abs(b).max())],
        [(2, 5), (5,), 0.0, 0.0],
        what="fit_softmax_regression with steps=0: shapes of W and b, largest entries",
        idea="Start from zero. The loss is convex, so the start doesn't matter, and zero draws no random numbers.",
        page=LOSS,
    )


def test_one_step_by_hand():
    x, y = np.array([[1.0, 2.0], [-1.0, 0.0]]), np.array([0, 1])
    w, b = fit_softmax_regression(x, y, 2, lr=0.1, steps=1)
    expect_close(
        w,
        np.array([[0.05, -0.05], [0.05, -0.05]]),
        tol=1e-12,
        what="W after one step of 0.1 on two points",
        idea="Which product of x and the gradient to the logits has the shape of W?",
        page=LOSS,
    )
    expect_close(
        b,
        [0.0, 0.0],
        tol=1e-12,
        what="b after the same step",
        idea="The gradient to b is the sum of the gradient's rows: one point of each class, so it cancels.",
        page=LOSS,
    )


def test_without_features_it_counts():
    y = np.array([0, 0, 0, 1, 2, 2])
    w, b = fit_softmax_regression(np.zeros((6, 1)), y, 3, lr=1.0, steps=2000)
    expect_close(
        np.exp(log_normalize(b)),
        fit_categorical(np.bincount(y)),
        tol=1e-9,
        what="softmax(b) fitted on features that are all 0, against the counts",
        idea="Gradient descent on the loss arrives where the formula of page 03 says: at the shares that were seen.",
        page=LOSS,
    )
    expect_equal(
        float(np.abs(w).max()),
        0.0,
        what="the largest weight of a feature that is always 0",
        idea="x^T gradient is 0.",
        page=LOSS,
    )


def test_at_the_end_expected_features_equal_the_seen_ones():
    x, y = sample(200, 3)
    w, b = fit_softmax_regression(x, y, 5, lr=0.5, steps=3000)
    q, seen = np.exp(log_normalize(x @ w + b)), np.eye(5)[y]
    expect_true(
        float(np.abs(x.T @ (q - seen)).max() / 200) < 1e-4,
        what="the gradient to W after 3000 steps",
        expected="below 0.0001 everywhere",
        got=float(np.abs(x.T @ (q - seen)).max() / 200),
        idea="At the maximum of the likelihood the gradient is 0: the model's mean of x for each class is the data's.",
        page=LOSS,
    )


def test_the_loss_falls_and_new_points_are_recognized():
    x, y = sample(400, 1)
    losses = []
    for steps in (0, 1, 10, 100):
        w, b = fit_softmax_regression(x, y, 5, steps=steps)
        losses.append(mean_nll(x @ w + b, y))
    expect_close(
        losses[0],
        math.log(5),
        tol=1e-12,
        what="the loss before the first step",
        idea="From zero weights every class has probability 1/5: ln 5.",
        page=LOSS,
    )
    expect_true(
        losses == sorted(losses, reverse=True) and len(set(losses)) == 4,
        what="the loss after 0, 1, 10 and 100 steps",
        expected="each below the one before",
        got=losses,
        idea="A step against the gradient.",
        page=LOSS,
    )
    fresh, truth = sample(1000, 2)
    share = float(((fresh @ w + b).argmax(axis=1) == truth).mean())
    expect_true(
        share > 0.65,
        what="the share of 1000 new points that is recognized",
        expected="above 0.65",
        got=share,
        idea="The best that anyone could do here is about 0.71.",
        page=LOSS,
    )


def test_the_callers_arrays_are_left_alone():
    x, y = sample(10, 4)
    before = x.copy(), y.copy()
    fit_softmax_regression(x, y, 5, steps=3)
    z = np.array([[1.0, 2.0]])
    nll_gradient(z, [0])
    expect_equal(
        [bool((x == before[0]).all()), bool((y == before[1]).all()), z.tolist()],
        [True, True, [[1.0, 2.0]]],
        what="x, targets and logits afterwards",
        idea="gradient[rows, targets] -= 1 may write into your own array only.",
        page=LOSS,
    )


def test_what_cannot_be_fitted_is_refused():
    x, y = sample(4, 0)
    for what, call, kind, word in [
        ("targets of another length", lambda: fit_softmax_regression(x, y[:3], 5), ValueError, "targets"),
        ("a target of 5 of 5", lambda: fit_softmax_regression(x, [0, 1, 2, 5], 5), ValueError, "5"),
        ("targets as floats", lambda: fit_softmax_regression(x, y * 1.0, 5), TypeError, "targets"),
        ("x with nan", lambda: fit_softmax_regression(x * math.nan, y, 5), ValueError, "x must"),
        ("x with inf", lambda: fit_softmax_regression(x + math.inf, y, 5), ValueError, "x must"),
        ("x of one axis", lambda: fit_softmax_regression(x[:, 0], y, 5), ValueError, "x must"),
        ("one class", lambda: fit_softmax_regression(x, y * 0, 1), ValueError, "n_classes"),
        ("a rate of 0", lambda: fit_softmax_regression(x, y, 5, lr=0.0), ValueError, "lr"),
        ("steps of -1", lambda: fit_softmax_regression(x, y, 5, steps=-1), ValueError, "steps"),
        ("steps of 2.0", lambda: fit_softmax_regression(x, y, 5, steps=2.0), TypeError, "steps"),
        ("a gradient of nan", lambda: nll_gradient([[math.nan, 0.0]], [0]), ValueError, "logits"),
        ("a gradient of -inf", lambda: nll_gradient([[-math.inf, 0.0]], [1]), ValueError, "logits"),
        ("a gradient of one class", lambda: nll_gradient([[1.0]], [0]), ValueError, "logits"),
    ]:  # fmt: skip
        with expect_raises(
            kind,
            what=what,
            idea="Let `finite_logits` read logits and targets; the rest is given.",
            page=LOSS,
            mentions=word,
        ):
            call()
