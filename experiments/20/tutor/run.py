"""The first tutor, asked three ways: which candidate, what it writes itself, and five tricks. One probe in eight."""

from __future__ import annotations

from collections.abc import Sequence

from given.run import Run, conduct
from labkit.manifest import record_manifest
from labkit.seeding import seed_everything
from minilm.asking import Answer, ask
from minilm.probes import CHOICES, Probe, adversarial, as_correction, choices, generations
from minilm.report import markdown, page, summary
from minilm.scorers import GPTScorer
from minilm.tutor import LETTERS, load

TUTOR = "data/models/18-tutor/tutor.safetensors"
STEP = 8
"""One probe in so many: a choice takes four sentences, and a GPT reads each."""


def thinned(probes: Sequence[Probe]) -> list[Probe]:
    """One of every STEP, each time another one: the right candidate's place repeats after CHOICES, so every eighth has it first."""
    return [probe for i, probe in enumerate(probes) if i % STEP == i // STEP % CHOICES]


def main(run: Run) -> None:
    """A report, and how often choosing and writing agree."""
    model = GPTScorer(load(TUTOR), LETTERS)
    core = thinned(choices())
    chosen = ask(model, [as_correction(one) for one in core])
    written = ask(model, generations(core))
    tricks = thinned([one for one in adversarial() if one.kind == "choice"])
    tempted = ask(model, [as_correction(one) for one in tricks])
    told = summary("the first tutor", [*chosen, *tempted], run.seed)
    run.file("report.md").write_text(markdown(told), encoding="utf-8")
    run.file("report.html").write_text(page(told), encoding="utf-8")
    run.save(
        "wrong.json",
        [[a.probe.id, a.predicted] for a in (*chosen, *written, *tempted) if not a.hit],
    )
    calibration = told["calibration"]
    metrics = {
        "chosen": _share(chosen),
        "written": _share(written),
        "disagree": sum(a.hit != b.hit for a, b in zip(chosen, written, strict=True)),
        "new_frames": _share([a for a in chosen if a.probe.novelty == "frame"]),
        "new_verbs": _share([a for a in chosen if a.probe.novelty == "verb"]),
        "underivable": _share([a for a in chosen if not a.probe.derivable]),
        "ece": calibration["ece"],
        "null_high": calibration["null_high"],
        **{f"trick_{name}": one["hits"] / one["n"] for name, one in told["tricks"].items()},
    }
    run.record(config={"every": STEP, "tutor": TUTOR}, metrics=metrics)
    for name, value in metrics.items():
        print(f"{name:30} {value:.3f}")


def _share(answers: list[Answer]) -> float:
    return sum(answer.hit for answer in answers) / len(answers)


if __name__ == "__main__":
    conduct(main, seeding=seed_everything, manifest=record_manifest)
