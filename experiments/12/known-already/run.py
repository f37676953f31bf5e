"""Two that learn nothing are asked to correct mistakes: a table, and a copier. How much of a test do they pass?"""

from __future__ import annotations

import random
from collections.abc import Callable

from given.run import Run, conduct
from given.verbs import FRAMES
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.corpus import Example, examples, split
from minilm.overlap import shingles

Answer = Callable[[str], str]


def plain(example: Example) -> tuple[str, str]:
    """The wrong text and its correction without the frame, which both would copy."""
    if not example.frame:
        return example.text, example.correct_form
    phrase = f" {FRAMES[example.frame].phrase(example.tense, 'en')}"
    return example.text.removesuffix(phrase), example.correct_form.removesuffix(phrase)


def table(seen: list[Example]) -> Answer:
    """Says the correction that it has seen for exactly this text; else the text."""
    known = dict(plain(example) for example in seen)
    return lambda text: known.get(text, text)


def copier(seen: list[Example]) -> Answer:
    """Finds the most similar text that it has seen, and changes the asked one word by word as that one was changed."""
    known = sorted({plain(example) for example in seen})
    runs = {wrong: shingles(wrong, 2) for wrong, _ in known}

    def answer(text: str) -> str:
        asked = shingles(text, 2)
        wrong, right = max(
            known, key=lambda pair: len(runs[pair[0]] & asked) / len(runs[pair[0]] | asked)
        )
        words, old, new = text.split(), wrong.split(), right.split()
        if len(old) > len(new):  # there a word was too many
            at = next(i for i, word in enumerate(old) if new[i : i + 1] != [word])
            return " ".join(words[:at] + words[at + 1 :])
        return " ".join(map(as_there, words, old, new))

    return answer


def as_there(word: str, old: str, new: str) -> str:
    """The word after the change that made `new` of `old`: the whole word, or its ending."""
    if word == old:
        return new
    pairs = enumerate(zip(old, new, strict=False))
    start = next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))
    if old == new or not word.endswith(old[start:]):
        return word
    return word.removesuffix(old[start:]) + new[start:]


def share(answer: Answer, asked: list[Example]) -> float:
    """Which share of the mistakes is corrected."""
    return sum(answer(wrong) == right for wrong, right in map(plain, asked)) / len(asked)


def main(run: Run) -> None:
    """Both on rows that were drawn at random, and on each part of the split."""
    every = examples()
    parts = {name: [e for e in some if e.mistake] for name, some in split(every, run.seed).items()}
    rows = [e for e in every if e.mistake]
    random.Random(run.seed).shuffle(rows)
    fifth = len(rows) // 5
    asked = {
        "random_rows": (rows[fifth:], rows[:fifth]),
        "frames": (parts["train"], parts["test_frames"]),
        "cells": (parts["train"], parts["test_cells"]),
        "regular_cells": (parts["train"], [e for e in parts["test_cells"] if e.regular]),
        "irregular_cells": (parts["train"], [e for e in parts["test_cells"] if not e.regular]),
        "verbs": (parts["train"], parts["test_verbs"]),
    }
    metrics = {
        f"{who.__name__}_{name}": share(who(seen), some)
        for who in (table, copier)
        for name, (seen, some) in asked.items()
    }
    run.save(
        "answers.json",
        {
            name: {wrong: copier(seen)(wrong) for wrong, _ in sorted({plain(e) for e in some})}
            for name, (seen, some) in asked.items()
            if name in ("cells", "verbs")
        },
    )
    run.record(config={"random_share": 0.2}, metrics=metrics)
    print(f"{'mistakes of':>16}  asked  table  copier")
    for name, (_, some) in asked.items():
        print(
            f"{name:>16} {len(some):6} {metrics[f'table_{name}']:6.2f} {metrics[f'copier_{name}']:7.2f}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
