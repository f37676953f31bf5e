"""Where a learner stands in a phase, as far as it is recorded: for cards and lists, never for the gate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from cortex.context import Context
from cortex.errors import CortexError
from cortex.formats.checkpoint import BreakRecord, Checkpoint, LabRecord
from cortex.formats.load import read_text
from cortex.formats.phase import Experiment, Lab, Phase, Words
from cortex.record import journal, log
from cortex.runs import folders, sources
from cortex.standing import calibration
from cortex.standing import lines as whole
from cortex.standing.lines import Asked

Mark = Literal["done", "fail", "stale", "todo"]
_NOT_WRITTEN = re.compile(r'raise NotImplementedError\("Lab (\d\d\.\d{1,2})')
_KINDS = ("lab", "experiment", "break", "quiz", "journal", "attest")  # in the order of the work


@dataclass(frozen=True)
class Task:
    """One thing to do: its mark, its name, and a note on it."""

    kind: str
    id: str
    title: str
    mark: Mark
    note: str
    todo: str = ""


@dataclass(frozen=True)
class Head:
    """What a list says of a phase."""

    number: int
    title: Words
    folder: str
    hours: float
    requires: list[int]


@dataclass(frozen=True)
class Progress:
    """A phase's lines, in the order in which they are worked."""

    phase: Head
    opened: str
    closed: str
    lines: list[Task] = field(default_factory=list)
    newer: bool = False  # closed, and asked for more since
    foreseen: list[bool] = field(default_factory=list)  # scored predictions, in order: right or not

    def of(self, kind: str) -> list[Task]:
        """The lines of one kind: lab, experiment, break, quiz, journal, attest."""
        return [line for line in self.lines if line.kind == kind]

    def count(self, kind: str) -> tuple[int, int]:
        """How many lines of a kind are done, and how many there are."""
        lines = self.of(kind)
        return sum(line.mark == "done" for line in lines), len(lines)

    @property
    def next_step(self) -> str:
        """What to do now."""
        if self.closed:
            return "just status"
        for line in self.lines:
            if line.mark != "done":
                return line.todo
        return f"just gate {self.phase.number:02d}"


def progress(ctx: Context, phase: Phase, days: list[date] | None = None) -> Progress:
    """Reads the record of one phase; `days` are the journal's, where they were read before."""
    checkpoint = ctx.learner.checkpoint(phase.number)
    record = checkpoint or Checkpoint(phase=phase.number, opened_at="")
    closed = record.closed.at[:10] if record.closed else ""
    newer = bool(whole.newer(ctx.repo, phase, record))
    found, marks = _lines(ctx, phase, record), calibration.marks(record)
    now = Progress(head(phase), record.opened_at, closed, found, newer, marks)
    return with_journal(now, journal.entries(ctx.learner) if days is None else days)


def head(phase: Phase) -> Head:
    """What a list says of the phase."""
    return Head(phase.number, phase.title, phase.folder, phase.hours.total, phase.requires)


def unreadable(phase: Phase, error: CortexError) -> Progress:
    """A phase whose record is broken: its one line says what is wrong with it, and what to do."""
    where = f"{error.where}: " if error.where else ""
    task = Task("record", "record", f"{where}{error.problem}", "fail", "can't be read", error.todo)
    return Progress(head(phase), "", "", [task])


def with_journal(now: Progress, days: list[date]) -> Progress:
    """The same, with its journal line as these days make it: the one line that stands on a file of all phases."""
    line = next(iter(now.of("journal")), None)
    if line is None:  # the record can't be read
        return now
    since = journal.since(days, now.opened)
    note = f"{len(since)} entr{'y' if len(since) == 1 else 'ies'}" if since else "no entry yet"
    mark: Mark = "done" if since else "todo"
    kept = Task(line.kind, line.id, line.title, mark, note, line.todo)
    lines = [kept if other is line else other for other in now.lines]
    return replace(now, lines=lines)


def _lines(ctx: Context, phase: Phase, record: Checkpoint) -> list[Task]:
    found: dict[tuple[str, str], Task] = {}
    runs = log.read(ctx.learner, phase.number).labs
    for asked in whole.of(phase, record):
        key = asked.by, asked.subject  # several claims may stand on one experiment: it is run once
        if asked.by in _KINDS and key not in found:
            found[key] = _line(ctx, phase, record, asked, runs)
    return sorted(found.values(), key=lambda line: _KINDS.index(line.kind))


