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
    raise NotImplementedError("Lab 18.5 - products of the smaller square alone")


def hidden_matrices(model: Module) -> tuple[list[Tensor], list[Tensor]]:
    """The weights of all Linear layers but the one named `head`, and all other parameters: Muon's part, and AdamW's."""
    raise NotImplementedError("Lab 18.5 - what maps features to features")


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
        raise NotImplementedError("Lab 18.5 - velocity, look ahead, orthogonalize, step")
