"""The same GPT with AdamW for everything, and with Muon for its hidden matrices: three rates each, three seeds."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.schedules import warmup_cosine
from minilm.batches import Characters, Loader, in_order, items_of
from minilm.corpus import examples, split
from minilm.gpt import GPT, GPTConfig
from minilm.muon import Muon, hidden_matrices
from minilm.train import Trainer, evaluate, train
from minitorch.optim import AdamW, Scheduler

SEEDS, STEPS, CONTEXT, ROWS = 3, 120, 64, 4
RATES = {"adamw": (4e-3, 1.2e-2, 3.6e-2), "muon": (1e-2, 3e-2, 9e-2)}
"""AdamW's for all parameters; Muon's for hidden matrices, beside AdamW at its middle rate for the rest."""


def schedulers(model: GPT, kind: str, rate: float) -> list[Scheduler]:
    """Each optimizer with a warm-up of a tenth of the steps and a cosine."""

    def steered(optimizer: Any, lr: float) -> Scheduler:
        schedule = partial(
            warmup_cosine, lr_max=lr, lr_min=lr / 10, warmup_steps=STEPS // 10, total_steps=STEPS
        )
        return Scheduler(optimizer, schedule)

    if kind == "adamw":
        return [steered(AdamW(model.parameters(), betas=(0.9, 0.95)), rate)]
    hidden, rest = hidden_matrices(model)
    other = AdamW(rest, betas=(0.9, 0.95))
    return [steered(Muon(hidden), rate), steered(other, RATES["adamw"][1])]


def main(run: Run) -> None:
    """Bits per byte on new cells of known verbs, after STEPS steps."""
    parts = split(examples())
    told, new = (
        [f"{e.spanish} / {e.text}" for e in parts[name] if not e.mistake]
        for name in ("train", "val_cells")
    )
    letters = Characters.of(told + new)
    items = items_of(letters, told, CONTEXT)
    asked = in_order(items_of(letters, new, CONTEXT), 16, CONTEXT)
    metrics: dict[str, float] = {}
    for kind, rates in RATES.items():
        best = float("inf")
        for i, rate in enumerate(rates):
            found = []
            for seed in range(run.seed, run.seed + SEEDS):
                config = GPTConfig(
                    letters.vocab_size, d_model=32, n_layers=2, d_ff=128, context_len=CONTEXT
                )
                model = GPT(config, np.random.default_rng(seed))
                loader = Loader(items, ROWS, CONTEXT, seed)
                train(Trainer(model, loader, schedulers(model, kind, rate)), STEPS)
                found.append(evaluate(model, asked, letters.pieces))
            print(f"{kind:6} {rate:6}  {'  '.join(f'{b:.3f}' for b in found)}")
            metrics |= {f"{kind}_{i}_best": min(found), f"{kind}_{i}_worst": max(found)}
            if np.mean(found) < best:
                best = float(np.mean(found))
                metrics |= {f"{kind}_best": min(found), f"{kind}_worst": max(found)}
    run.record(
        config={"steps": STEPS, "seeds": SEEDS, "rates": {k: list(v) for k, v in RATES.items()}},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
