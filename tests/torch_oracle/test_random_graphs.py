"""Graphs that nobody would draw: 20 to 60 random operations with shared nodes, on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from minitorch import Tensor, cat, stack, where
from minitorch import functional as F
from minitorch.attention import attention
from minitorch.testing import assert_matches

TF = torch.nn.functional
D = 3
# Each keeps numbers near 1, however many are chained. All nodes have shape (D, D).
Pair = tuple[Callable[..., Any], Callable[..., Any]]
same = lambda f: (f, f)  # noqa: E731
ONE: list[Pair] = [
    same(lambda a: a.tanh()),
    same(lambda a: a.sigmoid()),
    same(lambda a: -a),
    same(lambda a: 0.5 * a + 0.1),
    same(lambda a: (a * a + 1).log()),
    same(lambda a: (a * a + 1).sqrt() - 1),
    same(lambda a: (-(a * a)).exp()),
    same(lambda a: 1 / (1 + a**2)),
    same(lambda a: a.transpose(0, 1)),
    same(lambda a: a.reshape(-1).reshape(D, D)),
    same(lambda a: a[[0, 0, 2]]),
    same(lambda a: a[:, 1:2] + a[0]),
    same(lambda a: a - a.mean()),
    (lambda a: a - a.mean(0, keepdims=True), lambda a: a - a.mean(0, keepdim=True)),
    (lambda a: a.sum(1).broadcast_to(D, D) / D, lambda a: a.sum(1).broadcast_to(D, D) / D),
    (lambda a: a - a.max(1, keepdims=True), lambda a: a - torch.amax(a, 1, keepdim=True)),
    (lambda a: a + a.var(0), lambda a: a + a.var(0, correction=0)),
    (F.softmax, lambda a: torch.softmax(a, -1)),
    (lambda a: F.log_softmax(a, 0).tanh(), lambda a: torch.log_softmax(a, 0).tanh()),
    (lambda a: F.gelu(a).tanh(), lambda a: TF.gelu(a).tanh()),
    (lambda a: F.silu(a).tanh(), lambda a: TF.silu(a).tanh()),
    (lambda a: cat([a, a[:1]], 0)[1:], lambda a: torch.cat([a, a[:1]], 0)[1:]),
]
TWO: list[Pair] = [
    same(lambda a, b: (a + b) * 0.5),
    same(lambda a, b: a - 0.5 * b),
    same(lambda a, b: (a * b).tanh()),
    same(lambda a, b: a / (1 + b * b)),
    same(lambda a, b: (a @ b).tanh()),
    same(lambda a, b: (a * a + 1) ** (0.3 * b).tanh()),
    same(lambda a, b: a[0] + b[:, :1]),
    (lambda a, b: stack([a, b], 1).mean(1), lambda a, b: torch.stack([a, b], 1).mean(1)),
    (lambda a, b: F.linear(a, b, b[0]).tanh(), lambda a, b: TF.linear(a, b, b[0]).tanh()),
    (
        lambda a, b: F.rms_norm(a, b[0] + 1, 0.1).tanh(),
        lambda a, b: TF.rms_norm(a, (D,), b[0] + 1, 0.1).tanh(),
    ),
    (
        lambda a, b: F.layer_norm(a, b[0], b[1], 0.1).tanh(),
        lambda a, b: TF.layer_norm(a, (D,), b[0], b[1], 0.1).tanh(),
    ),
    (
        lambda a, b: attention(a, b, a, causal=True),
        lambda a, b: TF.scaled_dot_product_attention(a, b, a, is_causal=True),
    ),
    (
        lambda a, b: where(np.eye(D) > 0, a, b),
        lambda a, b: torch.where(torch.eye(D) > 0, a, b),
    ),
]


def run(seed: int, side: int, leaves: list[Any]) -> Any:
    """The graph of `seed` on side 0 or 1: each node picks earlier ones, often the same ones again."""
    rng = np.random.default_rng(seed)
    nodes = list(leaves)
    for _ in range(int(rng.integers(20, 61))):
        first, second = (nodes[-1 - min(int(rng.geometric(0.3)) - 1, len(nodes) - 1)] for _ in "ab")
        if rng.random() < 0.5:
            nodes.append(ONE[int(rng.integers(len(ONE)))][side](first))
        else:
            nodes.append(TWO[int(rng.integers(len(TWO)))][side](first, second))
    loss = nodes[-1].sum()
    for node in nodes[len(leaves) : -1 : 5]:
        loss = loss + (node * node).mean()
    return loss


def agree(seed: int) -> None:
    rng = np.random.default_rng([seed, 1])
    arrays = [rng.normal(size=(D, D)) for _ in range(3)]
    a = [Tensor(x, requires_grad=True) for x in arrays]
    b = [torch.tensor(x, requires_grad=True) for x in arrays]
    ours, theirs = run(seed, 0, a), run(seed, 1, b)
    ours.backward()
    theirs.backward()
    assert_matches(ours, theirs.detach().numpy(), rtol=1e-8, atol=1e-8)
    for x, y in zip(a, b, strict=True):
        assert (x.grad is None) == (y.grad is None)
        if x.grad is not None:
            assert_matches(x.grad, y.grad.numpy(), rtol=1e-6, atol=1e-6)


def test_the_first_graphs_use_every_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[tuple[int, int]] = set()

    def counting(table: list[Pair], which: int) -> list[Pair]:
        def watched(i: int, f: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *a: (used.add((which, i)), f(*a))[1]

        return [(watched(i, ours), theirs) for i, (ours, theirs) in enumerate(table)]

    monkeypatch.setitem(globals(), "ONE", counting(ONE, 1))
    monkeypatch.setitem(globals(), "TWO", counting(TWO, 2))
    for seed in range(30):
        run(seed, 0, [Tensor(np.eye(D)) for _ in range(3)])
    assert len(used) == len(ONE) + len(TWO)


@pytest.mark.parametrize("block", range(4))
def test_random_graphs_agree(block: int) -> None:
    for seed in range(25 * block, 25 * block + 25):
        agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_two_thousand_random_graphs_agree(block: int) -> None:
    for seed in range(100 * block, 100 * block + 100):
        agree(seed)
