"""The two networks of the benchmark, written once for both libraries: their names differ in four places."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

D_MODEL, N_HEADS, N_LAYERS, D_FF, VOCAB, CONTEXT, BATCH = 64, 4, 2, 256, 64, 32, 8
MLP_SIZES, MLP_BATCH = (64, 256, 256, 64), 128


class Side:
    """minitorch or PyTorch: the module of layers, the functions, and the places where they differ."""

    def __init__(self, name: str) -> None:
        self.name = name
        if name == "torch":
            import torch

            torch.set_num_threads(1)
            self.nn, self.functional, self.optim = torch.nn, torch.nn.functional, torch.optim
            self.tensor, self.indices = torch.tensor, torch.tensor
            self.attention = lambda q, k, v: self.functional.scaled_dot_product_attention(
                q, k, v, is_causal=True
            )
            self.gelu = lambda x: self.functional.gelu(x, approximate="tanh")
        else:
            import minitorch
            from minitorch.attention import attention

            self.nn, self.functional, self.optim = (
                minitorch.nn,
                minitorch.functional,
                minitorch.optim,
            )
            self.tensor, self.indices = minitorch.Tensor, np.asarray
            self.attention = lambda q, k, v: attention(q, k, v, causal=True)
            self.gelu = lambda x: self.functional.gelu(x, "tanh")

    def cross_entropy(self, logits: Any, targets: Any) -> Any:
        """The mean loss over all rows; PyTorch wants them in one axis."""
        if self.name == "torch":
            logits, targets = logits.flatten(0, -2), targets.flatten()
        return self.functional.cross_entropy(logits, targets)


def build(side: Side) -> dict[str, tuple[Any, Callable[[], Any]]]:
    """For each benchmark the model and a function that gives its loss, on the same data in every process."""
    nn = side.nn
    rng = np.random.default_rng(0)

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        """Pre-norm: attention, then a two-layer network, each added to its input."""

        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(D_MODEL), nn.LayerNorm(D_MODEL)
            self.qkv, self.mix = nn.Linear(D_MODEL, 3 * D_MODEL), nn.Linear(D_MODEL, D_MODEL)
            self.up, self.down = nn.Linear(D_MODEL, D_FF), nn.Linear(D_FF, D_MODEL)

        def forward(self, x: Any) -> Any:
            b, t, d = x.shape
            heads = self.qkv(self.norm1(x)).reshape(b, t, 3, N_HEADS, d // N_HEADS)
            q, k, v = heads.permute(2, 0, 3, 1, 4)
            mixed = side.attention(q, k, v).permute(0, 2, 1, 3).reshape(b, t, d)
            x = x + self.mix(mixed)
            return x + self.down(side.gelu(self.up(self.norm2(x))))

    class GPT(nn.Module):  # type: ignore[misc, name-defined]
        """Embeddings, the blocks, a norm, and the embedding again as the head."""

        def __init__(self) -> None:
            super().__init__()
            self.token, self.position = nn.Embedding(VOCAB, D_MODEL), nn.Embedding(CONTEXT, D_MODEL)
            self.blocks = nn.Sequential(*(Block() for _ in range(N_LAYERS)))
            self.norm = nn.LayerNorm(D_MODEL)

        def forward(self, ids: Any) -> Any:
            x = self.token(ids) + self.position(side.indices(np.arange(CONTEXT)))
            return side.functional.linear(self.norm(self.blocks(x)), self.token.weight)

    layers: list[Any] = []
    for i, o in pairwise(MLP_SIZES):
        layers += [nn.Linear(i, o), nn.ReLU()]
    mlp, gpt = nn.Sequential(*layers[:-1]), GPT()
    x = side.tensor(rng.normal(size=(MLP_BATCH, MLP_SIZES[0])).astype(np.float32))
    y = side.indices(rng.integers(0, MLP_SIZES[-1], MLP_BATCH))
    ids = rng.integers(0, VOCAB, (BATCH, CONTEXT + 1))
    now, after = side.indices(ids[:, :-1]), side.indices(ids[:, 1:])
    models = {
        "mlp": (mlp, lambda: side.cross_entropy(mlp(x), y)),
        "gpt": (gpt, lambda: side.cross_entropy(gpt(now), after)),
    }
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
