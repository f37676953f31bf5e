"""Automatic differentiation of NumPy arrays, and the parts of a network, named as in PyTorch."""

from minitorch import functional, nn, optim
from minitorch.random import manual_seed
from minitorch.shaping import cat, einsum, pad, split, stack, where
from minitorch.tensor import Tensor, detect_anomaly, no_grad

__all__ = [
    "Tensor",
    "cat",
    "detect_anomaly",
    "einsum",
    "functional",
    "manual_seed",
    "nn",
    "no_grad",
    "optim",
    "pad",
    "split",
    "stack",
    "where",
]
