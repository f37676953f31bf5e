"""How large the weights start: every function fills a tensor in place and returns it.

A layer keeps the size of its signal when the variance of its weights fits the number of its summands. The gain makes up
for what the activation takes away: gain(f) = 1 / sqrt(E[f(z)^2]) for a standard normal z.
"""

from __future__ import annotations

import math

import numpy as np

from minitorch.random import generator
from minitorch.tensor import Tensor

# E[f(z)^2] by quadrature for the last four. PyTorch has 5/3 for tanh, by experience, and 1 for sigmoid.
GAINS = {
    "linear": 1.0,
    "relu": math.sqrt(2),
    "tanh": 1.5925374197228312,
    "sigmoid": 1.8462285453386054,
    "gelu": 1.533530441195536,
    "silu": 1.676532470331091,
}


def calculate_gain(activation: str, negative_slope: float = 0.01) -> float:
    """1 / sqrt(E[f(z)^2]). "leaky_relu" has sqrt(2 / (1 + slope^2)). ValueError for an unknown name."""
    if activation == "leaky_relu":
        return math.sqrt(2 / (1 + negative_slope**2))
    if activation not in GAINS:
        raise ValueError(
            f"calculate_gain: {activation!r} is none of leaky_relu, {', '.join(GAINS)}"
        )
    return GAINS[activation]


def fans(weight: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight (out, in): how many inputs a result sums, and how many results an input feeds."""
    if weight.ndim != 2:
        raise ValueError(f"fans: a weight (out, in) is needed, got shape {weight.shape}")
    return weight.shape[1], weight.shape[0]


def uniform_(t: Tensor, low: float, high: float, rng: np.random.Generator | None = None) -> Tensor:
    """Uniform between `low` and `high`."""
    t.data = generator(rng).uniform(low, high, t.shape)
    return t


def normal_(
    t: Tensor, mean: float = 0.0, std: float = 1.0, rng: np.random.Generator | None = None
) -> Tensor:
    """Normal, with this mean and standard deviation."""
    t.data = generator(rng).normal(mean, std, t.shape)
    return t


def constant_(t: Tensor, value: float) -> Tensor:
    """The same number everywhere."""
    t.data = np.full(t.shape, value)
    return t


def xavier_std(weight: Tensor, gain: float = 1.0) -> float:
    """gain times the standard deviation between what forward and backward ask for (Glorot and Bengio 2010)."""
    # lab 10.0
    return gain * math.sqrt(2 / sum(fans(weight)))
    # end lab


def kaiming_std(weight: Tensor, mode: str = "fan_in", activation: str = "relu") -> float:
    """The standard deviation that keeps the second moment behind `activation` (He et al. 2015), as a float.

    mode: "fan_in" keeps it forward, "fan_out" keeps the gradient's backward.
    """
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"kaiming: mode must be 'fan_in' or 'fan_out', got {mode!r}")
    # lab 10.0
    fan_in, fan_out = fans(weight)
    return calculate_gain(activation) / math.sqrt(fan_in if mode == "fan_in" else fan_out)
    # end lab


def xavier_normal_(t: Tensor, gain: float = 1.0, rng: np.random.Generator | None = None) -> Tensor:
    """Normal with `xavier_std`."""
    return normal_(t, 0, xavier_std(t, gain), rng)


def xavier_uniform_(t: Tensor, gain: float = 1.0, rng: np.random.Generator | None = None) -> Tensor:
    """Uniform in ±sqrt(3) `xavier_std`, which has that standard deviation."""
    bound = math.sqrt(3) * xavier_std(t, gain)
    return uniform_(t, -bound, bound, rng)


def kaiming_normal_(
    t: Tensor,
    mode: str = "fan_in",
    activation: str = "relu",
    rng: np.random.Generator | None = None,
) -> Tensor:
    """Normal with `kaiming_std`."""
    return normal_(t, 0, kaiming_std(t, mode, activation), rng)


def kaiming_uniform_(
    t: Tensor,
    mode: str = "fan_in",
    activation: str = "relu",
    rng: np.random.Generator | None = None,
) -> Tensor:
    """Uniform in ±sqrt(3) `kaiming_std`."""
    bound = math.sqrt(3) * kaiming_std(t, mode, activation)
    return uniform_(t, -bound, bound, rng)
