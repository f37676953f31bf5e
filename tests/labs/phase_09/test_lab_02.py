"""Lab 09.2: SGD, momentum, Nesterov, Adam and AdamW against numbers computed by hand and by a scalar reference."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises
from minitorch import optim
from minitorch.tensor import Tensor

STEP, ADAM = "theory/02-one-step-of-an-optimizer.md", "theory/03-adam-and-its-bias.md"


def path(make, steps=3, start=(1.0, -2.0), slope=lambda p: 2 * p):
    """Where an optimizer takes p on sum(p^2), without the start."""
    p = Tensor(np.array(start), requires_grad=True)
    optimizer, places = make([p]), []
    for _ in range(steps):
        p.grad = slope(p.data.copy())
        optimizer.step()
        places.append(p.numpy())
    return np.array(places)


def test_plain_descent():
    expect_close(path(lambda p: optim.SGD(p, lr=0.1)), np.array([[0.8, -1.6], [0.64, -1.28], [0.512, -1.024]]), tol=1e-12, what="three steps of SGD(lr=0.1) on sum(p^2) from (1, -2)", idea="Against the gradient: how far?", page=STEP)  # fmt: skip


def test_momentum_is_not_dampened():
    ones = lambda p: np.ones_like(p)  # noqa: E731
    got = path(lambda p: optim.SGD(p, lr=1.0, momentum=0.5), start=(0.0,), slope=ones)
    expect_close(got[:, 0], np.array([-1.0, -2.5, -4.25]), tol=1e-12, what="SGD(lr=1, momentum=0.5) with a gradient of 1 all along", idea="The steps are 1, 1.5, 1.75. Towards which size do they go in PyTorch's convention?", page=STEP)  # fmt: skip


def test_nesterov_looks_ahead():
    ones = lambda p: np.ones_like(p)  # noqa: E731
    got = path(
        lambda p: optim.SGD(p, lr=1.0, momentum=0.5, nesterov=True), start=(0.0,), slope=ones
    )
    expect_close(got[:, 0], np.array([-1.5, -3.25, -5.125]), tol=1e-12, what="the same with nesterov=True", idea="The first step is 1.5 already: which velocity has been looked at, the old or the new one?", page=STEP)  # fmt: skip


def test_weight_decay_of_sgd_is_part_of_the_gradient():
    got = path(lambda p: optim.SGD(p, lr=0.1, weight_decay=0.5), steps=1, slope=np.zeros_like)
    expect_close(got[0], np.array([0.95, -1.9]), tol=1e-12, what="one step with weight_decay=0.5 and no gradient", idea="Decay is the gradient of what? It pulls towards 0 as any gradient would.", page=STEP)  # fmt: skip


def test_adams_first_step_has_the_size_of_the_rate():
    got = path(lambda p: optim.Adam(p, lr=0.01), steps=1, start=(1.0, -2.0, 1e-3))
    expect_close(got[0] - np.array([1.0, -2.0, 1e-3]), np.array([-0.01, 0.01, -0.01]), tol=1e-4, what="Adam's first step for gradients 2, -4 and 0.002", idea="After one gradient, what should each mean be? Compare with what it is before the correction.", page=ADAM)  # fmt: skip


def adam(p, lr, b1, b2, eps, wd, decoupled, steps):
    """The formula once more, in plain floats."""
    m = v = 0.0
    places = []
    for t in range(1, steps + 1):
        g = 4 * p**3 - 2 * p + 0.3
        if decoupled:
            p *= 1 - lr * wd
        else:
            g += wd * p
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        p -= lr * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + eps)
        places.append(p)
    return places


def test_adam_follows_the_formula_for_a_hundred_steps():
    slope = lambda p: 4 * p**3 - 2 * p + 0.3  # noqa: E731
    for name, kind, wd in (("Adam", optim.Adam, 0.0), ("Adam with weight_decay", optim.Adam, 0.1), ("AdamW", optim.AdamW, 0.1)):  # fmt: skip
        got = path(lambda p, k=kind, w=wd: k(p, lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=w), steps=100, start=(1.5,), slope=slope)  # fmt: skip
        want = adam(1.5, 0.05, 0.8, 0.95, 1e-3, wd, kind is optim.AdamW, 100)
        expect_close(got[:, 0], np.array(want), tol=1e-10, what=f"100 steps of {name}", idea="Where does eps stand, from what does t count, and which of the two means sees the decay?", page=ADAM)  # fmt: skip


def test_steps_use_the_newest_gradient_only():
    p = Tensor(np.zeros(1), requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0)
    places = []
    for _ in range(3):
        optimizer.zero_grad()
        (p * 0 + p).backward(np.ones(1))
        optimizer.step()
        places.append(float(p.data[0]))
    expect_close(places, [-1.0, -2.0, -3.0], tol=1e-12, what="three steps of rate 1 with a gradient of 1 each", idea="Gradients add up until zero_grad forgets them.", page=STEP)  # fmt: skip


def test_each_parameter_has_its_own_state():
    a, b = (Tensor(np.ones(1), requires_grad=True) for _ in "ab")
    optimizer = optim.Adam([a, b], lr=0.1)
    a.grad = np.ones(1)
    for _ in range(3):
        optimizer.step()
    b.grad = np.ones(1)
    optimizer.step()
    expect_equal((optimizer.state[a]["t"], optimizer.state[b]["t"]), (4, 1), what="the step counts of two parameters, the second with a gradient from step 4 on", idea="Without a gradient there is no step, and t is the parameter's (given by Optimizer.step).", page=ADAM)  # fmt: skip
    expect_close(float(b.data[0]), 0.9, tol=1e-6, what="the second one's first step", idea="Its own t = 1 decides the correction.", page=ADAM)  # fmt: skip


def test_the_gradient_is_not_changed():
    p = Tensor(np.array([1.0]), requires_grad=True)
    for kind, settings in ((optim.SGD, {"momentum": 0.9, "weight_decay": 0.1}), (optim.Adam, {"weight_decay": 0.1}), (optim.AdamW, {})):  # fmt: skip
        p.grad = np.array([3.0])
        optimizer = kind([p], lr=0.1, **settings)
        optimizer.step()
        optimizer.step()
        expect_close(p.grad, np.array([3.0]), tol=0, what=f"the gradient after two steps of {kind.__name__}", idea="Whose array is g? Which way of adding makes a new one, and which changes the one that is there?", page=STEP)  # fmt: skip


def test_float32_stays_float32():
    p = Tensor(np.ones(3, np.float32), requires_grad=True)
    p.grad = np.ones(3, np.float32)
    optimizer = optim.AdamW([p])
    optimizer.step()
    expect_equal((str(p.dtype), str(optimizer.state[p]["m"].dtype)), ("float32", "float32"), what="dtypes of a float32 parameter and its state after a step", idea="np.zeros_like(p).", page=ADAM)  # fmt: skip


def test_clipping_scales_all_gradients_alike():
    a, b, c = (Tensor(np.zeros(n), requires_grad=True) for n in (2, 1, 1))
    a.grad, b.grad = np.array([3.0, 0.0]), np.array([4.0])
    norm = optim.clip_grad_norm_([a, b, c], 1.0)
    expect_close([norm, *a.grad, *b.grad], [5.0, 0.6, 0.0, 0.8], tol=1e-5, what="the norm, and the gradients (3, 0) and (4) clipped to a joint norm of 1", idea="The direction stays. How many factors can there be?", page=STEP)  # fmt: skip
    expect_close(optim.clip_grad_norm_([a, b], 10.0), 1.0, tol=1e-5, what="the norm of what is short enough", idea="Only larger ones are scaled.", page=STEP)  # fmt: skip
    expect_close([*a.grad, *b.grad], [0.6, 0.0, 0.8], tol=1e-5, what="gradients that were short enough", idea="Unchanged.", page=STEP)  # fmt: skip


def test_a_rate_that_changes_takes_effect_at_once():
    p = Tensor(np.zeros(1), requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0, momentum=0.5)
    for rate in (1.0, 0.1):
        optimizer.param_groups[0]["lr"] = rate
        p.grad = np.ones(1)
        optimizer.step()
    expect_close(float(p.data[0]), -1.15, tol=1e-12, what="SGD(momentum=0.5) with a gradient of 1, at rate 1 and then at 0.1", idea="The second step is 1.5 times the new rate. What does the velocity remember: gradients, or steps?", page=STEP)  # fmt: skip


def test_decay_goes_through_the_velocity():
    got = path(lambda p: optim.SGD(p, lr=0.1, momentum=0.5, weight_decay=0.5), steps=2, slope=np.zeros_like)  # fmt: skip
    expect_close(got[:, 0], np.array([0.95, 0.8775]), tol=1e-12, what="two steps from 1 with momentum=0.5, weight_decay=0.5 and no gradient", idea="Decay is a gradient like any other here, so it fades like any other.", page=STEP)  # fmt: skip


def test_an_old_gradient_is_left_alone():
    p = Tensor(np.zeros(1), requires_grad=True)
    optimizer = optim.SGD([p], lr=1.0, momentum=0.5)
    first = p.grad = np.array([3.0])
    optimizer.step()
    p.grad = np.array([1.0])
    optimizer.step()
    expect_close(first, np.array([3.0]), tol=0, what="the first step's gradient after the second step", idea="Is the velocity an array of its own?", page=STEP)  # fmt: skip


def test_states_have_the_parameters_dtype():
    p = Tensor(np.ones(3, np.float32), requires_grad=True)
    for kind, settings, names in ((optim.SGD, {"momentum": 0.9}, ("velocity",)), (optim.Adam, {}, ("m", "v"))):  # fmt: skip
        p.grad = np.ones(3, np.float32)
        optimizer = kind([p], lr=0.1, **settings)
        optimizer.step()
        expect_equal([str(optimizer.state[p][n].dtype) for n in names], ["float32"] * len(names), what=f"the dtypes of {names} of {kind.__name__} for a float32 parameter", idea="A state of another width doubles its memory.", page=STEP)  # fmt: skip


def test_clipping_measures_one_length_and_refuses_what_has_none():
    a, b = (Tensor(np.zeros(2), requires_grad=True) for _ in "ab")
    a.grad, b.grad = np.array([1.0, 2.0]), np.array([2.0, 4.0])
    expect_close(optim.clip_grad_norm_([a, b], 100.0), 5.0, tol=1e-12, what="the norm of (1, 2) and (2, 4)", idea="The length of one vector of four numbers.", page=STEP)  # fmt: skip
    for bad in (np.nan, np.inf):
        a.grad, b.grad = np.array([bad, 2.0]), np.array([2.0, 4.0])
        with expect_raises(ValueError, what=f"clipping with a gradient of {bad}", idea="What would one factor make of all the others?", page=STEP):  # fmt: skip
            optim.clip_grad_norm_([a, b], 1.0)
        expect_close(b.grad, np.array([2.0, 4.0]), tol=0, what="the other gradient after the refusal", idea="Refuse before anything is scaled.", page=STEP)  # fmt: skip
    still = Tensor(np.zeros(1), requires_grad=True)
    expect_close(optim.clip_grad_norm_([still], 1.0), 0.0, tol=0, what="the norm where nothing has a gradient", idea="A sum of nothing.", page=STEP)  # fmt: skip
