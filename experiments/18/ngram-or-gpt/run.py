"""Kneser-Ney's n-grams and a GPT on the same lines: bits per byte on new verbs, and who knows which form agrees with a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from judges import STEPS, Logs, Neural, Ngram, bits, choices, chosen_verbs, line, right

from given.run import Run, conduct
from given.verbs import FRAMES, HELD_OUT
from labkit.generators import stream
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.batches import Characters
from minilm.corpus import Example, examples, split

SEEDS = 3
TIMES_KNOWN = ("day", "week")
PLACES = ("spanish", "subject", "verb", "phrase")


def places(example: Example) -> list[str]:
    """For each character of the example's line, in which of PLACES it stands; a space belongs to what comes after it."""
    phrase = FRAMES[example.frame].phrase(example.tense, "en") if example.frame else ""
    clause = example.text.removesuffix(f" {phrase}") if phrase else example.text
    words = clause.split(" ")
    subject = "" if len(words) == 1 else words[0]
    sizes = (
        len(example.spanish) + 3,
        len(subject),
        len(clause) - len(subject),
        len(example.text) - len(clause),
    )
    return [place for place, n in zip(PLACES, sizes, strict=True) for _ in range(n)]


def by_place(logs: Logs, some: Iterable[Example]) -> dict[str, float]:
    """Bits in each byte of each place, over all lines."""
    nats, sizes = dict.fromkeys(PLACES, 0.0), dict.fromkeys(PLACES, 0)
    for example in some:
        text = line(example)
        for place, letter, p in zip(places(example), text, logs(text), strict=True):
            nats[place] -= float(p)
            sizes[place] += len(letter.encode())
    return {place: nats[place] / np.log(2) / sizes[place] for place in PLACES}


def interval(table: np.ndarray[Any, Any], seed: int) -> tuple[float, float]:
    """95 % of the means when seeds (rows) and verbs (columns) are drawn again, each with replacement."""
    rng = stream(seed, "interval")
    n, m = table.shape
    means = [table[rng.integers(0, n, n)][:, rng.integers(0, m, m)].mean() for _ in range(2000)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def compared(parts: Mapping[str, list[Example]], seed: int) -> dict[str, Any]:
    """Both models of one seed, and what each is asked."""
    train = [e for e in parts["train"] if not e.mistake]
    news = [e for e in parts["test_verbs"] if not e.mistake]
    cells = [e for e in parts["test_cells"] if not e.mistake]
    verbs = chosen_verbs(train, seed)
    rest = [line(e) for e in train if e.verb not in verbs]
    dev = [line(e) for e in train if e.verb in verbs]
    letters = Characters.of([*map(line, train), *map(line, news)])
    ngram = Ngram.chosen(rest, dev)
    asked = choices(sorted(verbs), TIMES_KNOWN)
    judges = {
        "bits": lambda logs: bits(logs, dev),
        "agrees": lambda logs: -right(logs, asked),
    }
    gpts = Neural.trained(rest, judges, letters, seed)
    known = sorted({e.verb for e in train} - verbs)
    row: dict[str, Any] = {
        "seed": seed,
        "dev_verbs": sorted(verbs),
        "order": ngram.model.counts.order,
        "discount": ngram.model.discount,
        **{f"step_{name}": gpt.step for name, gpt in gpts.items()},
    }
    for name, logs, choosing in (
        ("ngram", ngram.logs, ngram.logs),
        ("gpt", gpts["bits"].logs, gpts["agrees"].logs),
    ):
        row[name] = {
            "dev": bits(logs, dev),
            "verbs": {v: bits(logs, [line(e) for e in news if e.verb == v]) for v in HELD_OUT},
            "new_verbs": bits(logs, [line(e) for e in news]),
            "new_cells": bits(logs, [line(e) for e in cells]),
            "places": by_place(logs, news),
            "agrees": right(choosing, choices(HELD_OUT, TIMES_KNOWN)),
            "agrees_new_phrase": right(choosing, choices(known, ["night"])),
            "follows_phrase": right(choosing, choices(HELD_OUT, TIMES_KNOWN, conflict=True)),
        }
    return row


def main(run: Run) -> None:
    """Three seeds, each with four other verbs to choose by."""
    parts = split(examples())
    table = []
    for seed in range(run.seed, run.seed + SEEDS):
        table.append(compared(parts, seed))
        row = table[-1]
        print(
            f"seed {seed}: order {row['order']}, discount {row['discount']}; GPT of steps {row['step_bits']} and {row['step_agrees']};"
            f" chosen on {', '.join(row['dev_verbs'])}"
        )
        for name in ("ngram", "gpt"):
            told = {k: v for k, v in row[name].items() if isinstance(v, float)}
            print(f"  {name:6}", "  ".join(f"{k} {v:.3f}" for k, v in told.items()))
            print("        ", "  ".join(f"{k} {v:.3f}" for k, v in row[name]["places"].items()))
    run.save("table.json", table)

    def mean(name: str, key: str) -> float:
        return float(np.mean([row[name][key] for row in table]))

    ahead = np.array(
        [[row["gpt"]["verbs"][v] - row["ngram"]["verbs"][v] for v in HELD_OUT] for row in table]
    )
    low, high = interval(ahead, run.seed)
    keys = ("dev", "new_verbs", "new_cells", "agrees", "agrees_new_phrase", "follows_phrase")
    run.record(
        config={"steps": STEPS, "seeds": SEEDS, "text": "SPANISH / ENGLISH"},
        metrics={
            **{f"{name}_{key}": mean(name, key) for name in ("ngram", "gpt") for key in keys},
            **{
                f"{name}_{place}": float(np.mean([row[name]["places"][place] for row in table]))
                for name in ("ngram", "gpt")
                for place in PLACES
            },
            "gpt_minus_ngram": float(ahead.mean()),
            "gpt_minus_ngram_low": low,
            "gpt_minus_ngram_high": high,
            "gpt_agrees_new_phrase_worst": min(row["gpt"]["agrees_new_phrase"] for row in table),
            "gpt_agrees_worst": min(row["gpt"]["agrees"] for row in table),
            "ngram_agrees_best": max(
                row["ngram"][key] for row in table for key in ("agrees", "agrees_new_phrase")
            ),
        },
    )
    print(
        f"GPT minus n-gram on new verbs: {ahead.mean():+.3f} ({low:+.3f} to {high:+.3f}) bits per byte"
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
