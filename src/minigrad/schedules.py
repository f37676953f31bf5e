"""Learning rates over time, as pure functions of the step number t. No state, so a run can be resumed anywhere.

t is an int, at least 0. Count steps from 1: the warm-ups give 0 at t = 0, and a step at rate 0 is wasted.
A schedule whose end has come stays at `lr_min`.
"""

from __future__ import annotations

import math
import operator


def _steps(name: str, value: int, least: int = 0) -> int:
    """`value` as an int, at least `least`. TypeError unless an integer (a bool isn't one), ValueError below."""
    if isinstance(value, bool):
        raise TypeError(f"{name} must be an int, got {value!r}")
    try:
        n = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, got {value!r}") from None
    if n < least:
        raise ValueError(f"{name} must be at least {least}, got {n}")
    return n


def _rates(lr_max: float, lr_min: float = 0.0) -> None:
    """Raises ValueError unless 0 <= lr_min <= lr_max and both are finite."""
    if not 0 <= lr_min <= lr_max < math.inf:
        raise ValueError(
            f"rates must be finite with 0 <= lr_min <= lr_max, got lr_min {lr_min}, lr_max {lr_max}"
        )


def constant(t: int, lr_max: float = 1.0) -> float:
    """lr_max at every step."""
    _steps("t", t)
    _rates(lr_max)
    raise NotImplementedError("Lab 04.5 - constant")


def step_decay(t: int, lr_max: float = 1.0, step_size: int = 1000, gamma: float = 0.1) -> float:
    """lr_max gamma^(t // step_size): a staircase, down by the factor gamma at each multiple of step_size.

    Args:
        step_size: at least 1.
        gamma: 0 <= gamma <= 1.

    Raises (every schedule here):
        TypeError: a count of steps isn't an int. ValueError: a count or a rate is out of range, or NaN.
    """
    t, step_size = _steps("t", t), _steps("step_size", step_size, 1)
    _rates(lr_max)
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must lie in 0..1, got {gamma}")
    raise NotImplementedError("Lab 04.5 - step_decay")


def cosine(t: int, lr_max: float = 1.0, lr_min: float = 0.0, total_steps: int = 10_000) -> float:
    """lr_min + (lr_max - lr_min) (1 + cos(pi t / total_steps)) / 2: half a wave, flat at both ends.

    Loshchilov and Hutter 2017, without restarts.

    Args:
        total_steps: at least 0. From there on, lr_min.
    """
    t, total_steps = _steps("t", t), _steps("total_steps", total_steps)
    _rates(lr_max, lr_min)
    raise NotImplementedError("Lab 04.5 - cosine")


def warmup_cosine(
    t: int,
    lr_max: float = 1.0,
    lr_min: float = 0.0,
    warmup_steps: int = 500,
    total_steps: int = 10_000,
) -> float:
    """lr_max t / warmup_steps up to warmup_steps, where it is lr_max; then `cosine` over the steps that are left.

    Args:
        warmup_steps: 0 <= warmup_steps <= total_steps. 0 leaves the cosine alone.
    """
    t, warmup_steps = _steps("t", t), _steps("warmup_steps", warmup_steps)
    total_steps = _steps("total_steps", total_steps, warmup_steps)
    _rates(lr_max, lr_min)
    raise NotImplementedError("Lab 04.5 - warmup_cosine")


def wsd(
    t: int,
    lr_max: float = 1.0,
    lr_min: float = 0.0,
    warmup_steps: int = 500,
    stable_until: int = 7_000,
    total_steps: int = 10_000,
) -> float:
    """Warm-up, stable, decay: a ramp to lr_max, a plateau up to `stable_until`, a straight line down to lr_min.

    Hu et al. 2024 (MiniCPM), with a linear decay.

    Args:
        warmup_steps, stable_until, total_steps: 0 <= warmup_steps <= stable_until <= total_steps.
    """
    t, warmup_steps = _steps("t", t), _steps("warmup_steps", warmup_steps)
    stable_until = _steps("stable_until", stable_until, warmup_steps)
    total_steps = _steps("total_steps", total_steps, stable_until)
    _rates(lr_max, lr_min)
    raise NotImplementedError("Lab 04.5 - wsd")
