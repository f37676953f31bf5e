"""Lab 04.3: five steps against pencil and paper, closed forms and each other; purity; refusals."""

import copy
import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.optim import adam_step, adamw_step, momentum_step, nesterov_step, sgd_step

MOMENTUM = "theory/05-descent-and-momentum.md"
ADAM = "theory/06-adam.md"
STEPS = {
    "sgd_step": sgd_step,
    "momentum_step": momentum_step,
    "nesterov_step": nesterov_step,
    "adam_step": adam_step,
    "adamw_step": adamw_step,
}


def walk(step, theta, gradients, lr, **options):
    """The parameters after each of the given gradients (arrays, or functions of theta), as plain lists."""
    theta, state, seen = np.asarray(theta, dtype=np.float64), {}, []
    for g in gradients:
        g = g(theta) if callable(g) else np.asarray(g, dtype=np.float64)
        theta, state = step(theta, g, state, lr, **options)
        seen.append(theta.tolist())
    return seen, state


def slope(theta):
    """Of theta^2."""
    return 2 * theta


def test_sgd_moves_against_the_gradient():
    seen, _ = walk(sgd_step, [1.0], [slope, slope], 0.1)
    expect_close(
        seen,
        [[0.8], [0.64]],
        tol=1e-15,
        what="two steps of SGD on theta^2 from 1 with lr 0.1",
        idea="theta - lr g: 1 - 0.1 * 2, then 0.8 - 0.1 * 1.6.",
        page=MOMENTUM,
    )
    _, state = sgd_step(np.ones(2), np.ones(2), {}, 0.1)
    expect_equal(state, {}, what="the state of SGD", idea="It remembers nothing.", page=MOMENTUM)


def test_sgd_hands_back_a_copy_of_the_state():
    given = {"note": 1}
    _, state = sgd_step(np.ones(2), np.ones(2), given, 0.1)
    expect_equal(
        state,
        {"note": 1},
        what="the state of SGD after it was given one",
        idea="It adds nothing and drops nothing.",
        page=MOMENTUM,
    )
    expect_true(
        state is not given,
        what="the state that SGD hands back",
        expected="another dict with the same content",
        got="the dict that it was given",
        idea="Whoever writes into the new state must not change the old one.",
        page=MOMENTUM,
    )


def test_momentum_remembers_with_weights_that_fade():
    g = [[1.0], [-2.0], [4.0], [0.0]]
    seen, state = walk(momentum_step, [0.0], g, 0.5, beta=0.5)
    expect_close(
        seen,
        [[-0.5], [0.25], [-1.375], [-2.1875]],
        tol=1e-15,
        what="four steps of momentum for g = 1, -2, 4, 0 with beta 0.5, lr 0.5",
        idea="Is your v a sum or a mean? Write the four velocities on paper, beginning with 1.",
        page=MOMENTUM,
    )
    expect_close(
        state["velocity"],
        [1.625],
        tol=1e-15,
        what="the velocity after them",
        idea="Which share of the oldest of the four gradients is left in v, and which of the newest? The key is 'velocity'.",
        page=MOMENTUM,
    )


def test_under_a_constant_push_momentum_goes_ten_times_as_fast():
    seen, state = walk(momentum_step, [0.0], [[1.0]] * 400, 0.01)
    expect_close(
        [state["velocity"][0], seen[-1][0] - seen[-2][0]],
        [10.0, -0.1],
        tol=1e-12,
        what="velocity and step after 400 gradients of 1 with beta 0.9, lr 0.01",
        idea="What do 1 + 0.9 + 0.81 + ... come to? If yours stays at 1, what became of the new state?",
        page=MOMENTUM,
    )


def test_nesterov_takes_the_next_step_of_momentum_already():
    g = [[1.0], [-2.0], [4.0], [0.0]]
    seen, state = walk(nesterov_step, [0.0], g, 0.5, beta=0.5)
    expect_close(
        seen,
        [[-0.75], [0.625], [-2.1875], [-2.59375]],
        tol=1e-15,
        what="four steps of Nesterov for g = 1, -2, 4, 0 with beta 0.5, lr 0.5",
        idea="The same v as momentum's. Which of its velocities does the step look ahead with, the old or the new one?",
        page=MOMENTUM,
    )
    expect_close(
        state["velocity"],
        [1.625],
        tol=1e-15,
        what="the velocity after them",
        idea="The velocity itself is momentum's.",
        page=MOMENTUM,
    )


