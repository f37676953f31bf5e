"""One table or two: what tying the input and the output vectors does to the cloud; and what analogies are worth in it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from given.run import Run, conduct
from given.verbs import VERBS as TABLE
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.geometry import (
    analogy,
    effective_rank,
    gap_scores,
    hit_scores,
    mean_cosine,
    spearman,
    unit,
    without_top,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "windows"))
from vectors import BATCH, DIM, LR, NEGATIVES, ROWS, VERBS, Trained, trained

ANALOGIES = {
    "work_worked": (lambda verb: verb.lemma, lambda verb: verb.english("past_simple", "3sg")),
    "trabajo_trabajare": (
        lambda verb: verb.spanish("present_simple", "1sg"),
        lambda verb: verb.spanish("simple_future", "1sg"),
    ),
    "trabajo_trabaja": (
        lambda verb: verb.spanish("present_simple", "1sg"),
        lambda verb: verb.spanish("present_simple", "3sg"),
    ),
}


def shape(one: Trained, seed: int) -> dict[str, float]:
    """The cloud of all words in numbers."""
    lengths = np.sqrt((one.vectors**2).sum(1))
    return {
        "loss": one.losses[-1],
        "mean_cosine": mean_cosine(one.vectors),
        "centered": mean_cosine(without_top(one.vectors, 0)),
        "without_one": mean_cosine(without_top(one.vectors, 1)),
        "effective_rank": effective_rank(one.vectors),
        "norm_frequency": spearman(lengths, one.vocabulary.counts),
        "verb_gap": one.measure(gap_scores, 0, seed).value,
        "verb_hit": one.measure(hit_scores, 0, seed).value,
        "slot_gap": one.measure(gap_scores, 1, seed).value,
        "slot_hit": one.measure(hit_scores, 1, seed).value,
    }


def questions(words: dict[str, int], kind: str) -> list[tuple[int, int, int, int]]:
    """Rows a, b, c, d: b is to a as d to c, for each pair of verbs whose two forms differ from each other and are one verb's own."""
    first, second = ANALOGIES[kind]
    forms = [(first(verb), second(verb)) for verb in TABLE.values()]
    every = [form for pair in forms for form in set(pair)]
    clear = [
        pair for pair in forms if pair[0] != pair[1] and all(every.count(f) == 1 for f in pair)
    ]
    rows = [(words[a], words[b]) for a, b in clear]
    return [(a, b, c, d) for a, b in rows for c, d in rows if a != c]


def answers(one: Trained, kind: str) -> dict[str, float]:
    """Shares of right answers: the three given words left out, all allowed, and the nearest to c without arithmetic."""
    asked = questions(one.vocabulary.ids, kind)
    rows = unit(one.vectors)
    cosines = rows @ rows.T
    right = {"left_out": 0, "allowed": 0, "given_back": 0, "nearest": 0}
    for a, b, c, d in asked:
        free = analogy(one.vectors, a, b, c, exclude=False)
        near = cosines[c].copy()
        near[[a, b, c]] = -np.inf
        right["left_out"] += analogy(one.vectors, a, b, c) == d
        right["allowed"] += free == d
        right["given_back"] += free in (a, b, c)
        right["nearest"] += int(near.argmax()) == d
    return {key: count / len(asked) for key, count in right.items()} | {"asked": len(asked)}


def main(run: Run) -> None:
    """Both documents, two tables and one, three seeds each."""
    metrics: dict[str, float] = {}
    every: dict[str, object] = {}
    for name, setting in {
        "rows": ROWS,
        "rows_tied": replace(ROWS, tied=True),
        "verbs": VERBS,
        "verbs_tied": replace(VERBS, tied=True),
    }.items():
        seeds = [trained(setting, run.seed + i) for i in range(3)]
        shapes = [shape(one, run.seed) for one in seeds]
        every[name] = shapes
        for key in shapes[0]:
            values = [one[key] for one in shapes]
            metrics[f"{name}_{key}"] = float(np.mean(values))
            metrics[f"{name}_{key}_least"], metrics[f"{name}_{key}_most"] = min(values), max(values)
            print(f"{name:11} {key:15}{'  '.join(f'{value:6.2f}' for value in values)}")
        if setting.tied:
            continue
        for kind in ANALOGIES:
            found = [answers(one, kind) for one in seeds]
            every[f"{name}_{kind}"] = found
            for key in found[0]:
                metrics[f"{name}_{kind}_{key}"] = float(np.mean([one[key] for one in found]))
            print(
                f"{name:11} {kind:18}"
                + "  ".join(f"{k} {' '.join(f'{one[k]:.2f}' for one in found)}" for k in found[0])
            )
    run.save("measured.json", every)
    run.record(
        config={"dim": DIM, "lr": LR, "batch_size": BATCH, "negatives": NEGATIVES},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
