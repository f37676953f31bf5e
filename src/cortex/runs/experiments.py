"""Runs experiments in clean child processes."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import groups
from cortex.files.repo import Repo
from cortex.runs import checks, child, evidence, folders, fonts, inputs, sandbox, scratch
from cortex.runs.evidence import Run

_MEMORY_MB = 8192


@dataclass(frozen=True)
class Finished:
    """A run that was started here: the run, how the program ended, and the end of what it printed.

    `measured` are the metrics as the experiment handed them over; None if it did so in another way than by `given.run`.
    """

    run: Run
    ok: bool
    why: str
    tail: list[str]
    seconds: float
    measured: dict[str, Any] | None = None


def names(repo: Repo) -> list[str]:
    """The experiments that can be run."""
    return sorted(folders.scripts(repo))


def script(repo: Repo, name: str) -> Path:
    """The experiment's `run.py`, or a CortexError that lists what there is."""
    known = folders.scripts(repo)
    if name not in known:
        listed = ", ".join(sorted(known)) or "none yet"
        raise CortexError(f"there is no experiment {name!r}", todo=f"There are: {listed}.")
    return known[name]


def run(
    ctx: Context,
    name: str,
    *,
    seed: int | None = None,
    impl: str = "learner",
    echo: IO[str] | None = None,
) -> Finished:
    """Runs an experiment into a new folder below its `runs/`, on the newest runs that count of those that it uses.

    Runs of the reference go to `runs/reference/`, where no gate looks: they prove nothing about the learner's code.
    """
    found = evidence.declared(ctx, name)
    own = evidence.seed(ctx, name) if impl == "learner" else None
    if seed is not None:
        chosen = seed
    elif own is not None:
        chosen = own
    else:
        chosen = found[1].seed if found else 42
    if not 0 <= chosen < 2**32:
        raise CortexError(f"a seed is a whole number from 0 to {2**32 - 1}, not {chosen}")
    given = inputs.newest(ctx, name, impl)
    if impl == "reference":
        folder = _fresh(folders.of_reference(ctx.repo, name))
    else:
        folder = _fresh(script(ctx.repo, name).parent / "runs")
    try:
        return execute(ctx, name, folder, seed=chosen, impl=impl, given=given, echo=echo)
    finally:
        with contextlib.suppress(OSError):  # a run that left nothing leaves no folder either
            folder.rmdir()


def _fresh(runs: Path) -> Path:
    stamp = f"{datetime.now(UTC):{evidence.STAMP}}"
    for number in range(1000):
        folder = runs / (f"{stamp}-{number}" if number else stamp)
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
        except OSError as error:
            raise CortexError(f"can't be written: {error.strerror}", file=runs) from None
    raise CortexError("a thousand runs in one second", file=runs)


def execute(
    ctx: Context,
    name: str,
    folder: Path,
    *,
    seed: int,
    impl: str = "learner",
    given: inputs.Given,
    echo: IO[str] | None = None,
) -> Finished:
    """Runs `run.py` into `folder` in a clean child process, and notes in its manifest what it was given.

    Raises:
        CortexError: the experiment needs a dependency group that isn't set up.
    """
    found = evidence.declared(ctx, name)
    group = found[1].group if found else ""
    missing = groups.missing(ctx.repo, group)
    if missing:
        raise CortexError(f"{name} {missing}", code=1)
    path = script(ctx.repo, name)
    fonts.ready(ctx.repo)
    with scratch.scratch() as place:
        out = place / "out"
        seen = sandbox.checkout(ctx.repo, impl=impl, git=True, group=group)
        ended = child.run(
            ctx.repo,
            child.Program(
                "script",
                [str(path), "--seed", str(seed), "--out", str(out), *inputs.words(given)],
                checks.path(ctx.repo, impl),
            ),
            view=replace(seen, reads=(*seen.reads, *(run.folder for run in given.values()))),
            limits=child.Limits(
                seconds=max(120, 20 * found[1].seconds) if found else 1800,
                memory_mb=_MEMORY_MB,
                output_mb=4,
            ),
            scratch=place,
            env=checks.environment(ctx.repo, impl),
            seed=seed,
            cwd=ctx.repo.root,
            echo=echo,
        )
        left = scratch.take(out, folder)
    tail = [line for line in ended.output.splitlines() if line.strip()][-12:]
    why = ""
    if ended.why == "timeout":
        why = f"it was ended after {ended.seconds:.0f} s"
    elif ended.why:
        why = f"it was ended: {ended.why}"
    elif ended.code != 0:
        why = f"it left with code {ended.code}"
        if any("NotImplementedError" in line for line in tail):
            why = next(line.strip() for line in reversed(tail) if "NotImplementedError" in line)
    if left and not why:
        why = f"it left something that isn't a plain file: {left[0]}"
    inputs.note(folder, given, ctx.learner.name if impl == "learner" else "")
    result = evidence.read(folder)
    if not why and not (folder / "manifest.json").exists():
        why = "it wrote no manifest.json"
    measured = _measured(ended)
    told = result.manifest.get("metrics")
    if not why and measured is not None and isinstance(told, dict) and told != measured:
        key = next(k for k in [*measured, *told] if measured.get(k) != told.get(k))
        why = (
            f"its manifest says metrics.{key} is {json.dumps(told.get(key))}, "
            f"and the experiment handed over {json.dumps(measured.get(key))}"
        )
    return Finished(result, not why, why, tail, round(ended.seconds, 2), measured)


def _measured(ended: child.Ended) -> dict[str, Any] | None:
    told = [event["metrics"] for event in ended.events if event.get("event") == "measured"]
    return told[-1] if told and isinstance(told[-1], dict) else None


def replay(ctx: Context, name: str, item: Run, at: Context | None = None) -> Finished:
    """A run made again, with its seed, on what it was given, with the learner's packages; its folder is thrown away.

    Args:
        at: where the code lies, if not in the checkout that holds the run.
    """
    given = inputs.recorded(ctx, name, item)
    folder = Path(tempfile.mkdtemp(prefix="cortex-replay-"))
    try:
        return execute(at or ctx, name, folder, seed=item.manifest["seed"], given=given)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
