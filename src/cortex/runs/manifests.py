"""Manifests: whether one can be believed, what differs between two, and a skeleton for a run made by hand."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from cortex.errors import CortexError
from cortex.files import git, store
from cortex.files.digests import file_digest
from cortex.files.repo import Repo
from cortex.formats import load as reading

CATEGORIES = ("CODE", "VERSIONS", "HARDWARE", "ENV", "TIME", "OTHER")
MISSING = "<missing>"
_CODE = ("git_sha", "git_dirty")
_TIME = ("wall_seconds", "started_at", "finished_at")
_TOPIC = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED")
# What a run may leave behind without making the tree dirty.
_OWN = re.compile(r"^(learners/|experiments/([^/]+/)?[^/]+/runs/)")


def read(path: Path) -> dict[str, Any]:
    """The manifest at `path` (or in the folder `path`) as plain data. Raises CortexError."""
    file = path / "manifest.json" if path.is_dir() else path
    data = reading.parse_json(reading.read_text(file), file)
    if not isinstance(data, dict):
        raise CortexError("a manifest is a JSON object, this isn't one", file=file)
    return data


def validate(manifest: object, folder: Path) -> list[str]:
    """What is wrong with a manifest that lies in `folder`; an empty list if it can be believed.

    Shape against schema 1, order of times, and each artifact: inside the folder, there, right size, right SHA-256.
    """
    from pydantic import TypeAdapter, ValidationError

    from cortex.formats.manifest import NEWEST, Manifest

    if not isinstance(manifest, dict):
        return ["a manifest is a JSON object, this isn't one"]
    schema = manifest.get("schema")
    if isinstance(schema, int) and schema > NEWEST:
        return [
            f"schema: written by a newer labkit (schema {schema}, this cortex knows {NEWEST}); `cortex update`"
        ]
    try:
        TypeAdapter(Manifest).validate_json(json.dumps(manifest))
    except ValidationError as error:
        return list(dict.fromkeys(_told(problem) for problem in error.errors(include_url=False)))
    except (TypeError, ValueError) as error:
        return [f"isn't JSON: {error}"]
    return _times(manifest) + _artifacts(manifest["artifacts"], folder)


def _told(problem: Any) -> str:
    where = [str(part) for part in problem["loc"]]
    if where[0] == "metrics" and len(where) > 1:
        return f"metrics.{where[1]}: should be a finite number, true, false or a text"
    return f"{'.'.join(where)}: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _times(manifest: Mapping[str, Any]) -> list[str]:
    try:
        started, finished = (
            datetime.fromisoformat(manifest[key]) for key in ("started_at", "finished_at")
        )
    except ValueError as error:
        return [f"started_at, finished_at: {error}"]
    if finished < started:
        return [f"finished_at: {manifest['finished_at']} is before {manifest['started_at']}"]
    return []


def _artifacts(artifacts: list[dict[str, Any]], folder: Path) -> list[str]:
    problems = []
    seen = set()
    for item in artifacts:
        name = item["path"]
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in path.parts[0]:
            problems.append(f"artifact {name}: leads out of the run's folder")
            continue
        if name in seen:
            problems.append(f"artifact {name}: listed twice")
        seen.add(name)
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            problems.append(f"artifact {name}: a link that leads out of the run's folder")
        elif not file.is_file():
            problems.append(f"artifact {name}: isn't there")
        elif file.stat().st_size != item["bytes"]:
            problems.append(
                f"artifact {name}: {file.stat().st_size} bytes, the manifest says {item['bytes']}"
            )
        elif file_digest(file) != item["sha256"]:
            problems.append(f"artifact {name}: its SHA-256 isn't the one in the manifest")
    return problems


def schema_text() -> str:
    """The published JSON Schema of a manifest: `docs/schemas/manifest.schema.json`."""
    from pydantic import TypeAdapter

    from cortex.formats.manifest import Manifest

    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TypeAdapter(Manifest).json_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Difference:
    """One key that differs; `key` is shown without its category's prefix."""

    category: str
    key: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"[{self.category}] {self.key}: {self.old} -> {self.new}"


def flatten(data: object, prefix: str = "") -> dict[str, str]:
    """Nested data as dotted keys and texts: `{"versions.numpy": "2.0.1", "artifacts.0.path": "loss.svg"}`."""
    pairs: list[tuple[object, object]] = []
    if isinstance(data, Mapping):
        pairs = list(data.items())
    elif isinstance(data, list | tuple):
        pairs = list(enumerate(data))
    if (
        not pairs
    ):  # a leaf; an empty mapping or list is one too, so that it differs from a missing key
        return {prefix: data if isinstance(data, str) else json.dumps(data)}
    flat: dict[str, str] = {}
    for key, value in pairs:
        flat |= flatten(value, f"{prefix}.{key}" if prefix else str(key))
    return flat


