"""Trainings of one size each on the endless source: what the long run makes and the short one repeats a piece of."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from labkit.generators import stream
from minigrad.schedules import warmup_cosine
from minilm.dynamics.scaling import Source
from minilm.gpt import GPT, GPTConfig
from minilm.preflight import mean_loss
from minilm.train import Trainer, parameter_groups
from minitorch.optim import AdamW, Scheduler

VOCAB, ROWS, LENGTH, STEPS = 24, 16, 24, 1500
WIDTHS = (14, 20, 32, 48, 64, 98)
"""From 5,000 to 235,000 parameters, one head each so that any even width will do."""
ANOTHER = 40
KEPT = "points.json"


def source() -> Source:
    """The language that all sizes learn."""
    return Source(VOCAB, ROWS, LENGTH, seed=7)


def floor() -> float:
    """What nobody can be below on rows of the source: the first target of each was drawn alike, the others by the table."""
    return (math.log(VOCAB) + (LENGTH - 1) * source().entropy()) / LENGTH


def trainer_of(width: int, seed: int) -> Trainer:
    """A fresh training. Weights begin smaller and the rate is lower in a wider model, as short trials at 64 and 98 asked for."""
    config = GPTConfig(VOCAB, d_model=width, n_heads=1, d_ff=4 * width, context_len=LENGTH, init_std=0.4 / width**0.5)  # fmt: skip
    model = GPT(config, stream(seed, "model", width))
    rate = 1e-2 * (16 / width) ** 0.75
    schedule = partial(warmup_cosine, lr_max=rate, lr_min=rate / 10, warmup_steps=STEPS // 10, total_steps=STEPS)  # fmt: skip
    optimizer = AdamW(parameter_groups(model, 0.0), betas=(0.9, 0.95))
    batches = source()
    batches.at = seed * 1_000_000  # another seed reads another stretch of the same language
    return Trainer(model, batches, [Scheduler(optimizer, schedule)])


def size_of(width: int) -> int:
    """How many parameters a width has."""
    return sum(p.size for p in trainer_of(width, 0).model.parameters())


def judged(trainer: Trainer) -> float:
    """Nats a token on batches that no training reads."""
    asked = source()
    return float(np.mean([mean_loss(trainer.model, asked.batch("test", i)) for i in range(8)]))
