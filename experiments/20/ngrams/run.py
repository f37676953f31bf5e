"""Comparisons of n-grams by one rule: another order, another discount, and two models that have read some of the questions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minigrad.calibration import reliability
from minilm.asking import Answer, ask, table
from minilm.confidence import cross_fitted
from minilm.corpus import examples, split
from minilm.ngram import KneserNey, count
from minilm.probes import adversarial, check_probes, choices, leaks
from minilm.report import compare, compared, markdown, page, summary
from minilm.scorers import NgramScorer


def speaker(texts: Iterable[str], order: int, discount: float) -> NgramScorer:
    """Kneser-Ney of characters, counted on these sentences."""
    return NgramScorer(KneserNey(count(list(texts), order), discount))


def share(answers: Iterable[Answer]) -> float:
    """Of right answers."""
    return float(np.mean([answer.hit for answer in answers]))


def main(run: Run) -> None:
    """Order 6 against order 3; discount 0.85 against 0.9; and models that were counted on right sentences of the probes, too."""
    train = [e.text for e in split(examples())["train"] if not e.mistake]
    core, tricks = choices(), adversarial()
    check_probes(core, train)
    said = {
        "order 3": ask(speaker(train, 3, 0.9), core),
        "order 6": ask(speaker(train, 6, 0.9), core),
        "discount 0.85": ask(speaker(train, 6, 0.85), core),
    }
    year = [probe for probe in core if probe.id.endswith("@year")]
    # Each verb has 12 of these. Every second, shifted by one from verb to verb: both halves have each tense equally often.
    half = [probe for i, probe in enumerate(year) if (i + i // 12) % 2 == 0]
    read = [probe.text(probe.expected) for probe in half]
    familiar = [probe.text(probe.expected) for probe in half if probe.novelty == "frame"]
    said["has read half"] = ask(speaker([*train, *read], 6, 0.9), core)
    said["has read the familiar"] = ask(speaker([*train, *familiar], 6, 0.9), core)
    pairs = {
        "order": ("order 3", "order 6"),
        "discount": ("order 6", "discount 0.85"),
        "read": ("order 6", "has read half"),
        "familiar": ("order 6", "has read the familiar"),
    }
    told = {name: compare(said[a], said[b], run.seed) for name, (a, b) in pairs.items()}
    for name, (a, b) in pairs.items():
        run.file(f"{name}.md").write_text(compared(a, b, told[name]), encoding="utf-8")
    leaked = leaks(core, [*train, *read])
    known, fresh, elsewhere = (
        [i for i, one in enumerate(core) if leaked.get(one.id, "") == what]
        for what in ("text", "after", "")
    )
    best = said["order 6"]
    everything = summary("n-gram, order 6", [*best, *ask(speaker(train, 6, 0.9), tricks)], run.seed)
    values, right = table(best)
    mended, temperatures = cross_fitted(values, right)
    curve = reliability([a.confidence for a in best], [a.hit for a in best])
    after = reliability(mended, [a.hit for a in best])
    run.file("order6.md").write_text(markdown(everything), encoding="utf-8")
    bins = zip(curve.confidence, curve.accuracy, map(int, curve.count), strict=True)
    run.file("order6.html").write_text(page(everything, list(bins)), encoding="utf-8")
    with run.plot("reliability.svg", 5, 4) as figure:
        axes = figure.add_subplot(xlabel="confidence", ylabel="accuracy")
        axes.plot([0, 1], [0, 1], color="gray")
        for name, one in (("as it says", curve), ("with temperature", after)):
            axes.plot(one.confidence, one.accuracy, "o", label=name)
        axes.legend()
    gap = (after.count * np.abs(np.nan_to_num(after.accuracy - after.confidence))).sum()
    metrics = {
        "order_3": share(said["order 3"]),
        "order_6": share(best),
        "order_verdict": told["order"]["all"].verdict,
        "discount_verdict": told["discount"]["all"].verdict,
        "discount_differ": told["discount"]["all"].lost + told["discount"]["all"].gained,
        "read_verdict": told["read"]["all"].verdict,
        "familiar_verdict": told["familiar"]["all"].verdict,
        "read_known_before": share(best[i] for i in known),
        "read_known_after": share(said["has read half"][i] for i in known),
        "read_fresh_before": share(best[i] for i in fresh),
        "read_fresh_after": share(said["has read half"][i] for i in fresh),
        "read_elsewhere_before": share(best[i] for i in elsewhere),
        "read_elsewhere_after": share(said["has read half"][i] for i in elsewhere),
        "familiar_elsewhere_after": share(said["has read the familiar"][i] for i in elsewhere),
        "third_person": _of(everything["slices"]["person"]["3sg"]),
        "first_person": _of(everything["slices"]["person"]["1sg"]),
        "ece": everything["calibration"]["ece"],
        "null_high": everything["calibration"]["null_high"],
        "temperature_even": temperatures[0],
        "temperature_odd": temperatures[1],
        "ece_mended": float(gap / len(best)),
        **{f"trick_{name}": _of(one) for name, one in everything["tricks"].items()},
    }
    run.record(
        config={"known": len(known), "fresh": len(fresh), "elsewhere": len(elsewhere)},
        metrics=metrics,
    )
    for name, value in metrics.items():
        print(f"{name:28} {value if isinstance(value, str) else round(value, 3)}")


def _of(one: dict[str, float]) -> float:
    return one["hits"] / one["n"]


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
