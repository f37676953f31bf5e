"""Runs experiments in clean child processes, and finds the runs that count as evidence."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.conditions import Condition, lookup
from cortex.formats.phase import Done, Experiment, Phase
from cortex.runs import checks, child, folders
from cortex.runs import manifests as provenance

_MEMORY_MB = 8192


@dataclass(frozen=True)
class Run:
    """One run on disk: its folder, its manifest (empty if unreadable) and what is wrong with it."""

    folder: Path
    manifest: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def stamp(self) -> str:
        """The run's name: its folder's."""
        return self.folder.name


@dataclass(frozen=True)
class Finished:
    """A run that was started here: the run, how the program ended, and the end of what it printed."""

    run: Run
    ok: bool
    why: str
    tail: list[str]
    seconds: float


@dataclass(frozen=True)
class HeldLine:
    """A line of a definition of done held against a manifest: the conditions, with the values found."""

    phase: int
    line: Done
    holds: bool
    values: list[str]


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


def declared(ctx: Context, name: str) -> tuple[Phase, Experiment] | None:
    """The phase that lists the experiment, and its entry there."""
    for phase in ctx.curriculum.shipped.values():
        for entry in phase.experiments:
            if entry.id == name:
                return phase, entry
    return None


def run(
    ctx: Context,
    name: str,
    *,
    seed: int | None = None,
    impl: str = "learner",
    echo: IO[str] | None = None,
) -> Finished:
    """Runs an experiment into a new folder below its `runs/`.

    Runs of the reference go to `runs/reference/`, where no gate looks: they prove nothing about the learner's code.
    """
    found = declared(ctx, name)
    chosen = seed if seed is not None else found[1].seed if found else 42
    if not 0 <= chosen < 2**32:
        raise CortexError(f"a seed is a whole number from 0 to {2**32 - 1}, not {chosen}")
    runs = script(ctx.repo, name).parent / "runs"
    folder = _fresh(runs / "reference" if impl == "reference" else runs)
    done = execute(ctx, name, folder, seed=chosen, impl=impl, echo=echo)
    with contextlib.suppress(OSError):  # a run that left nothing leaves no folder either
        folder.rmdir()
    return done


def _fresh(runs: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
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
    echo: IO[str] | None = None,
) -> Finished:
    """Runs `run.py` into `folder` in a clean child process."""
    found = declared(ctx, name)
    env = checks.environment(ctx.repo, impl) | {"PYTHONHASHSEED": str(seed)}
    ended = child.run(
        [
            sys.executable,
            str(script(ctx.repo, name)),
            "--seed",
            str(seed),
            "--out",
            str(folder),
        ],
        cwd=ctx.repo.root,
        env=env,
        limits=child.Limits(
            seconds=max(120, 20 * found[1].seconds) if found else 1800,
            memory_mb=_MEMORY_MB,
            output_mb=4,
        ),
        echo=echo,
    )
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
    result = read(folder)
    if not why and not (folder / "manifest.json").exists():
        why = "it wrote no manifest.json"
    return Finished(result, not why, why, tail, round(ended.seconds, 2))


def read(folder: Path) -> Run:
    """The run in a folder, with what is wrong with its manifest."""
    try:
        manifest = provenance.read(folder / "manifest.json")
    except CortexError as error:
        return Run(folder, {}, [error.problem])
    return Run(folder, manifest, provenance.validate(manifest, folder))


def runs(ctx: Context, phase: int, name: str) -> list[Run]:
    """All runs that could be evidence, newest first."""
    found = [read(path.parent) for path in folders.manifests(ctx, phase, name)]
    return sorted(found, key=lambda item: (_finished(item), item.stamp), reverse=True)


def _finished(item: Run) -> str:
    return str(item.manifest.get("finished_at", ""))


def doubts(ctx: Context, name: str, item: Run) -> list[str]:
    """Why a run isn't evidence; an empty list if it is (its conditions aside)."""
    if item.problems:
        return item.problems
    manifest = item.manifest
    why = []
    if manifest["experiment"] != name:
        why.append(f"experiment: it is a run of {manifest['experiment']}")
    if manifest["git_dirty"]:
        why.append("git_dirty: made from a tree with uncommitted changes")
    if not provenance.knows_commit(ctx.repo, manifest["git_sha"]):
        why.append(f"git_sha: {manifest['git_sha'][:7]} isn't a commit of this repository")
    for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        if manifest["env"][key] != "1":
            why.append(f"env.{key}: {manifest['env'][key] or 'unset'} instead of 1")
    if manifest["env"]["PYTHONHASHSEED"] != str(manifest["seed"]):
        why.append("env.PYTHONHASHSEED: isn't the seed, so it wasn't started by `cortex run`")
    return why


def conditions(parts: list[Condition], manifest: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether all conditions hold, and each with its value: `final_loss 0.041 < 0.5`."""
    told = []
    ok = True
    for part in parts:
        value = lookup(manifest, part.key)
        holds = part.holds(value)
        ok = ok and holds
        name = part.key.removeprefix("metrics.")
        wanted = _short(part.value)
        if value is None:
            told.append(f"{name} is missing ({part.op} {wanted} is asked)")
        elif not holds:
            told.append(f"{name} {_short(value)}, not {part.op} {wanted}")
        elif part.op == "==":
            told.append(f"{name} = {wanted}")
        else:
            told.append(f"{name} {_short(value)} {part.op} {wanted}")
    return ok, told


def _short(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def held_lines(ctx: Context, name: str, manifest: dict[str, Any]) -> list[HeldLine]:
    """Which lines of which definitions of done a manifest speaks to."""
    found = []
    for phase in ctx.curriculum.shipped.values():
        for line in phase.done:
            kind, subject, parts = line.proof()
            if (kind, subject) == ("experiment", name):
                ok, told = conditions(parts, manifest)
                found.append(HeldLine(phase.number, line, ok, told))
    return found


def replay(ctx: Context, name: str, seed: int) -> Finished:
    """The experiment run again, with the learner's packages, in a folder that is thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="cortex-replay-"))
    try:
        return execute(ctx, name, folder, seed=seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def disagreements(keys: list[str], recorded: dict[str, Any], again: dict[str, Any]) -> list[str]:
    """Replayed metrics that aren't the recorded ones, bit for bit; keys with or without `metrics.` before them."""
    told = []
    for name in keys:
        key = f"metrics.{name.removeprefix('metrics.')}"
        old, new = lookup(recorded, key), lookup(again, key)
        if old is None or type(old) is not type(new) or old != new:
            told.append(
                f"{key.removeprefix('metrics.')}: recorded {json.dumps(old)}, replayed {json.dumps(new)}"
            )
    return told
