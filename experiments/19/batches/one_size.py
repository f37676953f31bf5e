"""One training with batches of one size and one rate, on a fixed number of rows."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from labkit.generators import stream
from minigrad.schedules import warmup_cosine
from minilm.dynamics.scaling import Source
from minilm.gpt import GPT, GPTConfig
from minilm.preflight import mean_loss
from minilm.train import DivergedError, Trainer, parameter_groups
from minitorch.optim import AdamW, Scheduler

VOCAB, LENGTH, ROWS = 8, 24, 1024
BATCHES = (1, 2, 4, 8, 16, 32, 64)
RATES = tuple(2.0**-k for k in (9, 8, 7, 6, 5, 4))
KEPT = "table.json"


def ended(batch: int, rate: float, seed: int) -> float:
    """Nats a token on rows that weren't read, after ROWS rows in batches of `batch`; infinity if it diverged."""
    config = GPTConfig(VOCAB, d_model=16, n_heads=1, n_layers=1, d_ff=64, context_len=LENGTH, init_std=0.1)  # fmt: skip
    model = GPT(config, stream(seed, "model"))
    steps = ROWS // batch
    schedule = partial(warmup_cosine, lr_max=rate, lr_min=rate / 10, warmup_steps=max(1, steps // 10), total_steps=steps)  # fmt: skip
    optimizer = AdamW(parameter_groups(model, 0.0), betas=(0.9, 0.95))
    source = Source(VOCAB, batch, LENGTH, seed=7)
    source.at = seed * 1_000_000
    trainer = Trainer(model, source, [Scheduler(optimizer, schedule)], ceiling=3.0)
    try:
        for _ in range(steps):
            trainer.advance()
    except DivergedError:
        return math.inf
    asked = Source(VOCAB, 64, LENGTH, seed=7)
    return float(np.mean([mean_loss(model, asked.batch("test", i)) for i in range(2)]))