def test_nesterov_is_momentum_with_the_gradient_taken_ahead():
    """Sutskever's form: v = mu v - lr f'(theta + mu v), theta += v; ours lives at theta + mu v."""
    lr, mu = 0.05, 0.8
    theta, v, ahead = 1.0, 0.0, []
    for _ in range(6):
        v = mu * v - lr * (4 * (theta + mu * v) ** 3)
        theta += v
        ahead.append([theta + mu * v])
    seen, _ = walk(nesterov_step, [1.0], [lambda th: 4 * th**3] * 6, lr, beta=mu)
    expect_close(
        seen,
        ahead,
        tol=1e-14,
        what="six steps on theta^4 against the look-ahead form",
        idea="Looking ahead and then stepping is this rule, written for the point that is looked at.",
        page=MOMENTUM,
    )


def test_without_memory_all_three_are_sgd():
    g = [[1.0, 2.0], [-3.0, 0.5], [0.25, -4.0]]
    plain, _ = walk(sgd_step, [1.0, 1.0], g, 0.1)
    for name in ("momentum_step", "nesterov_step"):
        seen, _ = walk(STEPS[name], [1.0, 1.0], g, 0.1, beta=0.0)
        expect_equal(
            seen,
            plain,
            what=f"{name} with beta = 0",
            idea="Then v is g, to the last bit.",
            page=MOMENTUM,
        )


def test_adam_by_hand():
    seen, state = walk(adam_step, [1.0], [slope, slope], 0.1)
    expect_close(
        seen,
        [[0.9], [0.8004122]],
        tol=1e-7,
        what="two steps of Adam on theta^2 from 1 with lr 0.1",
        idea="Page 06 has the table, row by row: at which number does yours part from it? If only the second step is wrong, "
        "does t count?",
        page=ADAM,
    )
    expect_close(
        [state["m"][0], state["v"][0], state["t"]],
        [0.36, 0.007236, 2],
        tol=1e-8,
        what="m, v and t after them",
        idea="Which means does the state keep, the corrected or the uncorrected ones? And from which number does t count?",
        page=ADAM,
    )


def test_the_first_step_of_adam_is_lr_whatever_the_gradient():
    g = np.array([1e-4, -3.0, 2e5, -1e-3])
    theta, _ = adam_step(np.zeros(4), g, {}, 0.01)
    expect_close(
        theta,
        -0.01 * np.sign(g),
        tol=2e-6,
        what="the first step for gradients from 0.0001 to 200,000",
        idea="One gradient: what should its mean be, and the mean of its square? Without the correction the step is 3.16 lr.",
        page=ADAM,
    )


def test_under_a_constant_gradient_every_step_of_adam_is_lr():
    seen, _ = walk(adam_step, [0.0], [[0.5]] * 300, 0.01)
    expect_close(
        [seen[i][0] for i in (0, 1, 9, 99, 299)],
        [-0.01, -0.02, -0.1, -1.0, -3.0],
        tol=1e-6,
        what="where Adam is after 1, 2, 10, 100 and 300 gradients of 0.5, lr 0.01",
        idea="What are the corrected means of a constant? If only the first step is right, which number of yours stands still?",
        page=ADAM,
    )


def test_eps_stands_outside_the_root():
    theta, _ = adam_step(np.zeros(1), np.array([1e-3]), {}, 1.0, eps=1e-3)
    expect_close(
        theta,
        [-0.5],
        tol=1e-12,
        what="the first step for g = 0.001 with eps = 0.001",
        idea="Where does eps stand, and in which unit is it? Inside the root the step would be 0.03 and not a half.",
        page=ADAM,
    )


def test_adam_agrees_with_a_hundred_steps_of_plain_python():
    def reference(curvature, theta, lr, b1, b2, eps):
        m = v = 0.0
        for t in range(1, 101):
            g = curvature * theta
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            theta -= lr * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + eps)
        return theta

    scale = np.array([1.0, 10.0, 0.1, 500.0, 3.0])
    theta, state = np.array([1.0, -1.0, 2.0, 0.3, -4.0]), {}
    start = theta.copy()
    for _ in range(100):
        theta, state = adam_step(theta, scale * theta, state, 0.03, 0.8, 0.95, 1e-6)
    expect_close(
        theta,
        [reference(c, s, 0.03, 0.8, 0.95, 1e-6) for c, s in zip(scale, start, strict=True)],
        tol=1e-12,
        what="100 steps on five parabolas, beta1 0.8, beta2 0.95, eps 1e-6",
        idea="Each coordinate on its own, with the settings that were passed, not the defaults.",
        page=ADAM,
    )


