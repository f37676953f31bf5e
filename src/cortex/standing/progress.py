"""Where a learner stands in a phase, as far as it is recorded: for cards and lists, never for the gate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from cortex.context import Context
from cortex.files import store
from cortex.formats.checkpoint import Checkpoint, LabRecord
from cortex.formats.phase import Lab, Phase
from cortex.record import journal
from cortex.runs import folders, sources

Mark = Literal["done", "fail", "stale", "todo"]
_NOT_WRITTEN = re.compile(r'raise NotImplementedError\("Lab (\d\d\.\d{1,2})')


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
class Progress:
    """A phase's lines, in the order in which they are worked."""

    phase: Phase
    opened: str
    closed: str
    lines: list[Task] = field(default_factory=list)

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
            return f"just report {self.phase.number:02d}"
        for line in self.lines:
            if line.mark != "done":
                return line.todo
        return f"just gate {self.phase.number:02d}"


def progress(ctx: Context, phase: Phase) -> Progress:
    """Reads the record of one phase."""
    checkpoint = ctx.learner.checkpoint(phase.number)
    record = checkpoint or Checkpoint(phase=phase.number, opened_at="")
    lines = [_lab(ctx, lab, record.labs.get(lab.id)) for lab in phase.labs]
    lines += [
        _experiment(ctx, phase, run.id, run.title)
        for run in phase.experiments
        if _claimed(phase, run.id)
    ]
    nn = f"{phase.number:02d}"
    for item in phase.breaks:
        entry = record.breaks.get(item.id)
        state: Mark = "todo"
        note = "predict, then watch it fail"
        todo = f"just break {nn} {item.id}"
        if entry and entry.matched and entry.lesson:
            state, note = "done", "predicted, seen, explained"
        elif entry and entry.observed_at:
            note = "seen; write down the lesson"
            todo += ' --lesson "..."'
        lines.append(Task("break", item.id, item.title, state, note, todo))
    lines.append(_quiz(ctx, phase, record))
    lines.append(_journal(ctx, checkpoint))
    for claim in phase.done:
        if claim.by == "attest":
            said = claim.id in record.attestations
            lines.append(
                Task(
                    "attest",
                    claim.id,
                    claim.says,
                    "done" if said else "todo",
                    "attested" if said else "in your own words",
                    f'just attest {nn} {claim.id} --says "..."',
                )
            )
    closed = record.closed.at[:10] if record.closed else ""
    return Progress(phase, record.opened_at, closed, lines)


def _lab(ctx: Context, lab: Lab, entry: LabRecord | None) -> Task:
    todo = f"{where_to_write(ctx, lab)}, then: just check {lab.id}"
    if entry is None or not entry.verdict:
        return Task("lab", lab.id, lab.title, "todo", "not started", todo)
    if sources.stale(ctx.repo, lab, entry):
        return Task(
            "lab", lab.id, lab.title, "stale", "changed since it passed", f"just check {lab.id}"
        )
    notes = {
        "pass": f"passed {entry.passed_at[:10]}",
        "fail": "a check fails",
        "not-started": "not started",
        "crash": "crashes",
        "timeout": "doesn't end",
        "unready": "its packages aren't set up",
    }
    mark: Mark = (
        "done"
        if entry.verdict == "pass"
        else "todo"
        if entry.verdict in ("not-started", "unready")
        else "fail"
    )
    return Task("lab", lab.id, lab.title, mark, notes.get(entry.verdict, entry.verdict), todo)


def where_to_write(ctx: Context, lab: Lab) -> str:
    """The file, and the line of the first body that is still missing there: `src/minigrad/scalar.py:41`."""
    for name in lab.writes:
        path = ctx.repo.root / name
        try:
            rows = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for number, row in enumerate(rows, start=1):
            found = _NOT_WRITTEN.search(row)
            if found and found[1] == lab.id:
                return f"{name}:{number}"
    return lab.writes[0]


def _claimed(phase: Phase, run: str) -> bool:
    return any(line.proof()[:2] == ("experiment", run) for line in phase.done)


def _experiment(ctx: Context, phase: Phase, run: str, title: str) -> Task:
    here = folders.manifests(ctx, phase.number, run)
    note = f"{len(here)} run{'s' if len(here) != 1 else ''}" if here else "not run"
    return Task("experiment", run, title, "done" if here else "todo", note, f"just exp {run}")


def _quiz(ctx: Context, phase: Phase, record: Checkpoint) -> Task:
    todo = f"just quiz {phase.number:02d}"
    if not record.quiz:
        return Task("quiz", phase.quiz, phase.title.en, "todo", "not taken", todo)
    from cortex.quiz.grading import standing

    now = standing(ctx, phase)
    note = f"best {now.score:.0%}"
    if now.waiting:
        first = now.waiting[0]
        note += f", {len(now.waiting)} free answer{'s' if len(now.waiting) > 1 else ''} to confirm"
        todo += f" --confirm {first} --verdict yes --by self"
    return Task("quiz", phase.quiz, phase.title.en, "done" if now.passed else "todo", note, todo)


def _journal(ctx: Context, checkpoint: Checkpoint | None) -> Task:
    days = journal.entries_since(ctx.learner, checkpoint.opened_at) if checkpoint else []
    note = f"{len(days)} entr{'y' if len(days) == 1 else 'ies'}" if days else "no entry yet"
    title, todo = "What failed, and what it taught you", 'just journal --add "..."'
    return Task("journal", "journal", title, "done" if days else "todo", note, todo)


def write_progress(ctx: Context) -> None:
    """Regenerates `learners/<name>/progress.md` from the records."""
    rows = [
        "# Progress",
        "",
        "Written by `cortex`; your records are in `phase-NN/checkpoint.json`.",
        "",
    ]
    rows += ["| phase | state | labs | breaks | quiz |", "|---|---|---|---|---|"]
    for number, phase in sorted(ctx.curriculum.shipped.items()):
        now = progress(ctx, phase)
        state = f"done {now.closed}" if now.closed else "in-flight" if now.opened else "not opened"
        labs, breaks = ("{} of {}".format(*now.count(kind)) for kind in ("lab", "break"))
        quiz = now.of("quiz")[0].note
        rows.append(f"| {number:02d} {phase.title.en} | {state} | {labs} | {breaks} | {quiz} |")
    store.write_atomic(ctx.learner.folder / "progress.md", "\n".join(rows) + "\n")
