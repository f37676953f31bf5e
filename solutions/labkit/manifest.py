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
    # lab 00.4
    sha = _git(root, "rev-parse", "--verify", "HEAD").strip()
    changes = _git(root, "status", "--porcelain", "--untracked-files=all", "--", ":/", *NOT_CODE)
    return sha, changes != ""
    # end lab


def hardware() -> dict[str, str | float]:
    """The machine, as far as it can change a number: cpu (model name), ram_gb (GiB, one decimal), gpu, os.

    No kernel version, no host name. What can't be found out is "unknown"; a machine without an NVIDIA GPU has "none".
    """
    # lab 00.4
    return {"cpu": _cpu(), "ram_gb": _ram_gb(), "gpu": _gpu(), "os": _os()}
    # end lab


# lab 00.4 - the four probes of hardware(), one function each
def _cpu() -> str:
    try:
        info = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        info = ""
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    return model[1].strip() if model else platform.processor() or platform.machine() or "unknown"


def _ram_gb() -> str | float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return "unknown"


def _gpu() -> str:
    if shutil.which("nvidia-smi") is None:
        return "none"
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(  # nosec B603
            query, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return ", ".join(answer.stdout.split("\n")).strip(", ") or "none"


def _os() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.mac_ver()[0]}".strip() or "unknown"


# end lab


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
    # lab 00.4
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", experiment):
        raise LabkitError(f"experiment {experiment!r}: use lower-case letters, digits and single -")
    if started_at.tzinfo is None:
        raise LabkitError("started_at has no time zone: use datetime.now(UTC)")
    for name, value in metrics.items():
        if not isinstance(value, bool | int | float | str):
            raise LabkitError(
                f"metric {name} is a {type(value).__name__}: convert it, as in float(x)"
            )
        if isinstance(value, float) and not math.isfinite(value):
            raise LabkitError(
                f"metric {name} is {value}, which JSON can't say: record a bool such as diverged"
            )
    files = [_artifact(path, out_dir) for path in artifacts]
    sha, dirty = git_state(Path.cwd())
    finished_at = datetime.now(UTC)
    manifest = {
        "schema": SCHEMA,
        "id": f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{experiment}",
        "experiment": experiment,
        "git_sha": sha,
        "git_dirty": dirty,
        "seed": seed,
        "config": dict(config),
        "versions": log_versions(),
        "hardware": hardware(),
        "env": {name: os.environ.get(name, "") for name in ENV},
        "started_at": _utc(started_at),
        "finished_at": _utc(finished_at),
        "wall_seconds": round((finished_at - started_at).total_seconds(), 3),
        "metrics": dict(metrics),
        "artifacts": files,
    }
    try:
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise LabkitError(f"config can't be written as JSON: {error}") from error
    out_dir.mkdir(parents=True, exist_ok=True)
    return _write_atomically(out_dir / "manifest.json", text)
    # end lab


# lab 00.4 - small helpers of record_manifest: the time format, one artifact's entry, the atomic write
def _utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _artifact(path: Path, out_dir: Path) -> dict[str, str | int]:
    whole, folder = path.resolve(), out_dir.resolve()
    if not whole.is_relative_to(folder) or whole == folder / "manifest.json":
        raise LabkitError(f"artifact {path} isn't a file of the run inside {out_dir}")
    try:
        data = whole.read_bytes()
    except OSError as error:
        raise LabkitError(f"artifact {path} can't be read: {error.strerror}") from error
    return {
        "path": whole.relative_to(folder).as_posix(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }


def _write_atomically(path: Path, text: str) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


# end lab


def flatten(obj: object, prefix: str = "") -> dict[str, str]:
    """One line for each leaf of nested mappings and lists: `{"versions": {"numpy": "2.0.2"}}` gives
    `{"versions.numpy": "2.0.2"}`, and `{"xs": [1, true]}` gives `{"xs.0": "1", "xs.1": "true"}`.

    Text stays as it is, everything else is written as JSON would write it; an empty mapping or list is the leaf
    `{}` or `[]`, so that it differs from a missing one. A bare leaf goes under `prefix`.

    Raises:
        LabkitError: two leaves get the same key, as in `{"a": {"b": 1}, "a.b": 2}`.
    """
    # lab 00.4
    children: Sequence[tuple[object, object]] = ()
    if isinstance(obj, Mapping):
        children = list(obj.items())
    elif isinstance(obj, list | tuple):
        children = list(enumerate(obj))
    if not children:
        return {prefix: obj if isinstance(obj, str) else json.dumps(obj)}
    flat: dict[str, str] = {}
    for key, value in children:
        for name, leaf in flatten(value, f"{prefix}.{key}" if prefix else str(key)).items():
            if name in flat:
                raise LabkitError(f"two values share the key {name!r}: rename one of them")
            flat[name] = leaf
    return flat
    # end lab
