"""Five trainings of which some are sabotaged: who has what is drawn by a seed, and nothing but the record tells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from labkit.generators import stream
from minigrad.schedules import warmup_cosine
from minilm.batches import Batch, Characters, Item, Loader, items_of
from minilm.corpus import examples
from minilm.dynamics.faults import KINDS
from minilm.dynamics.probes import greedy, observe
from minilm.gpt import GPT, GPTConfig
from minilm.train import Trainer, parameter_groups
from minitorch.optim import AdamW, Scheduler

LETTERS = "ABCDE"
STEPS, CONTEXT, ROWS = 80, 48, 4
ASKED = ("yo como / I", "ella trabaja / she")


@dataclass(frozen=True)
class Patient:
    """A training of the ward: its letter, what it has, and the seed of its model and batches."""

    letter: str
    kind: str
    seed: int


def admitted(seed: int) -> list[Patient]:
    """Five patients: one is healthy, the others have four different faults, in an order that the seed draws."""
    rng = stream(seed, "ward")
    faults = [k for k in KINDS if k != "healthy"]
    kinds = ["healthy", *rng.choice(faults, len(LETTERS) - 1, replace=False).tolist()]
    order = rng.permutation(len(LETTERS))
    seeds = rng.integers(0, 2**31, len(LETTERS))
    return [Patient(a, kinds[i], int(s)) for a, i, s in zip(LETTERS, order, seeds, strict=True)]


def texts() -> tuple[Characters, list[Item]]:
    """The characters, and all right sentences of the corpus."""
    lines = [f"{e.spanish} / {e.text}" for e in examples() if not e.mistake]
    letters = Characters.of(lines)
    return letters, items_of(letters, lines, CONTEXT)


class Spoiled:
    """A loader one of whose batches asks for tokens drawn at random."""

    def __init__(self, loader: Loader, at: int, vocab_size: int, seed: int) -> None:
        self.loader, self.bad, self.vocab_size, self.seed, self.drawn = loader, at, vocab_size, seed, 0  # fmt: skip

    def __next__(self) -> Batch:
        self.drawn += 1
        batch = next(self.loader)
        if self.drawn == self.bad:
            drawn = stream(self.seed, "bad").integers(1, self.vocab_size, batch.targets.shape)
            wrong = np.where(batch.targets >= 0, drawn, batch.targets)
            return Batch(batch.ids, wrong, batch.positions, batch.mask)
        return batch

    def state_dict(self) -> dict[str, Any]:
        return {**self.loader.state_dict(), "drawn": self.drawn}

    def load_state_dict(self, state: Any) -> None:
        self.loader.load_state_dict(state)
        self.drawn = state["drawn"]


def trainer_of(patient: Patient, letters: Characters, items: list[Item]) -> Trainer:
    """The training of a patient. Rate, block and step of what it has are its own too."""
    rng = stream(patient.seed, "patient")
    config = GPTConfig(letters.vocab_size, d_model=24, n_heads=2, d_ff=96, context_len=CONTEXT, ffn="relu", init_std=0.1)  # fmt: skip
    model = GPT(config, stream(patient.seed, "model"))
    rate, which, late = 4e-3 * 2 ** rng.uniform(-0.5, 0.5), int(rng.integers(2)), int(rng.integers(45, 70))  # fmt: skip
    block = model.blocks[which]
    left_out: set[int] = set()
    if patient.kind == "frozen":
        left_out = {id(p) for p in block.parameters()}
    elif patient.kind == "silent":
        block.ffn.up.bias.data = block.ffn.up.bias.data - 8
        left_out = {id(block.ffn.up.bias)}
    elif patient.kind == "blurred":
        query = block.attn.query.weight
        query.data = query.data * 0
        left_out = {id(query)}
    groups = parameter_groups(model, 0.1)
    for group in groups:
        group["params"] = [p for p in group["params"] if id(p) not in left_out]
    schedule = partial(warmup_cosine, lr_max=rate, lr_min=rate / 10, warmup_steps=STEPS // 10, total_steps=STEPS)  # fmt: skip
    steady = rate / 2
    optimizer = AdamW(groups, betas=(0.9, 0.95))
    loader: Any = Loader(items, ROWS, CONTEXT, patient.seed)
    if patient.kind == "bad-batch":
        loader = Spoiled(loader, late, letters.vocab_size, patient.seed)
    return Trainer(
        model,
        loader,
        [Scheduler(optimizer, (lambda _: steady) if patient.kind == "steady-rate" else schedule)],
    )


def watched(patient: Patient, letters: Characters, items: list[Item]) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:  # fmt: skip
    """A patient's record, and what its model says."""
    trainer = trainer_of(patient, letters, items)
    seen = next(Loader(items, ROWS, CONTEXT, 0))
    record = observe(trainer, STEPS, seen)
    said = []
    for text in ASKED:
        ids = [0, *letters.encode(text)]
        said.append((text, letters.decode(greedy(trainer.model, ids, 24)[len(ids) :])))  # type: ignore[arg-type]
    return record, said