def _line(
    ctx: Context, phase: Phase, record: Checkpoint, asked: Asked, runs: dict[str, log.LabLog]
) -> Task:
    title, todo = asked.says, asked.todo
    mark: Mark = "todo"
    note = ""
    if asked.by == "lab":
        lab = next(lab for lab in phase.labs if lab.id == asked.subject)
        title = lab.title
        entry = record.labs.get(lab.id, LabRecord())
        mark, note, todo = _lab(ctx, phase, lab, entry, runs.get(lab.id, log.LabLog()), todo)
    elif asked.by == "experiment":
        run = next(run for run in phase.experiments if run.id == asked.subject)
        title = run.title
        mark, note = _experiment(ctx, phase, run, record)
    elif asked.by == "break":
        mark, note, todo = _break(record.breaks.get(asked.subject), todo)
    elif asked.by == "quiz":
        title = phase.title.en
        mark, note, todo = _quiz(ctx, phase, record, todo)
    elif asked.by == "attest":
        said = asked.subject in record.attestations
        mark, note = ("done", "attested") if said else ("todo", "in your own words")
    name = asked.id if asked.by != "experiment" else asked.subject
    return Task(asked.by, name, title, mark, note, todo)


def _lab(
    ctx: Context, phase: Phase, lab: Lab, entry: LabRecord, last: log.LabLog, check: str
) -> tuple[Mark, str, str]:
    todo = f"{where_to_write(ctx, lab)}, then: {check}"
    # A run of the same second as the pass is the pass, or came after it.
    verdict = last.verdict if last.at >= entry.at else entry.verdict
    if verdict == "pass" and sources.stale(ctx.repo, lab, entry):
        return "stale", _why_stale(ctx, lab, entry), check
    if verdict == "pass":
        return "done", f"passed {entry.passed_at[:10]}", todo
    notes = {
        "": "not started",
        "fail": "a check fails",
        "not-started": "not started",
        "crash": "crashes",
        "timeout": "doesn't end",
        "unready": "its packages aren't set up",
    }
    mark: Mark = "todo" if verdict in ("", "not-started", "unready") else "fail"
    if notes.get(verdict) == notes[""]:
        pages = [f"{phase.folder}/{page}" for page in (*phase.reading(lab), lab.page)]
        todo = f"read {', then '.join(pages)}, then {todo}"
    return mark, notes.get(verdict, verdict), todo


def _why_stale(ctx: Context, lab: Lab, entry: LabRecord) -> str:
    if sources.changed(ctx.repo, lab, entry):
        return "changed since it passed"
    return "its checks are newer than its pass"


def where_to_write(ctx: Context, lab: Lab) -> str:
    """The file, and the line of the first body that is still missing there: `src/minigrad/scalar.py:41`."""
    for name in lab.writes:
        path = ctx.repo.root / name
        try:
            rows = read_text(path).splitlines()
        except CortexError:
            continue
        for number, row in enumerate(rows, start=1):
            found = _NOT_WRITTEN.search(row)
            if found and found[1] == lab.id:
                return f"{name}:{number}"
    return lab.writes[0]


def _experiment(
    ctx: Context, phase: Phase, run: Experiment, record: Checkpoint
) -> tuple[Mark, str]:
    count = len(folders.manifests(ctx, phase.number, run.id))
    entry = record.experiments.get(run.id)
    foreseen = entry and any(said.right is not None for said in entry.predictions.values())
    asked_later = record.closed is not None and count  # a closed gate that knew no predictions
    if run.predict and not foreseen and not asked_later:
        return "todo", "predict, then run it again" if count else "predict, then run it"
    return (
        "done" if count else "todo"
    ), f"{count} run{'s' if count != 1 else ''}" if count else "not run"


def _break(entry: BreakRecord | None, todo: str) -> tuple[Mark, str, str]:
    if entry and entry.matched and entry.lesson:
        return "done", "predicted, seen, explained", todo
    if entry and entry.observed_at:
        return "todo", "seen; write down the lesson", f'{todo} --lesson "..."'
    return "todo", "predict, then watch it fail", todo


def _quiz(ctx: Context, phase: Phase, record: Checkpoint, todo: str) -> tuple[Mark, str, str]:
    if not record.quiz:
        return "todo", "not taken", todo
    from cortex.quiz.grading import standing

    now = standing(ctx, phase)
    note = f"best {now.score:.0%}"
    if now.waiting:
        first = now.waiting[0]
        note += f", {len(now.waiting)} free answer{'s' if len(now.waiting) > 1 else ''} to confirm"
        todo += f" --confirm {first} --verdict yes --by self"
    return "done" if now.passed else "todo", note, todo
