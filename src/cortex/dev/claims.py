"""Runs a phase's claims in a throw-away clone: what holds each must hold, its control too, and fall with the planted change."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cortex.context import Context
from cortex.dev import rehearse
from cortex.dev.planted import plant
from cortex.dev.problem import Problem
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.claims import Claim, ClaimsFile, Evidence
from cortex.formats.conditions import lookup
from cortex.formats.load import line_of, load, read_text
from cortex.formats.phase import Phase
from cortex.runs import checks, evidence, experiments, folders


@dataclass(frozen=True)
class Outcome:
    """What became of a claim; `says` is what is wrong with it, empty if nothing is."""

    id: str
    says: str
    seconds: float
    line: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the claim holds."""
        return not self.says


def listed(repo: Repo, phase: Phase) -> list[tuple[Claim, int | None]]:
    """The phase's claims, each with its line; none where there is no file. Raises CortexError."""
    path = repo.root / phase.claims
    if not path.is_file():
        return []
    found = load(path, ClaimsFile).claims
    text = read_text(path)
    return [(claim, line_of(text, ["claims", at])) for at, claim in enumerate(found)]


def problems(ctx: Context, phase: Phase) -> Iterator[Problem]:
    """Sentences that aren't on their page any more, and evidence or changes that can't be had."""
    for claim, line in listed(ctx.repo, phase):
        for what, todo in _wrong(ctx, phase, claim):
            yield Problem(phase.claims, f"claim {claim.id}: {what}", todo, line)


def _wrong(ctx: Context, phase: Phase, claim: Claim) -> Iterator[tuple[str, str]]:
    repo = ctx.repo
    page = repo.root / phase.folder / claim.page
    if not page.is_file():
        yield f"there is no page {claim.page}", "Correct `page`."
    elif _plain(claim.says) not in _plain(read_text(page)):
        yield (
            f"{claim.page} doesn't say {claim.says!r}",
            "Copy the sentence, or drop the claim with it.",
        )
    for text in (claim.held_by, claim.control):
        shown = claim.evidence(text)
        if shown.experiment:
            if evidence.declared(ctx, shown.experiment) is None:
                yield f"no phase declares the experiment {shown.experiment}", "Correct its name."
            continue
        file, _, name = shown.check.partition("::")
        name = name.partition("[")[0]
        there = (repo.root / file).is_file() and re.search(
            rf"^def {re.escape(name)}\(", read_text(repo.root / file), re.MULTILINE
        )
        if not there:
            yield f"{file} defines no {name}", "Correct its name, or write it."
    try:
        _planted(repo, claim)
    except CortexError as error:
        yield error.problem, error.todo


def _plain(text: str) -> str:
    """A text without what breaks its lines: quotes' and lists' marks aside, one space between words."""
    return " ".join(re.sub(r"^[ \t]*>[ \t]?", "", text, flags=re.MULTILINE).split())


def _planted(repo: Repo, claim: Claim) -> str:
    """The text of the planted change's file with the change in it."""
    name = claim.planted["file"]
    path = repo.root / name
    if not path.is_file() or not path.resolve().is_relative_to(repo.root.resolve()):
        raise CortexError(
            f"there is no {name}", todo="`file` of `planted` is relative to the root."
        )
    return plant(read_text(path), claim.planted, whose="", where=name)


def run(ctx: Context, phase: Phase) -> list[Outcome]:
    """Runs a phase's claims, one after the other, on the reference; `problems` must have found none."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="cortex-claims-") as folder:
        root = Path(folder) / "clone"
        rehearse.clone(ctx.repo, root, ctx.curriculum)
        court = _Court(Context(rehearse.LEARNER, Repo(root)), phase)
        for claim, line in listed(ctx.repo, phase):
            started = time.monotonic()
            says = court.judge(claim)
            seconds = round(time.monotonic() - started, 2)
            outcomes.append(Outcome(claim.id, says, seconds, line))
    return outcomes


class _Court:
    """Judges claims in a clone; what was seen on the sound code is seen once."""

    def __init__(self, ctx: Context, phase: Phase) -> None:
        self.ctx, self.phase = ctx, phase
        self.metrics: dict[str, dict[str, object] | str] = {}

    def judge(self, claim: Claim) -> str:
        """What is wrong with a claim; empty if nothing is."""
        for name, text in (("held_by", claim.held_by), ("control", claim.control)):
            state, says = self._ask(claim.evidence(text), sound=True)
            if state != "pass":
                return f"{name} doesn't hold: {says}"
        path = self.ctx.repo.root / claim.planted["file"]
        sound = path.read_bytes()
        path.write_text(_planted(self.ctx.repo, claim), encoding="utf-8")
        try:
            state, says = self._ask(claim.evidence(claim.held_by), sound=False)
        finally:
            path.write_bytes(sound)
        if state == "pass":
            return f"{claim.held_by} holds with the planted change too"
        return "" if state == "fail" else f"with the planted change nothing can be measured: {says}"

    def _ask(self, shown: Evidence, *, sound: bool) -> tuple[str, str]:
        """Whether a piece of evidence holds (`pass`), doesn't (`fail`) or can't be had, and what speaks against it."""
        if not shown.experiment:
            file = shown.check.partition("::")[0]
            lab = replace(self.phase.labs[-1], checks=file)
            verdict = checks.check_lab(self.ctx, lab, impl="reference", only=shown.check)
            return verdict.state, f"{verdict.state}: {verdict.message}"
        found = self._measured(shown.experiment, sound=sound)
        if isinstance(found, str):
            return "crash", found
        asked = [c.against(found) for c in shown.conditions]
        failed = [c for c in asked if not c.holds(lookup(found, c.key))]
        told = (f"{c.key} is {lookup(found, c.key)!r}, not {c.op} {c.value}" for c in failed)
        return "fail" if failed else "pass", ", ".join(told)

    def _measured(self, name: str, *, sound: bool) -> dict[str, object] | str:
        """An experiment's manifest, or why there is none."""
        if sound and name in self.metrics:
            return self.metrics[name]
        found = evidence.declared(self.ctx, name)
        for used in found[1].uses if found else ():
            if not any(folders.of_reference(self.ctx.repo, used).glob("*/manifest.json")):
                self._measured(used, sound=sound)
        done = experiments.run(self.ctx, name, impl="reference")
        told = done.run.manifest if done.ok else f"{name}: {done.why}"
        if sound:
            self.metrics[name] = told
        return told
