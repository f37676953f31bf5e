"""The manifest: what a run was made of, written beside what it made, so that a changed number can be explained.

Schema 1. Fields may be added to it, never removed: old manifests must stay readable.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import re
import shutil
import subprocess  # nosec B404
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from labkit.errors import LabkitError
from labkit.seeding import log_versions

SCHEMA = 1
ENV = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED")
"""The only environment variables that go into a manifest; the rest may hold secrets."""
NOT_CODE = (":(top,exclude)learners", ":(top,exclude,glob)experiments/*/runs/**")
"""Git pathspecs of what a run may write without making the tree dirty."""


def _git(root: Path, *arguments: str) -> str:
    """What git prints. It answers for `root`, even inside a hook, where GIT_DIR points elsewhere."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    try:
        answer = subprocess.run(  # nosec B603 B607
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=env | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            timeout=30,
            check=True,
        )
    except FileNotFoundError as error:
        raise LabkitError(
            "git isn't installed, or not on PATH: install it, then run again"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise LabkitError(f"git didn't answer for {root} within 30 seconds") from error
    except subprocess.CalledProcessError as error:
        raise LabkitError(
            f"git can't name the code in {root}: {error.stderr.strip()}. "
            "Run from inside a git repository that has at least one commit"
        ) from error
    return answer.stdout


def git_state(root: Path) -> tuple[str, bool]:
    """The commit that is checked out, and whether the files differ from it.

    Args:
        root: any folder of the repository.

    Returns:
        The 40-hex SHA of HEAD, and True if anything outside `learners/` and `experiments/*/runs/` is modified,
        staged or untracked (ignored files don't count). With True the SHA doesn't identify the code that ran.

    Raises:
        LabkitError: no git, no repository, or no commit yet.
    """
    raise NotImplementedError("Lab 00.4 - git_state")


def hardware() -> dict[str, str | float]:
    """The machine, as far as it can change a number: cpu (model name), ram_gb (GiB, one decimal), gpu, os.

    No kernel version, no host name. What can't be found out is "unknown"; a machine without an NVIDIA GPU has "none".
    """
    raise NotImplementedError("Lab 00.4 - hardware")


# Lab 00.4 - the four probes of hardware(), one function each: write it here


def record_manifest(
    out_dir: Path,
    *,
    experiment: str,
    seed: int,
    config: Mapping[str, object],
    metrics: Mapping[str, float | int | bool | str],
    artifacts: Sequence[Path],
    started_at: datetime,
) -> Path:
    """Writes `out_dir/manifest.json`, the last thing that a run does.

    The code is identified by the repository that holds the current directory. The file appears whole or not at all:
    it is written under another name, flushed to disk and renamed. An older manifest in the folder is replaced.
    People read it too: indented, accents as they are, a line break at the end.

    Args:
        out_dir: the run's folder; created if missing.
        experiment: the experiment's name, such as "00-seed-audit": lower-case letters, digits and `-`.
        seed: the seed that the run was given.
        config: what the run was told, JSON values only.
        metrics: what it measured. NaN and infinity are refused: JSON has no such number and no condition on one
            holds. A run that diverged says so with a bool of its own.
        artifacts: the files it made, all inside `out_dir`; relative ones are relative to the current directory.
        started_at: when it started, with a time zone.

    Returns:
        The path of the manifest.

    Raises:
        LabkitError: an artifact is missing or outside `out_dir`; a metric isn't a finite plain value; config can't be
            written as JSON; the name or the start is malformed; git can't name the code. Nothing is written then.
    """
    raise NotImplementedError("Lab 00.4 - record_manifest")


# Lab 00.4 - small helpers of record_manifest: the time format, one artifact's entry, the atomic write: write it here


def flatten(obj: object, prefix: str = "") -> dict[str, str]:
    """One line for each leaf of nested mappings and lists: `{"versions": {"numpy": "2.0.2"}}` gives
    `{"versions.numpy": "2.0.2"}`, and `{"xs": [1, true]}` gives `{"xs.0": "1", "xs.1": "true"}`.

    Text stays as it is, everything else is written as JSON would write it; an empty mapping or list is the leaf
    `{}` or `[]`, so that it differs from a missing one. A bare leaf goes under `prefix`.

    Raises:
        LabkitError: two leaves get the same key, as in `{"a": {"b": 1}, "a.b": 2}`.
    """
    raise NotImplementedError("Lab 00.4 - flatten")
