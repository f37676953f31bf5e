"""What holds the causal sentences of phase 04's pages, each with its control beside it."""

import numpy as np

from minigrad.jacobians import (
    central_jacobian,
    complex_jacobian,
    cross_entropy_gradient,
    softmax,
    softmax_vjp,
)
from minigrad.optim import (
    adam_step,
    adamw_step,
    descend,
    momentum_step,
    nesterov_step,
    rosenbrock_gradient,
    rosenbrock_hessian,
    sgd_step,
)
from minigrad.schedules import wsd

START, MINIMUM = np.array([-1.5, 2.0]), np.ones(2)
FLAT, STEEP = 0.39936, 1001.60064
FAR = np.array([0.0, 800.0])
SIZES = np.array([100.0, 0.1])


def shown(holds, what, got):
    """What was measured is told where it doesn't hold."""
    assert holds, f"{what}: {got}"


def bowl(along, across):
    """What is left of 1 on each axis of a bowl after 2,000 steps at rate 0.001, each axis with a step of its own."""
    left = [
        descend(step, lambda p, c=c: c * p, np.ones(1), 0.001, 2000)[-1, 0]
        for step, c in ((along, FLAT), (across, STEEP))
    ]
    return float(np.hypot(*left))


def test_memory_on_the_flat_axis_alone_gives_the_gain_of_both():
    alone, both = bowl(momentum_step, sgd_step), bowl(momentum_step, momentum_step)
    shown(
        alone < 3e-4 and abs(alone - both) < 1e-9,
        "memory along, and on both axes",
        [alone, both],
    )


def test_memory_on_the_steep_axis_alone_gives_nothing():
    alone, neither = bowl(sgd_step, momentum_step), bowl(sgd_step, sgd_step)
    shown(
        abs(alone - neither) < 1e-9 and neither > 0.4, "memory across, and none", [alone, neither]
    )


def beside_the_minimum(gradient):
    """How far SGD gets from 0 in 20,000 steps at 1.1 times the largest stable rate of a parabola."""
    path = descend(sgd_step, gradient, np.full(2, 1e-4), 0.0022, 20_000)
    return float(np.hypot(*path.T).max())


def test_above_the_limit_descent_stays_bounded_beside_the_valleys_minimum():
    far = beside_the_minimum(lambda p: rosenbrock_gradient(p + MINIMUM))
    shown(far < 0.25, "the largest distance", far)


def test_above_the_limit_descent_is_lost_on_the_parabola_of_the_same_curvature():
    hessian = rosenbrock_hessian(MINIMUM)
    far = beside_the_minimum(lambda p: hessian @ p)
    shown(np.isnan(far), "the largest distance", far)


def swinging(step, decay_in_gradient, **options):
    """Two weights of 1 under gradients of 100 and 0.1 that change their sign, 1,000 steps at rate 0.001."""
    theta, state = np.ones(2), {}
    for k in range(1000):
        g = SIZES * (-1) ** k + decay_in_gradient * theta
        theta, state = step(theta, g, state, 0.001, **options)
    return theta


def test_decay_in_the_gradient_takes_little_from_the_weight_with_large_gradients():
    taken = swinging(adam_step, 0.0) - swinging(adam_step, 0.1)
    shown(
        0.0005 < taken[0] < 0.0015 and taken[1] > 0.5,
        "what the decay took from each",
        taken.tolist(),
    )


def test_decay_past_the_moments_takes_the_same_from_both():
    taken = swinging(adamw_step, 0.0) - swinging(adamw_step, 0.0, weight_decay=0.1)
    shown(
        abs(taken[0] - taken[1]) < 1e-4 and taken[0] > 0.09,
        "what the decay took from each",
        taken.tolist(),
    )


def longest(step, lr):
    """The longest step in the valley, in units of the rate."""
    path = descend(step, rosenbrock_gradient, START, lr, 500)
    return float(np.abs(np.diff(path, axis=0)).max() / lr)


