"""A multilayer perceptron with tanh units, made of scalar `Value`s, and the loop that trains it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

from minigrad.scalar import Value, dot, real_number


class Neuron:
    """tanh(w . x + b), with w drawn from uniform(-1, 1) by the `random` module and b = 0."""

    w: list[Value]
    b: Value

    def __init__(self, n_in: int) -> None:
        raise NotImplementedError("Lab 07.2 - Neuron.__init__")

    def __call__(self, xs: Sequence[Value | float]) -> Value:
        """One output for `n_in` inputs."""
        raise NotImplementedError("Lab 07.2 - Neuron.__call__")

    def parameters(self) -> list[Value]:
        """The weights, then the bias: n_in + 1 values."""
        raise NotImplementedError("Lab 07.2 - Neuron.parameters")


class Layer:
    """`n_out` neurons that read the same inputs."""

    neurons: list[Neuron]

    def __init__(self, n_in: int, n_out: int) -> None:
        raise NotImplementedError("Lab 07.2 - Layer.__init__")

    def __call__(self, xs: Sequence[Value | float]) -> list[Value]:
        """`n_out` outputs for `n_in` inputs."""
        raise NotImplementedError("Lab 07.2 - Layer.__call__")

    def parameters(self) -> list[Value]:
        """Those of every neuron, in order."""
        raise NotImplementedError("Lab 07.2 - Layer.parameters")


class MLP:
    """Layers in a chain: `MLP(5, [4, 5])` takes 5 inputs, has 4 hidden units and gives 5 outputs."""

    layers: list[Layer]

    def __init__(self, n_in: int, layer_sizes: Sequence[int]) -> None:
        raise NotImplementedError("Lab 07.2 - MLP.__init__")

    def __call__(self, xs: Sequence[Value | float]) -> list[Value]:
        """The last layer's outputs, always a list."""
        raise NotImplementedError("Lab 07.2 - MLP.__call__")

    def parameters(self) -> list[Value]:
        """Those of every layer, in order."""
        raise NotImplementedError("Lab 07.2 - MLP.parameters")


def squared_error(
    predictions: Sequence[Sequence[Value]], targets: Sequence[Sequence[float]]
) -> Value:
    """The sum over all examples and all outputs of (prediction - target)^2.

    Args:
        predictions, targets: one row an example, one number an output. `ValueError` if their lengths differ.
    """
    raise NotImplementedError("Lab 07.2 - squared_error")


def train_step(
    model: MLP, inputs: Sequence[Sequence[float]], targets: Sequence[Sequence[float]], lr: float
) -> float:
    """One step of gradient descent on all examples, with gradients that come from this step alone.

    Parameters stay Python floats, also with a NumPy `lr`.

    Returns:
        The loss before the step.
    """
    raise NotImplementedError("Lab 07.2 - train_step")


def train(
    model: MLP,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Sequence[float]],
    lr: float = 0.05,
    epochs: int = 300,
) -> list[float]:
    """`epochs` steps; the loss before each of them."""
    raise NotImplementedError("Lab 07.2 - train")
