"""Where a learner stands in every phase. What nobody touched since the last look is remembered, so that a phase that
rests costs a few looks at file dates, however many there are."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import text_digest
from cortex.files.packages import reference
from cortex.files.repo import HOUSE
from cortex.formats.build import Mismatch, build
from cortex.formats.load import remembered
from cortex.formats.phase import Phase
from cortex.record import journal, log
from cortex.runs import folders, sources
from cortex.standing.progress import Progress, progress, unreadable, with_journal

Dates = dict[str, list[int] | None]


def overview(ctx: Context) -> list[Progress]:
    """The progress in all shipped phases, by number. A record that can't be read is one line of it."""
    path = ctx.repo.cache / "standing" / f"{ctx.learner.name}.json"
    house = _house()
    old = _read(path, house)
    new: dict[str, Any] = {}
    days = journal.entries(ctx.learner)
    found = []
    for number in sorted(ctx.curriculum.shipped):
        nn = f"{number:02d}"
        now = _known(ctx, old.get(nn))
        if now is None:
            phase = ctx.curriculum.phase(number)
            try:
                # First: what changes meanwhile is seen later.
                dates = _dates(ctx, _stands_on(ctx, phase))
                now = progress(ctx, phase, days)
                new[nn] = {"dates": dates, "progress": asdict(now)}
            except CortexError as error:
                now = unreadable(phase, error)
        else:
            new[nn] = old[nn]
        found.append(with_journal(now, days))
    if new != old:
        with contextlib.suppress(CortexError):  # a read-only checkout only costs speed
            store.write_atomic(path, json.dumps({"house": house, "phases": new}))
    return found


def write_progress(ctx: Context) -> None:
    """Regenerates `learners/<name>/log/progress.md` from the records."""
    rows = [
        "# Progress",
        "",
        "Written by `cortex`; your records are in `phase-NN/checkpoint.json`.",
        "",
    ]
    rows += ["| phase | state | labs | breaks | quiz |", "|---|---|---|---|---|"]
    for now in overview(ctx):
        state = f"done {now.closed}" if now.closed else "in-flight" if now.opened else "not opened"
        labs, breaks = ("{} of {}".format(*now.count(kind)) for kind in ("lab", "break"))
        quiz = next((line.note for line in now.of("quiz")), "")
        title = f"{now.phase.number:02d} {now.phase.title.en}"
        rows.append(f"| {title} | {state} | {labs} | {breaks} | {quiz} |")
    store.write_atomic(ctx.learner.log / "progress.md", "\n".join(rows) + "\n")
    (ctx.learner.folder / "progress.md").unlink(missing_ok=True)  # where it once was tracked


def _read(path: Path, house: str) -> dict[str, Any]:
    stored = remembered(path)
    phases = stored.get("phases") if isinstance(stored, dict) else None
    return phases if isinstance(phases, dict) and stored.get("house") == house else {}


def _known(ctx: Context, entry: Any) -> Progress | None:
    """The remembered progress, if every file and folder that it stands on is as it was."""
    try:
        if _dates(ctx, entry["dates"]) == entry["dates"]:
            return build(Progress, entry["progress"])
    except (Mismatch, TypeError, KeyError):
        pass
    return None


def _stands_on(ctx: Context, phase: Phase) -> list[str]:
    """Files and folders, relative to the root, whose change may change the phase's lines (the journal's aside)."""
    repo = ctx.repo
    names = {f"{phase.folder}/phase.yaml", phase.quiz}
    names.add(repo.relative(ctx.learner.checkpoint_path(phase.number)))
    names.add(log.path_of(ctx.learner, phase.number))
    record = ctx.learner.checkpoint(phase.number)
    for lab in phase.labs:
        names |= {*lab.writes, *sources.check_files(repo, lab), lab.checks.rpartition("/")[0]}
        modules = record.labs[lab.id].modules if record and lab.id in record.labs else {}
        names |= {*modules, *(reference(name) for name in (*lab.writes, *modules))}
    for run in phase.experiments:
        for folder in folders.places(ctx, phase.number, run.id):
            names |= {repo.relative(path) for path in (folder, *folder.glob("*/"))}
    return sorted(names)


def _dates(ctx: Context, names: list[str] | Dates) -> Dates:
    found: Dates = {}
    for name in names:
        try:
            told = (ctx.repo.root / name).stat()
            found[name] = [told.st_mtime_ns, told.st_size, told.st_ino]
        except OSError:
            found[name] = None
    return found


def _house() -> str:
    """A digest over the dates of this program's own files: a changed cortex looks at everything again."""
    files = sorted((HOUSE / "cortex").rglob("*.py"))
    told = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files]
    return text_digest(repr(told))
