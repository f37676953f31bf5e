"""Three tasks of memory, three seeds: where an LSTM remembers what an RNN with as many parameters doesn't, and where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.rnn import Cell, LSTMCell, RNNCell, unroll
from minitorch import Tensor, no_grad
from minitorch import functional as F
from minitorch.nn import Linear
from minitorch.optim import Adam, clip_grad_norm_

Rng = np.random.Generator
Array = np.ndarray[Any, Any]
SYMBOLS, SIZE = 8, 3.0
"""How many symbols, and how large the 1 of a one-hot vector is."""
GAP, NUMBERS, LENGTH, LAG = 25, 16, 12, 2
SEEDS, ASKED, FORGET = 3, 512, 3.0


def one_hot(ids: Array, width: int) -> Array:
    return (SIZE * np.eye(width)[ids]).astype(np.float32)


def copy(rng: Rng, batch: int, gap: int = GAP) -> tuple[Array, Array]:
    """A symbol with a mark beside it, then `gap` others; what was the first?"""
    ids = rng.integers(0, SYMBOLS, (gap + 1, batch))
    x = one_hot(ids, SYMBOLS + 1)
    x[0, :, SYMBOLS] = SIZE
    return x, ids[:1]


def adding(rng: Rng, batch: int) -> tuple[Array, Array]:
    """NUMBERS numbers between 0 and 1, one of each half marked; what is the sum of the two?"""
    values, marks = rng.uniform(0, 1, (NUMBERS, batch)), np.zeros((NUMBERS, batch))
    half, columns = NUMBERS // 2, np.arange(batch)
    for low, high in ((0, half), (half, NUMBERS)):
        marks[rng.integers(low, high, batch), columns] = 1
    x = np.stack([values, marks], axis=2).astype(np.float32)
    return x, (values * marks).sum(axis=0)[None].astype(np.float32)


def echo(rng: Rng, batch: int) -> tuple[Array, Array]:
    """LENGTH symbols; at every step, which one came LAG steps ago?"""
    ids = rng.integers(0, SYMBOLS, (LENGTH, batch))
    return one_hot(ids, SYMBOLS), ids[:-LAG]


@dataclass
class Task:
    """How it is trained; `hidden` is that of the RNN and of the LSTM, which never has more parameters."""

    draw: Callable[[Rng, int], tuple[Array, Array]]
    inputs: int
    outputs: int
    hidden: tuple[int, int]
    steps: int
    batch: int
    lr: float


TASKS = {
    "copy": Task(copy, SYMBOLS + 1, SYMBOLS, (56, 24), 300, 16, 1e-2),
    "adding": Task(adding, 2, 1, (36, 16), 600, 32, 5e-3),
    "echo": Task(echo, SYMBOLS, SYMBOLS, (56, 24), 150, 16, 1e-2),
}


def asked(task: Task, cell: Cell, head: Linear, x: Array, y: Array) -> tuple[Tensor, Array]:
    """The loss, and what the head says at the last steps, as many as there are targets."""
    outputs, _ = unroll(cell, Tensor(x))
    said = head(outputs[len(x) - len(y) :])
    if task.outputs == 1:
        off = said.reshape(*y.shape) - y
        return (off * off).mean(), said.numpy()
    return F.cross_entropy(said, y), said.numpy()


def trained(
    task: Task, kind: str, seed: int, forget_bias: float = FORGET
) -> tuple[list[float], float, int]:
    """Losses of all steps; on examples drawn anew, the share that is right (adding: the mean square error); parameters."""
    rng = np.random.default_rng(seed)
    rnn, lstm = task.hidden
    cell: Cell = (
        RNNCell(task.inputs, rnn, rng=rng)
        if kind == "rnn"
        else LSTMCell(task.inputs, lstm, rng=rng, forget_bias=forget_bias)
    )
    head = Linear(cell.hidden_size, task.outputs, rng=rng)
    parameters = [*cell.parameters(), *head.parameters()]
    optimizer = Adam(parameters, lr=task.lr)
    losses = []
    for _ in range(task.steps):
        loss, _ = asked(task, cell, head, *task.draw(rng, task.batch))
        optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        losses.append(loss.item())
    with no_grad():
        x, y = task.draw(rng, ASKED)
        loss, said = asked(task, cell, head, x, y)
    score = loss.item() if task.outputs == 1 else float((said.argmax(-1) == y).mean())
    return losses, score, sum(p.size for p in cell.parameters())


def main(run: Run) -> None:
    """Each task with both cells, from SEEDS seeds; the seed of the run is the first of them."""
    metrics: dict[str, float] = {}
    curves: dict[str, list[list[float]]] = {}
    print(f"{'':12} {'parameters':>10}  scores of {SEEDS} seeds (adding: mean square error)")
    for name, task in TASKS.items():
        for kind in ("rnn", "lstm"):
            found = [trained(task, kind, run.seed + i) for i in range(SEEDS)]
            scores = [score for _, score, _ in found]
            curves[f"{name}_{kind}"] = [losses for losses, _, _ in found]
            metrics |= {f"{name}_{kind}_{i}": score for i, score in enumerate(scores)}
            metrics[f"{name}_{kind}"] = float(np.median(scores))
            metrics[f"{name}_{kind}_worst"] = max(scores) if task.outputs == 1 else min(scores)
            metrics[f"{name}_{kind}_best"] = min(scores) if task.outputs == 1 else max(scores)
            metrics[f"{name}_{kind}_parameters"] = found[0][2]
            print(f"{name:7} {kind:4} {found[0][2]:10}  {'  '.join(f'{s:.3f}' for s in scores)}")
    run.save("losses.json", curves, indent=None)
    with run.plot("losses.svg", 9.0, 3.2) as figure:
        for place, name in enumerate(TASKS, 1):
            axes = figure.add_subplot(1, len(TASKS), place, title=name, xlabel="step")
            for kind, color in (("rnn", "#c2570c"), ("lstm", "#1d5fa8")):
                for i, losses in enumerate(curves[f"{name}_{kind}"]):
                    smooth = np.convolve(losses, np.ones(10) / 10, "valid")
                    axes.plot(smooth, color=color, linewidth=1, label=None if i else kind)
        figure.axes[0].set_ylabel("loss")
        figure.axes[0].legend()
    run.record(
        config={
            "gap": GAP,
            "numbers": NUMBERS,
            "lag": LAG,
            "seeds": SEEDS,
            "forget_bias": FORGET,
            "steps": {name: task.steps for name, task in TASKS.items()},
        },
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