def diff(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """What differs, by category in the order of CATEGORIES, then by key."""
    old, new = flatten(a), flatten(b)
    found = []
    for key in sorted(old.keys() | new.keys()):
        left, right = old.get(key, MISSING), new.get(key, MISSING)
        if left != right:
            category, short = _category(key)
            found.append(Difference(category, short, left, right))
    return sorted(found, key=lambda item: CATEGORIES.index(item.category))


def _category(key: str) -> tuple[str, str]:
    head, _, rest = key.partition(".")
    if key in _CODE:
        return "CODE", key
    if key in _TIME:
        return "TIME", key
    if (
        head == "inputs"
    ):  # which runs it stands on: to a run they are what libraries are, with a digest
        return "VERSIONS", key
    if head in ("versions", "hardware", "env") and rest:
        return head.upper(), rest
    return "OTHER", key


def quiet_categories(found: list[Difference]) -> list[str]:
    """The categories in which nothing differs."""
    loud = {item.category for item in found}
    return [category for category in CATEGORIES if category not in loud]


def explains(found: list[Difference]) -> bool:
    """Whether code or versions differ: then other numbers are no surprise."""
    return any(item.category in ("CODE", "VERSIONS") for item in found)


def need_git(repo: Repo) -> None:
    """Raises CortexError where no git can say which code a result came from."""
    if not repo.is_git:
        raise CortexError(
            "this checkout isn't a git repository, so nothing says which code a result came from",
            todo="Clone it with git, or `git init && git add -A && git commit -m start`.",
            code=1,
        )


def changed_files(repo: Repo, *paths: str) -> list[str]:
    """Paths (all, or those below `paths`) that differ from the last commit, untracked ones included."""
    need_git(repo)
    answer = git.run(
        repo.root, "status", "--porcelain", "-z", "--untracked-files=all", "--", *paths
    )
    entries = answer.decode("utf-8", "surrogateescape").split("\0")
    names = []
    skip = False
    for entry in entries:
        if skip or len(entry) < 4:
            skip = False
            continue
        names.append(entry[3:])
        skip = entry[0] in "RC"  # the next field is the old name
    return names


def git_state(repo: Repo) -> tuple[str, bool]:
    """The commit (40 hex) and whether the tree differs from it, leaving out learners/ and the runs of experiments."""
    need_git(repo)
    sha = git.text(repo.root, "rev-parse", "--verify", "HEAD")
    return sha, any(not _OWN.match(name) for name in changed_files(repo))


def has_commit(repo: Repo) -> bool:
    """Whether anything has been committed here."""
    return git.optional(repo.root, "rev-parse", "--verify", "HEAD^{commit}") is not None


def is_past(repo: Repo, sha: str) -> bool:
    """Whether a commit is the one that is checked out, or an ancestor of it."""
    return git.optional(repo.root, "merge-base", "--is-ancestor", sha, "HEAD") is not None


def knows_commit(repo: Repo, sha: str) -> bool:
    """Whether this repository holds the commit."""
    return git.optional(repo.root, "cat-file", "-e", f"{sha}^{{commit}}") is not None


def new_manifest(repo: Repo, topic: str, seed: int = 42) -> Path:
    """Writes a manifest for a run made by hand, `experiments/<date>-<topic>/manifest.json`, and returns its path.

    An older one of the same day is kept beside it as `manifest-1.json`, `manifest-2.json`, ...: a record is never
    overwritten.
    """
    if not _TOPIC.match(topic) or len(topic) > 60:
        raise CortexError(
            f"{topic!r} can't name a topic",
            todo="Use lower-case words joined by -, such as softmax-stability (at most 60 characters).",
        )
    sha, dirty = git_state(repo)
    now = store.now()
    folder = repo.experiments / f"{now[:10]}-{topic}"
    path = folder / "manifest.json"
    manifest = {
        "schema": 1,
        "id": f"{now[:10]}-{topic}",
        "experiment": topic,
        "git_sha": sha,
        "git_dirty": dirty,
        "seed": seed,
        "config": {},
        "versions": _versions(),
        "hardware": _hardware(),
        "env": {name: os.environ.get(name, "") for name in _THREADS},
        "started_at": now,
        "finished_at": now,
        "wall_seconds": 0.0,
        "metrics": {},
        "artifacts": [],
    }
    if path.exists():
        number = 1
        while (folder / f"manifest-{number}.json").exists():
            number += 1
        path.rename(folder / f"manifest-{number}.json")
    store.write_atomic(path, json.dumps(manifest, indent=2) + "\n")
    return path


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("numpy", "scipy", "torch", "uv"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _hardware() -> dict[str, Any]:
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        ram = round(pages / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        ram = 0.0
    return {
        "cpu": _cpu(),
        "ram_gb": ram,
        "gpu": "not probed",
        "os": f"{platform.system()} {platform.release()}" if sys.platform != "linux" else _linux(),
    }


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown"


def _linux() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return "Linux"
