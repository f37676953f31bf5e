"""Optimizers as pure steps, (params, grads, state, lr) -> (new params, new state), and a valley to race them in.

No step changes what it is given. `{}` is the state before the first step; keep what comes back and hand it in again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
State = dict[str, Any]
Step = Callable[..., tuple[Array, State]]


def _check(params: Array, grads: Array, lr: float) -> float:
    """lr as a plain float, if a step can be taken with these three.

    float16 is refused: in it v = g^2 and eps = 1e-8 vanish. Keep a float32 copy of such weights and step on that.
    A gradient with NaN or inf is refused because every later state would remember it.
    """
    for name, a in (("params", params), ("grads", grads)):
        if not isinstance(a, np.ndarray | np.generic) or a.dtype not in (np.float32, np.float64):
            got = getattr(a, "dtype", type(a).__name__)
            raise TypeError(f"{name} must be a float32 or float64 array, got {got}")
    if grads.shape != params.shape or grads.dtype != params.dtype:
        raise ValueError(
            f"grads must match params, {params.dtype} {params.shape}, got {grads.dtype} {grads.shape}"
        )
    if not np.isfinite(grads).all():
        bad = int((~np.isfinite(grads)).sum())
        raise ValueError(f"grads must be finite, got {bad} NaN or inf among {grads.size}")
    return _number("lr", lr)


def _number(name: str, value: object, below: float = math.inf) -> float:
    """`value` as a plain float, which can't widen float32. ValueError unless 0 <= value < below."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    number = float(value)
    if not 0 <= number < below:
        limit = f"below {below:g}" if below < math.inf else "finite"
        raise ValueError(f"{name} must be at least 0 and {limit}, got {number}")
    return number


def _memory(state: Mapping[str, Any], name: str, params: Array) -> Array:
    """What `state` remembers under `name`; zeros like params where it is empty. ValueError for another's state."""
    if not state:
        return np.zeros_like(params)
    if name not in state:
        raise ValueError(f"state has no {name!r}, only {sorted(state)}: is it another optimizer's?")
    value = np.asarray(state[name])
    if value.shape != params.shape or value.dtype != params.dtype:
        raise ValueError(
            f"state {name!r} must match params, {params.dtype} {params.shape}, "
            f"got {value.dtype} {value.shape}: is it another parameter's?"
        )
    return value


def _count(state: Mapping[str, Any]) -> int:
    """How many steps `state` has seen; 0 where it is empty. ValueError for a state that doesn't say."""
    if state and "t" not in state:
        raise ValueError(f"state has no 't', only {sorted(state)}: is it another optimizer's?")
    return int(state["t"]) if state else 0


def _check_square(grads: Array, eps: float) -> float:
    """eps as a plain float above 0. Raises ValueError, also for a gradient whose square is no finite number.

    Such a v would be inf for ever, and every later step 0.
    """
    most = float(np.sqrt(np.finfo(grads.dtype).max))
    if grads.size and np.abs(grads).max() >= most:
        largest = np.abs(grads).max()
        raise ValueError(f"grads must be below {most:.1e} to be squared, got {largest:.1e}")
    eps = _number("eps", eps)
    if eps == 0:
        raise ValueError("eps must be above 0, got 0: a gradient of 0 would give 0 / 0")
    return eps


def sgd_step(
    params: Array, grads: Array, state: Mapping[str, Any], lr: float
) -> tuple[Array, State]:
    """theta - lr g.

    Args of every step here:
        params: float32 or float64, any shape: empty too, and () for a single number.
        grads: dL/dparams, same shape and dtype, finite.
        state: what the last step returned, `{}` at first.
        lr: learning rate, finite, at least 0.

    Returns:
        New params and new state, in new arrays of the same shape and dtype. This state is always a copy of the old.
        NaN or inf in params stays where it is.

    Raises:
        TypeError: params or grads aren't such arrays, or a setting is no number.
        ValueError: shapes or dtypes differ, a gradient is NaN or infinite, a number is out of range, or the state
            belongs to another optimizer or another parameter.
    """
    lr = _check(params, grads, lr)
    raise NotImplementedError("Lab 04.3 - sgd_step")


def momentum_step(
    params: Array, grads: Array, state: Mapping[str, Any], lr: float, beta: float = 0.9
) -> tuple[Array, State]:
    """v = beta v + g; theta - lr v. Heavy ball, Polyak 1964, in the convention of `torch.optim.SGD`.

    v is a sum, not a mean: under a constant gradient it grows to g / (1 - beta).

    Args:
        beta: 0 <= beta < 1; the others as for `sgd_step`.

    Returns:
        New params, and {"velocity": v}.
    """
    lr, beta = _check(params, grads, lr), _number("beta", beta, 1)
    raise NotImplementedError("Lab 04.3 - momentum_step")


