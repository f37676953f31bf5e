"""Opening what is recorded when it is opened: a lab's hints, one at a time, and its solution page."""

from __future__ import annotations

from dataclasses import dataclass

from cortex.errors import NOT_YET, CortexError
from cortex.files import store
from cortex.files.digests import inside
from cortex.files.packages import reference
from cortex.formats import load as reading
from cortex.formats.checkpoint import LabRecord
from cortex.formats.phase import Lab, Phase
from cortex.record import log
from cortex.record.learner import Learner


@dataclass(frozen=True)
class Hints:
    """The hints of a lab that are open, in order; `new` tells whether the last was opened just now."""

    opened: list[str]
    count: int
    new: bool


@dataclass(frozen=True)
class Solution:
    """A solution page. `path` and `reference` are relative to the root; `early` if no attempt came before it."""

    path: str
    text: str
    reference: list[str]
    early: bool


def open_hint(learner: Learner, phase: Phase, lab: Lab) -> Hints:
    """Opens the next hint and records when. With all open already, nothing is recorded and `new` is false."""
    if len(opened_hints(learner, phase, lab).opened) == len(lab.hints):
        return Hints(list(lab.hints), len(lab.hints), False)
    with learner.recording(phase.number) as checkpoint:
        record = checkpoint.labs.setdefault(lab.id, LabRecord())
        record.hints.append(store.now())
        count = min(len(record.hints), len(lab.hints))
    return Hints(lab.hints[:count], len(lab.hints), True)


def opened_hints(learner: Learner, phase: Phase, lab: Lab) -> Hints:
    """The hints that are open; opens none."""
    count = min(len(_record(learner, phase, lab).hints), len(lab.hints))
    return Hints(lab.hints[:count], len(lab.hints), False)


def open_solution(learner: Learner, phase: Phase, lab: Lab, *, anyway: bool = False) -> Solution:
    """Opens a lab's solution page and records the first opening.

    Raises:
        CortexError: no attempt yet and not `anyway` (exit code 1), or the page isn't there.
    """
    path = inside(learner.repo, f"{phase.folder}/{lab.solution}")
    text = reading.read_text(path)
    record = _record(learner, phase, lab)
    ran = log.read(learner, phase.number).labs.get(lab.id, log.LabLog())
    attempted_at = record.attempted_at or ran.attempted_at
    if not attempted_at and not record.solution_at and not anyway:
        raise CortexError(
            f"lab {lab.id} hasn't been attempted yet, so its solution stays shut",
            todo=f"First `just check {lab.id}`, or `just hint {lab.id}`. --anyway opens it, recorded.",
            code=NOT_YET,
        )
    if not record.solution_at:
        with learner.recording(phase.number) as checkpoint:
            record = checkpoint.labs.setdefault(lab.id, LabRecord())
            if not record.solution_at:
                record.solution_at = store.now()
                record.attempted_at = attempted_at
                record.solution_early = not attempted_at
    models = [reference(name) for name in lab.writes]
    return Solution(
        learner.repo.relative(path),
        text,
        [name for name in models if (learner.repo.root / name).is_file()],
        record.solution_early,
    )


def _record(learner: Learner, phase: Phase, lab: Lab) -> LabRecord:
    checkpoint = learner.checkpoint(phase.number)
    return checkpoint.labs.get(lab.id, LabRecord()) if checkpoint else LabRecord()
