"""Recurrent networks: a state that is carried from step to step, and the gradient that has to come back the same way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minitorch import functional as F
from minitorch import stack
from minitorch.nn import Embedding, Linear, Module, Parameter, init
from minitorch.optim import Optimizer, clip_grad_norm_
from minitorch.shaping import split
from minitorch.tensor import Tensor

Rng = np.random.Generator | None
State = tuple[Tensor, ...]
"""What a cell carries, each (B, hidden): (h,) or (h, c). The first is what others see."""


class Cell(Module):
    """What both cells share: the weights, named and shaped as in PyTorch's cells, and how they start.

    weight_ih (G H, I), weight_hh (G H, H), bias_ih (G H,), bias_hh (G H,), all uniform in ±1/sqrt(H), for H hidden units, I
    inputs and G `gates`.
    """

    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter
    bias_hh: Parameter
    gates = 1
    states = 1

    def __init__(self, input_size: int, hidden_size: int, rng: Rng = None) -> None:
        """ValueError unless both sizes are 1 or more."""
        super().__init__()
        if input_size < 1 or hidden_size < 1:
            raise ValueError(f"sizes must be 1 or more, got {input_size} and {hidden_size}")
        self.input_size, self.hidden_size = input_size, hidden_size
        # lab 14.3 - four parameters, drawn in the order in which they are named
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(np.empty((rows, input_size), np.float32))
        self.weight_hh = Parameter(np.empty((rows, hidden_size), np.float32))
        self.bias_ih = Parameter(np.empty(rows, np.float32))
        self.bias_hh = Parameter(np.empty(rows, np.float32))
        for parameter in self.parameters():
            init.uniform_(parameter, -1 / math.sqrt(hidden_size), 1 / math.sqrt(hidden_size), rng)
        # end lab

    def start(self, batch: int) -> State:
        """Zeros, (batch, H) each, in the dtype of the weights."""
        zeros = np.zeros((batch, self.hidden_size), self.weight_hh.dtype)
        return tuple(Tensor(zeros) for _ in range(self.states))

    def sums(self, x: Tensor, h: Tensor) -> Tensor:
        """Both linear maps, of the input and of the state, each with its bias, and their sum: shape (B, G H)."""
        # lab 14.3 - what both cells begin with
        return F.linear(x, self.weight_ih, self.bias_ih) + F.linear(h, self.weight_hh, self.bias_hh)
        # end lab

    def step(self, x: Tensor, state: State) -> State:
        """The next state, from an input x (B, I) and a state that fits; nothing is checked."""
        raise NotImplementedError(f"{type(self).__name__} has no step")

    def forward(self, x: Tensor, state: State | None = None) -> State:
        """One step from an input x (B, I); `start` where no state is given."""
        _, after = unroll(self, x.reshape(1, *x.shape), state)
        return after


class RNNCell(Cell):
    """h' = tanh of a linear map of the input and the state (Elman 1990)."""

    def step(self, x: Tensor, state: State) -> State:
        # lab 14.3 - Elman's step
        (h,) = state
        return (self.sums(x, h).tanh(),)
        # end lab