def test_the_steps_of_adam_are_bounded_at_every_rate():
    lengths = [longest(adam_step, lr) for lr in (1e-4, 1e-2, 0.215, 1.0)]
    shown(max(lengths) < 8, "the longest steps in units of lr", lengths)


def test_the_steps_of_plain_descent_are_not():
    length = longest(sgd_step, 1e-4)
    lost = np.isnan(descend(sgd_step, rosenbrock_gradient, START, 0.01, 500)[-1]).all()
    shown(
        length > 100 and lost,
        "its longest step, and whether it is lost at 0.01",
        [length, bool(lost)],
    )


def test_in_logarithms_the_two_functions_may_be_apart():
    g = np.array([-1.0, 0.0])
    apart = g - softmax(FAR) * g.sum()
    shown(
        np.array_equal(apart, cross_entropy_gradient(FAR, 0)) and np.isfinite(apart).all(),
        "the gradient by way of log softmax",
        apart.tolist(),
    )


def test_through_the_probability_they_give_nan():
    p = softmax(FAR)
    with np.errstate(divide="ignore", invalid="ignore"):
        g = np.array([-1 / p[0], 0.0])
        apart = p * (g - p @ g)
    shown(np.isnan(apart).all(), "the gradient by way of softmax", apart.tolist())
    near = np.array([2.0, 0.0])
    parts = softmax_vjp(near, np.array([-1 / softmax(near)[0], 0.0]))
    shown(
        np.allclose(parts, cross_entropy_gradient(near, 0)),
        "the same where p isn't 0",
        parts.tolist(),
    )


def arrives(start, steps=2999):
    """Whether momentum at a constant 0.0037 ends beside the minimum."""
    end = descend(momentum_step, rosenbrock_gradient, start, 0.0037, steps)[-1]
    return bool(np.hypot(*(end - MINIMUM)) < 0.01)


def test_where_the_warm_up_ends_none_is_needed():
    def ramp(t):
        return wsd(t, 0.0037, 0.0, 50, 3000, 3000)

    beyond = descend(momentum_step, rosenbrock_gradient, START, ramp, 50)[-1]
    there = bool(np.isfinite(beyond).all())
    shown(there and arrives(beyond), "where it ends, and what comes of it", beyond.tolist())


def test_from_the_start_the_same_rate_does_not_arrive():
    shown(not arrives(START), "whether 0.0037 arrives without a warm-up", arrives(START))


def curve(v):
    """x^3 / (1 + x^2), whose slope at 0.7 is known."""
    return v * v * v / (1 + v * v)


EXACT = (3 * 0.7**2 + 0.7**4) / (1 + 0.7**2) ** 2


def test_no_step_gives_a_central_difference_sixteen_digits():
    at = np.array([0.7])
    errors = [
        abs(float(central_jacobian(curve, at, h=10.0 ** (-k / 4))[0, 0]) - EXACT)
        for k in range(4, 61)
    ]
    shown(min(errors) > 1e-13, "the least error of 57 steps", min(errors))


def test_the_complex_step_has_them():
    error = abs(float(complex_jacobian(curve, np.array([0.7]))[0, 0]) - EXACT)
    shown(error < 1e-15, "its error at 1e-20", error)


def ends(step, of_two):
    """How far from the valley's minimum a step ends beside it, at a share of plain descent's largest stable rate."""
    path = descend(step, rosenbrock_gradient, MINIMUM + 1e-4, of_two * 2 / STEEP, 2000)
    return float(np.hypot(*(path[-1] - MINIMUM)))


def test_nesterov_is_thrown_out_at_a_rate_that_plain_descent_bears():
    plain, ahead = (ends(step, 0.75) for step in (sgd_step, nesterov_step))
    shown(plain < 1e-4 < 1e-3 < ahead, "the ends at three quarters of the limit", (plain, ahead))


def test_below_its_own_limit_nesterov_arrives_at_a_rate_that_plain_descent_bears():
    plain, ahead = (ends(step, 0.65) for step in (sgd_step, nesterov_step))
    shown(ahead < 1e-7 < plain < 1e-4, "the ends at 0.65 of the limit", (plain, ahead))