def test_decay_shrinks_the_old_weights_past_the_moments():
    theta, state = adamw_step(np.array([2.0, -4.0]), np.zeros(2), {}, 0.1, weight_decay=0.5)
    expect_close(
        theta,
        [1.9, -3.8],
        tol=1e-15,
        what="AdamW with zero gradients, lr 0.1, decay 0.5",
        idea="With no gradient only the decay is left. By which factor does it shrink a weight?",
        page=ADAM,
    )
    expect_equal(
        (state["m"].tolist(), state["v"].tolist()),
        ([0.0, 0.0], [0.0, 0.0]),
        what="m and v after that step",
        idea="The decay never enters the gradient: that is what 'decoupled' means.",
        page=ADAM,
    )
    g = np.array([100.0, 1e-4])
    plain, _ = adam_step(np.ones(2), g, {}, 0.1)
    decayed, _ = adamw_step(np.ones(2), g, {}, 0.1, weight_decay=0.01)
    expect_close(
        plain - decayed,
        [0.001, 0.001],
        tol=1e-12,
        what="what the decay takes from two weights of 1 with gradients 100 and 0.0001",
        idea="Two equal weights: should the decay take more from one of them? What does Adam do to whatever stands inside the gradient?",
        page=ADAM,
    )


def test_adamw_hands_its_settings_on():
    g = [[1.0, -3.0], [0.5, 2.0], [-4.0, 0.1]]
    settings = {"beta1": 0.5, "beta2": 0.7, "eps": 0.1}
    expect_equal(
        walk(adamw_step, [1.0, 2.0], g, 0.02, **settings)[0],
        walk(adam_step, [1.0, 2.0], g, 0.02, **settings)[0],
        what="three steps of AdamW without decay, beta1 0.5, beta2 0.7, eps 0.1",
        idea="Which settings does Adam's part get: those that were passed, or the defaults?",
        page=ADAM,
    )


def test_adamw_without_decay_is_adam():
    rng = np.random.default_rng(1)
    g = rng.normal(size=(50, 3)).tolist()
    expect_equal(
        walk(adamw_step, [1.0, 2.0, 3.0], g, 0.02, weight_decay=0.0)[0],
        walk(adam_step, [1.0, 2.0, 3.0], g, 0.02)[0],
        what="50 steps of AdamW with weight_decay = 0",
        idea="The same to the last bit.",
        page=ADAM,
    )


def test_a_zero_gradient_at_rest_moves_nothing():
    for name, step in STEPS.items():
        theta, _ = step(np.array([1.0, -2.0]), np.zeros(2), {}, 0.1)
        expect_equal(
            theta,
            np.array([1.0, -2.0]),
            what=f"{name} with a zero gradient and no history",
            idea="0 / (0 + eps) is 0.",
            page=ADAM if "adam" in name else MOMENTUM,
        )


def test_a_step_changes_nothing_that_it_was_given():
    for name, step in STEPS.items():
        theta, g = np.array([1.0, -2.0]), np.array([0.5, 3.0])
        first, state = step(theta, g, {}, 0.1)
        kept = copy.deepcopy((first, g, state))
        second, newer = step(first, g, state, 0.1)
        second += 1
        for value in newer.values():
            if isinstance(value, np.ndarray):
                value += 1
        same = (
            np.array_equal(first, kept[0])
            and np.array_equal(g, kept[1])
            and state.keys() == kept[2].keys()
            and all(np.array_equal(state[k], kept[2][k]) for k in state)
        )
        expect_true(
            same,
            what=f"params, grads and state after {name}, and after writing into what it returned",
            expected="unchanged",
            got="changed",
            idea="No -=, no state[...] =: build new arrays and a new dict. Then any step can be run again.",
            page=MOMENTUM,
        )


