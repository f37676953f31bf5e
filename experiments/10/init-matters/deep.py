"""What the training experiments of phase 10 share: one task, deep networks, a loop that watches, and a plot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE, PURPLE, RED
from given.run import Run
from minitorch import Tensor, functional, nn, no_grad, optim
from minitorch.nn import init

INPUTS, SUMMED, TRAIN, HELD_OUT, BATCH = 64, 10, 8000, 1000, 64
COLORS = (RED, BLUE, GREEN, ORANGE, PURPLE)
Array = np.ndarray


@dataclass(frozen=True)
class Task:
    """Is the sum of the first ten of 64 normal numbers positive? A line would do; a deep network has to find it."""

    x: Array
    y: Array
    held_out_x: Array
    held_out_y: Array


def make_task(seed: int) -> Task:
    """8,000 rows to train on and 1,000 held out, from a generator of their own."""
    rng = np.random.default_rng([seed, 1])
    x = rng.standard_normal((TRAIN + HELD_OUT, INPUTS)).astype(np.float32)
    y = (x[:, :SUMMED].sum(axis=1) >= 0).astype(np.int64)
    return Task(x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:])


@dataclass
class Training:
    """What was seen of one training: the loss and the first layer's gradient norm before each step."""

    losses: list[float] = field(default_factory=list)
    grad_norms: list[float] = field(default_factory=list)
    held_out: float = 0.0

    @property
    def nan_at(self) -> int:
        """The first step whose loss isn't finite; -1 if there is none."""
        return next((i for i, loss in enumerate(self.losses) if not math.isfinite(loss)), -1)

    def last(self, n: int = 50) -> float:
        """The mean of the last n losses."""
        return sum(self.losses[-n:]) / n


def mlp(
    depth: int,
    width: int,
    fill: Callable[[Tensor, np.random.Generator], object],
    seed: int,
    norm: Callable[[int], nn.Module] | None = None,
) -> nn.Sequential:
    """`depth` hidden layers Linear, norm (if any), ReLU, and a head for two classes; biases 0."""
    rng = np.random.default_rng([seed, 2])
    layers: list[nn.Module] = []
    sizes = [INPUTS, *[width] * depth]
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), *([norm(fan_out)] if norm else []), nn.ReLU()]
    layers.append(nn.Linear(width, 2))
    model = nn.Sequential(*layers)
    for layer in model:
        if isinstance(layer, nn.Linear):
            fill(layer.weight, rng)
            if layer.bias is not None:
                init.constant_(layer.bias, 0)
    return model


def first_weight(model: nn.Module) -> Tensor:
    """The matrix nearest to the input: what reaches it has come through all the others."""
    return next(p for p in model.parameters() if p.ndim == 2)


def train(
    model: nn.Module, task: Task, optimizer: optim.Optimizer, steps: int, seed: int
) -> Training:
    """Mini-batches of 64 rows; stops where the loss isn't finite any more."""
    rng = np.random.default_rng([seed, 3])
    seen, watched = Training(), first_weight(model)
    # Overflow is one of the outcomes that are studied here, not an accident.
    with np.errstate(all="ignore"):
        for _ in range(steps):
            rows = rng.integers(0, len(task.x), BATCH)
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(Tensor(task.x[rows])), task.y[rows])
            seen.losses.append(loss.item())
            if not math.isfinite(seen.losses[-1]):
                break
            loss.backward()
            assert watched.grad is not None
            seen.grad_norms.append(float(np.linalg.norm(watched.grad.astype(np.float64))))
            optimizer.step()
        model.eval()
        with no_grad():
            guesses = model(Tensor(task.held_out_x)).data.argmax(axis=-1)
    seen.held_out = float((guesses == task.held_out_y).mean())
    return seen


def plain(values: Sequence[float]) -> list[float | None]:
    """Numbers as JSON can say them: None where one isn't finite."""
    return [v if math.isfinite(v) else None for v in values]


def draw(
    curves: Mapping[str, Sequence[float]],
    run: Run,
    name: str,
    ylabel: str,
    *,
    log: bool = False,
    smooth: int = 10,
) -> None:
    """One line a curve, the mean of `smooth` neighbors, up to where it is finite; same data, same bytes."""
    with run.plot(name) as figure:
        axes = figure.subplots()
        for (label, values), color in zip(curves.items(), COLORS, strict=False):
            finite = np.array([v for v in values if math.isfinite(v)])
            kernel = min(smooth, max(len(finite), 1))
            line = np.convolve(finite, np.ones(kernel) / kernel, "valid") if len(finite) else finite
            short = len(finite) < 3 * smooth
            axes.plot(
                finite if short else line, color=color, label=label, marker="o" if short else ""
            )
        axes.set(xlabel="step", ylabel=ylabel, **({"yscale": "log"} if log else {}))
        axes.legend()
