"""A range test up to a rate that diverges, and what whole trainings at the chosen rate, below it and above it, come to."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from given.drawing import BLUE, RED
from given.run import Run, conduct
from labkit.generators import stream
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.schedules import warmup_cosine
from minilm.batches import Characters, Item, Loader, items_of
from minilm.corpus import examples
from minilm.dynamics.rates import chosen, range_test
from minilm.gpt import GPT, GPTConfig
from minilm.train import DivergedError, Trainer, parameter_groups
from minitorch.optim import AdamW, Scheduler

CONTEXT, STEPS, SEEDS, LOW, HIGH = 48, 60, 3, 1e-4, 30.0
FACTORS = {"tenth": 0.1, "chosen": 1.0, "ten": 10.0, "thirty": 30.0}


def trainer_of(letters: Characters, items: list[Item], seed: int, schedule: Callable[[int], float]) -> Trainer:  # fmt: skip
    """A small GPT on the sentences of the corpus."""
    config = GPTConfig(letters.vocab_size, d_model=24, n_heads=2, d_ff=96, context_len=CONTEXT, init_std=0.1)  # fmt: skip
    model = GPT(config, stream(seed, "model"))
    optimizer = AdamW(parameter_groups(model, 0.1), betas=(0.9, 0.95))
    return Trainer(model, Loader(items, 4, CONTEXT, seed), [Scheduler(optimizer, schedule)])


def main(run: Run) -> None:
    """A test for each seed, and four trainings at factors of the rate that the first one chose."""
    lines = [f"{e.spanish} / {e.text}" for e in examples() if not e.mistake]
    letters = Characters.of(lines)
    items = items_of(letters, lines, CONTEXT)
    tests = [
        range_test(partial(trainer_of, letters, items, run.seed + s), LOW, HIGH, STEPS)
        for s in range(SEEDS)
    ]
    rate = chosen(tests[0])
    edges = [pairs[-1][0] for pairs in tests if math.isinf(pairs[-1][1])]
    metrics: dict[str, float] = {
        "chosen_least": min(chosen(t) for t in tests),
        "chosen_most": max(chosen(t) for t in tests),
        "diverged": len(edges),
        "edge_least": min(edges, default=HIGH),
    }
    for name, factor in FACTORS.items():
        ends, lost = [], 0
        for s in range(SEEDS):
            top = rate * factor
            schedule = partial(warmup_cosine, lr_max=top, lr_min=top / 10, warmup_steps=6, total_steps=STEPS)  # fmt: skip
            seen: list[float] = []
            trainer = trainer_of(letters, items, run.seed + s, schedule)
            try:
                while trainer.step < STEPS:
                    seen.append(trainer.advance()["loss"])
                ends.append(float(np.mean(seen[-10:])))
            except DivergedError:
                lost += 1
        metrics |= {f"{name}_diverged": lost}
        if ends:
            metrics |= {f"{name}_best": min(ends), f"{name}_worst": max(ends)}
        print(f"{name:9} rate {rate * factor:8.4f}: {[round(e, 3) for e in ends]}, diverged {lost}")
    with run.plot("range.svg", 6.4, 3.2) as figure:
        axes = figure.subplots()
        for pairs in tests:
            finite = [p for p in pairs if math.isfinite(p[1])]
            axes.plot(*zip(*finite, strict=True), color=BLUE)
        for edge in edges:
            axes.axvline(edge, color=RED, linestyle=":")
        axes.set(xscale="log", xlabel="rate", ylabel="loss", ylim=(1.5, 6))
    run.record(config={"steps": STEPS, "seeds": SEEDS, "low": LOW, "high": HIGH}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
