"""What training looks at, and how long it takes, as the text grows and as the merges do: three ways to the same merges."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from given.run import Run, conduct
from given.texts import lines
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm import bpe

WAYS = {
    "every": "all words, counted anew",
    "distinct": "each word once, counted anew",
    "indexed": "each word once, with an index",
}
SHARES = [16, 8, 4, 2, 1]  # one line of so many
MERGES = [32, 64, 128, 256, 512]
FEW = 32


def looked_at(words: Counter[bytes], merges: int) -> dict[str, list[int]]:
    """For each way, how many parts it has looked at after 1, 2, ... merges."""
    parts = {bpe.to_parts(word): count for word, count in words.items()}
    found: dict[str, list[int]] = {way: [0] for way in WAYS}
    for pair in bpe.train_indexed(words, merges):
        holding = [word for word in parts if pair in pairwise(word)]
        work = {
            "every": sum(len(word) * count for word, count in parts.items()),
            "distinct": sum(map(len, parts)),
            "indexed": sum(map(len, holding)),
        }
        for way, seen in found.items():
            seen.append(seen[-1] + work[way])
        for word in holding:
            parts[bpe.merge(word, pair)] = parts.pop(word)
    return found


def slope(x: list[int], y: list[float]) -> float:
    """The power of x with which y grows: the slope of a straight line through both logarithms."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def seconds(f: Callable[[], object]) -> float:
    """How long f takes, in seconds of this process."""
    started = time.process_time()
    f()
    return time.process_time() - started


def main(run: Run) -> None:
    """Two plots, one table."""
    both = [line for pair in zip(lines("en"), lines("es"), strict=True) for line in pair]
    sizes, took = [], {"every": [], "indexed": []}  # type: tuple[list[int], dict[str, list[float]]]
    growing: dict[str, list[float]] = {way: [] for way in WAYS}
    for share in SHARES:
        texts = both[::share]
        words = bpe.count_words(texts)
        sizes.append(sum(len(line.encode()) for line in texts))
        for way, seen in looked_at(words, FEW).items():
            growing[way].append(seen[-1])
        took["every"].append(seconds(lambda texts=texts: bpe.train_naive(texts, FEW)))
        took["indexed"].append(
            seconds(lambda texts=texts: bpe.train_indexed(bpe.count_words(texts), FEW))
        )
    quarter = looked_at(bpe.count_words(both[::4]), MERGES[-1])

    metrics: dict[str, float] = {}
    print(f"{'':32}{'slope, text':>12}{'slope, merges':>15}")
    for way, title in WAYS.items():
        metrics[f"{way}_text_slope"] = slope(sizes, growing[way])
        metrics[f"{way}_merges_slope"] = slope(MERGES, [quarter[way][m] for m in MERGES])
        metrics[f"{way}_looked_at"] = growing[way][-1]
        print(
            f"{title:32}{metrics[f'{way}_text_slope']:12.2f}{metrics[f'{way}_merges_slope']:15.2f}"
        )
    for way, values in took.items():
        metrics[f"{way}_seconds"] = values[-1]
        metrics[f"{way}_seconds_slope"] = slope(sizes, values)
    print(
        f"{FEW} merges of {sizes[-1]:,} bytes: {took['every'][-1]:.2f} s and {took['indexed'][-1]:.3f} s"
    )
    with run.plot("looked-at.svg", 7.2, 3.6) as figure:
        left, right = figure.subplots(1, 2)
        for way, title in WAYS.items():
            left.plot(sizes, growing[way], "o-", label=title)
            right.plot(MERGES, [quarter[way][m] for m in MERGES], "o-", label=title)
        left.set(
            xscale="log", yscale="log", xlabel="bytes of text, 32 merges", ylabel="parts looked at"
        )
        right.set(xscale="log", yscale="log", xlabel="merges, a quarter of the text")
        left.legend(fontsize=8)
    run.save("looked-at.json", {"bytes": sizes, "parts": growing, "seconds": took})
    run.save("by-merges.json", {way: [seen[m] for m in MERGES] for way, seen in quarter.items()})
    run.record(config={"shares": SHARES, "merges": MERGES, "few": FEW}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
