"""Writing 512 tokens with and without a cache, by the same modules, in one run; both must write the same tokens."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.cache import KVCache, step
from minilm.gpt import GPT, GPTConfig
from minitorch import no_grad

TOKENS, ROUNDS, AT_LEAST = 512, 3, 8
CONFIG = GPTConfig(vocab_size=64, d_model=128, n_layers=4, d_ff=512, context_len=TOKENS, init_std=0.1)  # fmt: skip


def uncached(model: GPT) -> list[int]:
    """The likeliest token behind token 0, 512 times, everything computed anew for each."""
    ids = [0]
    for _ in range(TOKENS):
        with no_grad():
            ids.append(int(model(np.array([ids])).data[0, -1].argmax()))
    return ids


def cached(model: GPT) -> list[int]:
    """The same with a cache."""
    ids, cache = [0], KVCache(model)
    for _ in range(TOKENS):
        ids.append(int(step(model, np.array([ids[-1:]]), cache)[0, -1].argmax()))
    return ids


def measured(call: Callable[[GPT], list[int]], model: GPT) -> tuple[float, list[int]]:
    """Seconds of this process, so that a neighbor on the machine doesn't count; and what was written."""
    started = time.process_time()
    ids = call(model)
    return time.process_time() - started, ids


def main(run: Run) -> None:
    """Both in turn, three times."""
    model = GPT(CONFIG, np.random.default_rng(run.seed))
    rounds = []
    for _ in range(ROUNDS):
        slow, expected = measured(uncached, model)
        fast, ids = measured(cached, model)
        rounds.append({"uncached": slow, "cached": fast, "same": ids == expected})
        print(f"uncached {slow:.2f} s  cached {fast:.2f} s  {slow / fast:.1f} times as fast")
    times = statistics.median(row["uncached"] / row["cached"] for row in rounds)
    same = all(row["same"] for row in rounds)
    run.save("rounds.json", rounds)
    run.record(
        config={"tokens": TOKENS, "rounds": ROUNDS, "model": CONFIG.to_dict()},
        metrics={"times_as_fast": times, "same_tokens": same},
    )
    print(f"{times:.1f} times as fast, at least {AT_LEAST} asked for; same tokens: {same}")
    if times < AT_LEAST or not same:
        raise SystemExit(1)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
