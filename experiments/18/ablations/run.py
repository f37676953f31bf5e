"""One change at a time, about equal parameters, three seeds: what do norms, positions and a gate do for a small GPT?"""

from __future__ import annotations

from typing import Any

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.batches import Characters, Item, in_order, items_of
from minilm.corpus import examples, split
from minilm.gpt import GPT, GPTConfig
from minilm.train import DivergedError, evaluate, recipe, train

SEEDS, STEPS, CONTEXT = 3, 160, 64
BASE: dict[str, Any] = {"d_model": 32, "n_layers": 4, "d_ff": 128, "context_len": CONTEXT}
CHANGES: dict[str, dict[str, Any]] = {
    "base": {},
    "norm_behind": {"norm_place": "after"},
    "no_norm": {"norm_place": "none", "d_ff": 130},
    "no_positions": {"positions": "none"},
    "gated": {"ffn": "swiglu", "d_ff": 85},
}
"""What differs from BASE; d_ff makes up for parameters that a change adds or takes."""
RATES = (3e-3, 1.2e-2)


def texts() -> tuple[Characters, list[Item], list[Item]]:
    """The characters of the corpus; right sentences of train, and of new cells of known verbs."""
    parts = split(examples())
    train_texts, new = (
        [f"{e.spanish} / {e.text}" for e in parts[name] if not e.mistake]
        for name in ("train", "val_cells")
    )
    letters = Characters.of(train_texts + new)
    return letters, items_of(letters, train_texts, CONTEXT), items_of(letters, new, CONTEXT)


def main(run: Run) -> None:
    """Each change at two rates, SEEDS seeds each: bits per byte after STEPS steps, or the step at which it diverged."""
    letters, train_items, new = texts()
    asked = in_order(new, 16, CONTEXT)
    table: list[dict[str, Any]] = []
    print(f"{'':13} {'rate':>6} {'parameters':>10}  bits per byte on new cells, {SEEDS} seeds")
    for name, change in CHANGES.items():
        for rate in RATES:
            found = []
            for seed in range(run.seed, run.seed + SEEDS):
                model = GPT(
                    GPTConfig(letters.vocab_size, **{**BASE, **change}), np.random.default_rng(seed)
                )
                trainer = recipe(model, train_items, steps=STEPS, seed=seed, rows=4, lr=rate)
                try:
                    train(trainer, STEPS)
                    found.append(evaluate(model, asked, letters.pieces))
                except DivergedError:
                    found.append(float("inf"))
            size = sum(p.size for p in model.parameters())
            table.append({"change": name, "rate": rate, "parameters": size, "bits": found})
            print(f"{name:13} {rate:6} {size:10}  {'  '.join(f'{b:.3f}' for b in found)}")
    run.save("table.json", table)
    metrics: dict[str, float] = {}
    for name in CHANGES:
        slow, fast = (row["bits"] for row in table if row["change"] == name)
        metrics |= {
            f"{name}_slow_best": min(slow),
            f"{name}_slow_worst": max(slow),
            f"{name}_best": min(fast),
            f"{name}_worst": max(fast),
        }
    run.record(
        config={"steps": STEPS, "seeds": SEEDS, "rates": list(RATES), "base": BASE},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
