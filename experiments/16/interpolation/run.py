"""A model with RoPE, trained on 32 letters and asked at 64 and 128 with slower turns: all pairs, a larger base, or some pairs alone."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "longer"))

from copying import BACK, HEADS, LONGEST, STEPS, TRAINED, TUNING, D, OneLayer, right, trained

from given.drawing import BLUE, GREEN, MUTED, ORANGE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minitorch.positions import frequencies, linear_frequencies, ntk_frequencies
from minitorch.tensor import Array

SEEDS, LENGTHS, HEAD = 3, (64, 128), D // HEADS
COLORS = {"plain": MUTED, "linear": RED, "ntk": BLUE, "pair_2": GREEN, "slow": ORANGE}


def some(pairs: slice, factor: float) -> Array:
    """The usual turns, those of some pairs `factor` times as slow: the control that says which pairs count."""
    w = frequencies(HEAD)
    w[pairs] /= factor
    return w


def turns(factor: float) -> dict[str, Array]:
    """What a position is turned by, for each way to stretch; pairs 3 to 7 turned by less than a radian in training."""
    return {
        "plain": frequencies(HEAD),
        "linear": linear_frequencies(HEAD, factor),
        "ntk": ntk_frequencies(HEAD, factor),
        "pair_2": some(slice(2, 3), factor),
        "slow": some(slice(3, None), factor),
    }


def turning(model: OneLayer, w: Array) -> OneLayer:
    """A copy of the model with other turns."""
    other = copy.deepcopy(model)
    other.attention.w = w
    return other


def stretched(model: OneLayer, seed: int) -> dict[str, float]:
    """The share of right answers without more training; `linear_farther` counts the letter 6 or 12 back as right."""
    seen = {}
    for n in LENGTHS:
        for name, w in turns(n / TRAINED).items():
            seen[f"{name}_{n}"] = right(turning(model, w), n, seed)
        linear = turning(model, linear_frequencies(HEAD, n / TRAINED))
        seen[f"linear_farther_{n}"] = right(linear, n, seed, back=BACK * n // TRAINED)
    return seen


def tuned(model: OneLayer, seed: int) -> dict[str, float]:
    """The same at 128 after more steps there: as it was, stretched, and, as the control, stretched turns learned from nothing."""
    slower = linear_frequencies(HEAD, LONGEST / TRAINED)
    begun = {
        "plain_tuned": (turning(model, frequencies(HEAD)), TUNING),
        "linear_tuned": (turning(model, slower), STEPS),
        "linear_fresh": (turning(OneLayer("rope", seed), slower), STEPS),
    }
    return {
        name: right(trained("rope", seed, LONGEST, steps, start), LONGEST, seed)
        for name, (start, steps) in begun.items()
    }


def trained_at_twice(seed: int) -> dict[str, float]:
    """Trained at 64, where pair 2 comes round once and pair 3 doesn't, asked at 128: is it the next pair that counts?"""
    model = trained("rope", seed, 2 * TRAINED)
    ways = {"plain": frequencies(HEAD), "pair_2": some(slice(2, 3), 2), "pair_3": some(slice(3, 4), 2)}  # fmt: skip
    return {f"twice_{name}": right(turning(model, w), LONGEST, seed) for name, w in ways.items()}


def main(run: Run) -> None:
    """Three seeds of each."""
    table: list[dict[str, Any]] = []
    for seed in range(run.seed, run.seed + SEEDS):
        model = trained("rope", seed)
        row = stretched(model, seed) | tuned(model, seed) | trained_at_twice(seed)
        table.append({"seed": seed} | row)
    run.save("interpolation.json", table)
    metrics: dict[str, float] = {}
    for key in (k for k in table[0] if k != "seed"):
        of_seeds = [row[key] for row in table]
        metrics |= {key: float(np.mean(of_seeds)), f"{key}_worst": min(of_seeds), f"{key}_best": max(of_seeds)}  # fmt: skip
        print(f"{key:18} {metrics[key]:.3f}  [{min(of_seeds):.3f}, {max(of_seeds):.3f}]")
    with run.plot("interpolation.svg", 6.4, 3.4) as figure:
        axes = figure.subplots()
        for name, color in COLORS.items():
            axes.plot(LENGTHS, [metrics[f"{name}_{n}"] for n in LENGTHS], "o-", color=color, label=name)  # fmt: skip
        axes.set(xlabel="length", ylabel="right in the last quarter", ylim=(0, 1.03))
        axes.set_xticks(LENGTHS, [str(n) for n in LENGTHS])
        axes.legend()
    run.record(config={"steps": STEPS, "trained": TRAINED, "seeds": SEEDS}, metrics=metrics)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
