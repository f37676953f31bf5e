"""Writes a closed phase's report from the gate's own examination, and keeps the runs that it cites.

The gate writes it when it closes; asked for alone, it examines again.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.formats.checkpoint import Checkpoint, LabRecord
from cortex.formats.phase import Phase, Question
from cortex.runs import evidence, inputs, predictions
from cortex.runs.breaks import compare
from cortex.runs.evidence import Run
from cortex.runs.predictions import Kept
from cortex.standing import calibration, gate
from cortex.standing.overview import overview

LARGEST = 1024 * 1024  # bytes: a larger artifact isn't copied beside the report


def examined(ctx: Context, phase: Phase) -> list[Path]:
    """Examines the phase again, and writes its report as `write` does.

    Raises:
        CortexError: the gate isn't closed.
    """
    nn = f"{phase.number:02d}"
    record = ctx.learner.checkpoint(phase.number)
    if record is None or record.closed is None:
        raise CortexError(
            f"phase {nn} isn't closed, so there is nothing to report yet",
            todo=f"just gate {nn}",
            code=1,
        )
    found = gate.examine(ctx, phase)
    outcome = gate.settle(ctx, phase, found)
    if not found.closed:
        shut = next(line for line in found.lines if not line.ok)
        raise CortexError(
            f"phase {nn} was closed, but no longer holds: {shut.says}: {shut.evidence}",
            todo=f"just gate {nn}",
            code=1,
        )
    return write(ctx, phase, found, outcome)


def write(ctx: Context, phase: Phase, found: gate.Examination, outcome: gate.Outcome) -> list[Path]:
    """Writes REPORT.md and copies of the cited runs. Returns what was written, report first."""
    record = ctx.learner.checkpoint(phase.number) or Checkpoint(phase.number, outcome.since)
    folder = ctx.learner.phase_folder(phase.number)
    copies = [
        path
        for name, run in found.cited.items()
        for path in _keep_all(ctx, phase.number, name, run)
    ]
    target = folder / "REPORT.md"
    store.write_atomic(target, text(ctx, phase, record, found, outcome))
    return [target, *copies]


def _keep_all(ctx: Context, phase: int, name: str, run: Run) -> list[Path]:
    """Keeps a run with the runs that it used, each with the phase that it belongs to: without them it counts no more."""
    kept = _keep(run, ctx.learner.phase_folder(phase) / "runs" / name)
    for used, given in inputs.recorded(ctx, name, run).items():
        owner = evidence.declared(ctx, used)
        if owner:
            kept += _keep_all(ctx, owner[0].number, used, given)
    return kept


def _keep(run: Run, root: Path) -> list[Path]:
    """Copies a run's manifest and its small artifacts, so that they can be committed."""
    target = root / run.stamp
    if run.folder.resolve() == target.resolve():
        return []
    names = [item["path"] for item in run.manifest["artifacts"] if item["bytes"] <= LARGEST]
    kept = []
    for name in (*names, "manifest.json"):
        copy = target / name
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run.folder / name, copy)
        except OSError as error:
            raise CortexError(f"can't be written: {error.strerror}", file=copy) from None
        kept.append(copy)
    return kept


def text(
    ctx: Context,
    phase: Phase,
    record: Checkpoint,
    found: gate.Examination,
    outcome: gate.Outcome,
) -> str:
    """The report as Markdown."""
    head = [
        f"# Phase {phase.number:02d}: {phase.title.en}",
        "",
        f"Written by `cortex` from what the gate re-ran and verified on {store.now()}.",
        "",
        "| | |",
        "|---|---|",
        f"| learner | {_cell(ctx.learner.profile().name)} |",
        f"| opened | {record.opened_at} |",
        f"| closed | {outcome.since} ({_between(record.opened_at, outcome.since)} after opening) |",
        f"| commit | `{outcome.sha}` |",
        f"| lines that hold | {len(found.lines)} of {len(found.lines)} |",
    ]
    parts = [
        head,
        _evidence(found),
        _runs(found),
        _breaks(phase, record),
        _calibration(ctx, phase, record),
        _quiz(ctx, phase),
        _help(phase, record),
        _words(record),
    ]
    return "\n".join("\n".join(part) + "\n" for part in parts if part)


def _evidence(found: gate.Examination) -> list[str]:
    rows = ["## Evidence", "", "| line | holds because |", "|---|---|"]
    return rows + [f"| {_cell(line.says)} | {_cell(line.evidence)} |" for line in found.lines]


