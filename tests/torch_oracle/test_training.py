"""Modules, optimizers, initialization and files against PyTorch: trajectories, running averages, bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from minitorch import Tensor, nn, optim
from minitorch import functional as F
from minitorch.checkpoint import load_file, load_metadata, save_file
from minitorch.nn import init
from minitorch.testing import assert_matches

OPTIMIZERS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    name: (
        lambda p, kind=kind, settings=settings: getattr(optim, kind)(p, **settings),
        lambda p, kind=kind, settings=settings: getattr(torch.optim, kind)(p, **settings),
    )
    for name, kind, settings in [
        ("sgd", "SGD", {"lr": 0.01}),
        ("momentum", "SGD", {"lr": 0.01, "momentum": 0.9}),
        ("nesterov", "SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
        ("sgd_decay", "SGD", {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.1}),
        ("adam", "Adam", {"lr": 0.02}),
        ("adam_decay", "Adam", {"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": 0.1}),
        ("adamw", "AdamW", {"lr": 0.02, "weight_decay": 0.1}),
        ("adamw_eps", "AdamW", {"lr": 0.02, "eps": 1e-3}),
    ]
}


def rosenbrock(x: Any, w: Any) -> Any:
    """A curved valley in x, and a bowl in w that x tilts: gradients of very different sizes."""
    return (
        ((1 - x[:-1]) ** 2).sum()
        + 10 * ((x[1:] - x[:-1] ** 2) ** 2).sum()
        + ((w - x[0]) ** 2).sum()
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_follow_the_same_trajectory_for_200_steps(name: str) -> None:
    start = [np.array([-1.0, 0.5, 0.8, -0.3]), np.arange(6.0).reshape(2, 3)]
    a = [Tensor(x, requires_grad=True) for x in start]
    b = [torch.tensor(x, requires_grad=True) for x in start]
    ours, theirs = OPTIMIZERS[name][0](a), OPTIMIZERS[name][1](b)
    for _ in range(200):
        for optimizer, tensors in ((ours, a), (theirs, b)):
            optimizer.zero_grad()
            (rosenbrock(*tensors) * 0.05).backward()
            optimizer.step()
    for x, y in zip(a, b, strict=True):
        assert_matches(x, y.detach().numpy(), rtol=1e-10, atol=1e-10)
        assert not np.allclose(x.data, start[0] if x.ndim == 1 else start[1])


def test_groups_keep_their_own_settings() -> None:
    results = []
    for make, kind in ((lambda x: Tensor(x, requires_grad=True), optim.AdamW), (lambda x: torch.tensor(x, requires_grad=True), torch.optim.AdamW)):  # fmt: skip
        a, b = make(np.array([1.0, 2.0])), make(np.array([3.0]))
        optimizer = kind([{"params": [a], "weight_decay": 0.0}, {"params": [b], "lr": 0.1}], lr=0.01, weight_decay=0.5)  # fmt: skip
        for _ in range(50):
            optimizer.zero_grad()
            ((a * a).sum() + (b * b).sum()).backward()
            optimizer.step()
        results.append(
            [np.asarray(t.data if isinstance(t, Tensor) else t.detach()) for t in (a, b)]
        )
    for x, y in zip(*results, strict=True):
        assert_matches(x, y, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_agrees(max_norm: float) -> None:
    grads = [np.array([3.0, -4.0]), np.array([[12.0]])]
    a = [Tensor(np.zeros_like(g), requires_grad=True) for g in grads]
    b = [torch.zeros(g.shape, dtype=torch.float64, requires_grad=True) for g in grads]
    for x, y, g in zip(a, b, grads, strict=True):
        x.grad, y.grad = g.copy(), torch.tensor(g)
    assert optim.clip_grad_norm_(a, max_norm) == pytest.approx(13)
    torch.nn.utils.clip_grad_norm_(b, max_norm)
    for x, y in zip(a, b, strict=True):
        assert_matches(x.grad, y.grad.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(6, 4), (3, 4, 5)])
def test_batch_norm_agrees_in_training_and_after(shape: tuple[int, ...]) -> None:
    ours, theirs = nn.BatchNorm1d(4), torch.nn.BatchNorm1d(4)
    for i in range(3):
        x = np.random.default_rng(i).normal(2, 3, shape).astype(np.float32)
        a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        y, z = ours(a), theirs(b)
        weights = np.random.default_rng(9).normal(size=shape).astype(np.float32)
        y.backward(weights)
        z.backward(torch.tensor(weights))
        assert_matches(y, z.detach().numpy(), atol=2e-6)
        assert_matches(a.grad, b.grad.numpy(), atol=2e-6)
    assert_matches(ours.running_mean, theirs.running_mean.numpy(), atol=1e-6)
    assert_matches(ours.running_var, theirs.running_var.numpy(), atol=1e-5)
    ours.eval(), theirs.eval()
    assert_matches(ours(Tensor(x)), theirs(torch.tensor(x)).detach().numpy(), atol=1e-5)


def test_a_network_trains_as_in_pytorch() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 6)).astype(np.float32), rng.integers(0, 3, 32)
    ours = nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3))
    theirs = torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.LayerNorm(8), torch.nn.GELU(), torch.nn.Linear(8, 3)
    )
    theirs.load_state_dict({name: torch.tensor(v) for name, v in ours.state_dict().items()})
    a, b = optim.AdamW(ours.parameters(), lr=0.01), torch.optim.AdamW(theirs.parameters(), lr=0.01)
    losses = []
    for _ in range(40):
        a.zero_grad(), b.zero_grad()
        p = F.cross_entropy(ours(Tensor(x)), y)
        q = torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(y))
        p.backward(), q.backward()
        a.step(), b.step()
        losses.append((p.item(), q.item()))
    assert_matches(*np.array(losses).T, rtol=1e-4)
    assert losses[-1][0] < 0.7 * losses[0][0]


def test_the_names_and_the_order_of_parameters_agree() -> None:
    ours = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1, bias=False))
    theirs = torch.nn.Sequential(
        torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1, bias=False)
    )
    assert list(ours.state_dict()) == list(theirs.state_dict())
    shapes = [(name, tuple(p.shape)) for name, p in theirs.named_parameters()]
    assert [(name, p.shape) for name, p in ours.named_parameters()] == shapes


@pytest.mark.parametrize("activation", ["linear", "relu", "leaky_relu"])
def test_gains_agree_where_pytorch_has_them(activation: str) -> None:
    assert init.calculate_gain(activation) == pytest.approx(
        torch.nn.init.calculate_gain(activation), rel=1e-12
    )


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
def test_initializations_spread_as_pytorchs(mode: str) -> None:
    t, u = Tensor(np.zeros((400, 300))), torch.zeros(400, 300, dtype=torch.float64)
    pairs: list[tuple[Callable[[], Any], Callable[[], Any]]] = [
        (lambda: init.kaiming_normal_(t, mode), lambda: torch.nn.init.kaiming_normal_(u, mode=mode, nonlinearity="relu")),
        (lambda: init.kaiming_uniform_(t, mode), lambda: torch.nn.init.kaiming_uniform_(u, mode=mode, nonlinearity="relu")),
        (lambda: init.xavier_normal_(t, 1.5), lambda: torch.nn.init.xavier_normal_(u, 1.5)),
        (lambda: init.xavier_uniform_(t, 1.5), lambda: torch.nn.init.xavier_uniform_(u, 1.5)),
    ]  # fmt: skip
    for ours, theirs in pairs:
        ours(), theirs()
        assert t.data.std() == pytest.approx(float(u.std()), rel=0.02)
        assert np.abs(t.data).max() == pytest.approx(float(u.abs().max()), rel=0.2)


def test_files_are_read_by_the_safetensors_library_and_the_other_way(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy", reason="safetensors isn't installed")
    state = {
        "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "half": np.array([1.5, -2], np.float16),
        "step": np.array(7, np.int64),
        "mask": np.array([True, False, True]),
        "empty": np.zeros((0, 3)),
        "größe": np.array([1.0]),
    }
    save_file(state, tmp_path / "ours.safetensors", {"by": "minitorch"})
    library.save_file(state, tmp_path / "theirs.safetensors", {"by": "library"})
    for got in (library.load_file(tmp_path / "ours.safetensors"), load_file(tmp_path / "theirs.safetensors")):  # fmt: skip
        assert set(got) == set(state)
        for name, array in state.items():
            assert got[name].dtype == array.dtype
            assert np.array_equal(got[name], array)
    assert load_metadata(tmp_path / "theirs.safetensors") == {"by": "library"}
