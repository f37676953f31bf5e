"""One rate for all widths: which parameters start smaller and step smaller as a GPT gets wider (Yang et al. 2022), and how to see it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from minilm.batches import Batch
from minilm.errors import MinilmError
from minilm.gpt import GPT
from minilm.train import accumulate
from minitorch import no_grad
from minitorch.optim import AdamW, Group, Optimizer, Scheduler

Schedule = Callable[[int], float]


def role(name: str, ndim: int) -> str:
    """What grows with the width in a parameter of this name.

    Returns:
        "hidden": both axes, a matrix inside a block. "output": what comes in, the head's matrix. "input": what goes out alone: the
        embedding, a table of positions, and whatever has one axis.
    """
    raise NotImplementedError("Lab 19.5 - which axes grow")


def start(model: GPT, base: int) -> None:
    """Changes a fresh GPT of width d so that it starts as muP asks, if one of width `base` starts as it is.

    Spreads: hidden ones times sqrt(base / d), output ones times base / d, input ones as they are.

    Raises:
        MinilmError: a tied head, which would be input and output at once; heads whose width isn't that of the base's
            (`d_head` must stay, and their number grow), given by a `base` that d_head doesn't divide.
    """
    if model.config.tied:
        raise MinilmError("tied: a head that is the embedding can't be input and output at once")
    if base < 1 or base % model.config.d_head:
        raise MinilmError(f"base: heads of {model.config.d_head} don't divide {base}: widen by heads, not by their size")  # fmt: skip
    raise NotImplementedError("Lab 19.5 - smaller where more is summed")


def schedulers(
    model: GPT, base: int, schedule: Schedule, weight_decay: float = 0.0
) -> list[Scheduler]:
    """Optimizers for a GPT of width d, each with its own rate: AdamW (0.9, 0.95), by role.

    Input parameters follow `schedule`, hidden and output ones base / d times it. The first steers the input's. At d = base all have one
    rate.
    """
    raise NotImplementedError("Lab 19.5 - two rates")


def moved(
    model: GPT, optimizers: Sequence[Optimizer], batch: Batch, steps: int
) -> dict[str, float]:
    """How far `steps` steps on one batch move what the model computes on it: the root mean square of the change.

    Returns:
        `stream`, of what enters the final norm; `logits`.
    """
    before = _computed(model, batch)
    raise NotImplementedError("Lab 19.5 - steps, and the change of what comes out")


def _computed(model: Any, batch: Batch) -> dict[str, np.ndarray]:
    """The stream behind the last block and the logits, as float64."""
    with no_grad():
        x = model.stream(batch.ids, batch.positions)
        for block in model.blocks:
            x = block(x, batch.positions, batch.mask)
        return {"stream": x.data.astype(np.float64), "logits": model.logits(x).data.astype(np.float64)}  # fmt: skip


def growth(by_width: Mapping[int, float]) -> float:
    """The power of the width with which a number grows: the slope of a line of least squares through logarithms.

    0: it stays; 1/2: four times the width doubles it. MinilmError for fewer than two widths, or a number that isn't above 0.
    """
    if len(by_width) < 2:
        raise MinilmError(f"widths: two or more are needed, got {sorted(by_width)}")
    for width, value in by_width.items():
        if not 0 < value < math.inf:
            raise MinilmError(f"width {width}: a number above 0 is needed, got {value}")
    raise NotImplementedError("Lab 19.5 - a slope")