def test_the_dtype_stays_and_every_shape_goes():
    for name, step in STEPS.items():
        for dtype in (np.float32, np.float64):
            for shape in ((), (3,), (2, 3), (0,)):
                theta, state = np.ones(shape, dtype), {}
                for _ in range(2):
                    theta, state = step(theta, np.ones(shape, dtype), state, np.float64(0.1))
                got = [a for a in (theta, *state.values()) if not isinstance(a, int)]
                expect_true(
                    all(np.asarray(a).dtype == dtype and np.shape(a) == shape for a in got),
                    what=f"{name} on {np.dtype(dtype).name} of shape {shape}, lr a numpy float",
                    expected="parameters and moments of the same dtype and shape",
                    got=[(np.asarray(a).dtype.name, np.shape(a)) for a in got],
                    idea="The given first line made lr a plain float: those don't widen float32.",
                    page=MOMENTUM,
                )


def test_what_is_no_gradient_is_refused():
    one = np.ones(2)
    for name, step in STEPS.items():
        for what, params, grads, lr, kind, mentions in [
            ("another shape", one, np.ones((2, 1)), 0.1, ValueError, "grads must match params"),
            ("another dtype", one, one.astype(np.float32), 0.1, ValueError, "grads must match"),
            ("NaN in grads", one, one * np.nan, 0.1, ValueError, "2 NaN or inf among 2"),
            ("integers", np.array([1, 2]), np.array([1, 2]), 0.1, TypeError, "int64"),
            ("float16", one.astype(np.float16), one.astype(np.float16), 0.1, TypeError, "float16"),
            ("a list", [1.0], one, 0.1, TypeError, "list"),
            ("lr below 0", one, one, -0.1, ValueError, "lr must"),
            ("lr = nan", one, one, math.nan, ValueError, "lr must"),
            ("lr = inf", one, one, math.inf, ValueError, "lr must"),
            ("a word for lr", one, one, "0.1", TypeError, "lr must"),
        ]:
            with expect_raises(
                kind,
                what=f"{name} with {what}",
                mentions=mentions,
                idea="The given first lines refuse it; leave them where they are.",
                page=MOMENTUM,
            ):
                step(params, grads, {}, lr)


def test_settings_out_of_range_are_refused():
    one = np.ones(2)
    for step, options, mentions in [
        (momentum_step, {"beta": 1.0}, "beta must"),
        (nesterov_step, {"beta": -0.1}, "beta must"),
        (adam_step, {"beta1": 1.0}, "beta1 must"),
        (adam_step, {"beta2": math.nan}, "beta2 must"),
        (adam_step, {"eps": 0.0}, "eps must"),
        (adamw_step, {"weight_decay": -0.01}, "weight_decay must"),
        (adamw_step, {"weight_decay": math.inf}, "weight_decay must"),
    ]:
        with expect_raises(
            ValueError,
            what=f"{step.__name__} with {options}",
            mentions=mentions,
            idea="beta = 1 would never forget; eps = 0 divides 0 by 0.",
            page=ADAM,
        ):
            step(one, one, {}, 0.1, **options)


def test_a_square_that_overflows_is_refused():
    for dtype, size in ((np.float32, 2e19), (np.float64, 2e154)):
        with expect_raises(
            ValueError,
            what=f"adam_step for a {np.dtype(dtype).name} gradient of {size:g}",
            mentions="to be squared",
            idea="v would be inf for ever, and every later step 0, with no complaint.",
            page=ADAM,
        ):
            adam_step(np.ones(1, dtype), np.full(1, size, dtype), {}, 0.1)


def test_a_foreign_state_is_refused():
    one, two = np.ones(2), np.ones(3)
    _, velocity = momentum_step(one, one, {}, 0.1)
    _, moments = adam_step(one, one, {}, 0.1)
    for what, step, params, state, mentions in [
        ("Adam's state for momentum", momentum_step, one, moments, "velocity"),
        ("momentum's state for Adam", adam_step, one, velocity, "another optimizer"),
        ("another parameter's state for momentum", momentum_step, two, velocity, "(3,)"),
        ("another parameter's state for Adam", adam_step, two, moments, "(3,)"),
        ("moments without t", adam_step, one, {"m": one, "v": one}, "'t'"),
    ]:
        with expect_raises(
            ValueError,
            what=what,
            mentions=mentions,
            idea="Read the state through _memory and _count: they refuse what isn't yours.",
            page=ADAM,
        ):
            step(params, params, state, 0.1)
