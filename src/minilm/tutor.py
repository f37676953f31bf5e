"""A first tutor: a GPT that reads a sentence and writes the right one; how it is trained, asked, counted and kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labkit.generators import stream
from minigrad.schedules import warmup_cosine
from minilm.batches import BORDER, IGNORE, collate
from minilm.corpus import Example
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig
from minilm.lessons import ASK, LETTERS, LONGEST, Lessons, Pair, item
from minilm.train import Trainer, parameter_groups
from minilm.training_files import Checkpoint, read_checkpoint, write_checkpoint
from minitorch import no_grad
from minitorch.optim import AdamW, Scheduler

CONFIG = GPTConfig(LETTERS.vocab_size, context_len=LONGEST, ffn="gelu_tanh", init_std=0.08)
STEPS, ROWS, MADE = 2400, 32, 0.5
RATE, DECAY, BETAS = 3e-3, 0.1, (0.9, 0.98)


def trainer(examples: Sequence[Example], seed: int, made: float = MADE) -> Trainer:
    """All that the training of a tutor needs, before its first step.

    Args:
        examples: the part of the corpus to learn from.
        made: the share of sentences with made-up verbs.
    """
    model = GPT(CONFIG, stream(seed, "weights"))
    optimizer = AdamW(parameter_groups(model, DECAY), lr=RATE, betas=BETAS)
    rate = partial(
        warmup_cosine, lr_max=RATE, lr_min=RATE / 100, warmup_steps=100, total_steps=STEPS
    )
    return Trainer(model, Lessons(examples, seed, ROWS, made), [Scheduler(optimizer, rate)])


def training(run: Trainer, steps: int = STEPS) -> Iterator[dict[str, float]]:
    """What is written down of each step, as it is made."""
    while run.step < steps:
        yield run.advance()


def exact(model: GPT, pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    """Whether the greedy answer to each sentence is the right one, to the letter and with its end.

    One pass does: an answer is right if at each of its places, with what is right before it, the best letter is the right one.
    """
    items = [item(pair) for pair in pairs]
    order = sorted(range(len(items)), key=lambda i: len(items[i]))
    found = np.zeros(len(items), dtype=bool)
    with no_grad():
        for start in range(0, len(order), 64):
            numbers = order[start : start + 64]
            batch = collate([[items[i]] for i in numbers])
            best = model(batch.ids).numpy().argmax(axis=-1)
            found[numbers] = ((best == batch.targets) | (batch.targets == IGNORE)).all(axis=1)
    return found


def answer(model: GPT, text: str) -> str:
    """The greedy answer: the best letter again and again, to the border or to the end of the context."""
    ids = [BORDER, *LETTERS.encode(f"{text}{ASK}")]
    asked = len(ids)
    with no_grad():
        while len(ids) <= model.config.context_len:
            best = int(model(np.array(ids)).numpy()[-1].argmax())
            if best == BORDER:
                break
            ids.append(best)
    return LETTERS.decode(ids[asked:])


def save(model: GPT, path: str | Path) -> None:
    """Weights, configuration and letters, as `minilm.training_files` writes them."""
    config = {"model": model.config.to_dict(), "letters": "".join(LETTERS.letters)}
    arrays = {f"model.{name}": array for name, array in model.state_dict().items()}
    write_checkpoint(Path(path), Checkpoint(arrays, {}, config))


def load(path: str | Path) -> GPT:
    """The tutor of a file. MinilmError, with the path, for a file that is none, or whose weights don't fit or aren't finite."""
    kept = read_checkpoint(path)
    try:
        if kept.config.get("letters") != "".join(LETTERS.letters):
            raise MinilmError(f"no tutor: its letters are {kept.config.get('letters')!r}")
        model = GPT(GPTConfig.from_dict(kept.config["model"]))
        model.load_state_dict(kept.weights())
    except (MinilmError, ValueError, KeyError) as error:
        raise MinilmError(f"{path}: {error}") from error
    return model
