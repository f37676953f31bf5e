"""What to look at before a long run: five questions of a few seconds, each with an answer that is known beforehand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from minilm.batches import BORDER, IGNORE, Batch
from minilm.train import accumulate, parameter_groups, summed_loss
from minitorch import no_grad
from minitorch.nn import Module
from minitorch.optim import AdamW, clip_grad_norm_


@dataclass(frozen=True)
class Finding:
    """One question's answer: what was asked, what came in words, and whether that is sound."""

    asked: str
    came: str
    sound: bool


def mean_loss(model: Module, batch: Batch) -> float:
    """Nats a token, without a gradient."""
    with no_grad():
        return float(summed_loss(model, batch).item() / batch.tokens)


def texts_of(batch: Batch) -> Iterator[tuple[int, int, int]]:
    """Each text of a batch: its row, where it starts and where it ends. What fills a row up counts as one."""
    for row, positions in enumerate(batch.positions):
        starts = [*np.flatnonzero(positions == 0).tolist(), len(positions)]
        yield from ((row, a, b) for a, b in pairwise(starts))


def floor(batch: Batch) -> float:
    """The smallest mean loss that a model can have on this batch if each position sees its own text so far, and no more.

    Nats a token. Who has learned the batch by heart gives each token its share among those that follow the same beginning
    in this batch.
    """
    raise NotImplementedError("Lab 18.2 - how often did this token follow this beginning?")


def blinded(batch: Batch) -> Batch:
    """The same batch, targets and all, with BORDER in the place of every id."""
    raise NotImplementedError("Lab 18.2 - nothing to read")


def overfit(model: Module, batch: Batch, steps: int, lr: float = 3e-3) -> list[float]:
    """Trains on one batch, over and over, with AdamW without decay and the norm clipped to 1: the loss before each step."""
    raise NotImplementedError("Lab 18.2 - the smallest training there is")


def influence(model: Module, batch: Batch, row: int, at: int) -> set[tuple[int, int]]:
    """All (row, position) whose logits move, by any bit, when the id at (row, at) becomes another one.

    Where nothing moves, no gradient can flow either, for any loss. The other id is the next one, behind the last the first.
    """
    raise NotImplementedError("Lab 18.2 - change one id, and compare bytes")


def allowed(batch: Batch, row: int, at: int) -> set[tuple[int, int]]:
    """All places that may move then: those of the same text from `at` on."""
    raise NotImplementedError("Lab 18.2 - the same text, not earlier")


def preflight(make: Callable[[], Module], batch: Batch, steps: int = 150) -> list[Finding]:
    """The five questions. `make` gives the same untrained model each time; the batch should have two rows or more.

    Some seconds for the model of this course and a batch of a few rows.
    """
    model = make()
    vocab_size = model(batch.ids[:1, :1]).shape[-1]
    begins, even = mean_loss(model, batch), math.log(vocab_size)
    findings = [
        Finding(
            "Does it begin without an opinion?",
            f"loss {begins:.3f}, ln V is {even:.3f}",
            abs(begins - even) < 0.1 * even,
        )
    ]
    # In the longest text, so that places behind the change are there to be looked at.
    row, start, end = max(texts_of(batch), key=lambda text: text[2] - text[1])
    at = (start + end) // 2
    overfit(model, batch, 3)  # an untrained head may hide what moves
    moved, may = influence(model, batch, row, at), allowed(batch, row, at)
    findings.append(
        Finding(
            "Does a token move its own text alone, and nothing before it?",
            f"{len(moved & may)} places moved, {len(moved - may)} of them forbidden"
            if not moved - may
            else f"{len(moved - may)} places moved that may not, such as {min(moved - may)}",
            moved <= may and (row, at) in moved,
        )
    )
    least = floor(batch)
    seeing = overfit(make(), batch, steps)[-1]
    findings.append(
        Finding(
            "Can it learn one batch by heart?",
            f"loss {seeing:.3f} after {steps} steps, the floor is {least:.3f}",
            seeing < least + 0.1 * even,
        )
    )
    findings.append(
        Finding(
            "Does it stay above the floor?",
            f"loss {seeing:.3f}, the floor is {least:.3f}",
            seeing > least - 1e-3,
        )
    )
    blind = overfit(make(), blinded(batch), steps)[-1]
    findings.append(
        Finding(
            "Does it need to read?",
            f"loss {blind:.3f} for one that reads nothing, {seeing:.3f} for one that reads",
            blind > seeing + 0.1 * even,
        )
    )
    return findings
