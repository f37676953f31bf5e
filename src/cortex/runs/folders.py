"""Where an experiment lies: `07-tense-identity`, as people type it, is `experiments/07/tense-identity/`."""

from __future__ import annotations

import re
from pathlib import Path

from cortex.context import Context
from cortex.files import git
from cortex.files.repo import Repo

_OF_A_PHASE = re.compile(r"([0-9]{2})-([^/]+)")


def folder(repo: Repo, name: str) -> Path:
    """The experiment's folder, whether it is there or not. One that belongs to no phase (`bench-x`) has no number."""
    found = _OF_A_PHASE.fullmatch(name)
    return repo.experiments / found[1] / found[2] if found else repo.experiments / name


def scripts(repo: Repo) -> dict[str, Path]:
    """Every experiment's `run.py`, by the name that people type: the other way round."""
    found = [*repo.experiments.glob("*/run.py"), *repo.experiments.glob("[0-9][0-9]/*/run.py")]
    named = ((path.parent.relative_to(repo.experiments).parts, path) for path in found)
    return {"-".join(parts): path for parts, path in named}


def of_reference(repo: Repo, name: str) -> Path:
    """Where the reference's runs of an experiment lie: no gate looks there."""
    return folder(repo, name) / "runs" / "reference"


def places(ctx: Context, phase: int, name: str) -> list[Path]:
    """The folders in which runs of an experiment lie, wherever runs have ever been kept.

    Until experiments lay in a folder of their phase, runs went to `experiments/NN-topic/runs/`. Those are read for
    good: git ignores them, so nothing but the learner could move them.
    """
    mine = ctx.learner.phase_folder(phase)
    own = {
        folder(ctx.repo, name),
        ctx.repo.experiments / name,
    }  # one folder, where it has no number
    return [
        *(path / "runs" for path in sorted(own)),
        mine / "runs" / name,
        mine / "evidence" / name,
    ]


def manifests(ctx: Context, phase: int, name: str) -> list[Path]:
    """What an experiment's runs have left."""
    roots = places(ctx, phase, name)
    return [path for root in roots for path in root.glob("*/manifest.json")]


def known_at(repo: Repo, name: str, sha: str) -> bool:
    """Whether a commit holds the experiment, in its folder of today or of before."""
    places = {folder(repo, name), repo.experiments / name}
    scripts = [f"{repo.relative(place)}/run.py" for place in places]
    return any(
        git.optional(repo.root, "cat-file", "-e", f"{sha}:{path}") is not None for path in scripts
    )
