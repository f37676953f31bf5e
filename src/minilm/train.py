"""The training loop: gradients of a mean over tokens, one step, what is written down of it, and when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from labkit.generators import load_state, make_rng, save_state
from minigrad.schedules import warmup_cosine
from minilm.batches import IGNORE, Batch, Item, Loader
from minilm.errors import MinilmError
from minilm.evaluate import bits_per_byte
from minilm.training_files import BEST, RunFolder, read_checkpoint
from minitorch import functional as F
from minitorch import no_grad
from minitorch.nn import Module
from minitorch.optim import AdamW, Group, Scheduler, clip_grad_norm_
from minitorch.tensor import Array, Tensor


class DivergedError(MinilmError):
    """A training that leads nowhere. The step that showed it was not made."""


class Batches(Protocol):
    """What a trainer draws from: `minilm.batches.Loader`, or anything else with a state."""

    def __next__(self) -> Batch: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


def parameter_groups(model: Module, weight_decay: float) -> list[Group]:
    """Two groups for an optimizer, each parameter in one: what has two axes or more decays, the rest doesn't.

    A tied embedding has two axes. A group without a parameter is left out.
    """
    raise NotImplementedError("Lab 18.1 - matrices here, biases and gains there")


def summed_loss(model: Module, batch: Batch) -> Tensor:
    """The sum of the losses of the batch's targets, in nats."""
    raise NotImplementedError("Lab 18.1 - the model, its mask and positions, the loss")


def accumulate(model: Module, batches: Sequence[Batch]) -> tuple[float, int]:
    """Leaves in the parameters the gradient of the mean loss over all tokens of all these batches, as if they were one.

    A batch without targets is skipped: the model isn't asked.

    Returns:
        That mean, in nats a token, and the number of tokens; nan and 0 where there is none, without a gradient then.
    """
    raise NotImplementedError("Lab 18.1 - each batch weighs as many tokens as it has")


class Trainer:
    """A model, what it learns from, and how: everything that a checkpoint must hold, in one place.

    Attributes:
        step: how many steps were made. first, smooth: the loss of the first step, and a running mean of all.
        best: bits per byte and step of the best evaluation so far; infinity and 0 before the first.
        rng: for whatever draws while training (dropout, say); it is saved and restored.
    """

    def __init__(
        self,
        model: Module,
        batches: Batches,
        schedulers: Sequence[Scheduler],
        *,
        clip: float = 1.0,
        micro: int = 1,
        ceiling: float = 1.5,
        rng: np.random.Generator | None = None,
    ) -> None:
        """`micro` batches make a step. A running mean above `ceiling` times the first loss is divergence.

        Args:
            schedulers: each with the optimizer that it steers: one for AdamW alone, two for Muon beside AdamW.
        """
        if micro < 1 or not ceiling > 1:
            raise ValueError(f"micro must be 1 or more and ceiling above 1, got {micro}, {ceiling}")
        self.model, self.batches, self.schedulers = model, batches, list(schedulers)
        self.clip, self.micro, self.ceiling = clip, micro, ceiling
        self.rng = make_rng(0) if rng is None else rng
        self.step, self.first, self.smooth = 0, math.nan, math.nan
        self.best: tuple[float, int] = (math.inf, 0)

    def advance(self) -> dict[str, float]:
        """One step of all optimizers.

        Returns:
            What is written down of it: `step` (from 1), `loss` in nats a token, `lr` of the first group, `norm` of the
            gradient before it was clipped, `tokens`.

        Raises:
            DivergedError: the loss or a gradient isn't finite, or the running mean is above its ceiling. The message has the
                step and the number; no parameter was changed.
        """
        raise NotImplementedError("Lab 18.1 - draw, differentiate, look, clip, step")

    def state_dict(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """All that a resumed run needs: copies of arrays by name, and the rest for JSON.

        Names: `model.` and a parameter's, `optimizer.I.N.` and the name of an array of parameter number N in optimizer I.
        """
        raise NotImplementedError("Lab 18.4 - five states")

    def load_state_dict(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Goes on where `state_dict` was taken; the generator `rng` keeps its identity."""
        raise NotImplementedError("Lab 18.4 - and back")


def recipe(
    model: Module,
    items: Sequence[Item],
    *,
    steps: int,
    seed: int,
    rows: int = 8,
    context_len: int = 64,
    lr: float = 3e-3,
    weight_decay: float = 0.1,
) -> Trainer:
    """This course's way to train a GPT: packed rows, AdamW, a warm-up of a tenth of the steps and a cosine down to a tenth of `lr`."""
    optimizer = AdamW(parameter_groups(model, weight_decay), betas=(0.9, 0.95))
    schedule = partial(
        warmup_cosine, lr_max=lr, lr_min=lr / 10, warmup_steps=steps // 10, total_steps=steps
    )
    return Trainer(model, Loader(items, rows, context_len, seed), [Scheduler(optimizer, schedule)])


def evaluate(model: Module, batches: Iterable[Batch], pieces: Sequence[bytes]) -> float:
    """Bits per byte of the targets; `pieces[i]` is what id i stands for. No gradient, dropout off, the mode put back."""
    mode = model.training
    model.eval()
    raise NotImplementedError("Lab 18.3 - the logarithms of what came, and its bytes")


def bar(step: int, steps: int, loss: float, tokens: int, seconds: float, began: int = 0) -> str:
    """What is shown while it runs: how far, the loss, the speed, and how long it will still take.

    Such as `[##########----------] 50/100  loss 1.234  5,120 tokens/s  0:42 left`: 20 cells, of which step/steps, rounded
    down, are filled; minutes and seconds, hours in front where there are some.

    Args:
        tokens, seconds: of the steps that this process made, those after `began`: a resumed run has made fewer than `step`.
    """
    raise NotImplementedError("Lab 18.3 - cells, speed, what is left")


def train(
    trainer: Trainer,
    steps: int,
    run: RunFolder | None = None,
    *,
    check: Callable[[], float] | None = None,
    every: int = 100,
    patience: int | None = None,
    show: Callable[[str], object] | None = None,
) -> dict[str, Array]:
    """Trains up to step `steps`, from wherever the trainer stands; resume it first (`run.resume(trainer)`).

    Every `every` steps, and at the end: `check()`, bits per byte, whose best weights are kept; then a checkpoint. A line a step:
    what `advance` gives, `tokens_per_second`, and `bits_per_byte` where it was checked.

    Args:
        patience: ends when this many checks in a row were no better than the best one.
        show: what to do with each step's `bar`.

    Returns:
        The weights of the best check; of the last step where nothing was checked.

    Raises:
        DivergedError: as `advance`; the message has the last state that is kept. MinilmError: as RunFolder's methods.
    """
    best = trainer.model.state_dict()
    if run is not None and trainer.best[1]:
        best = read_checkpoint(run.path / BEST, run.config).weights()
    began, start, tokens = trainer.step, perf_counter(), 0
    raise NotImplementedError("Lab 18.3 - step, check, write down, save, stop")


def _spent(trainer: Trainer, every: int, patience: int | None) -> bool:
    """Whether `patience` checks have passed since the best one."""
    return patience is not None and trainer.step - trainer.best[1] >= patience * every
