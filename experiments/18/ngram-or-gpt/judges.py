"""The two models that are compared, each chosen on four verbs of training, and what both are asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from given.verbs import FRAMES, PERSONS, PRONOUNS, VERBS
from labkit.generators import stream
from minigrad.schedules import warmup_cosine
from minilm.batches import IGNORE, Characters, Item, Loader, collate
from minilm.corpus import Example
from minilm.gpt import GPT, GPTConfig
from minilm.ngram import KneserNey, count
from minilm.train import Trainer, parameter_groups
from minitorch import functional as F
from minitorch import no_grad
from minitorch.optim import AdamW, Scheduler

ORDERS, DISCOUNTS = (5, 6, 7), (0.7, 0.9, 0.99)
STEPS, EVERY, ROWS, CONTEXT = 600, 100, 8, 72
RATE, DECAY = 3e-3, 1.0
Logs = Callable[[str], NDArray[np.float64]]
"""Of a line, ln P of each of its characters."""


def line(example: Example) -> str:
    """What a language model reads: the Spanish, and then the English that says the same."""
    return f"{example.spanish} / {example.text}"


def chosen_verbs(train: Iterable[Example], seed: int) -> set[str]:
    """Two regular and two irregular verbs of training, on which everything is chosen: as in 14-ngram-baseline."""
    rng, verbs = random.Random(seed), sorted({example.verb for example in train})
    return {
        name
        for regular in (True, False)
        for name in rng.sample([v for v in verbs if VERBS[v].regular == regular], 2)
    }


def bits(logs: Logs, lines: Sequence[str]) -> float:
    """Bits per byte of all lines together."""
    nats = sum(float(logs(text).sum()) for text in lines)
    return -nats / np.log(2) / sum(len(text.encode()) for text in lines)


@dataclass(frozen=True)
class Ngram:
    """Kneser-Ney's model, with the order and discount that are best on `dev`."""

    model: KneserNey

    @classmethod
    def chosen(cls, rest: Sequence[str], dev: Sequence[str]) -> Ngram:
        """Counted on `rest`."""
        tried = []
        for order in ORDERS:
            counts = count(rest, order)
            tried += [cls(KneserNey(counts, discount)) for discount in DISCOUNTS]
        return min(tried, key=lambda one: bits(one.logs, dev))

    def logs(self, text: str) -> NDArray[np.float64]:
        """As `Logs`."""
        return self.model.log_probs(text)[:-1]


@dataclass(frozen=True)
class Neural:
    """A GPT as it was at some step of its training."""

    model: GPT
    letters: Characters
    step: int

    @classmethod
    def trained(
        cls,
        rest: Sequence[str],
        judges: Mapping[str, Callable[[Logs], float]],
        letters: Characters,
        seed: int,
    ) -> dict[str, Neural]:
        """Trained on `rest`: for each judge the model at the step at which it gave the smallest number, the last of equals."""
        items = [Item((0, *letters.encode(text), 0)) for text in rest]
        config = GPTConfig(letters.vocab_size, context_len=CONTEXT, init_std=0.08, ffn="gelu_tanh")
        model = GPT(config, stream(seed, "weights"))
        optimizer = AdamW(parameter_groups(model, DECAY), lr=RATE, betas=(0.9, 0.98))
        rate = partial(
            warmup_cosine, lr_max=RATE, lr_min=RATE / 100, warmup_steps=50, total_steps=STEPS
        )
        loader = Loader(items, ROWS, CONTEXT, seed)
        trainer = Trainer(model, loader, [Scheduler(optimizer, rate)])
        now = cls(model, letters, 0)
        best = dict.fromkeys(judges, (np.inf, now))
        while trainer.step < STEPS:
            trainer.advance()
            if trainer.step % EVERY == 0:
                for name, judge in judges.items():
                    found = judge(now.logs)
                    if found <= best[name][0]:
                        kept = GPT(config)
                        kept.load_state_dict(model.state_dict())
                        best[name] = (found, cls(kept, letters, trainer.step))
        return {name: one for name, (_, one) in best.items()}

    def logs(self, text: str) -> NDArray[np.float64]:
        """As `Logs`."""
        batch = collate([[Item((0, *self.letters.encode(text), 0))]])
        with no_grad():
            losses = F.cross_entropy(
                self.model(batch.ids), batch.targets, reduction="none", ignore_index=IGNORE
            ).numpy()
        return -losses[0, :-1].astype(np.float64)


TIMES = (
    ("present_simple", ""),
    ("past_simple", ""),
    ("simple_future", "will"),
    ("simple_future", "going_to"),
)


@dataclass(frozen=True)
class Choice:
    """A Spanish sentence with its time, an English subject, and four forms of the verb: which one agrees?

    Attributes:
        before: all that stands before the form. forms: each with the space behind it, in the order of TIMES.
        right: which one the Spanish says.
    """

    verb: str
    before: str
    forms: tuple[str, ...]
    right: int

    def answer(self, logs: Logs) -> int:
        """The form that the model finds likeliest, all of its characters together."""
        start = len(self.before)
        return int(np.argmax([logs(self.before + form)[start:].sum() for form in self.forms]))


def right(logs: Logs, some: Iterable[Choice]) -> float:
    """The share of choices in which the likeliest form is the one that agrees."""
    return float(np.mean([choice.answer(logs) == choice.right for choice in some]))


def choices(verbs: Iterable[str], frames: Iterable[str], conflict: bool = False) -> list[Choice]:
    """For each verb, person, time phrase and time one choice.

    Args:
        conflict: the Spanish verb keeps the time of the choice, and the phrase is that of another time: present and past
            change places. `right` is what the phrase says.
    """
    found = []
    for name in verbs:
        verb = VERBS[name]
        for who, person in enumerate(PERSONS):
            forms = tuple(f"{verb.english(t, person, s or 'will')} " for t, s in TIMES)
            for frame in frames:
                for i, (tense, surface) in enumerate(TIMES[:2] if conflict else TIMES):
                    told = TIMES[1 - i] if conflict else (tense, surface)
                    phrase = FRAMES[frame].phrase(told[0], "es")
                    subject = verb.spanish_pronouns[who]
                    form = verb.spanish(tense, person, surface or "will")
                    before = f"{subject} {form} {phrase} / {PRONOUNS['en'][who]} "
                    found.append(Choice(name, before, forms, TIMES.index(told)))
    return found
