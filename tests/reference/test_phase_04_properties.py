"""Properties of phase 04 that hold for any input: derivatives, optimizers, schedules."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import assume, settings
from hypothesis import given as examples
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from minigrad import optim, schedules
from minigrad.jacobians import (
    complex_jacobian,
    cross_entropy,
    cross_entropy_gradient,
    mlp,
    mlp_gradients,
    softmax,
    softmax_jacobian,
    softmax_vjp,
)


def given(*strategies: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """Hypothesis's `given` with the same 60 examples on every run, and no deadline: machines differ."""

    def decorate(test: Any) -> Any:
        return settings(deadline=None, max_examples=60, derandomize=True)(
            examples(*strategies)(test)
        )

    return decorate


STEPS = {
    "sgd": optim.sgd_step,
    "momentum": optim.momentum_step,
    "nesterov": optim.nesterov_step,
    "adam": optim.adam_step,
    "adamw": optim.adamw_step,
}
step_names = st.sampled_from(sorted(STEPS))
rates = st.floats(1e-4, 0.5)
logits = arrays(np.float64, st.integers(1, 8), elements=st.floats(-30, 30))


def vectors(n: int, size: float = 3.0) -> st.SearchStrategy[Any]:
    """(n,) float64 arrays with entries up to `size`, none below 1e-6 in size except 0."""
    entry = st.floats(-size, size).filter(lambda x: x == 0 or abs(x) > 1e-6)
    return arrays(np.float64, n, elements=entry)


def walk(step: Any, start: Any, gradients: list[Any], lr: float, **options: Any) -> list[Any]:
    """The points after each of the gradients."""
    point, state, seen = start, {}, []
    for g in gradients:
        point, state = step(point, g, state, lr, **options)
        seen.append(point)
    return seen


# derivatives


@given(logits, st.floats(-1e3, 1e3))
def test_softmax_ignores_a_common_shift(z: Any, shift: float) -> None:
    assert np.allclose(softmax(z), softmax(z + shift), rtol=1e-10, atol=1e-15)
    assert math.isclose(softmax(z).sum(), 1.0, rel_tol=1e-14)


@given(logits)
def test_the_softmax_jacobian_is_symmetric_semidefinite_and_kills_ones(z: Any) -> None:
    j = softmax_jacobian(z)
    assert np.array_equal(j, j.T)
    assert np.abs(j.sum(axis=1)).max() < 1e-15
    assert np.linalg.eigvalsh(j).min() > -1e-15
    assert np.linalg.eigvalsh(j).max() <= 0.5 + 1e-15


@given(logits)
def test_the_softmax_jacobian_is_what_the_complex_step_says(z: Any) -> None:
    assert np.abs(softmax_jacobian(z) - complex_jacobian(softmax, z)).max() < 1e-15


@given(st.data(), logits)
def test_the_vector_product_is_the_matrix_product(data: Any, z: Any) -> None:
    g = data.draw(vectors(len(z)))
    assert np.allclose(softmax_vjp(z, g), g @ softmax_jacobian(z), rtol=1e-12, atol=1e-14)


