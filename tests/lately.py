"""What the fast tests take: what changed here, and a few others by the hash of the last commit. Slow runs take all.

Where git says nothing, as in a copy without its history, everything may have changed.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMMITS = 10
SILENT = (OSError, subprocess.CalledProcessError)
_PHASE = re.compile(r"(?:phase[-_]|^experiments/)(\d\d)")


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=root, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return done.stdout.strip()


@cache
def changed(root: Path = ROOT) -> tuple[str, ...]:
    """The files that the last commits changed, or nobody committed yet."""
    *_, before = _git(root, "rev-list", "--first-parent", f"-{COMMITS + 1}", "HEAD").splitlines()
    return tuple(_git(root, "diff", "--name-only", before).splitlines())


@cache
def changed_here(root: Path = ROOT) -> tuple[str, ...]:
    """The files that differ from the branch that this one follows; from ten commits ago if it follows none."""
    try:
        before = _git(root, "merge-base", "HEAD", "@{upstream}")
    except subprocess.CalledProcessError:
        return changed(root)
    return tuple(_git(root, "diff", "--name-only", before).splitlines())


def others(names: Iterable[str], count: int, root: Path = ROOT) -> set[str]:
    """So many of the names, other ones after each commit."""
    sha = _git(root, "rev-parse", "HEAD")

    def rank(name: str) -> str:
        return hashlib.sha256(f"{sha} {name}".encode()).hexdigest()

    return set(sorted(names, key=rank)[:count])


def phases(count: int, root: Path = ROOT) -> set[str]:
    """The phases that a change is about, by its place or because a lab of theirs writes the file; and `count` others."""
    labs = {
        path.parent.name[6:8]: path.read_text(encoding="utf-8")
        for path in root.glob("docs/phase-*/phase.yaml")
    }
    try:
        found = {number for name in changed_here(root) for number in _of(name, labs)}
        return found | others(labs.keys() - found, count, root)
    except SILENT:
        return set(labs)


def _of(name: str, labs: dict[str, str]) -> Iterator[str]:
    if place := _PHASE.search(name):
        yield place[1]
    elif name.startswith("solutions/"):
        asked = name.replace("solutions/", "src/", 1)
        yield from (number for number, text in labs.items() if asked in text)
