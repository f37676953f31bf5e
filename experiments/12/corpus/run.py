"""Writes the corpus, reads it back, and counts and draws what is in it."""

from __future__ import annotations

from collections import Counter

import numpy as np

from given.run import Run, conduct
from given.verbs import TENSES, VERBS
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.corpus import MISTAKES, SPLITS, Example, bare, examples
from minilm.corpus_files import MANIFEST, read, write

COLORS = ("#d8dee9", "#4c78a8", "#72b7b2", "#e45756", "#f58518", "#b279a2", "#ffffff")


def draw_parts(run: Run, parts: dict[str, list[Example]]) -> None:
    """Verbs down, tenses across, one color a part: what of the grammar is held out, without frames."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    table = np.full((len(VERBS), len(TENSES)), len(SPLITS))
    for number, name in enumerate(SPLITS):
        for e in parts[name]:
            if not e.frame:
                table[list(VERBS).index(e.verb), TENSES.index(e.tense)] = number
    with run.plot("parts.svg", 7.2, 5.6, frame=True) as figure:
        axes = figure.subplots()
        axes.imshow(table, cmap=ListedColormap(COLORS), vmin=0, vmax=len(SPLITS), aspect="auto")
        axes.set_xticks(range(len(TENSES)), [tense.replace("_", " ") for tense in TENSES])
        axes.set_yticks(range(len(VERBS)), VERBS)
        shown = [name for number, name in enumerate(SPLITS) if number in table]
        patches = [Patch(color=COLORS[SPLITS.index(name)], label=name) for name in shown]
        figure.legend(handles=patches, loc="outside lower center", ncols=len(shown))


def draw_counts(run: Run, every: list[Example]) -> None:
    """Left: how often each mistake is made. Right: how long the right sentences are, in both languages."""
    counts = Counter(e.mistake for e in every if e.mistake)
    right = [e for e in every if not e.mistake]
    with run.plot("counts.svg", 9, 3.6) as figure:
        left, other = figure.subplots(1, 2)
        order = sorted(MISTAKES, key=lambda name: counts[name])
        left.barh([name.replace("_", " ") for name in order], [counts[name] for name in order])
        left.set(xlabel="examples")
        for name, texts in (
            ("English", [e.text for e in right]),
            ("Spanish", [e.spanish for e in right]),
        ):
            sizes = Counter(len(text) for text in texts)
            span = range(max(sizes) + 1)
            other.step(span, [sizes[n] for n in span], where="mid", label=name)
        other.set(xlabel="characters", ylabel="right sentences")
        other.legend()


def main(run: Run) -> None:
    """The files, the counts, the figures."""
    folder = run.out / "corpus"
    digest = write(folder, run.seed)
    for name in sorted([*(f"{part}.jsonl" for part in SPLITS), MANIFEST]):
        run.file(f"corpus/{name}")
    parts = read(folder)
    every, plain = examples(), bare()
    draw_parts(run, parts)
    draw_counts(run, every)
    english, spanish = (sum(len(getattr(e, name)) for e in plain) for name in ("text", "spanish"))
    metrics = {
        "digest": digest,
        "examples": len(every),
        "in_parts": sum(len(some) for some in parts.values()),
        "cells": len({(e.verb, e.tense, e.person) for some in parts.values() for e in some}),
        "train_share": len(parts["train"]) / len(every),
        "wrong_share": sum(bool(e.mistake) for e in every) / len(every),
        "spanish_over_english": spanish / english,
        "english_words": len({word for e in plain for word in e.text.split()}),
        "spanish_words": len({word for e in plain for word in e.spanish.split()}),
        "longest": max(len(e.text) for e in every),
    } | {f"{name}_lines": len(some) for name, some in parts.items()}
    run.record(config={"seed": run.seed}, metrics=metrics)
    for name, value in metrics.items():
        print(f"{name:>22}  {value if not isinstance(value, float) else round(value, 3)}")


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
