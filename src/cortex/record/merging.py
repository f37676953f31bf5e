"""Two versions of one record, made on two machines: what becomes of them together.

Evidence is only ever added, so the union holds all of it. Where both say something of the same thing, the earlier word
stands if it is a first (a prediction, an opened solution, an attempt), the later one if it is a latest (a verdict, a
lesson, an attestation).
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from cortex.formats.checkpoint import (
    BreakRecord,
    Checkpoint,
    Closure,
    ExperimentRecord,
    LabRecord,
    QuizAttempt,
)

T = TypeVar("T")
_OURS, _BASE, _THEIRS, _END = "<<<<<<<", "|||||||", "=======", ">>>>>>>"


def sides(text: str) -> tuple[str, str] | None:
    """The two versions in a file with conflict markers; None for a file without them, or with markers that don't pair."""
    if not re.search(r"^<<<<<<<", text, re.MULTILINE):
        return None
    ours: list[str] = []
    theirs: list[str] = []
    into: tuple[list[str], list[str]] = (ours, theirs)
    inside = ""
    for line in text.splitlines():
        head = line[:7]
        if head == _OURS and not inside:
            inside, into = _OURS, (ours, [])
        elif head == _BASE and inside == _OURS:
            inside, into = _BASE, ([], [])
        elif head == _THEIRS and inside in (_OURS, _BASE):
            inside, into = _THEIRS, (theirs, [])
        elif head == _END and inside == _THEIRS:
            inside, into = "", (ours, theirs)
        else:
            for side in into:
                side.append(line)
    return None if inside else ("\n".join(ours) + "\n", "\n".join(theirs) + "\n")


def merge(ours: Checkpoint, theirs: Checkpoint) -> Checkpoint:
    """Both records as one. The closure is that of the gate that closed first."""
    return Checkpoint(
        phase=ours.phase,
        opened_at=_first(ours.opened_at, theirs.opened_at),
        schema=max(ours.schema, theirs.schema),
        learner=ours.learner or theirs.learner,
        labs=_both(ours.labs, theirs.labs, _labs),
        breaks=_both(ours.breaks, theirs.breaks, _breaks),
        experiments=_both(ours.experiments, theirs.experiments, _experiments),
        quiz=_sittings(ours.quiz, theirs.quiz),
        confirmations=_both(ours.confirmations, theirs.confirmations, _later),
        attestations=_both(ours.attestations, theirs.attestations, _later),
        closed=_closures(ours.closed, theirs.closed),
    )


def _both(a: dict[str, T], b: dict[str, T], join: Callable[[T, T], T]) -> dict[str, T]:
    return {
        key: join(a[key], b[key]) if key in a and key in b else a.get(key) or b[key]
        for key in [*a, *(key for key in b if key not in a)]
    }


def _first(a: str, b: str) -> str:
    """The earlier of two times; an empty one is none."""
    return min(filter(None, (a, b)), default="")


def _later(a: Any, b: Any) -> Any:
    """The one with the later `at`; ours where they are equal."""
    return b if b.at > a.at else a


def _labs(a: LabRecord, b: LabRecord) -> LabRecord:
    newest = max((a, b), key=lambda entry: (entry.passed_at, entry.at))
    return dataclasses.replace(
        newest,
        runs=max(a.runs, b.runs),
        attempted_at=_first(a.attempted_at, b.attempted_at),
        hints=sorted({*a.hints, *b.hints}),
        solution_at=_first(a.solution_at, b.solution_at),
        solution_early=a.solution_early or b.solution_early,
    )


def _breaks(a: BreakRecord, b: BreakRecord) -> BreakRecord:
    """The prediction and the sight that came first belong together; the lesson is the later one."""
    early = min((a, b), key=lambda entry: entry.predicted_at or "9")
    learnt = b if b.lesson_at > a.lesson_at else a
    seen = early if early.observed_at else (b if early is a else a)
    return dataclasses.replace(
        seen,
        prediction=early.prediction,
        predicted_at=early.predicted_at,
        predictions=early.predictions or seen.predictions,
        lesson=learnt.lesson,
        lesson_at=learnt.lesson_at,
    )


def _experiments(a: ExperimentRecord, b: ExperimentRecord) -> ExperimentRecord:
    def earlier(x: Any, y: Any) -> Any:
        return y if y.at < x.at else x

    return ExperimentRecord(_both(a.predictions, b.predictions, earlier))


def _sittings(a: list[QuizAttempt], b: list[QuizAttempt]) -> list[QuizAttempt]:
    """Every sitting of either side, once."""
    found = {json.dumps(dataclasses.asdict(one), sort_keys=True): one for one in (*a, *b)}
    return sorted(found.values(), key=lambda one: one.at)


def _closures(a: Closure | None, b: Closure | None) -> Closure | None:
    return min((one for one in (a, b) if one is not None), key=lambda one: one.at, default=None)
