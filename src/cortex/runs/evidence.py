"""The runs of experiments: which of them are evidence, and for which lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.digests import file_digest, text_digest
from cortex.formats.conditions import Condition, lookup
from cortex.formats.phase import Done, Experiment, Phase
from cortex.runs import folders
from cortex.runs import manifests as provenance

STAMP = "%Y%m%dT%H%M%SZ"  # how a run's folder is named
_NUMBERED = re.compile(r"^(\d\d)-")
_NAMED = re.compile(r"^(\d{8}T\d{6}Z)(?:-(\d+))?$")


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
class HeldLine:
    """A line of a definition of done held against a manifest: the conditions, with the values found."""

    phase: int
    line: Done
    holds: bool
    values: list[str]


def declared(ctx: Context, name: str) -> tuple[Phase, Experiment] | None:
    """The phase that lists the experiment, and its entry there. `07-topic` belongs to phase 07; other names to any."""
    shipped = ctx.curriculum.shipped
    own = _NUMBERED.match(name)
    for number in [int(own[1])] if own else shipped:
        for entry in shipped[number].experiments if number in shipped else ():
            if entry.id == name:
                return shipped[number], entry
    return None


def read(folder: Path) -> Run:
    """The run in a folder, with what is wrong with its manifest."""
    if folder.is_symlink() or (folder / "manifest.json").is_symlink():
        return Run(folder, {}, ["is a link: a run that counts lies where it was made"])
    try:
        manifest = provenance.read(folder / "manifest.json")
    except CortexError as error:
        return Run(folder, {}, [error.problem])
    return Run(folder, manifest, provenance.validate(manifest, folder))


def runs(ctx: Context, phase: int, name: str, *, reference: bool = False) -> Iterator[Run]:
    """The runs that could be evidence, newest first; each is read, and its artifacts hashed, when its turn comes.

    Args:
        reference: those of the reference instead.
    """
    made = _folders(ctx, phase, name, reference)
    return (read(folder) for folder in sorted(made, key=_made, reverse=True))


def _folders(ctx: Context, phase: int, name: str, reference: bool) -> list[Path]:
    if reference:
        found = list(folders.of_reference(ctx.repo, name).glob("*/manifest.json"))
    else:
        found = folders.manifests(ctx, phase, name)
    return [path.parent for path in found]


def _made(folder: Path) -> tuple[str, int]:
    """When a run was made, as its folder's name says; a folder that somebody named is as old as its manifest."""
    stamp = _NAMED.match(folder.name)
    if stamp:
        return stamp[1], int(stamp[2] or 0)
    written = datetime.fromtimestamp((folder / "manifest.json").stat().st_mtime, UTC)
    return f"{written:{STAMP}}", 0


def doubts(ctx: Context, name: str, item: Run) -> list[str]:
    """Why a run isn't evidence; an empty list if it is (its conditions aside)."""
    if item.problems:
        return item.problems
    manifest = item.manifest
    why = []
    if manifest["experiment"] != name:
        why.append(f"experiment: it is a run of {manifest['experiment']}")
    if manifest.get("learner", ctx.learner.name) != ctx.learner.name:
        why.append(f"learner: it is a run of {manifest['learner']}'s")
    if manifest["git_dirty"]:
        why.append("git_dirty: made from a tree with uncommitted changes")
    if not provenance.knows_commit(ctx.repo, manifest["git_sha"]):
        why.append(f"git_sha: {manifest['git_sha'][:7]} isn't a commit of this repository")
    elif not provenance.is_past(ctx.repo, manifest["git_sha"]):
        why.append(
            f"git_sha: {manifest['git_sha'][:7]} doesn't lead to what is checked out (another branch?)"
        )
    elif not folders.known_at(ctx.repo, name, manifest["git_sha"]):
        why.append(f"git_sha: {manifest['git_sha'][:7]} has no experiment {name}")
    for key in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        if manifest["env"][key] != "1":
            why.append(f"env.{key}: {manifest['env'][key] or 'unset'} instead of 1")
    if manifest["env"]["PYTHONHASHSEED"] != str(manifest["seed"]):
        why.append("env.PYTHONHASHSEED: isn't the seed, so it wasn't started by `cortex run`")
    wanted = seed(ctx, name)
    if wanted is not None and manifest["seed"] != wanted and not _of_reference(ctx, name, item):
        why.append(f"seed: {manifest['seed']} isn't yours, {wanted}; run it without `--seed`")
    for used, given in handed(ctx, name, item).items():
        if isinstance(given, str):
            why.append(f"inputs: {used}: {given}")
    return why


def seed(ctx: Context, name: str) -> int | None:
    """The only seed that counts where each learner has one of their own, the same on every machine; else None."""
    owner = declared(ctx, name)
    if owner is None or not owner[1].own_seed:
        return None
    return int(text_digest(ctx.learner.name)[:8], 16)


def _of_reference(ctx: Context, name: str, item: Run) -> bool:
    return item.folder.parent == folders.of_reference(ctx.repo, name)


def handed(ctx: Context, name: str, item: Run) -> dict[str, Run | str]:
    """What a run was given of each experiment that `name` uses: a run that counts, or why there is none."""
    owner = declared(ctx, name)
    listed = {entry["run"].rpartition("/")[0]: entry for entry in item.manifest.get("inputs", [])}
    reference = _of_reference(ctx, name, item)
    return {
        used: _given(ctx, used, listed[used], reference)
        if used in listed
        else "the manifest doesn't say which run of it was used"
        for used in (owner[1].uses if owner else ())
    }


def _given(ctx: Context, used: str, entry: dict[str, str], reference: bool) -> Run | str:
    owner = declared(ctx, used)
    stamp = entry["run"].rpartition("/")[2]
    places = _folders(ctx, owner[0].number, used, reference) if owner else []
    there = [folder for folder in places if folder.name == stamp]
    if not there:
        return f"run {stamp} isn't there any more"
    # A report keeps a copy of a run, and it counts as well as the run itself.
    same = [folder for folder in there if file_digest(folder / "manifest.json") == entry["sha256"]]
    why = ["its manifest was changed since"]
    for folder in same:
        run = read(folder)
        why = doubts(ctx, used, run)
        if not why:
            return run
    return f"run {stamp}: {'; '.join(why)}"


def conditions(parts: list[Condition], manifest: dict[str, Any]) -> tuple[bool, list[str]]:
    """Whether all conditions hold, and each with its value: `final_loss 0.041 < 0.5`."""
    told = []
    ok = True
    for part in (one.against(manifest) for one in parts):
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
    """Which lines of its phase's definition of done a manifest speaks to."""
    owner = declared(ctx, name)
    found = []
    for line in owner[0].done if owner else ():
        kind, subject, parts = line.proof()
        if owner and (kind, subject) == ("experiment", name):
            ok, told = conditions(parts, manifest)
            found.append(HeldLine(owner[0].number, line, ok, told))
    return found


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
