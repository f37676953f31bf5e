"""Which scripts' slow tests run: all, or where `NO_MAGIC_SAMPLE` says so those that changed lately and a few others."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from .standards import ROOT, shipped

LATELY = 10  # commits


def chosen(names: list[str], count: int, root: Path = ROOT) -> set[str]:
    """The scripts that the last commits changed, and so many others, by the hash of the last one."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=True, encoding="utf-8"
        )
        return done.stdout.strip()

    sha = git("rev-parse", "HEAD")
    *_, before = git("rev-list", "--first-parent", f"-{LATELY + 1}", "HEAD").splitlines()
    listed = git("diff", "--name-only", before, "HEAD", "--", "experiments/no-magic")
    changed = {Path(name).stem for name in listed.splitlines() if name.endswith(".py")}
    rest = [name for name in names if name not in changed]
    ranked = sorted(rest, key=lambda name: hashlib.sha256(f"{sha} {name}".encode()).hexdigest())
    return changed | set(ranked[:count])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    count = os.environ.get("NO_MAGIC_SAMPLE")
    if not count:
        return
    asked = chosen(sorted(shipped()), int(count))
    out = [item for item in items if (name := _script(item)) and name not in asked]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in set(out)]


def _script(item: pytest.Item) -> str:
    """The script that a slow test is about, if it is about one."""
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}  # fmt: skip
    if item.get_closest_marker("slow") is None:
        return ""
    return given["path"].stem if "path" in given else getattr(given.get("line"), "script", "")
