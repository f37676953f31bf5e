"""Closed phases without the work: rehearsals, benchmarks and tests start from them, and nothing that a learner runs."""

from __future__ import annotations

import re
import shutil
from dataclasses import asdict
from typing import Any

import yaml

from cortex.context import Context
from cortex.files import store
from cortex.files.curriculum import COUNT, load_curriculum
from cortex.files.repo import Repo
from cortex.formats.checkpoint import Closure
from cortex.formats.phase import Phase
from cortex.quiz import grading, items, sitting
from cortex.runs import checks, sources
from cortex.runs import manifests as provenance


def close(ctx: Context, phase: Phase) -> None:
    """Records the phase as a gate leaves it that closed at today's commit: passes, a passed quiz, the closure."""
    for lab in phase.labs:
        modules = sources.module_digests(ctx.repo, lab)
        judges = sources.checks_digest(ctx.repo, lab)
        verdict = checks.Verdict(lab.id, "pass", modules=modules, checks=judges)
        checks.record(ctx, phase, lab, verdict)
    quiz = grading.sitting(ctx, phase)
    given = {item.id: items.of(item).right() for item in quiz.items}
    free = {item.id: True for item in quiz.items if item.type == "free"}
    file = grading.quiz_digest(ctx.repo, phase)
    sitting.record(ctx, phase, quiz, grading.read_answers(quiz, given), file=file, verdicts=free)
    sha, _ = provenance.git_state(ctx.repo)
    with ctx.learner.recording(phase.number) as checkpoint:
        checkpoint.closed = Closure(at=store.now(), git_sha=sha, digest="")


def grow(repo: Repo, name: str, count: int = COUNT) -> None:
    """Fills a throw-away checkout up to `count` phases with copies of the shipped ones, and closes all for `name`."""
    shipped = load_curriculum(repo).shipped
    models = list(shipped.values())
    for number in range(count):
        if number not in shipped:
            _copy(repo, models[number % len(models)], number)
    store.write_atomic(repo.root / "data" / "planned.yaml", "phases: []\n")
    ctx = Context(name, repo)
    for phase in ctx.curriculum.shipped.values():
        close(ctx, phase)


def _copy(repo: Repo, phase: Phase, number: int) -> None:
    old, new = f"{phase.number:02d}", f"{number:02d}"
    slug = f"{phase.slug}-{new}"
    names = [
        (f"phase_{old}/", f"phase_{new}/"),
        (f"lab {old}.", f"lab {new}."),
        (f"experiment {old}-", f"experiment {new}-"),
    ]
    data: dict[str, Any] = asdict(phase) | {
        "number": number,
        "slug": slug,
        "requires": [number - 1],
    }
    for lab in data["labs"]:
        lab["id"] = lab["id"].replace(f"{old}.", f"{new}.")
    for run in data["experiments"]:
        run["id"] = re.sub(f"^{old}-", f"{new}-", run["id"])
        run["uses"] = [re.sub(f"^{old}-", f"{new}-", used) for used in run["uses"]]
    text = yaml.safe_dump(data, sort_keys=False)
    for before, after in names:
        text = text.replace(before, after)
    store.write_atomic(repo.docs / f"phase-{new}-{slug}" / "phase.yaml", text)
    quiz = asdict(grading.load_quiz(repo, phase)) | {"phase": number, "slug": slug}
    text = yaml.safe_dump(quiz, sort_keys=False).replace(f"q-{old}-", f"q-{new}-")
    store.write_atomic(repo.docs / f"phase-{new}-{slug}" / "quiz.yaml", text)
    checks_folder = repo.root / "tests" / "labs"
    shutil.copytree(checks_folder / f"phase_{old}", checks_folder / f"phase_{new}")
