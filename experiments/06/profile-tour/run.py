"""A small corpus job, profiled, mended where the profile points, and profiled again; with the profiler's own tables."""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import pstats
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labkit.generators import make_rng
from labkit.manifest import record_manifest
from labkit.profiling import hottest, measure, peak_bytes
from labkit.seeding import seed_everything
from minigrad.vectorized import count_pairs

HERE = Path(__file__).parent
NAME = f"{HERE.parent.name}-{HERE.name}"
WORDS = 20_000
VERBS = [
    "work",
    "play",
    "walk",
    "talk",
    "listen",
    "watch",
    "study",
    "finish",
    "start",
    "look",
    "want",
    "like",
    "be",
    "have",
    "do",
    "go",
    "come",
    "see",
    "eat",
    "write",
]
Table = NDArray[np.int64]


def third_person(verb: str) -> str:
    """The present form for he, she, it."""
    irregular = {"be": "is", "have": "has", "do": "does", "go": "goes"}
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")


def make_corpus(seed: int) -> list[str]:
    """WORDS words: pronouns and the forms that go with them."""
    rng = make_rng(seed)
    words: list[str] = []
    for person, verb in zip(
        rng.integers(0, 3, WORDS), rng.integers(0, len(VERBS), WORDS), strict=True
    ):
        infinitive = VERBS[int(verb)]
        words.append(("I", "you", "he")[int(person)])
        words.append(third_person(infinitive) if person == 2 else infinitive)
    return words[:WORDS]


def index_of(word: str, vocabulary: list[str]) -> int:
    """The place of a word, by looking at one after another."""
    for i, known in enumerate(vocabulary):
        if known == word:
            return i
    raise KeyError(word)


def encode_by_scanning(words: list[str], vocabulary: list[str]) -> list[int]:
    """The words' ids, each found by `index_of`."""
    return [index_of(word, vocabulary) for word in words]


def encode_by_dict(words: list[str], vocabulary: list[str]) -> list[int]:
    """The words' ids, found in a dict that is made once."""
    ids = {word: i for i, word in enumerate(vocabulary)}
    return [ids[word] for word in words]


def count_by_loop(ids: list[int], n: int) -> Table:
    """How often word j follows word i, one pair at a time."""
    table = np.zeros((n, n), dtype=np.int64)
    for i, j in pairwise(ids):
        table[i, j] += 1
    return table


def count_by_array(ids: list[int], n: int) -> Table:
    """How often word j follows word i, all pairs at once."""
    return count_pairs(ids[:-1], ids[1:], (n, n))


def as_written(words: list[str]) -> Table:
    """The job as somebody wrote it."""
    vocabulary = sorted(set(words))
    return count_by_loop(encode_by_scanning(words, vocabulary), len(vocabulary))


def with_a_dict(words: list[str]) -> Table:
    """What the first profile pointed at is mended."""
    vocabulary = sorted(set(words))
    return count_by_loop(encode_by_dict(words, vocabulary), len(vocabulary))


def with_arrays(words: list[str]) -> Table:
    """What the second profile pointed at is mended too."""
    vocabulary = sorted(set(words))
    return count_by_array(encode_by_dict(words, vocabulary), len(vocabulary))


def table_of(job: Callable[[], object]) -> str:
    """The profiler's own table, sorted by own time, without this machine's paths."""
    profiler = cProfile.Profile()
    profiler.enable()
    job()
    profiler.disable()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(6)
    return text.getvalue().strip() + "\n"


def main() -> None:
    """Three versions: time, peak, hottest function, table."""
    started = datetime.now(UTC)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path, default=HERE / "runs" / f"{started:%Y%m%dT%H%M%SZ}")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    seed_everything(options.seed)
    words = make_corpus(options.seed)

    versions = {"as_written": as_written, "with_a_dict": with_a_dict, "with_arrays": with_arrays}
    tables, rows, artifacts = [], [], []
    for name, version in versions.items():
        job = partial(version, words)
        tables.append(job())
        hot = hottest(job, 5)
        rows.append(
            {
                "version": name,
                "seconds": measure(job, repeats=3, min_seconds=0.05).best,
                "peak_bytes": peak_bytes(job),
                "hottest": [entry._asdict() for entry in hot],
            }
        )
        path = options.out / f"profile_{name}.txt"
        path.write_text(table_of(job), encoding="utf-8")
        artifacts.append(path)
    summary = options.out / "versions.json"
    summary.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")

    hot_names = [row["hottest"][0]["name"] for row in rows]  # type: ignore[index]
    scans = next(e.calls for e in hottest(partial(as_written, words), 50) if e.name == "index_of")
    metrics: dict[str, float | bool | str] = {
        "words": len(words),
        "pairs": int(tables[0].sum()),
        "index_of_calls": scans,
        "first_points_at_index_of": hot_names[0] == "index_of",
        "second_points_at_count_by_loop": hot_names[1] == "count_by_loop",
        "same_tables": all(np.array_equal(tables[0], table) for table in tables),
    }
    for row in rows:
        metrics[f"{row['version']}_ms"] = 1000 * float(str(row["seconds"]))
    record_manifest(
        options.out,
        experiment=NAME,
        seed=options.seed,
        config={"words": WORDS, "vocabulary": len(set(words))},
        metrics=metrics,
        artifacts=[*artifacts, summary],
        started_at=started,
    )
    print(artifacts[0].read_text(encoding="utf-8"))
    for row, hot_name in zip(rows, hot_names, strict=True):
        print(
            f"{row['version']:>12} {metrics[str(row['version']) + '_ms']:9.2f} ms   hottest: {hot_name}"
        )
    print(options.out / "manifest.json")


if __name__ == "__main__":
    main()