def _runs(found: gate.Examination) -> list[str]:
    if not found.cited:
        return []
    rows = ["## Numbers"]
    for name, run in found.cited.items():
        made = run.manifest
        rows += [
            "",
            f"**{name}**, run `{run.stamp}`, seed {made['seed']}, clean at `{made['git_sha'][:7]}`, "
            f"{made['wall_seconds']:g} s on {_cell(str(made['hardware']['cpu']))}; "
            f"a copy lies in `runs/{name}/{run.stamp}/`.",
            "",
            "| metric | value |",
            "|---|---|",
        ]
        rows += [
            f"| {_cell(key)} | {_cell(_number(value))} |" for key, value in made["metrics"].items()
        ]
    return rows


def _breaks(phase: Phase, record: Checkpoint) -> list[str]:
    rows = ["## Faults: predicted and observed"]
    for item in phase.breaks:
        entry = record.breaks[item.id]
        rows += ["", f"**{item.title}** (`{item.id}`)", ""]
        if entry.prediction:
            rows += ["Predicted:", "", *_quote(entry.prediction), ""]
        rows += _foreseen(item.predict, entry.predictions)
        rows += ["| value | sound | broken | expected |", "|---|---|---|---|"]
        rows += [
            f"| {_cell(row.key)} | {_cell(_number(row.before))} | {_cell(_number(row.after))} "
            f"| {_cell(_number(row.expected_after))} |"
            for row in compare(item, entry.before, entry.observed)
        ]
        rows += ["", "Learnt:", "", *_quote(entry.lesson)]
    return rows


def _foreseen(asked: list[Question], kept: Kept) -> list[str]:
    """Values as they were predicted, beside what came."""
    if not kept:
        return []
    marks = {True: "yes", False: "no", None: ""}
    rows = ["| predicted | said | came | right |", "|---|---|---|---|"]
    rows += [
        f"| {_cell(one.asks)} | {_cell(_number(one.said))} | {_cell(_number(one.came))} "
        f"| {marks[one.right]} |"
        for one in predictions.scored(asked, kept, "en")
    ]
    return [*rows, ""]


def _calibration(ctx: Context, phase: Phase, record: Checkpoint) -> list[str]:
    here = str(calibration.calibration([calibration.marks(record)]))
    if not here:
        return []
    rows = ["## Predictions", "", f"In this phase: {here}."]
    whole = calibration.calibration(now.foreseen for now in overview(ctx))
    rows += [f"In all phases so far: {whole}."]
    for run in phase.experiments:
        entry = record.experiments.get(run.id)
        if entry and entry.predictions:
            rows += [
                "",
                f"**{run.title}** (`{run.id}`)",
                "",
                *_foreseen(run.predict, entry.predictions),
            ]
    return rows


def _quiz(ctx: Context, phase: Phase) -> list[str]:
    from cortex.quiz.grading import standing

    now = standing(ctx, phase)
    record = ctx.learner.checkpoint(phase.number)
    sittings = len(record.quiz) if record else 0
    told = f"{now.why}; best of {sittings} sitting{'s' if sittings != 1 else ''}."
    rows = ["## Quiz", "", told[0].upper() + told[1:]]
    wrong = now.grade.wrong if now.grade else []
    if wrong:
        rows += [
            "",
            "To reread: " + ", ".join(f"{item.item} ({item.page})" for item in wrong) + ".",
        ]
    return rows


def _help(phase: Phase, record: Checkpoint) -> list[str]:
    rows = [
        "## Hints and solutions",
        "",
        "| lab | runs | hints opened | solution |",
        "|---|---|---|---|",
    ]
    for lab in phase.labs:
        entry = record.labs.get(lab.id, LabRecord())
        opened = f"opened {entry.solution_at[:10]}" if entry.solution_at else "not opened"
        if entry.solution_early:
            opened += ", before any attempt"
        rows.append(
            f"| {lab.id} {_cell(lab.title)} | {entry.runs} "
            f"| {len(entry.hints)} of {len(lab.hints)} | {opened} |"
        )
    return rows


def _words(record: Checkpoint) -> list[str]:
    if not record.attestations:
        return []
    rows = ["## In the learner's words"]
    for name, said in sorted(record.attestations.items()):
        rows += ["", f"**{name}** ({said.at[:10]})", "", *_quote(said.says)]
    return rows


def _quote(words: str) -> list[str]:
    return [f"> {line}" for line in words.splitlines() or [""]]


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")


def _number(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _between(start: str, end: str) -> str:
    """A stretch of time in its two largest units: `3 d 4 h`."""
    try:
        passed = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    except ValueError:
        return "an unknown time"
    minutes = max(int(passed.total_seconds() // 60), 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else "less than a minute"