class LSTMCell(Cell):
    """A cell state that is only scaled and added to, with a gate each for what goes in, what stays and what comes out.

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers and others (2000). The rows of the weights are those of
    the input gate, the forget gate, the candidate and the output gate, in this order, as in PyTorch.
    """

    gates = 4
    states = 2

    def __init__(
        self, input_size: int, hidden_size: int, rng: Rng = None, forget_bias: float = 0.0
    ) -> None:
        """`forget_bias` is added to bias_ih of the forget gate, after all is drawn."""
        super().__init__(input_size, hidden_size, rng)
        # lab 14.3 - how open the forget gate starts
        bias = self.bias_ih.numpy()
        bias[hidden_size : 2 * hidden_size] += forget_bias
        self.bias_ih.data = bias
        # end lab

    def step(self, x: Tensor, state: State) -> State:
        # lab 14.3 - three gates and a candidate
        h, c = state
        i, f, g, o = split(self.sums(x, h), self.hidden_size, axis=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
        # end lab


def _checked(cell: Cell, x: Tensor, state: State | None) -> State:
    """The state to begin with. ValueError for what `unroll` refuses."""
    if x.ndim != 3 or x.shape[2] != cell.input_size or not x.shape[0]:
        raise ValueError(f"unroll: x must be (T, B, {cell.input_size}), T above 0, got {x.shape}")
    state = cell.start(x.shape[1]) if state is None else state
    wanted = [(x.shape[1], cell.hidden_size)] * cell.states
    if [s.shape for s in state] != wanted:
        raise ValueError(f"unroll: the state must be {wanted}, got {[s.shape for s in state]}")
    for name, tensor in (("x", x), *((f"state {i}", s) for i, s in enumerate(state))):
        if not np.isfinite(tensor.data).all():
            raise ValueError(f"unroll: {name} isn't finite")
    return state


def unroll(cell: Cell, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
    """The same cell at each of T steps.

    Args:
        x: (T, B, I), time first.
        state: what to begin with; `cell.start` if there is none.

    Returns:
        The first of the states after each step, (T, B, H), and the whole state after the last.

    Raises:
        ValueError: x isn't (T, B, I) with T of 1 or more; a state of another batch, width or number; a number that isn't
            finite. The message says which.
    """
    state = _checked(cell, x, state)
    # lab 14.3 - step by step
    outputs = []
    for t in range(x.shape[0]):
        state = cell.step(x[t], state)
        outputs.append(state[0])
    return stack(outputs), state
    # end lab


def detached(state: State) -> State:
    """The same numbers, without the graph that they came from."""
    # lab 14.4 - the numbers alone
    return tuple(s.detach() for s in state)
    # end lab


def _flat(gradients: Iterable[NDArray[Any] | None]) -> list[float]:
    """All their numbers in one list; None has none."""
    return [float(number) for g in gradients if g is not None for number in g.ravel()]


def gradient_norms(cell: Cell, x: Tensor, last: Any) -> NDArray[np.float64]:
    """How large the gradient is at each step on its way back through time.

    Args:
        x: (T, B, I); the cell starts from zeros.
        last: (B, H), the gradient of the loss by the last h. The loss sees no other.

    Returns:
        (T + 1,): at t the 2-norm, over the whole batch and over h and c together, of the loss's gradient by the state after t
        steps; t = 0 is the state before the first. No parameter's gradient is changed.

    Raises:
        ValueError: as `unroll`; or `last` has another shape, or isn't finite.
    """
    state = _checked(cell, x, None)
    last = np.asarray(last, cell.weight_hh.dtype)
    if last.shape != state[0].shape or not np.isfinite(last).all():
        raise ValueError(
            f"gradient_norms: last must be {state[0].shape} and finite, got {last.shape}"
        )
    # lab 14.4 - a mark at every step
    kept = {name: parameter.grad for name, parameter in cell.named_parameters()}
    marks = []
    for t in range(x.shape[0] + 1):
        if t:
            state = cell.step(x[t - 1], state)
        # c is an input of h: by a mark of its own each is a variable of its own, and nothing but the next step sees it.
        marks.append([Tensor(np.zeros_like(s.data), requires_grad=True) for s in state])
        state = tuple(s + mark for s, mark in zip(state, marks[-1], strict=True))
    state[0].backward(last)
    for name, parameter in cell.named_parameters():
        parameter.grad = kept[name]
    # hypot scales before it squares: the square of 1e-180 is 0.
    return np.array([math.hypot(*_flat(mark.grad for mark in some)) for some in marks])
    # end lab


class RecurrentLM(Module):
    """A language model: a vector for each token, a cell, and a score for each token that may come next."""

    embedding: Embedding

    def __init__(self, vocab_size: int, dim: int, cell: Cell, rng: Rng = None) -> None:
        """ValueError if the cell doesn't take `dim` inputs."""
        super().__init__()
        if cell.input_size != dim:
            raise ValueError(
                f"RecurrentLM: a cell of {dim} inputs is needed, got {cell.input_size}"
            )
        # lab 14.4 - embedding, cell, head
        self.embedding = Embedding(vocab_size, dim, std=1.0, rng=rng)
        self.cell = cell
        self.head = Linear(cell.hidden_size, vocab_size, rng=rng)
        # end lab

    def forward(self, ids: Any, state: State | None = None) -> tuple[Tensor, State]:
        """Ids (T, B) to logits (T, B, V), those at t for the token after it, and the state after the last."""
        # lab 14.4 - look up, unroll, score
        outputs, state = unroll(self.cell, self.embedding(ids), state)
        return self.head(outputs), state
        # end lab


def _known_ids(ids: NDArray[Any], size: int) -> None:
    """ValueError, before a step is made, for an id of which a later span would complain."""
    if ids.dtype.kind not in "iu":
        raise ValueError(f"train_truncated: ids must be integers, got {ids.dtype}")
    wrong = (ids < 0) | (ids >= size)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"train_truncated: id {ids[at]} at {at}: the model has 0 to {size - 1}")


def train_truncated(
    model: RecurrentLM, ids: Any, optimizer: Optimizer, span: int, clip: float = 1.0
) -> list[float]:
    """One pass over a long text, `span` steps at a time: truncated backpropagation through time.

    The state goes on from span to span, from zeros at the beginning; no gradient goes back over a border. After each span
    the gradient's norm is clipped to `clip`, and the optimizer makes a step.

    Args:
        ids: (T + 1, B): B texts side by side. Each token is the target of the one before, so the first is none.
        span: how many targets of each text a step of the optimizer sees; the last span may have fewer.

    Returns:
        The mean loss of each span, in nats, before its step.

    Raises:
        ValueError: ids aren't (T + 1, B) integers with T and B of 1 or more, one of them isn't a token of the model, span
            isn't an int of 1 or more, or clip isn't above 0. Nothing was trained then.
    """
    ids = np.asarray(ids)
    if ids.ndim != 2 or len(ids) < 2 or not ids.shape[1]:
        raise ValueError(f"train_truncated: ids must be (T + 1, B), got {ids.shape}")
    if isinstance(span, bool) or not isinstance(span, int) or span < 1:
        raise ValueError(f"train_truncated: span must be an int of 1 or more, got {span!r}")
    _known_ids(ids, model.embedding.weight.shape[0])
    if not clip > 0:
        raise ValueError(f"train_truncated: clip must be above 0, got {clip}")
    # lab 14.4 - the numbers go on, the graph doesn't
    state = None
    losses = []
    for at in range(0, len(ids) - 1, span):
        targets = ids[at + 1 : at + 1 + span]
        logits, state = model(ids[at : at + len(targets)], state)
        state = detached(state)
        loss = F.cross_entropy(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses
    # end lab
