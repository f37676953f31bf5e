"""The networks of the benchmark, on one side: a small perceptron, and the course's GPT in two sizes, with the same weights and data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

VOCAB, N_HEADS = 64, 4
MLP_SIZES, MLP_BATCH = (64, 256, 256, 64), 128


@dataclass(frozen=True)
class Size:
    """How large a GPT is, and on how much text it takes a step."""

    width: int
    layers: int
    tokens: int
    batch: int

    def config(self) -> dict[str, int]:
        """What `GPTConfig` is told; the rest is the canonical model's: RoPE, exact GELU, a norm in front, a tied head."""
        return {
            "vocab_size": VOCAB,
            "d_model": self.width,
            "n_heads": N_HEADS,
            "n_layers": self.layers,
            "d_ff": 4 * self.width,
            "context_len": self.tokens,
        }


GPTS = {"gpt-64": Size(64, 2, 32, 8), "gpt-128": Size(128, 4, 128, 16)}


class Side:
    """minitorch or PyTorch: the module of layers, the functions, and the places where they differ."""

    def __init__(self, name: str) -> None:
        self.name = name
        if name == "torch":
            import torch
            from twin import GPT

            torch.set_num_threads(1)
            self.nn, self.functional, self.optim = torch.nn, torch.nn.functional, torch.optim
            self.tensor, self.indices = torch.tensor, torch.tensor
            self.gpt = lambda size: GPT(**size.config())
        else:
            import minitorch
            from minilm.gpt import GPT, GPTConfig

            self.nn, self.functional, self.optim = (
                minitorch.nn,
                minitorch.functional,
                minitorch.optim,
            )
            self.tensor, self.indices = minitorch.Tensor, np.asarray
            self.gpt = lambda size: GPT(GPTConfig(**size.config()))

    def cross_entropy(self, logits: Any, targets: Any) -> Any:
        """The mean loss over all rows; PyTorch wants them in one axis."""
        if self.name == "torch":
            logits, targets = logits.flatten(0, -2), targets.flatten()
        return self.functional.cross_entropy(logits, targets)


def build(side: Side) -> dict[str, tuple[Any, Callable[[], Any]]]:
    """For each benchmark the model and a function that gives its loss, on the same data in every process."""
    rng = np.random.default_rng(0)
    layers: list[Any] = []
    for i, o in pairwise(MLP_SIZES):
        layers += [side.nn.Linear(i, o), side.nn.ReLU()]
    mlp = side.nn.Sequential(*layers[:-1])
    x = side.tensor(rng.normal(size=(MLP_BATCH, MLP_SIZES[0])).astype(np.float32))
    y = side.indices(rng.integers(0, MLP_SIZES[-1], MLP_BATCH))
    models = {"mlp": (mlp, lambda: side.cross_entropy(mlp(x), y))}
    for name, size in GPTS.items():
        ids = rng.integers(0, VOCAB, (size.batch, size.tokens + 1))
        models[name] = _gpt(side, size, side.indices(ids[:, :-1]), side.indices(ids[:, 1:]))
    for model, _ in models.values():
        # The same weights on both sides: by name, in the order of names, from one generator.
        state = {
            name: (rng.normal(size=tuple(value.shape)) / 8).astype(np.float32)
            for name, value in sorted(model.state_dict().items())
        }
        model.load_state_dict(
            {n: side.tensor(v) if side.name == "torch" else v for n, v in state.items()}
        )
    return models


def _gpt(side: Side, size: Size, now: Any, after: Any) -> tuple[Any, Callable[[], Any]]:
    model = side.gpt(size)
    return model, lambda: side.cross_entropy(model(now), after)


def products(size: Size) -> Callable[[], None]:
    """Nothing but the matrix products of a GPT's step, forward and backward, on arrays that are there already."""
    rng = np.random.default_rng(0)
    n, d, batch = size.batch * size.tokens, size.width, size.batch * N_HEADS
    t, head = size.tokens, size.width // N_HEADS
    linear = [(d, d)] * 4 + [(d, 4 * d), (4 * d, d)]
    # A product (A, B) of the forward pass has two of the same size behind it: A^T g and g B^T.
    shapes = [((n, i), (i, o)) for i, o in linear]
    shapes += [((batch, t, head), (batch, head, t)), ((batch, t, t), (batch, t, head))]
    shapes = shapes * size.layers + [((n, d), (d, VOCAB))]
    arrays = {
        pair: tuple(rng.normal(size=shape).astype(np.float32) for shape in pair)
        for pair in set(shapes)
    }
    results = {pair: a @ b for pair, (a, b) in arrays.items()}
    room = {pair: (np.empty_like(a), np.empty_like(b)) for pair, (a, b) in arrays.items()}

    def step() -> None:
        for pair in shapes:
            (a, b), g, (by_a, by_b) = arrays[pair], results[pair], room[pair]
            np.matmul(a, b, out=g)
            np.matmul(g, b.swapaxes(-1, -2), out=by_a)
            np.matmul(a.swapaxes(-1, -2), g, out=by_b)

    return step
