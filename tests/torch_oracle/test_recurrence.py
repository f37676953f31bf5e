"""The recurrent cells of phase 14 beside PyTorch's, on the same weights: values, last states and all gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from minilm.rnn import LSTMCell, RNNCell, gradient_norms, unroll
from minitorch import Tensor
from minitorch.testing import assert_matches

INPUTS, HIDDEN, BATCH, STEPS = 3, 5, 4, 12
NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
PAIRS = [
    pytest.param(RNNCell, torch.nn.RNNCell, torch.nn.RNN, id="RNN"),
    pytest.param(LSTMCell, torch.nn.LSTMCell, torch.nn.LSTM, id="LSTM"),
]


def both(ours, theirs, suffix=""):
    """A cell of ours and a module of theirs with its weights, in float64."""
    one = ours(INPUTS, HIDDEN, rng=np.random.default_rng(1))
    other = theirs(INPUTS, HIDDEN).double()
    for name in NAMES:
        array = getattr(one, name).numpy().astype(np.float64)
        assert tuple(array.shape) == tuple(getattr(other, name + suffix).shape)
        setattr(one, name, type(one.weight_hh)(array))
        getattr(other, name + suffix).data = torch.tensor(array)
    return one, other


def arrays(number):
    rng = np.random.default_rng(2)
    return rng.normal(size=(STEPS, BATCH, INPUTS)), rng.normal(size=(number, BATCH, HIDDEN))


def theirs_of(states):
    """A state as PyTorch takes it: h alone, or the pair."""
    tensors = tuple(torch.tensor(s, requires_grad=True) for s in states)
    return tensors, (tensors if len(tensors) > 1 else tensors[0])


def close(a, b):
    assert_matches(a, b.detach().numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("ours, cell, net", PAIRS)
def test_a_step_is_pytorchs(ours, cell, net) -> None:
    one, other = both(ours, cell)
    x, states = arrays(one.states)
    start = tuple(Tensor(s, requires_grad=True) for s in states)
    leaves, begin = theirs_of(states)
    got, want = one(Tensor(x[0]), start), other(torch.tensor(x[0]), begin)
    for a, b in zip(got, want if one.states > 1 else (want,), strict=True):
        close(a, b)
    sum(((s * s).sum() for s in got[1:]), (got[0] * got[0]).sum()).backward()
    sum((b * b).sum() for b in (want if one.states > 1 else (want,))).backward()
    for a, b in zip(start, leaves, strict=True):
        close(a.grad, b.grad)
    for name in NAMES:
        close(getattr(one, name).grad, getattr(other, name).grad)


@pytest.mark.parametrize("ours, cell, net", PAIRS)
def test_the_unrolled_network_is_pytorchs(ours, cell, net) -> None:
    one, other = both(ours, net, "_l0")
    x, states = arrays(one.states)
    inputs, there = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    start = tuple(Tensor(s, requires_grad=True) for s in states)
    leaves, _ = theirs_of(states)
    begin = tuple(s[None] for s in leaves)
    outputs, after = unroll(one, inputs, start)
    wanted, last = other(there, begin if one.states > 1 else begin[0])
    close(outputs, wanted)
    for a, b in zip(after, last if one.states > 1 else (last,), strict=True):
        close(a, b[0])
    weights = np.random.default_rng(3).normal(size=wanted.shape)
    (outputs * Tensor(weights)).sum().backward()
    (wanted * torch.tensor(weights)).sum().backward()
    close(inputs.grad, there.grad)
    for a, b in zip(start, leaves, strict=True):
        close(a.grad, b.grad)
    for name in NAMES:
        close(getattr(one, name).grad, getattr(other, f"{name}_l0").grad)


@pytest.mark.parametrize("ours, cell, net", PAIRS)
def test_the_gradient_through_time_is_pytorchs(ours, cell, net) -> None:
    one, other = both(ours, cell)
    x, states = arrays(1)
    state = [torch.zeros(BATCH, HIDDEN, dtype=torch.float64)] * one.states
    kept = []
    for t in range(STEPS + 1):
        if t:
            after = other(torch.tensor(x[t - 1]), tuple(state) if one.states > 1 else state[0])
            state = list(after) if one.states > 1 else [after]
        marks = [torch.zeros_like(s, requires_grad=True) for s in state]
        state = [s + mark for s, mark in zip(state, marks, strict=True)]
        kept.append(marks)
    state[0].backward(torch.tensor(states[0]))
    want = [
        np.sqrt(sum(float((s.grad**2).sum()) for s in some if s.grad is not None)) for some in kept
    ]
    np.testing.assert_allclose(gradient_norms(one, Tensor(x), states[0]), want, rtol=1e-9)
