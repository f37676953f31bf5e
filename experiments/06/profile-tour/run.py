"""A small corpus job, profiled, mended where the profile points, and profiled again; with the profiler's own tables."""

from __future__ import annotations

import cProfile
import io
import pstats
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from given.run import Run, conduct
from given.verbs import PRONOUNS, VERBS
from labkit.generators import make_rng
from labkit.manifest import record_manifest
from labkit.profiling import hottest, measure, peak_bytes
from labkit.seeding import seed_everything
from minigrad.vectorized import count_pairs

WORDS = 20_000
Table = NDArray[np.int64]


def make_corpus(seed: int) -> list[str]:
    """WORDS words: pronouns and the forms that go with them."""
    rng, verbs = make_rng(seed), list(VERBS.values())
    words: list[str] = []
    for person, which in zip(
        rng.integers(0, 3, WORDS), rng.integers(0, len(verbs), WORDS), strict=True
    ):
        verb = verbs[int(which)]
        words.append(PRONOUNS["en"][int(person)])
        words.append(verb.english("present_simple", "3sg") if person == 2 else verb.lemma)
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


def main(run: Run) -> None:
    """Three versions: time, peak, hottest function, table."""
    words = make_corpus(run.seed)

    versions = {"as_written": as_written, "with_a_dict": with_a_dict, "with_arrays": with_arrays}
    tables, rows, profiles = [], [], []
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
        profile = table_of(job)
        profiles.append(profile)
        run.file(f"profile_{name}.txt").write_text(profile, encoding="utf-8")
    run.save("versions.json", rows)

    hot_names = [row["hottest"][0]["name"] for row in rows]  # type: ignore[index]
    scans = next(e.calls for e in hottest(partial(as_written, words), 50) if e.name == "index_of")
    metrics: dict[str, float | bool | str] = {
        "words": len(words),
        "pairs": int(tables[0].sum()),
        "index_of_calls": scans,
        "looked_at": sum(map(sorted(set(words)).index, words)) / len(words) + 1,
        "first_points_at_index_of": hot_names[0] == "index_of",
        "second_points_at_count_by_loop": hot_names[1] == "count_by_loop",
        "same_tables": all(np.array_equal(tables[0], table) for table in tables),
    }
    for row in rows:
        metrics[f"{row['version']}_ms"] = 1000 * float(str(row["seconds"]))
    run.record(
        config={"words": WORDS, "vocabulary": len(set(words))},
        metrics=metrics,
    )
    print(profiles[0])
    for row, hot_name in zip(rows, hot_names, strict=True):
        print(
            f"{row['version']:>12} {metrics[str(row['version']) + '_ms']:9.2f} ms   hottest: {hot_name}"
        )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
