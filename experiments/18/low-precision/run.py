"""The same training with weights in float32 and rounded to bf16 in three ways: what does rounding lose, and what gets it back?"""

from __future__ import annotations

from functools import partial

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.floats import BF16, FP16, round_to
from minigrad.schedules import warmup_cosine
from minilm.batches import Characters, Item, Loader, items_of
from minilm.corpus import examples, split
from minilm.gpt import GPT, GPTConfig
from minilm.rounding import lost_updates, round_parameters_
from minilm.train import accumulate, parameter_groups
from minitorch.optim import AdamW, Scheduler, clip_grad_norm_
from minitorch.tensor import Array

SEEDS, STEPS, CONTEXT, ROWS, RATE = 3, 150, 64, 4, 3e-3
WAYS = ("float32", "nearest", "at_random", "master")


def flat(model: GPT) -> Array:
    """All weights in one array."""
    return np.concatenate([p.numpy().ravel() for p in model.parameters()])


def trained(
    way: str, letters: Characters, items: list[Item], seed: int
) -> tuple[float, float, float, float]:
    """Mean loss of the last 20 steps; the share of updates that rounding to the nearest bf16 loses in the first ten and in the last
    ten steps; the share of gradients other than 0 that fp16 makes 0.

    "nearest" and "at_random" keep rounded weights alone. "master" keeps float32 and computes with a rounded copy.
    """
    config = GPTConfig(letters.vocab_size, d_model=32, n_layers=2, d_ff=128, context_len=CONTEXT)
    model = GPT(config, np.random.default_rng(seed))
    schedule = partial(
        warmup_cosine, lr_max=RATE, lr_min=RATE / 100, warmup_steps=15, total_steps=STEPS
    )
    scheduler = Scheduler(AdamW(parameter_groups(model, 0.1), betas=(0.9, 0.95)), schedule)
    loader, rng = Loader(items, ROWS, CONTEXT, seed), np.random.default_rng(seed)
    if way in ("nearest", "at_random"):
        round_parameters_(model, BF16)
    losses, lost, small = [], [], []
    for _ in range(STEPS):
        master = model.state_dict()
        if way == "master":
            round_parameters_(model, BF16)
        losses.append(accumulate(model, [next(loader)])[0])
        model.load_state_dict(master)
        grads = np.concatenate([np.ravel(p.grad) for p in model.parameters() if p.grad is not None])
        small.append(
            float(((grads != 0) & (round_to(grads, FP16) == 0)).sum() / (grads != 0).sum())
        )
        clip_grad_norm_(model.parameters(), 1.0)
        before = flat(model)
        scheduler.optimizer.step()
        scheduler.step()
        lost.append(lost_updates(before, flat(model), BF16))
        if way in ("nearest", "at_random"):
            round_parameters_(model, BF16, rng if way == "at_random" else None)
    return (
        float(np.mean(losses[-20:])),
        float(np.mean(lost[:10])),
        float(np.mean(lost[-10:])),
        float(np.mean(small)),
    )


def main(run: Run) -> None:
    """Four ways, SEEDS seeds each."""
    told = [f"{e.spanish} / {e.text}" for e in split(examples())["train"] if not e.mistake]
    letters = Characters.of(told)
    items = items_of(letters, told, CONTEXT)
    metrics: dict[str, float] = {}
    print(
        f"{'':10} loss at the end, {SEEDS} seeds | updates lost: first, last | gradients 0 in fp16"
    )
    for way in WAYS:
        found = [trained(way, letters, items, run.seed + i) for i in range(SEEDS)]
        losses = [row[0] for row in found]
        first, last, small = (float(np.mean([row[i] for row in found])) for i in (1, 2, 3))
        metrics |= {f"{way}_best": min(losses), f"{way}_worst": max(losses)}
        metrics |= {f"{way}_lost_first": first, f"{way}_lost_last": last, f"{way}_small": small}
        told_losses = "  ".join(f"{x:.3f}" for x in losses)
        print(f"{way:10} {told_losses} | {first:.2f} {last:.2f} | {small:.4f}")
    run.record(config={"steps": STEPS, "seeds": SEEDS, "rate": RATE}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
