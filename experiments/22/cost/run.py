"""What a token costs with a cache and without, over the length of the text: operations counted, times fitted."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from given.drawing import BLUE, ORANGE
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.cache import KVCache, step, step_flops
from minilm.gpt import GPT, GPTConfig
from minitorch import no_grad

SEEDS, PIECE = 3, 512
ROUNDS = {"cached": 40, "uncached": 7}
LENGTHS = {
    "cached": [64, 512, 1024, 1536, 2048, 2560, 3072, 3584, 4096],
    "uncached": [64, 128, 192, 256, 320, 384, 448, 512],
}
CONFIG = GPTConfig(vocab_size=64, context_len=4096)


def fastest(call: Callable[[int], object], lengths: list[int], rounds: int) -> list[float]:
    """Milliseconds of this process for each length, the best of some rounds over all: what disturbs only adds."""
    best = dict.fromkeys(lengths, float("inf"))
    for _ in range(rounds):
        for n in lengths:
            started = time.process_time()
            call(n)
            best[n] = min(best[n], 1000 * (time.process_time() - started))
    return list(best.values())


def times(seed: int) -> dict[str, list[float]]:
    """Milliseconds for the last token of texts of each length."""
    model = GPT(CONFIG, np.random.default_rng(seed))
    ids = np.random.default_rng(seed).integers(0, CONFIG.vocab_size, (1, CONFIG.context_len))
    cache = KVCache(model)
    for at in range(0, CONFIG.context_len, PIECE):
        step(model, ids[:, at : at + PIECE], cache)

    def cached(n: int) -> None:
        cache.lengths[:] = n - 1  # what stands behind a length is still there
        step(model, ids[:, n - 1 : n], cache)

    def uncached(n: int) -> None:
        with no_grad():
            model(ids[:, :n])

    calls = {"cached": cached, "uncached": uncached}
    return {side: fastest(call, LENGTHS[side], ROUNDS[side]) for side, call in calls.items()}


def fitted(
    lengths: list[int], values: list[float], powers: int
) -> tuple[NDArray[np.float64], float]:
    """Coefficients of 1, S / 512, ..., and the share of the variance that they explain."""
    x = np.stack([(np.array(lengths) / 512) ** p for p in range(powers)], axis=1)
    y = np.array(values)
    found = np.linalg.lstsq(x, y, rcond=None)[0]
    return found, float(1 - ((y - x @ found) ** 2).sum() / ((y - y.mean()) ** 2).sum())


def main(run: Run) -> None:
    """Three seeds of both; each fit must hold for the worst."""
    rows = [times(seed) for seed in range(run.seed, run.seed + SEEDS)]
    run.save("times.json", rows)
    metrics: dict[str, float] = {}
    for side, powers in (("cached", 2), ("uncached", 3)):
        lengths = LENGTHS[side]
        flops = [step_flops(CONFIG, 1 if side == "cached" else n, n) for n in (64, 512)]
        ratios = [row[side][lengths.index(512)] / row[side][0] for row in rows]
        fits = [fitted(lengths, row[side], powers) for row in rows]
        metrics |= {
            f"{side}_flops_512": flops[1],
            f"{side}_flops_times": flops[1] / flops[0],
            f"{side}_times": float(np.median(ratios)),
            f"{side}_times_worst": max(ratios),
            f"{side}_times_best": min(ratios),
            f"{side}_fit_worst": min(fit for _, fit in fits),
        }
        coefficients = np.median([c for c, _ in fits], axis=0)
        for name, value in zip("abc", coefficients, strict=False):
            metrics[f"{side}_{name}"] = float(value)
        print(f"{side:9} 512 against 64: {metrics[f'{side}_times']:.2f} times the time, {metrics[f'{side}_flops_times']:.2f} times the operations; milliseconds {' + '.join(f'{c:.2f} (S/512)^{p}' for p, c in enumerate(coefficients))}; explained {metrics[f'{side}_fit_worst']:.3f}")  # fmt: skip
    gains = [row["uncached"][-1] / row["cached"][LENGTHS["cached"].index(512)] for row in rows]
    metrics |= {"gain_512": float(np.median(gains)), "gain_512_worst": min(gains)}
    with run.plot("cost.svg", 6.4, 3.4) as figure:
        axes = figure.subplots()
        for side, color in (("uncached", ORANGE), ("cached", BLUE)):
            axes.plot(LENGTHS[side], np.median([row[side] for row in rows], axis=0), "o-", color=color, label=side)  # fmt: skip
        axes.set(xlabel="length", ylabel="milliseconds a token", yscale="log")
        axes.legend()
    run.record(config={"seeds": SEEDS, "model": CONFIG.to_dict()}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