def nesterov_step(
    params: Array, grads: Array, state: Mapping[str, Any], lr: float, beta: float = 0.9
) -> tuple[Array, State]:
    """v = beta v + g; theta - lr (g + beta v): the step that momentum is about to take next, taken already.

    Nesterov 1983 in the form of Sutskever et al. 2013, with the variables of `torch.optim.SGD(nesterov=True)`.

    Args and returns: as for `momentum_step`.
    """
    lr, beta = _check(params, grads, lr), _number("beta", beta, 1)
    raise NotImplementedError("Lab 04.3 - nesterov_step")


def adam_step(
    params: Array,
    grads: Array,
    state: Mapping[str, Any],
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> tuple[Array, State]:
    """m, v: fading means of g and g^2, both corrected for their start at 0; what moves theta? Kingma and Ba 2015.

    beta1 is the share that m keeps at each step, beta2 that of v. t counts this step: it is 1 in the first.

    Args:
        beta1, beta2: 0 <= beta < 1.
        eps: above 0, added outside the square root, in units of g. The others as for `sgd_step`.

    Returns:
        New params, and {"m": m, "v": v, "t": t} with t an int.
    """
    lr = _check(params, grads, lr)
    beta1, beta2 = _number("beta1", beta1, 1), _number("beta2", beta2, 1)
    eps = _check_square(grads, eps)
    raise NotImplementedError("Lab 04.3 - adam_step")


def adamw_step(
    params: Array,
    grads: Array,
    state: Mapping[str, Any],
    lr: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> tuple[Array, State]:
    """Adam's step, minus lr weight_decay theta of the old params. Loshchilov and Hutter 2019.

    The decay goes past the moments: every weight shrinks by the same factor, 1 - lr weight_decay, whatever its
    gradients were.

    Args:
        weight_decay: finite, at least 0; the others as for `adam_step`.

    Returns:
        As `adam_step`; with weight_decay = 0 the same to the last bit.
    """
    weight_decay = _number("weight_decay", weight_decay)
    raise NotImplementedError("Lab 04.3 - adamw_step")


def descend(
    step: Step,
    gradient: Callable[[Array], Array],
    start: Array,
    lr: float | Callable[[int], float],
    n_steps: int,
    limit: float = 1e6,
    **options: float,
) -> Array:
    """The path of an optimizer: `n_steps` steps from `start`, each with the gradient at the point before it.

    Args:
        step: one of the steps above; `options` are handed on to it.
        gradient: takes an array like `start`, gives one of the same shape and dtype.
        start: float32 or float64; never changed.
        lr: a number, or a schedule, which is called with t = 1, ..., n_steps.
        n_steps: an int, at least 0.
        limit: a point with a coordinate beyond it in size, or NaN, counts as lost.

    Returns:
        (n_steps + 1, *start.shape), `start` first. A lost point and all that would follow are NaN.

    Raises:
        TypeError, ValueError: start isn't such an array, n_steps no such int, limit not above 0; and what `step` raises.
    """
    if not isinstance(start, np.ndarray) or start.dtype not in (np.float32, np.float64):
        got = getattr(start, "dtype", type(start).__name__)
        raise TypeError(f"start must be a float32 or float64 array, got {got}")
    if not limit > 0:
        raise ValueError(f"limit must be above 0, got {limit}")
    if isinstance(n_steps, bool) or not isinstance(n_steps, int | np.integer):
        raise TypeError(f"n_steps must be an int, got {n_steps!r}")
    if n_steps < 0:
        raise ValueError(f"n_steps must be at least 0, got {n_steps}")
    raise NotImplementedError("Lab 04.4 - descend")


def _point(p: Array) -> Array:
    """p as a finite pair, float or complex, in its own dtype. Raises TypeError or ValueError."""
    a = np.asarray(p)
    if a.dtype.kind not in "fc":
        raise TypeError(f"p must hold floats, got dtype {a.dtype}")
    if a.shape != (2,) or not np.isfinite(a).all():
        raise ValueError(f"p must be a finite (x, y), got {a}")
    return a


def rosenbrock(p: Array) -> Any:
    """(1 - x)^2 + 100 (y - x^2)^2: a bent valley whose floor falls slowly to the minimum, 0 at (1, 1).

    Rosenbrock 1960. Not convex.

    Args:
        p: (x, y), finite, float or complex; its dtype is kept. TypeError or ValueError otherwise.
    """
    p = _point(p)
    raise NotImplementedError("Lab 04.4 - rosenbrock")


def rosenbrock_gradient(p: Array) -> Array:
    """The derivatives of `rosenbrock` to x and y, shape (2,), by hand. Takes what `rosenbrock` takes."""
    p = _point(p)
    raise NotImplementedError("Lab 04.4 - rosenbrock_gradient")


def rosenbrock_hessian(p: Array) -> Array:
    """The Jacobian of `rosenbrock_gradient`, shape (2, 2), by hand. Takes what `rosenbrock` takes."""
    p = _point(p)
    raise NotImplementedError("Lab 04.4 - rosenbrock_hessian")
