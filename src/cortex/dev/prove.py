"""Proves phases, part by part: what is remembered and still holds isn't run again; what was proved is remembered.

A change of this program stales nothing. Instead five phases, chosen by the commit's hash, are proved anew whenever
fewer were proved by the program as it is.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from cortex.context import Context
from cortex.dev import inputs, mutants, parts, proof, rehearse
from cortex.dev.inputs import PARTS, Part
from cortex.dev.problem import Problem, from_error
from cortex.errors import CortexError
from cortex.files import git
from cortex.files.repo import Repo
from cortex.formats.phase import Phase
from cortex.formats.proof import PartProof

WITNESSES = 5  # phases that must have been proved by the program as it is

State = Literal["holds", "proved", "failed"]


@dataclass
class Row:
    """One part of one phase.

    Attributes:
        why: why it was run: what changed, or that it was asked for; empty if it holds.
    """

    phase: int
    part: Part
    state: State
    why: list[str] = field(default_factory=list)
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)


Tell = Callable[[Row], None]


def stale(ctx: Context, phase: Phase, wanted: Iterable[Part] = PARTS) -> dict[Part, list[str]]:
    """The parts of a phase that don't hold, each with the reasons."""
    there = inputs.parts(ctx.repo, phase)
    known: dict[str, PartProof] = {}
    broken = ""
    try:
        known = proof.read(ctx.repo.root / phase.proof)
    except CortexError as error:
        broken = error.problem
    found = {}
    for part in [part for part in there if part in set(wanted)]:
        entry = known.get(part)
        now = inputs.inputs(ctx, phase, part, entry.inputs if entry else ())
        why = [broken] if broken else proof.changes(entry, now)
        if why:
            found[part] = why
    return found


def unrehearsed(ctx: Context, numbers: Iterable[int]) -> list[int]:
    """The phases whose rehearsal isn't remembered, or doesn't hold any more."""
    return [n for n in numbers if stale(ctx, ctx.curriculum.phase(n), ["rehearsal"])]


def uncommitted(ctx: Context, numbers: Iterable[int]) -> list[str]:
    """The proofs of phases that aren't committed as they are."""
    files = [ctx.curriculum.phase(number).proof for number in numbers]
    listed = git.optional(ctx.repo.root, "status", "--porcelain", "-z", "--", *files) or ""
    return sorted(entry[3:] for entry in listed.split("\0") if entry)


def sample(repo: Repo, numbers: Iterable[int], count: int) -> list[int]:
    """So many of the phases, chosen by the hash of the commit: others at each commit, the same ones in each run."""
    sha = git.optional(repo.root, "rev-parse", "HEAD") or ""

    def rank(number: int) -> str:
        return hashlib.sha256(f"{sha} {number}".encode()).hexdigest()

    return sorted(sorted(numbers, key=rank)[:count])


def witnesses(ctx: Context, numbers: Iterable[int]) -> list[int]:
    """The phases to prove anew because too few were proved by the program as it is; none if enough were."""
    chosen = list(numbers)
    repo, now = ctx.repo, proof.gatekeeper()
    proved = 0
    for number in chosen:
        try:
            known = proof.read(repo.root / ctx.curriculum.phase(number).proof)
        except CortexError:
            continue
        proved += bool(known) and all(part.gatekeeper == now for part in known.values())
    return [] if proved >= min(WITNESSES, len(chosen)) else sample(repo, chosen, WITNESSES)


def prove(
    ctx: Context,
    numbers: Iterable[int],
    *,
    wanted: Iterable[Part] = PARTS,
    again: Iterable[int] = (),
    jobs: int = 2,
    tell: Tell | None = None,
) -> list[Row]:
    """Runs the parts of phases that don't hold, `jobs` units at a time, and remembers those that then do.

    Args:
        again: the phases whose parts are run although they hold.
        tell: called for each part that was run, as it ends.
    """
    repo = ctx.repo
    wanted, again = list(wanted), set(again)
    rows: list[Row] = []
    for number in numbers:
        phase = ctx.curriculum.phase(number)
        try:
            reasons = stale(ctx, phase, wanted)
        except CortexError as error:
            rows.append(Row(number, "labs", "failed", problems=[from_error(repo, error)]))
            continue
        for part in [part for part in inputs.parts(repo, phase) if part in wanted]:
            why = reasons.get(part) or (["asked for"] if number in again else [])
            rows.append(Row(number, part, "failed" if why else "holds", why))
    open_rows = [row for row in rows if row.why]
    with ThreadPoolExecutor(jobs) as pool, parts.skeletons(ctx) as folder:
        waiting = []
        for row in (row for row in open_rows if row.part != "rehearsal"):
            phase = ctx.curriculum.phase(row.phase)
            before = inputs.inputs(ctx, phase, row.part)
            units = parts.units(ctx, phase, row.part, folder)
            waiting.append((row, before, [pool.submit(_timed, unit) for unit in units]))
        for row, before, futures in waiting:
            seen = [future.result() for future in futures]
            imported = {name for found, _ in seen for name in found.imported}
            row.seconds = sum(seconds for _, seconds in seen)
            row.problems = [problem for found, _ in seen for problem in found.problems]
            _conclude(ctx, row, before, imported)
            if tell is not None:
                tell(row)
    walked = [row for row in open_rows if row.part == "rehearsal"]
    if walked:
        _rehearse(ctx, walked, jobs, tell)
    return rows


