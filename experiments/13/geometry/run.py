"""One table or two: what tying the input and the output vectors does to the cloud; and what analogies are worth in it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from beside import Ends, cosine_interval, ends, frequency_interval, turned
from numpy.typing import NDArray

from given.run import Run, conduct
from given.verbs import VERBS as TABLE
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.geometry import (
    analogy,
    effective_rank,
    gap_scores,
    hit_scores,
    interval,
    mean_cosine,
    spearman,
    unit,
    without_top,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "windows"))
from shown import row, table
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

LABELS = {
    "work_worked": "*work : worked*",
    "trabajo_trabajare": "*trabajo : trabajaré*",
    "trabajo_trabaja": "*trabajo : trabaja*",
}
HOW = {"left_out": "three left out", "allowed": "all allowed", "nearest": "nearest to *c*"}


def shape(one: Trained, seed: int) -> dict[str, float]:
    """The cloud of all words in numbers."""
    lengths = np.sqrt((one.vectors**2).sum(1))
    return {
        **({"loss": one.losses[-1]} if one.losses else {}),
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


def shape_rows(name: str, one: Trained, shapes: list[dict[str, float]], seed: int) -> list[str]:
    """Rows of a table: what three seeds have, and beside the first its interval and chance, or vectors without meaning."""
    words, counts = one.vocabulary.words, one.vocabulary.counts
    lengths = np.sqrt((one.vectors**2).sum(1))
    beside: dict[str, tuple[Ends | None, Ends | None]] = {
        "mean_cosine": (
            cosine_interval(one.vectors, words, seed),
            turned(mean_cosine, one.vectors, seed, 100),
        ),
        "effective_rank": (None, turned(effective_rank, one.vectors, seed, 20)),
        "norm_frequency": frequency_interval(lengths, counts, words, seed),
    }
    for kind, of in enumerate(("verb", "slot")):
        found = one.measure(hit_scores, kind, seed)
        beside[f"{of}_hit"] = (found.low, found.high), (found.chance_low, found.chance_high)
    names = {
        "verb_hit": "verb hits",
        "slot_hit": "slot hits",
        "mean_cosine": "mean cosine",
        "effective_rank": "effective rank",
        "norm_frequency": "length with frequency",
    }
    return [
        row(name, label, [shape[key] for shape in shapes], *beside[key])
        for key, label in names.items()
    ]


def questions(words: dict[str, int], kind: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Questions, b is to a as what to c, for each pair of verbs whose two forms differ and are one verb's own.

    Returns:
        The rows of a, b and c and the number of c's verb, shape (n, 4); and the right row for each of these verbs.
    """
    first, second = ANALOGIES[kind]
    forms = [(first(verb), second(verb)) for verb in TABLE.values()]
    every = [form for pair in forms for form in set(pair)]
    clear = [
        (words[pair[0]], words[pair[1]])
        for pair in forms
        if pair[0] != pair[1] and all(every.count(form) == 1 for form in pair)
    ]
    asked = [
        (a, b, c, verb)
        for i, (a, b) in enumerate(clear)
        for verb, (c, _) in enumerate(clear)
        if i != verb
    ]
    return np.array(asked), np.array([right for _, right in clear])


def answers(one: Trained, asked: NDArray[np.int64]) -> dict[str, list[int]]:
    """What is said: with the three given words left out, with all words allowed, and the nearest to c without arithmetic."""
    rows = unit(one.vectors)
    cosines = rows @ rows.T
    said: dict[str, list[int]] = {how: [] for how in HOW}
    for a, b, c, _ in asked.tolist():
        near = cosines[c].copy()
        near[[a, b, c]] = -np.inf
        said["left_out"].append(analogy(one.vectors, a, b, c))
        said["allowed"].append(analogy(one.vectors, a, b, c, exclude=False))
        said["nearest"].append(int(near.argmax()))
    return said


def judged(
    said: dict[str, list[int]], asked: NDArray[np.int64], right: NDArray[np.int64], seed: int
) -> dict[str, tuple[float, Ends, Ends]]:
    """Shares of right answers, with intervals over verbs, and with chance: the right answers dealt out anew among the verbs."""
    verbs = asked[:, 3]
    rng = np.random.default_rng(seed)
    found = {}
    for how, given in said.items():
        hits = (np.array(given) == right[verbs]).astype(np.float64)
        dealt = [(np.array(given) == rng.permutation(right)[verbs]).mean() for _ in range(200)]
        found[how] = float(hits.mean()), interval(hits, verbs, rng, 200), ends(dealt)
    return found


def spelled(
    words: Sequence[str],
    said: dict[str, list[int]],
    asked: NDArray[np.int64],
    right: NDArray[np.int64],
) -> list[dict[str, str]]:
    """The wrong answers in words, each with its question."""
    return [
        {"question": f"{words[a]} : {words[b]} as {words[c]} : ?", "right": words[right[verb]]}
        | {how: words[given[i]] for how, given in said.items()}
        for i, (a, b, c, verb) in enumerate(asked.tolist())
        if said["left_out"][i] != right[verb]
    ]


def main(run: Run) -> None:
    """The start and both documents, two tables and one, three seeds each."""
    metrics: dict[str, float] = {}
    every: dict[str, object] = {}
    wrong: dict[str, object] = {}
    rows: list[str] = []
    for name, setting in {
        "start": replace(ROWS, epochs=0),
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
        rows += shape_rows(name, seeds[0], shapes, run.seed)
        if setting.tied or not setting.epochs:
            continue
        for kind, label in LABELS.items():
            asked, right = questions(seeds[0].vocabulary.ids, kind)
            said = [answers(one, asked) for one in seeds]
            found = [judged(some, asked, right, run.seed) for some in said]
            every[f"{name}_{kind}"] = found
            wrong[f"{name}_{kind}"] = spelled(seeds[0].vocabulary.words, said[0], asked, right)
            for key, how in HOW.items():
                values = [one[key][0] for one in found]
                metrics[f"{name}_{kind}_{key}"] = float(np.mean(values))
                rows.append(row(name, f"{label}, {how}", values, *found[0][key][1:]))
    print(shown := table(rows))
    run.file("table.md").write_text(shown, encoding="utf-8")
    run.save("measured.json", every)
    run.save("wrong.json", wrong)
    run.record(
        config={"dim": DIM, "lr": LR, "batch_size": BATCH, "negatives": NEGATIVES},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
