"""Modules, layers and initialization, named as in PyTorch."""

from minitorch.nn import init as init
from minitorch.nn.layers import (
    GELU,
    BatchNorm1d,
    CrossEntropyLoss,
    Dropout,
    Embedding,
    LayerNorm,
    Linear,
    MSELoss,
    ReLU,
    Residual,
    ResidualBlock,
    RMSNorm,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
)
from minitorch.nn.module import Module, ModuleList, Parameter, Sequential

__all__ = [
    "GELU",
    "BatchNorm1d",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "LayerNorm",
    "Linear",
    "MSELoss",
    "Module",
    "ModuleList",
    "Parameter",
    "RMSNorm",
    "ReLU",
    "Residual",
    "ResidualBlock",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "init",
]
