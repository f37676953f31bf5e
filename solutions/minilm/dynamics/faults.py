"""What a record tells: spikes, the batch whose gradient isn't like the others', and a diagnosis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from minilm.batches import Batch
from minilm.errors import MinilmError
from minilm.train import accumulate
from minitorch.nn import Module
from minitorch.tensor import Array

KINDS = ("healthy", "steady-rate", "frozen", "silent", "blurred", "bad-batch")
"""What a training can have. Nothing; a rate that never changes; a block that isn't trained; a block whose hidden units say nothing;
a block whose heads look at all keys alike; a batch that isn't like the others."""


def spikes(values: Sequence[float], window: int = 20, times: float = 8.0) -> list[int]:
    """The places of values that stand far above the `window` values before them, judged by a median and not by a mean.

    Far: more than `times` the median distance from the median, and more than a twentieth of the median, so that an almost constant
    series has none. The first `window` places have no past and are never spikes. A number that isn't finite is one, and stands in
    nobody's past.
    """
    # lab 19.2 - a median, and distances from it
    found = []
    for i in range(window, len(values)):
        if not math.isfinite(values[i]):
            found.append(i)
            continue
        past = np.array([v for v in values[i - window : i] if math.isfinite(v)])
        if not past.size:
            continue
        middle = float(np.median(past))
        spread = float(np.median(np.abs(past - middle)))
        if values[i] - middle > max(times * spread, abs(middle) / 20):
            found.append(i)
    return found
    # end lab


def batch_gradient(model: Module, batch: Batch) -> Array:
    """All gradients of the batch's mean loss, one behind another in the order of the parameters, float64; none stay in the model."""
    # lab 19.2 - one long vector
    accumulate(model, [batch])
    parts = [
        np.zeros(p.size) if p.grad is None else np.asarray(p.grad, np.float64).ravel()
        for p in model.parameters()
    ]
    model.zero_grad()
    return np.concatenate(parts)
    # end lab


def cosines(gradients: Sequence[Array]) -> list[float]:
    """How well each gradient agrees with the sum of all *others*: the cosine of their angle; 0 where one of both is zero.

    MinilmError for fewer than three: between two nobody can say which is the odd one.
    """
    if len(gradients) < 3:
        raise MinilmError(f"gradients: three or more are needed, got {len(gradients)}")
    # lab 19.2 - each against the rest
    g = np.stack([np.asarray(x, np.float64).ravel() for x in gradients])
    rest = g.sum(axis=0) - g
    sizes = np.linalg.norm(g, axis=1) * np.linalg.norm(rest, axis=1)
    dots = (g * rest).sum(axis=1)
    return [float(d / s) if s else 0.0 for d, s in zip(dots, sizes, strict=True)]
    # end lab


def odd_batch(model: Module, batches: Sequence[Batch]) -> int:
    """Which batch's gradient agrees least with those of the others, each with the weight of one. The first, of equal ones."""
    # lab 19.2 - equal weights, least cosine
    gradients = [batch_gradient(model, batch) for batch in batches]
    units = [g / (np.linalg.norm(g) or 1.0) for g in gradients]
    return int(np.argmin(cosines(units)))
    # end lab


def diagnose(record: Sequence[Mapping[str, Any]]) -> str:
    """What a training had, one of KINDS, told from its record alone (`probes.observe`); at most one fault is in it.

    Raises:
        MinilmError: a record of fewer than 40 steps, or without `inside` in its last line.
    """
    if len(record) < 40:
        raise MinilmError(f"record: 40 steps or more are needed, got {len(record)}")
    if "inside" not in record[-1]:
        raise MinilmError("record: its last line has no `inside`")
    # lab 19.2 - one mark for each kind
    looks = [line["inside"] for line in record if "inside" in line]
    late = looks[len(looks) // 2 :]
    for layer in record[-1]["updates"]:
        if max(line["updates"][layer] for line in record) < 1e-9:
            return "frozen"
    if max(looks[-1]["silent"]) > 0.9:
        return "silent"
    for block in range(len(looks[-1]["entropy"])):
        if min(min(look["entropy"][block]) for look in late) > 0.999:
            return "blurred"
    rates = [line["lr"] for line in record]
    if max(rates) - min(rates) <= 1e-12:
        return "steady-rate"
    if spikes([line["loss"] for line in record]):
        return "bad-batch"
    return "healthy"
    # end lab