@given(st.data(), arrays(np.float64, st.integers(2, 8), elements=st.floats(-500, 500)))
def test_the_loss_gradient_sums_to_zero_and_follows_the_complex_step(data: Any, z: Any) -> None:
    y = data.draw(st.integers(0, len(z) - 1))
    g = cross_entropy_gradient(z, y)
    assert abs(g.sum()) < 1e-15 * len(z)
    assert g[y] <= 0 and (np.delete(g, y) >= 0).all()
    assert np.abs(g - complex_jacobian(lambda v: cross_entropy(v, y), z)[0]).max() < 1e-14
    assert cross_entropy(z, y) >= 0


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 5), st.integers(1, 4))
def test_network_gradients_follow_the_complex_step(seed: int, n: int, m: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    net = [rng.normal(size=s) for s in ((n,), (m, n), (m,), (k, m), (k,))]
    g = rng.normal(size=k)
    assume(np.abs(mlp(*net)[1]).min() > 1e-9)

    def loss(vec: Any, i: int) -> Any:
        other = list(net)
        other[i] = vec.reshape(net[i].shape)
        return g @ mlp(*other)[0]

    for i, gradient in enumerate(mlp_gradients(*net, g)):
        witness = complex_jacobian(lambda v, i=i: loss(v, i), net[i].ravel())[0]
        assert np.allclose(gradient.ravel(), witness, rtol=1e-12, atol=1e-13)


# optimizers


@given(vectors(4, 1e6).filter(lambda g: np.abs(g).min() > 1e-3), rates)
def test_adams_first_step_has_length_lr_in_every_coordinate(g: Any, lr: float) -> None:
    (point,) = walk(optim.adam_step, np.zeros(4), [g], lr)
    assert np.allclose(point, -lr * np.sign(g), rtol=2e-5, atol=0)


@given(st.lists(vectors(3), min_size=1, max_size=12), rates)
def test_adam_never_steps_much_farther_than_its_bound(gs: list[Any], lr: float) -> None:
    """|m_hat| / sqrt(v_hat) <= (1 - b1) / sqrt(1 - b2) max over the warm-up: Kingma and Ba 2015, section 2.1."""
    path = [np.zeros(3), *walk(optim.adam_step, np.zeros(3), gs, lr)]
    bound = lr * max(1.0, (1 - 0.9) / math.sqrt(1 - 0.999)) * (1 + 1e-9)
    assert all(np.abs(b - a).max() <= bound for a, b in itertools.pairwise(path))


@given(st.lists(vectors(3), min_size=1, max_size=6), rates, st.integers(-12, 12))
def test_adam_ignores_the_scale_of_the_loss_if_eps_scales_too(
    gs: list[Any], lr: float, power: int
) -> None:
    """Powers of two round nothing, so the paths are equal to the last bit."""
    scale = 2.0**power
    plain = walk(optim.adam_step, np.ones(3), gs, lr)
    scaled = walk(optim.adam_step, np.ones(3), [scale * g for g in gs], lr, eps=1e-8 * scale)
    assert all(np.array_equal(a, b) for a, b in zip(plain, scaled, strict=True))


@given(step_names, st.lists(vectors(4), min_size=1, max_size=6), rates, st.permutations(range(4)))
def test_coordinates_do_not_know_each_other(
    name: str, gs: list[Any], lr: float, order: list[int]
) -> None:
    plain = walk(STEPS[name], np.arange(4.0), gs, lr)
    shuffled = walk(STEPS[name], np.arange(4.0)[order], [g[order] for g in gs], lr)
    assert all(np.array_equal(a[order], b) for a, b in zip(plain, shuffled, strict=True))


@given(step_names, vectors(2), vectors(2), st.floats(1e-4, 0.05))
def test_a_moved_landscape_gives_a_moved_path(name: str, start: Any, shift: Any, lr: float) -> None:
    """Translation equivariance, for all but weight decay, which has an origin."""
    curvature = np.array([1.0, 7.0])
    here = optim.descend(STEPS[name], lambda p: curvature * p, start, lr, 20)
    there = optim.descend(STEPS[name], lambda p: curvature * (p - shift), start + shift, lr, 20)
    if name.startswith("adam"):
        assume(
            np.abs(curvature * here).min() > 1e-3
        )  # near a zero gradient, Adam amplifies rounding
    assert np.allclose(there, here + shift, rtol=0, atol=1e-9)


@given(vectors(3), st.floats(0.01, 0.3), st.integers(0, 30))
def test_sgd_on_a_parabola_is_its_closed_form(start: Any, lr: float, n: int) -> None:
    curvature = np.array([0.5, 2.0, 5.0])
    path = optim.descend(optim.sgd_step, lambda p: curvature * p, start, lr, n)
    assert np.allclose(path[-1], start * (1 - lr * curvature) ** n, rtol=1e-11, atol=1e-12)


@given(st.lists(vectors(2), min_size=1, max_size=15), rates, st.floats(0, 0.99))
def test_the_velocity_is_the_faded_sum(gs: list[Any], lr: float, beta: float) -> None:
    state: dict[str, Any] = {}
    point = np.zeros(2)
    for g in gs:
        point, state = optim.momentum_step(point, g, state, lr, beta)
    wanted = sum(beta ** (len(gs) - 1 - k) * g for k, g in enumerate(gs))
    assert np.allclose(state["velocity"], wanted, rtol=1e-11, atol=1e-12)


@given(st.lists(vectors(2), min_size=1, max_size=15), rates, st.floats(0, 0.99))
def test_nesterov_is_momentum_looked_at_one_push_later(
    gs: list[Any], lr: float, beta: float
) -> None:
    """Under the same gradients, nesterov_k = momentum_k - lr beta v_k."""
    heavy, state = np.zeros(2), {}
    ahead = walk(optim.nesterov_step, np.zeros(2), gs, lr, beta=beta)
    total = np.zeros(2)
    for g, seen in zip(gs, ahead, strict=True):
        heavy, state = optim.momentum_step(heavy, g, state, lr, beta)
        total = total + lr * (g + beta * state["velocity"])
        assert np.allclose(seen, -total, rtol=1e-10, atol=1e-12)


@given(st.floats(0, 0.999), st.integers(1, 200), st.floats(-5, 5))
def test_corrected_means_of_a_constant_are_the_constant(beta: float, n: int, g: float) -> None:
    assume(abs(g) > 1e-3)
    state: dict[str, Any] = {}
    for _ in range(n):
        _, state = optim.adam_step(np.zeros(1), np.array([g]), state, 0.1, beta, beta)
    assert math.isclose(state["m"][0] / (1 - beta**n), g, rel_tol=1e-9)
    assert math.isclose(state["v"][0] / (1 - beta**n), g * g, rel_tol=1e-9)


@given(vectors(3), rates, st.floats(0, 1), st.integers(1, 20))
def test_decay_alone_is_a_power(start: Any, lr: float, decay: float, n: int) -> None:
    zero = np.zeros(3)
    point = walk(optim.adamw_step, start, [zero] * n, lr, weight_decay=decay)[-1]
    assert np.allclose(point, start * (1 - lr * decay) ** n, rtol=1e-12, atol=0)


@given(st.lists(vectors(3), min_size=1, max_size=10), rates)
def test_adamw_without_decay_is_adam(gs: list[Any], lr: float) -> None:
    plain = walk(optim.adam_step, np.ones(3), gs, lr)
    other = walk(optim.adamw_step, np.ones(3), gs, lr, weight_decay=0.0)
    assert all(np.array_equal(a, b) for a, b in zip(plain, other, strict=True))


@given(step_names, vectors(3), vectors(3))
def test_a_rate_of_zero_moves_nothing_and_still_remembers(name: str, start: Any, g: Any) -> None:
    point, state = STEPS[name](start, g, {}, 0.0)
    assert np.array_equal(point, start)
    assert name == "sgd" or any(np.any(v) for v in state.values())


@given(vectors(2), vectors(2), st.floats(1e-4, 1e-3))
def test_a_path_can_be_cut_and_resumed(start: Any, shift: Any, lr: float) -> None:
    gs = [np.sin(start + k * shift) for k in range(10)]
    for step in STEPS.values():
        whole = walk(step, start, gs, lr)[-1]
        point, state = start, {}
        for g in gs[:4]:
            point, state = step(point, g, state, lr)
        kept = {k: (v.copy() if isinstance(v, np.ndarray) else v) for k, v in state.items()}
        for g in gs[4:]:
            point, kept = step(point, g, kept, lr)
        assert np.array_equal(point, whole)


# schedules


@given(st.floats(0, 10), st.floats(0, 1), st.lists(st.integers(0, 3000), min_size=4, max_size=4))
def test_schedules_stay_in_range_fall_after_their_peak_and_do_not_jump(
    lr_max: float, share: float, counts: list[int]
) -> None:
    lr_min = share * lr_max
    warmup, stable, total, t = (*sorted(counts[:3]), counts[3])
    for schedule, options, ramp in [
        (schedules.cosine, {"total_steps": total}, 0),
        (schedules.warmup_cosine, {"warmup_steps": warmup, "total_steps": total}, warmup),
        (
            schedules.wsd,
            {"warmup_steps": warmup, "stable_until": stable, "total_steps": total},
            warmup,
        ),
    ]:
        now, then = (schedule(u, lr_max=lr_max, lr_min=lr_min, **options) for u in (t, t + 1))
        slack = 1e-12 * (1 + lr_max)
        assert -slack <= now <= lr_max + slack
        assert t < ramp or now >= lr_min - slack
        if t + 1 < ramp:
            assert then >= now - slack
        elif t >= ramp:
            assert then <= now + slack
        assert schedule(total + t, lr_max=lr_max, lr_min=lr_min, **options) == lr_min
        shortest = min(n for n in (ramp, total - ramp, total - stable, total, 3000) if n > 0)
        assert t >= total - 1 or abs(then - now) <= lr_max * math.pi / 2 / shortest + slack


@given(st.integers(0, 5000), st.integers(1, 100), st.floats(0, 1))
def test_a_staircase_never_rises(t: int, step_size: int, gamma: float) -> None:
    now, then = (schedules.step_decay(u, 1.0, step_size, gamma) for u in (t, t + 1))
    assert 0 <= then <= now <= 1
    assert (t + 1) % step_size == 0 or now == then
