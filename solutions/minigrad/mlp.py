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
        # lab 07.2
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_in)]
        self.b = Value(0.0)
        # end lab

    def __call__(self, xs: Sequence[Value | float]) -> Value:
        """One output for `n_in` inputs."""
        # lab 07.2
        return dot(self.w, xs, self.b).tanh()
        # end lab

    def parameters(self) -> list[Value]:
        """The weights, then the bias: n_in + 1 values."""
        # lab 07.2
        return [*self.w, self.b]
        # end lab


class Layer:
    """`n_out` neurons that read the same inputs."""

    neurons: list[Neuron]

    def __init__(self, n_in: int, n_out: int) -> None:
        # lab 07.2
        self.neurons = [Neuron(n_in) for _ in range(n_out)]
        # end lab

    def __call__(self, xs: Sequence[Value | float]) -> list[Value]:
        """`n_out` outputs for `n_in` inputs."""
        # lab 07.2
        return [neuron(xs) for neuron in self.neurons]
        # end lab

    def parameters(self) -> list[Value]:
        """Those of every neuron, in order."""
        # lab 07.2
        return [p for neuron in self.neurons for p in neuron.parameters()]
        # end lab


class MLP:
    """Layers in a chain: `MLP(5, [4, 5])` takes 5 inputs, has 4 hidden units and gives 5 outputs."""

    layers: list[Layer]

    def __init__(self, n_in: int, layer_sizes: Sequence[int]) -> None:
        # lab 07.2
        sizes = [n_in, *layer_sizes]
        self.layers = [Layer(i, o) for i, o in pairwise(sizes)]
        # end lab

    def __call__(self, xs: Sequence[Value | float]) -> list[Value]:
        """The last layer's outputs, always a list."""
        # lab 07.2
        out = self.layers[0](xs)
        for layer in self.layers[1:]:
            out = layer(out)
        return out
        # end lab

    def parameters(self) -> list[Value]:
        """Those of every layer, in order."""
        # lab 07.2
        return [p for layer in self.layers for p in layer.parameters()]
        # end lab


def squared_error(
    predictions: Sequence[Sequence[Value]], targets: Sequence[Sequence[float]]
) -> Value:
    """The sum over all examples and all outputs of (prediction - target)^2.

    Args:
        predictions, targets: one row an example, one number an output. `ValueError` if their lengths differ.
    """
    # lab 07.2
    total = Value(0.0)
    for row, wanted in zip(predictions, targets, strict=True):
        for y, t in zip(row, wanted, strict=True):
            total = total + (y - t) ** 2
    return total
    # end lab


def train_step(
    model: MLP, inputs: Sequence[Sequence[float]], targets: Sequence[Sequence[float]], lr: float
) -> float:
    """One step of gradient descent on all examples, with gradients that come from this step alone.

    Parameters stay Python floats, also with a NumPy `lr`.

    Returns:
        The loss before the step.
    """
    # lab 07.2
    loss = squared_error([model(x) for x in inputs], targets)
    for p in model.parameters():
        p.grad = 0.0
    loss.backward()
    lr = real_number(lr)
    for p in model.parameters():
        p.data -= lr * p.grad
    return loss.data
    # end lab


def train(
    model: MLP,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Sequence[float]],
    lr: float = 0.05,
    epochs: int = 300,
) -> list[float]:
    """`epochs` steps; the loss before each of them."""
    # lab 07.2
    return [train_step(model, inputs, targets, lr) for _ in range(epochs)]
    # end lab
