"""The layers: a `Module` that holds parameters and calls an operation of `functional`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from minitorch import functional as F
from minitorch.nn import init
from minitorch.nn.module import Module, Parameter, Sequential
from minitorch.tensor import Tensor

Rng = np.random.Generator | None


class Linear(Module):
    """x W^T + b. weight (out_features, in_features), bias (out_features,) or None.

    Both start uniform in ±1/sqrt(in_features), as PyTorch's: variance 1/(3 in), a third of what keeps the signal.
    `init` has better.
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, rng: Rng = None
    ) -> None:
        super().__init__()
        bound = 1 / math.sqrt(in_features)
        # lab 09.1
        self.weight = Parameter(np.empty((out_features, in_features), np.float32))
        self.bias = Parameter(np.empty(out_features, np.float32)) if bias else None
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound, rng)
        # end lab

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


class Embedding(Module):
    """Row i of weight (num_embeddings, embedding_dim) for the id i. Starts normal with `std`, GPT-2's 0.02."""

    weight: Parameter

    def __init__(
        self, num_embeddings: int, embedding_dim: int, std: float = 0.02, rng: Rng = None
    ) -> None:
        super().__init__()
        # lab 09.1
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), np.float32))
        init.normal_(self.weight, std=std, rng=rng)
        # end lab

    def forward(self, ids: Any) -> Tensor:
        return F.embedding(ids, self.weight)


class ReLU(Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.relu()


class Tanh(Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.tanh()


class Sigmoid(Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sigmoid()


class SiLU(Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.silu(x)


class GELU(Module):
    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(x, self.approximate)


class Softmax(Module):
    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        return F.softmax(x, self.axis)


class Dropout(Module):
    """`functional.dropout` while training, nothing after `eval()`."""

    def __init__(self, p: float = 0.5, rng: Rng = None) -> None:
        super().__init__()
        self.p, self.rng = p, rng

    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.p, self.training, self.rng)


class LayerNorm(Module):
    """Each row to mean 0 and variance 1 over its d features, times weight (ones), plus bias (zeros)."""

    def __init__(self, d: int, eps: float = 1e-5, bias: bool = True) -> None:
        super().__init__()
        self.eps = eps
        self.weight = Parameter(np.ones(d, np.float32))
        self.bias = Parameter(np.zeros(d, np.float32)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight, self.bias, self.eps)


class RMSNorm(Module):
    """Each row divided by its root mean square over d features, times weight (ones)."""

    def __init__(self, d: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = Parameter(np.ones(d, np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight, self.eps)


class BatchNorm1d(Module):
    """Each of d features to mean 0 and variance 1 over the batch: x (N, d) or (N, d, L).

    After `eval()` by the running averages of mean and (unbiased) variance, which each batch in training draws towards its own
    by the share `momentum`.
    """

    running_mean: np.ndarray[Any, Any]
    running_var: np.ndarray[Any, Any]

    def __init__(self, d: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = Parameter(np.ones(d, np.float32))
        self.bias = Parameter(np.zeros(d, np.float32))
        self.register_buffer("running_mean", np.zeros(d, np.float32))
        self.register_buffer("running_var", np.ones(d, np.float32))

    def forward(self, x: Tensor) -> Tensor:
        """ValueError for another shape, or in training for a single value a feature, whose variance says nothing."""
        d = self.weight.shape[0]
        if x.ndim not in (2, 3) or x.shape[1] != d:
            raise ValueError(f"BatchNorm1d: x must be (N, {d}) or (N, {d}, L), got {x.shape}")
        n = x.size // d
        if self.training and n < 2:
            raise ValueError(
                f"BatchNorm1d: more than one value a feature is needed in training, got {x.shape}"
            )
        # lab 10.1
        axes, row = (0, *range(2, x.ndim)), (1, d, *[1] * (x.ndim - 2))
        mean, var = self.running_mean, self.running_var
        if not self.training:
            y = (x - mean.reshape(row)) / np.sqrt(var.reshape(row) + self.eps)
            return y * self.weight.reshape(row) + self.bias.reshape(row)
        center, spread = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
        mean += self.momentum * (center._data.reshape(d) - mean)
        var += self.momentum * (spread._data.reshape(d) * n / (n - 1) - var)
        y = (x - center) / (spread + self.eps).sqrt()
        return y * self.weight.reshape(row) + self.bias.reshape(row)
        # end lab


class Residual(Module):
    """x + f(x): the identity, and what f adds to it (He et al. 2015)."""

    def __init__(self, f: Module) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: Tensor) -> Tensor:
        # lab 10.2
        out: Tensor = x + self.f(x)
        return out
        # end lab


class ResidualBlock(Residual):
    """x + W2 gelu(W1 norm(x)), pre-norm: RMSNorm, Linear(d, 4d), GELU, Linear(4d, d) on the branch."""

    def __init__(self, d: int, hidden: int | None = None, p: float = 0.0, rng: Rng = None) -> None:
        hidden = hidden or 4 * d
        # lab 10.2
        super().__init__(
            Sequential(
                RMSNorm(d),
                Linear(d, hidden, rng=rng),
                GELU("tanh"),
                Linear(hidden, d, rng=rng),
                *([Dropout(p, rng)] if p else []),
            )
        )
        # end lab


class CrossEntropyLoss(Module):
    """`functional.cross_entropy` with its settings kept."""

    def __init__(self, reduction: str = "mean", ignore_index: int = -100) -> None:
        super().__init__()
        self.reduction, self.ignore_index = reduction, ignore_index

    def forward(self, logits: Tensor, targets: Any) -> Tensor:
        return F.cross_entropy(
            logits, targets, reduction=self.reduction, ignore_index=self.ignore_index
        )


class MSELoss(Module):
    """`functional.mse_loss` with its setting kept."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, prediction: Tensor, target: Any) -> Tensor:
        return F.mse_loss(prediction, target, reduction=self.reduction)
