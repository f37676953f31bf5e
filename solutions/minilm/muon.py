"""Muon: for a hidden matrix, a step that turns every direction of its momentum by the same amount (Jordan et al. 2024)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from minitorch.nn import Linear, Module
from minitorch.optim import Group, Optimizer
from minitorch.tensor import Array, Tensor

QUINTIC = (3.4445, -4.7750, 2.0315)
"""a, b, c of a s + b s^3 + c s^5, by which each singular value s of a step goes on (Jordan et al. 2024)."""


def orthogonalized(g: Array, steps: int = 5) -> Array:
    """The matrix with the singular vectors of `g` and singular values near 1: between 0.6 and 1.3 for those that are not tiny.

    No decomposition: `g`, divided by its Frobenius norm, goes through the odd polynomial QUINTIC of itself, `steps` times. Zeros
    stay zeros. The dtype stays.
    """
    # lab 18.5 - products of the smaller square alone
    norm = float(np.linalg.norm(g))
    if not norm:
        return g.copy()
    tall = g.shape[0] > g.shape[1]
    x = (g.T if tall else g) / norm
    a, b, c = QUINTIC
    for _ in range(steps):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    return (x.T if tall else x).astype(g.dtype)
    # end lab


def hidden_matrices(model: Module) -> tuple[list[Tensor], list[Tensor]]:
    """The weights of all Linear layers but the one named `head`, and all other parameters: Muon's part, and AdamW's."""
    # lab 18.5 - what maps features to features
    chosen = [
        module.weight
        for name, module in model.named_modules()
        if isinstance(module, Linear) and name.split(".")[-1] != "head"
    ]
    ids = {id(p) for p in chosen}
    hidden: list[Tensor] = [p for p in model.parameters() if id(p) in ids]
    return hidden, [p for p in model.parameters() if id(p) not in ids]
    # end lab


class Muon(Optimizer):
    """Momentum, looked at one step ahead as by Nesterov, then orthogonalized; the decay is past it, as AdamW's.

    The step is lr times the root of max(1, rows / columns) times `orthogonalized`.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Group],
        lr: float = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        """ValueError, besides the usual ones, for a parameter that isn't a matrix."""
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay)
        for group in self.param_groups:
            for p in group["params"]:
                if p.ndim != 2:
                    raise ValueError(f"Muon: matrices are needed, got shape {p.shape}")

    def _update(self, p: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        # lab 18.5 - velocity, look ahead, orthogonalize, step
        v = state.setdefault("velocity", np.zeros_like(p))
        v *= group["momentum"]
        v += g
        step = orthogonalized(g + group["momentum"] * v)
        p *= 1 - group["lr"] * group["weight_decay"]
        p -= group["lr"] * math.sqrt(max(1, p.shape[0] / p.shape[1])) * step
        # end lab
