"""n-grams of characters on the corpus, orders 1 to 7, four ways to smooth: which predicts verbs that it never saw best?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from given.run import Run, conduct
from given.verbs import VERBS
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.corpus import Example, examples, split
from minilm.evaluate import bits_per_byte
from minilm.ngram import (
    AbsoluteDiscounting,
    AddK,
    Counts,
    KneserNey,
    LanguageModel,
    WittenBell,
    count,
)

ORDERS = range(1, 8)
METHODS: dict[str, tuple[Callable[..., LanguageModel], tuple[float, ...]]] = {
    "add_k": (AddK, (0.001, 0.01, 0.1, 1.0)),
    "witten_bell": (lambda counts, _: WittenBell(counts), (0.0,)),
    "absolute": (AbsoluteDiscounting, (0.1, 0.5, 0.9, 0.99)),
    "kneser_ney": (KneserNey, (0.1, 0.3, 0.5, 0.7, 0.9, 0.99)),
}
"""Each with the settings to choose from: k, nothing, a discount."""


def lines(some: Iterable[Example]) -> list[str]:
    """What a language model reads of each right sentence: the Spanish, and then the English that says the same."""
    return [f"{example.spanish} / {example.text}" for example in some if not example.mistake]


def judged(model: LanguageModel, texts: Iterable[str]) -> float:
    """Bits per byte; a text that comes several times is asked once and weighs as often."""
    asked = sorted(Counter(texts).items())
    log_probs = [model.log_probs(text) for text, _ in asked]
    targets = [[*(char.encode() for char in text), b""] for text, _ in asked]
    return bits_per_byte(
        np.concatenate(
            [found for found, (_, n) in zip(log_probs, asked, strict=True) for _ in range(n)]
        ),
        [
            one
            for some, (_, n) in zip(targets, asked, strict=True)
            for _ in range(n)
            for one in some
        ],
    )


def chosen_verbs(train: list[Example], seed: int) -> set[str]:
    """Two regular and two irregular verbs of train, on which settings are chosen."""
    rng = random.Random(seed)
    return {
        name
        for regular in (True, False)
        for name in rng.sample(
            sorted({e.verb for e in train if VERBS[e.verb].regular == regular}), 2
        )
    }


def settings(train: list[Example], verbs: set[str]) -> dict[tuple[str, int], tuple[float, float]]:
    """For each method and order, the setting with the fewest bits per byte on `verbs`, when the others were counted."""
    rest = lines(e for e in train if e.verb not in verbs)
    dev = lines(e for e in train if e.verb in verbs)
    best = {}
    for order in ORDERS:
        counts = count(rest, order)
        for method, (make, values) in METHODS.items():
            tried = [(judged(make(counts, value), dev), value) for value in values]
            best[method, order] = min(tried)
    return best


def main(run: Run) -> None:
    """Settings on four verbs of train; then all of train is counted, and the held-out parts are asked once."""
    parts = split(examples())
    train = parts["train"]
    verbs = chosen_verbs(train, run.seed)
    best = settings(train, verbs)
    rows = []
    for order in ORDERS:
        counts: Counts = count(lines(train), order)
        for method, (make, _) in METHODS.items():
            dev, value = best[method, order]
            model = make(counts, value)
            rows.append(
                {
                    "method": method,
                    "order": order,
                    "setting": value,
                    "dev": dev,
                    "train": judged(model, lines(train)[::9]),
                    **{
                        part: judged(model, lines(parts[part]))
                        for part in ("test_verbs", "test_cells")
                    },
                }
            )
    winner = min(rows, key=lambda row: float(row["dev"]))
    at = {(str(row["method"]), int(row["order"])): row for row in rows}
    run.save("rows.json", rows)
    with run.plot("bits.svg") as figure:
        axes = figure.add_subplot(xlabel="order", ylabel="bits per byte, new verbs")
        for method in METHODS:
            axes.plot(ORDERS, [at[method, n]["test_verbs"] for n in ORDERS], "o-", label=method)
        axes.legend()
    run.record(
        config={"dev_verbs": sorted(verbs), "orders": list(ORDERS), "text": "SPANISH / ENGLISH"},
        metrics={
            "to_beat": winner["test_verbs"],
            "to_beat_cells": winner["test_cells"],
            "best_method": winner["method"],
            "best_order": winner["order"],
            "best_setting": winner["setting"],
            "best_dev": winner["dev"],
            **{
                f"{method}_{n}": at[method, n]["test_verbs"]
                for method in METHODS
                for n in (1, 3, 5, 7)
            },
            "absolute_train_7": at["absolute", 7]["train"],
            "kneser_ney_train_7": at["kneser_ney", 7]["train"],
        },
    )
    print(f"settings chosen on {', '.join(sorted(verbs))}; bits per byte")
    print(f"{'':12} order setting   dev  new verbs  new cells  train")
    for row in rows:
        print(
            f"{row['method']:12} {row['order']:5} {row['setting']:7} {row['dev']:5.3f} {row['test_verbs']:10.3f}"
            f" {row['test_cells']:10.3f} {row['train']:6.3f}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
