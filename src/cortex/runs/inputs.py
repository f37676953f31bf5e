"""Artifacts across phases: the runs whose artifacts an experiment uses, handed to it and noted in its manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import file_digest
from cortex.runs import evidence
from cortex.runs import manifests as provenance
from cortex.runs.evidence import Run

Given = Mapping[str, Run]  # by the experiment that made it


def newest(ctx: Context, name: str, impl: str) -> Given:
    """The newest run that counts of each experiment that `name` uses. Raises CortexError where there is none.

    The reference is handed the reference's own runs; of those any counts whose manifest can be believed.
    """
    found = evidence.declared(ctx, name)
    return {used: _newest(ctx, name, used, impl) for used in (found[1].uses if found else ())}


def _newest(ctx: Context, name: str, used: str, impl: str) -> Run:
    owner = evidence.declared(ctx, used)
    if owner is None:
        raise CortexError(f"{name} uses {used}, an experiment of no phase", field="uses")
    reference = impl == "reference"
    first = ""
    for run in evidence.runs(ctx, owner[0].number, used, reference=reference):
        why = run.problems if reference else evidence.doubts(ctx, used, run)
        if not why:
            return run
        first = first or f" (run {run.stamp}: {'; '.join(why)})"
    raise CortexError(
        f"{name} uses what {used} made, and there is no run of it that counts{first}",
        todo=f"just run {used}{' --impl reference' if reference else ''}",
        code=1,
    )


def recorded(ctx: Context, name: str, item: Run) -> Given:
    """The runs that a run was handed, so that it can be made again. Raises CortexError where one no longer counts."""
    given: dict[str, Run] = {}
    for used, run in evidence.handed(ctx, name, item).items():
        if isinstance(run, str):
            raise CortexError(
                f"run {item.stamp} of {name} can't be made again: {used}: {run}",
                todo=f"just run {name}",
                code=1,
            )
        given[used] = run
    return given


def words(given: Given) -> list[str]:
    """How an experiment is told of them: `--uses 18-tutor=FOLDER`."""
    return [
        word for used, run in given.items() for word in ("--uses", f"{used}={run.folder.resolve()}")
    ]


def note(folder: Path, given: Given, learner: str) -> None:
    """Writes into the manifest in `folder` what the run was handed, and whose code ran (empty: the reference's).

    A learner's `record_manifest` knows nothing of these: who starts the run says it. A manifest that can't be read stays
    as it is.
    """
    if not given and not learner:
        return
    file = folder / "manifest.json"
    try:
        manifest = provenance.read(file)
    except CortexError:
        return  # whoever reads the run says what is wrong with it
    if given:
        manifest["inputs"] = [
            {"run": f"{used}/{run.stamp}", "sha256": file_digest(run.folder / "manifest.json")}
            for used, run in given.items()
        ]
    if learner:
        manifest["learner"] = learner
    store.write_atomic(file, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