def _timed(unit: parts.Unit) -> tuple[parts.Seen, float]:
    started = time.monotonic()
    return unit(), time.monotonic() - started


def _conclude(ctx: Context, row: Row, before: dict[str, str], imported: Iterable[str] = ()) -> None:
    """Remembers a part that held, on the inputs as they were before it ran; forgets one that didn't."""
    phase = ctx.curriculum.phase(row.phase)
    path = ctx.repo.root / phase.proof
    if row.problems:
        proof.forget(path, row.part)
        return
    row.state = "proved"
    whole = inputs.inputs(ctx, phase, row.part, imported) | before
    proof.remember(path, row.part, row.seconds, whole)


def _rehearse(ctx: Context, rows: list[Row], jobs: int, tell: Tell | None) -> None:
    result = rehearsed(ctx, [row.phase for row in rows], jobs=jobs)
    for row in rows:
        steps = [step for step in result.steps if step.phase == row.phase]
        row.seconds = sum(step.seconds for step in steps)
        row.problems = [
            Problem(
                ctx.curriculum.phase(row.phase).folder,
                f"the rehearsal ends where it says: {step.says}: {step.detail}",
                f"cortex dev rehearse {row.phase:02d}",
            )
            for step in steps
            if not step.ok
        ]
        row.state = "proved" if row.phase in result.closed else "failed"
        if tell is not None:
            tell(row)


def rehearsed(
    ctx: Context,
    numbers: list[int],
    *,
    jobs: int = 1,
    keep: bool = False,
    tell: rehearse.Tell | None = None,
) -> rehearse.Rehearsal:
    """Rehearses phases, each on its own, and remembers each that closes when it does: the rest may be cut off."""
    if not numbers:
        return rehearse.Rehearsal()
    phases = {number: ctx.curriculum.phase(number) for number in numbers}
    before = {number: inputs.inputs(ctx, phase, "rehearsal") for number, phase in phases.items()}
    seconds = dict.fromkeys(phases, 0.0)

    def told(step: rehearse.Step) -> None:
        seconds[step.phase] = seconds.get(step.phase, 0.0) + step.seconds
        if tell is not None:
            tell(step)

    def closed(number: int) -> None:
        path = ctx.repo.root / phases[number].proof
        proof.remember(path, "rehearsal", seconds[number], before[number])

    result = rehearse.rehearse(ctx.repo, numbers, jobs=jobs, keep=keep, tell=told, closed=closed)
    for number in phases.keys() - set(result.closed):
        proof.forget(ctx.repo.root / phases[number].proof, "rehearsal")
    return result


def mutated(
    ctx: Context,
    words: list[str],
    *,
    jobs: int = 2,
    tell: Callable[[mutants.Outcome], None] | None = None,
) -> tuple[list[mutants.Outcome], list[int]]:
    """Runs the mutants that are named (`10`, `10.1`), or else those of every phase of which it isn't remembered.

    Returns:
        What became of each, and the phases whose mutants weren't run because what is remembered holds.
    """
    done: list[mutants.Outcome] = []
    held: list[int] = []
    for phase, lab in mutants.chosen(ctx.curriculum, words):
        if "mutants" not in inputs.parts(ctx.repo, phase):
            continue
        if not words and not stale(ctx, phase, ["mutants"]):
            held.append(phase.number)
            continue
        row = Row(phase.number, "mutants", "failed")
        before = inputs.inputs(ctx, phase, "mutants")
        found = mutants.run(ctx, phase, lab=lab, jobs=jobs, tell=tell)
        if not lab:
            row.seconds = sum(outcome.seconds for outcome in found)
            row.problems = mutants.survivors(phase, found)
            _conclude(ctx, row, before)
        done += found
    return done, held
