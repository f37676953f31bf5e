"""Runs mutants: each wrong implementation goes into a throw-away copy of the reference, and its lab's check must fail.

What no check notices is a hole in the checks, and a learner can fall into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from cortex.context import Context
from cortex.dev.planted import plant
from cortex.dev.problem import Problem
from cortex.errors import CortexError
from cortex.files.curriculum import Curriculum, parse_number
from cortex.files.regions import regions
from cortex.files.repo import Repo
from cortex.formats.load import line_of, load, read_text
from cortex.formats.mutants import Mutant, MutantsFile
from cortex.formats.phase import Lab, Phase
from cortex.runs import breaks, checks, scratch

_PATIENCE = 15  # seconds for a mutant that is declared never to end: its lab's checks take a few

State = Literal["caught", "equivalent", "survived", "refused"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant.

    Attributes:
        state: caught by its check, equivalent as it says, survived, or refused (it can't be run as it is written).
        says: the check's message where it was caught, else what is wrong.
        line: where it stands in mutants.yaml.
    """

    id: str
    lab: str
    state: State
    says: str
    seconds: float
    line: int | None = None

    @property
    def ok(self) -> bool:
        """Whether it is as it should be."""
        return self.state in ("caught", "equivalent")


def chosen(curriculum: Curriculum, words: list[str]) -> list[tuple[Phase, str]]:
    """Phases with the lab that is meant, empty for all: `10`, `10.1`; every shipped phase if none is named."""
    if not words:
        return [(phase, "") for phase in curriculum.shipped.values()]
    found = []
    for word in words:
        if "." in word:
            phase, lab = curriculum.lab(word)
            found.append((phase, lab.id))
        else:
            found.append((curriculum.phase(parse_number(word)), ""))
    return found


def listed(repo: Repo, phase: Phase) -> list[tuple[Mutant, int | None]]:
    """The phase's mutants, each with its line; none where there is no file. Raises CortexError."""
    path = repo.root / phase.mutants
    if not path.is_file():
        return []
    found = load(path, MutantsFile).mutants
    text = read_text(path)
    return [(mutant, line_of(text, ["mutants", at])) for at, mutant in enumerate(found)]


def problems(repo: Repo, phase: Phase) -> Iterator[Problem]:
    """The mutants that can't be run as they are written."""
    for mutant, line in listed(repo, phase):
        try:
            _changed(repo, phase, mutant)
        except CortexError as error:
            yield Problem(phase.mutants, error.problem, error.todo, line)


def run(
    ctx: Context,
    phase: Phase,
    *,
    lab: str = "",
    jobs: int = 2,
    tell: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Runs a phase's mutants, or those of one lab, `jobs` at a time, in the order of the file.

    Args:
        tell: called after each.
    """
    chosen = [pair for pair in listed(ctx.repo, phase) if lab in ("", pair[0].lab)]

    def one(pair: tuple[Mutant, int | None]) -> Outcome:
        outcome = judge(ctx, phase, *pair)
        if tell is not None:
            tell(outcome)
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, chosen))


def judge(ctx: Context, phase: Phase, mutant: Mutant, line: int | None = None) -> Outcome:
    """Puts one mutant into a copy of the reference and runs the check that must catch it."""
    try:
        lab, text = _changed(ctx.repo, phase, mutant)
    except CortexError as error:
        return Outcome(mutant.id, mutant.lab, "refused", error.problem, 0.0, line)
    with scratch.scratch() as folder:
        copy = folder / "work" / "mutant"
        breaks.copy_packages(ctx.repo.solutions, copy)
        (copy / mutant.file).write_text(text, encoding="utf-8")
        if mutant.ends == "timeout":
            lab = replace(lab, timeout=min(lab.timeout, _PATIENCE))
        only = f"{lab.checks}::{mutant.caught_by}" if mutant.caught_by else ""
        verdict = checks.check_lab(ctx, lab, impl="reference", packages=copy, only=only)
    state, says = _state(mutant, verdict)
    return Outcome(mutant.id, mutant.lab, state, says, verdict.seconds, line)


def _state(mutant: Mutant, verdict: checks.Verdict) -> tuple[State, str]:
    if mutant.equivalent:
        if verdict.state == "pass":
            return "equivalent", mutant.equivalent
        return "survived", f"isn't equivalent: {verdict.state}: {verdict.message}"
    if verdict.state == mutant.ends:
        return "caught", verdict.message
    if verdict.state == "pass":
        return "survived", f"{mutant.caught_by} passes"
    return (
        "survived",
        f"{mutant.caught_by} ends as {verdict.state}, not {mutant.ends}: {verdict.message}",
    )


def _changed(repo: Repo, phase: Phase, mutant: Mutant) -> tuple[Lab, str]:
    """The mutant's lab, and the text of its file with the change in it. Raises CortexError."""
    lab = next((lab for lab in phase.labs if lab.id == mutant.lab), None)
    if lab is None:
        raise CortexError(f"mutant {mutant.id}: phase {phase.number:02d} has no lab {mutant.lab}")
    path = repo.solutions / mutant.file
    if not path.is_file() or not path.resolve().is_relative_to(repo.solutions.resolve()):
        raise CortexError(
            f"mutant {mutant.id}: there is no solutions/{mutant.file}",
            todo="`file` is relative to solutions/.",
        )
    check = mutant.caught_by.partition("[")[0]
    if check and not _defines(repo.root / lab.checks, check):
        raise CortexError(
            f"mutant {mutant.id} is caught by {check!r}, which {lab.checks} doesn't define",
            todo="Correct caught_by: the name of one of the lab's checks.",
        )
    text = read_text(path)
    find = mutant.replace["find"]
    changed = plant(
        text, mutant.replace, whose=f"mutant {mutant.id}: ", where=f"solutions/{mutant.file}"
    )
    before = text[: text.index(find)]
    first = before.count("\n") + 1
    last = first + find.rstrip("\n").count("\n")
    inside = any(
        region.lab == lab.id and region.first < first and last < region.last
        for region in regions(text, path)
    )
    if not inside:
        raise CortexError(
            f"mutant {mutant.id}: `find` stands on line {first} of solutions/{mutant.file}, "
            f"outside what lab {lab.id} asks for",
            todo="Change what the lab's learner writes.",
        )
    return lab, changed


def _defines(checks_file: Path, name: str) -> bool:
    return bool(re.search(rf"^def {re.escape(name)}\(", read_text(checks_file), re.MULTILINE))


def survivors(phase: Phase, outcomes: Iterable[Outcome]) -> list[Problem]:
    """What is to be mended after a run."""
    return [
        Problem(
            phase.mutants,
            f"mutant {outcome.id} of lab {outcome.lab}: {outcome.state}: {outcome.says}",
            "Strengthen the check, or say why none can tell (`equivalent`).",
            outcome.line,
        )
        for outcome in outcomes
        if not outcome.ok
    ]
