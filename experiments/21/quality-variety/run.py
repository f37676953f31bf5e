"""How many sentences that a model writes are right, and how many of the right ones differ, for ten ways to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from given.drawing import BLUE, GREEN, ORANGE, RED
from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.corpus import examples, parse, split
from minilm.generate import Request, generate
from minilm.ngram import KneserNey, count
from minilm.sample import Settings
from minilm.speakers import Speaker, of_ngram

ORDER, DISCOUNT = 5, 0.75
GROUPS, DRAWS = 6, 50
T_95 = 2.571
"""Student's t for 95 % and GROUPS - 1 degrees of freedom."""
WAYS = {
    "plain": Settings(),
    "temperature_1.5": Settings(temperature=1.5),
    "temperature_0.7": Settings(temperature=0.7),
    "temperature_0.5": Settings(temperature=0.5),
    "temperature_0.3": Settings(temperature=0.3),
    "top_k_3": Settings(top_k=3),
    "top_p_0.9": Settings(top_p=0.9),
    "top_p_0.7": Settings(top_p=0.7),
    "min_p_0.1": Settings(min_p=0.1),
    "typical_0.9": Settings(typical=0.9),
}
COLORS = {"temperature": BLUE, "plain": BLUE, "top": ORANGE, "min": GREEN, "typical": RED}


def written(speaker: Speaker, settings: Settings, seeds: Sequence[int]) -> list[str]:
    """The right ones among the texts of these seeds."""
    requests = [Request([speaker.begin], 60, settings, seed) for seed in seeds]
    got = generate(
        speaker.next_logits,
        requests,
        speaker.pieces,
        context_len=speaker.context_len,
        end=speaker.end,
    )
    return [one.text for one in got if one.why == "end" and parse(one.text)]


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and the ends of its 95 % interval."""
    mean, half = np.mean(values), T_95 * np.std(values, ddof=1) / math.sqrt(len(values))
    return float(mean), float(mean - half), float(mean + half)


def main(run: Run) -> None:
    """Six groups of 50 seeds, the same for every way."""
    train = sorted({e.text for e in split(examples())["train"] if not e.mistake})
    speaker = of_ngram(KneserNey(count(train, ORDER), DISCOUNT))
    metrics: dict[str, float] = {}
    quality: dict[str, list[float]] = {}
    print(f"{'':16} right               different of {DRAWS}        not in training")
    for name, settings in WAYS.items():
        groups = [
            written(
                speaker, settings, range(run.seed * 1000 + g * DRAWS, run.seed * 1000 + (g + 1) * DRAWS)
            )
            for g in range(GROUPS)
        ]  # fmt: skip
        quality[name] = [len(right) / DRAWS for right in groups]
        rows = {
            "quality": interval(quality[name]),
            "variety": interval([len(set(right)) for right in groups]),
        }
        for key, values in rows.items():
            metrics |= {f"{key}_{name}{end}": value for end, value in zip(("", "_low", "_high"), values, strict=True)}  # fmt: skip
        new = len({text for right in groups for text in right} - set(train))
        metrics[f"new_{name}"] = new
        print(f"{name:16} " + "   ".join(f"{m:6.2f} [{a:5.2f}, {b:5.2f}]" for m, a, b in rows.values()) + f"   {new}")  # fmt: skip
    pairs = np.subtract(quality["top_p_0.7"], quality["temperature_0.5"])
    metrics |= {f"top_p_less_temperature{end}": value for end, value in zip(("", "_low", "_high"), interval(pairs.tolist()), strict=True)}  # fmt: skip
    print(f"top_p_0.7 less temperature_0.5, same seeds: {interval(pairs.tolist())}")
    with run.plot("quality-variety.svg", 6.4, 4.0) as figure:
        axes = figure.add_subplot(xlabel=f"different right sentences of {DRAWS}", ylabel="right")
        for name in WAYS:
            x, y = metrics[f"variety_{name}"], metrics[f"quality_{name}"]
            axes.errorbar(
                x,
                y,
                xerr=metrics[f"variety_{name}_high"] - x,
                yerr=metrics[f"quality_{name}_high"] - y,
                fmt="o",
                color=COLORS[name.split("_")[0]],
            )
            axes.annotate(name.replace("_", " "), (x, y), xytext=(5, 5), textcoords="offset points", fontsize=8)  # fmt: skip
    run.record(
        config={"order": ORDER, "discount": DISCOUNT, "groups": GROUPS, "draws": DRAWS},
        metrics=metrics,
    )


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
