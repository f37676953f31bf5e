"""The lines of a phase: what it asks for, said once. Cards, the gate and rehearsals all read them here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cortex.files.repo import Repo
from cortex.formats.checkpoint import Checkpoint, LabRecord
from cortex.formats.conditions import Condition
from cortex.formats.phase import Phase
from cortex.runs import sources

Group = Literal[
    "requires", "files", "labs", "solutions", "breaks", "quiz", "journal", "done"
]  # in the order in which a gate lists them
Proof = Literal[
    "closure",
    "seal",
    "lab",
    "git",
    "break",
    "quiz",
    "journal",
    "experiment",
    "prediction",
    "attest",
]


@dataclass(frozen=True)
class Asked:
    """One thing that a phase asks for.

    Attributes:
        group: the heading that it stands under.
        id: its name, one of a kind within the phase.
        says: what must hold.
        by: what proves it; `subject` says which (a lab's id, an experiment's, a phase's number, ...).
        todo: the command that does it.
        parts: what must hold of the experiment's manifest.
    """

    group: Group
    id: str
    says: str
    by: Proof
    subject: str
    todo: str = ""
    parts: list[Condition] = field(default_factory=list)


def of(phase: Phase, record: Checkpoint | None = None) -> list[Asked]:
    """Everything that the phase asks for; with a record, also a word for each solution that was opened too early."""
    nn = f"{phase.number:02d}"
    asked = [
        Asked("requires", f"{n:02d}", f"Phase {n:02d}", "closure", f"{n:02d}", f"just gate {n:02d}")
        for n in phase.requires
    ]
    says = "Checks, quiz and phase files are the shipped ones"
    asked.append(Asked("files", "shipped-files", says, "seal", nn))
    asked += [
        Asked("labs", lab.id, f"{lab.id} {lab.title}", "lab", lab.id, f"just check {lab.id}")
        for lab in phase.labs
    ]
    commit = f'git add ... && git commit -m "lab: phase {nn}"'
    asked.append(Asked("labs", "commit", "Your files are committed", "git", nn, commit))
    for lab in phase.labs:
        if record and opened_early(record.labs.get(lab.id)):
            name = f"solution-{lab.id}"
            asked.append(
                Asked("solutions", name, f"Solution of {lab.id}", "attest", name, _attest(nn, name))
            )
    asked += [
        Asked("breaks", item.id, item.title, "break", item.id, f"just break {nn} {item.id}")
        for item in phase.breaks
    ]
    asked.append(Asked("quiz", "quiz", "Quiz passed", "quiz", nn, f"just quiz {nn}"))
    says = "Journal kept while you worked"
    asked.append(Asked("journal", "journal", says, "journal", nn, 'just journal --add "..."'))
    for claim in phase.done:
        by, subject, parts = claim.proof()
        todo = {
            "lab": f"just check {subject}",
            "experiment": f"just run {subject}",
            "attest": _attest(nn, claim.id),
        }[by]
        asked.append(Asked("done", claim.id, claim.says, by, subject, todo, parts))
    proven = {line.subject for line in asked if line.by == "experiment"}
    for run in phase.experiments:
        if run.predict and run.id in proven:
            says = f"{run.title}: predicted before it ran"
            todo = f"just run {run.id}"
            asked.append(Asked("done", f"predicted-{run.id}", says, "prediction", run.id, todo))
    return asked


def _attest(nn: str, name: str) -> str:
    return f'just attest {nn} {name} --says "..."'


def newer(repo: Repo, phase: Phase, record: Checkpoint) -> set[str]:
    """Ids of lines that a closed gate wasn't asked about: they came later, or the checks behind them changed.

    Code that was changed since is no excuse: then its line is asked again.
    """
    if record.closed is None:
        return set()
    told = set(record.closed.lines) or _known(phase, record)
    fresh = {asked.id for asked in of(phase, record) if asked.id not in told}
    rejudged = {
        lab.id
        for lab in phase.labs
        if (entry := record.labs.get(lab.id))
        and sources.newer_checks(repo, lab, entry)
        and not sources.changed(repo, lab, entry)
    }
    return fresh | {a.id for a in of(phase, record) if a.by == "lab" and a.subject in rejudged}


def _known(phase: Phase, record: Checkpoint) -> set[str]:
    """What a closure of schema 1 can have been about, as far as the record tells."""
    told = {
        "lab": set(record.labs),
        "break": set(record.breaks),
        "attest": set(record.attestations),
        "prediction": set(record.experiments),
    }
    return {
        asked.id
        for asked in of(phase, record)
        if asked.by not in told or asked.subject in told[asked.by]
    }


def opened_early(entry: LabRecord | None) -> bool:
    """Whether a lab's solution was opened before any attempt: only the learner's own word lets that pass."""
    if entry is None or not entry.solution_at:
        return False
    return entry.solution_early or not entry.attempted_at or entry.solution_at < entry.attempted_at
