"""Lab 04.4: the valley, its derivatives, the path of an optimizer through it."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.jacobians import complex_jacobian
from minigrad.optim import (
    adam_step,
    adamw_step,
    descend,
    momentum_step,
    nesterov_step,
    rosenbrock,
    rosenbrock_gradient,
    rosenbrock_hessian,
    sgd_step,
)

MOMENTUM = "theory/05-descent-and-momentum.md"
ADAM = "theory/06-adam.md"
SHAPES = "theory/01-gradients-and-jacobians.md"
WITNESSES = "theory/02-two-witnesses.md"
START = np.array([-1.5, 2.0])
MINIMUM = np.ones(2)
POINTS = [np.array(p) for p in [(-1.5, 2.0), (1.0, 1.0), (0.0, 0.0), (0.3, -1.7)]]


def distance(path):
    """From the minimum, at the end."""
    return float(np.linalg.norm(path[-1] - MINIMUM))


def test_the_valley_at_four_points():
    for p, wanted in zip(POINTS, [12.5, 0.0, 1.0, 320.9], strict=True):
        expect_close(
            float(rosenbrock(p)),
            wanted,
            tol=1e-12,
            what=f"rosenbrock at {p.tolist()}",
            idea="(1 - x)^2 + 100 (y - x^2)^2.",
            page=MOMENTUM,
        )


def test_the_gradient_agrees_with_the_complex_step():
    for p in POINTS:
        expect_close(
            rosenbrock_gradient(p),
            complex_jacobian(rosenbrock, p)[0],
            tol=1e-13,
            what=f"rosenbrock_gradient at {p.tolist()}",
            idea="x turns up twice. What is the inner derivative of the second term, to x and to y?",
            page=SHAPES,
        )


def test_the_hessian_is_the_jacobian_of_the_gradient():
    for p in POINTS:
        expect_close(
            rosenbrock_hessian(p),
            complex_jacobian(rosenbrock_gradient, p),
            tol=1e-13,
            what=f"rosenbrock_hessian at {p.tolist()}",
            idea="Differentiate each component of the gradient; the matrix is symmetric.",
            page=SHAPES,
        )
    low, high = np.linalg.eigvalsh(rosenbrock_hessian(MINIMUM))
    expect_close(
        [round(float(low), 4), round(float(high), 1)],
        [0.3994, 1001.6],
        tol=1e-9,
        what="the curvatures at the minimum",
        idea="802 and 200 on the diagonal, -400 beside it.",
        page=MOMENTUM,
    )


def test_the_path_begins_at_the_start_and_has_one_row_a_step():
    path = descend(sgd_step, lambda p: 2 * p, np.array([1.0, -2.0]), 0.25, 3)
    expect_equal(
        path,
        np.array([[1.0, -2.0], [0.5, -1.0], [0.25, -0.5], [0.125, -0.25]]),
        what="three steps of SGD on x^2 + y^2 with lr 0.25",
        idea="n_steps + 1 rows: the start, then the point after each step.",
        page=MOMENTUM,
    )
    expect_equal(
        descend(sgd_step, lambda p: 2 * p, np.array([1.0]), 0.25, 0),
        np.array([[1.0]]),
        what="a path of no steps",
        idea="The start alone.",
        page=MOMENTUM,
    )


def test_the_state_is_handed_from_step_to_step():
    path = descend(momentum_step, np.ones_like, np.zeros(1), 1.0, 3, beta=0.5)
    expect_equal(
        path,
        np.array([[0.0], [-1.0], [-2.5], [-4.25]]),
        what="momentum with beta 0.5 under a gradient of 1",
        idea="v is 1, 1.5, 1.75. If the steps stay at 1, the state is lost; options go on to the step.",
        page=MOMENTUM,
    )


def test_a_schedule_is_asked_with_the_number_of_the_step():
    asked = []

    def rate(t):
        asked.append(t)
        return 1.0 / t

    path = descend(sgd_step, np.ones_like, np.zeros(1), rate, 3)
    expect_equal(
        asked,
        [1, 2, 3],
        what="the t's with which the schedule was called",
        idea="Count from 1: a warm-up gives 0 at t = 0.",
        page="theory/07-schedules.md",
    )
    expect_close(
        path[-1],
        [-1 - 1 / 2 - 1 / 3],
        tol=1e-15,
        what="the sum of three steps at rates 1, 1/2, 1/3",
        idea="Each step takes the rate of its own t.",
        page="theory/07-schedules.md",
    )


def test_a_lost_path_ends_in_nan():
    path = descend(sgd_step, lambda p: 2 * p, np.array([1.0, 0.0]), 6.0, 50, limit=1e4)
    good = np.isfinite(path).all(axis=1)
    expect_true(
        good[:4].all() and not good[4:].any() and np.isnan(path[4:]).all(),
        what="50 steps on x^2 at rate 6, where each step multiplies by -11; limit 10,000",
        expected="1, -11, 121, -1331, then NaN",
        got=path[:6, 0].tolist(),
        idea="Stop at the first point beyond the limit; it and the rest stay NaN. No overflow, no warning.",
        page=MOMENTUM,
    )


def test_a_point_with_nan_is_lost():
    def nowhere(params, grads, state, lr):
        moved = params - lr * grads
        return np.where(moved < 0.6, np.nan, moved), state

    path = descend(nowhere, lambda p: 2 * p, np.array([1.0, 4.0]), 0.125, 5)
    expect_true(
        np.isfinite(path[:2]).all() and np.isnan(path[2:]).all(),
        what="a path whose second step gives NaN in one coordinate",
        expected="the start, one point, then NaN everywhere",
        got=path.tolist(),
        idea="A comparison with NaN is False. Which question does NaN answer as you want it?",
        page=MOMENTUM,
    )


def test_a_path_takes_a_start_of_any_shape():
    for shape in ((), (2, 3)):
        path = descend(sgd_step, np.ones_like, np.zeros(shape), 0.5, 2)
        expect_equal(
            (path.shape, float(path.sum())),
            ((3, *shape), -1.5 * np.ones(shape).size),
            what=f"the shape of a path of two steps from a start of shape {shape}, and its sum",
            idea="One axis more than the start has: the steps.",
            page=MOMENTUM,
        )


def test_a_point_far_below_zero_is_lost_too():
    path = descend(sgd_step, lambda p: 2 * p, np.array([1.0]), 6.0, 4, limit=1e3)
    expect_true(
        np.isfinite(path[:3]).all() and np.isnan(path[3:]).all(),
        what="the same path with a limit of 1,000, which -1331 passes first",
        expected="1, -11, 121, then NaN",
        got=path[:, 0].tolist(),
        idea="How far is -1331 from 0?",
        page=MOMENTUM,
    )


def test_a_path_changes_neither_start_nor_dtype():
    start = np.array([-1.5, 2.0], dtype=np.float32)
    path = descend(adam_step, rosenbrock_gradient, start, 0.05, 5)
    expect_equal(
        (path.dtype.name, start.tolist(), path[0].tolist()),
        ("float32", [-1.5, 2.0], [-1.5, 2.0]),
        what="dtype of the path, and the start afterwards",
        idea="Make the path with start.dtype, and begin with a copy.",
        page=MOMENTUM,
    )


def test_a_linear_valley_obeys_its_closed_form():
    curvature = np.array([1.0, 10.0])
    path = descend(sgd_step, lambda p: curvature * p, np.array([1.0, 1.0]), 0.15, 40)
    expect_close(
        path[-1],
        (1 - 0.15 * curvature) ** 40,
        tol=1e-13,
        what="40 steps on (x^2 + 10 y^2) / 2 at rate 0.15",
        idea="Each coordinate is multiplied by 1 - lr * curvature at each step: 0.85^40 and (-0.5)^40.",
        page=MOMENTUM,
    )


def test_the_largest_stable_rate_is_two_over_the_curvature():
    near = MINIMUM + 1e-4
    top = float(np.linalg.eigvalsh(rosenbrock_hessian(MINIMUM))[-1])
    for what, step, limit in [
        ("SGD", sgd_step, 2 / top),
        ("momentum, beta 0.9", momentum_step, 2 * 1.9 / top),
        ("Nesterov, beta 0.9", nesterov_step, 2 * 1.9 / 2.8 / top),
    ]:
        ends = [
            distance(descend(step, rosenbrock_gradient, near, k * limit, 2000))
            for k in (0.98, 1.02)
        ]
        expect_true(
            ends[0] < 1e-3 and not ends[1] < 1e-3,
            what=f"{what} beside the minimum at 0.98 and 1.02 of its largest stable rate, {limit:.3e}",
            expected="closer than 0.001 below it, farther away above it",
            got=f"{ends[0]:.2g} and {ends[1]:.2g}",
            idea="2 / curvature for SGD, (1 + beta) times that for momentum; page 05 derives them.",
            page=MOMENTUM,
        )


def test_who_arrives_in_two_thousand_steps():
    for what, step, lr, most in [
        ("momentum", momentum_step, 0.0019, 1e-6),
        ("Nesterov", nesterov_step, 0.001, 1e-3),
        ("Adam", adam_step, 0.05, 1e-3),
    ]:
        end = distance(descend(step, rosenbrock_gradient, START, lr, 2000))
        expect_true(
            end < most,
            what=f"{what} at rate {lr:g} from (-1.5, 2): distance from (1, 1) after 2000 steps",
            expected=f"below {most:g}",
            got=end,
            idea="If lab 04.3 passes, look at how the state travels in descend.",
            page=ADAM if what == "Adam" else MOMENTUM,
        )
    end = distance(descend(sgd_step, rosenbrock_gradient, START, 0.0018, 2000))
    expect_true(
        0.1 < end < 0.5,
        what="SGD at rate 0.0018 from (-1.5, 2): distance from (1, 1) after 2000 steps",
        expected="between 0.1 and 0.5: still on its way",
        got=end,
        idea="Nothing is wrong: along the floor the slope is a thousand times smaller than across.",
        page=MOMENTUM,
    )


def test_decay_pulls_toward_the_origin():
    ends = [
        distance(descend(adamw_step, rosenbrock_gradient, START, 0.05, 2000, weight_decay=decay))
        for decay in (0.0, 0.01, 0.1)
    ]
    expect_true(
        ends[0] < 1e-3 < 0.03 < ends[1] < 0.15 < ends[2],
        what="AdamW with decay 0, 0.01, 0.1: distance from (1, 1) after 2000 steps",
        expected="below 0.001, then more, then much more",
        got=[round(e, 4) for e in ends],
        idea="Options such as weight_decay must reach the step.",
        page=ADAM,
    )


def test_what_is_no_point_is_refused():
    for name, f in [
        ("rosenbrock", rosenbrock),
        ("rosenbrock_gradient", rosenbrock_gradient),
        ("rosenbrock_hessian", rosenbrock_hessian),
    ]:
        for what, p, kind in [
            ("three numbers", np.ones(3), ValueError),
            ("nothing", np.array([]), ValueError),
            ("NaN", np.array([np.nan, 1.0]), ValueError),
            ("inf", np.array([1.0, np.inf]), ValueError),
            ("integers", np.array([1, 2]), TypeError),
        ]:
            with expect_raises(
                kind,
                what=f"{name} of {what}",
                mentions="p must",
                idea="The given line refuses it; leave it where it is.",
                page=WITNESSES,
            ):
                f(p)
    for what, n, kind in [
        ("-1 steps", -1, ValueError),
        ("2.5 steps", 2.5, TypeError),
        ("True steps", True, TypeError),
    ]:
        with expect_raises(
            kind,
            what=f"descend with {what}",
            mentions="n_steps must",
            idea="The given lines refuse it; leave them where they are.",
            page=MOMENTUM,
        ):
            descend(sgd_step, rosenbrock_gradient, START, 0.001, n)
    for what, start, limit, kind, mentions in [
        ("a list for a start", [1.0, 2.0], 1e6, TypeError, "start must"),
        ("limit 0", START, 0.0, ValueError, "limit must"),
        ("limit nan", START, np.nan, ValueError, "limit must"),
        ("a start of integers", np.array([1, 2]), 1e6, TypeError, "int64"),
    ]:
        with expect_raises(
            kind,
            what=f"descend with {what}",
            mentions=mentions,
            idea="The given lines refuse it, or the first step does; leave them where they are.",
            page=MOMENTUM,
        ):
            descend(sgd_step, lambda p: p, start, 0.001, 5, limit=limit)
