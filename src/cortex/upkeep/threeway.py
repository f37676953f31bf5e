"""Decides, file by file, what becomes of a learner's tree when upstream's changes come in.

A file that only one side changed is that side's. One that both changed is merged if the changes don't overlap. Where
they do, the learner's file stays as it is and upstream's is put beside it: a program with conflict markers in it
doesn't run, and what doesn't run can't be checked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cortex.errors import CortexError
from cortex.files import git
from cortex.files.syntax import parsed

PLAIN, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
SUFFIX = ".upstream"


@dataclass(frozen=True)
class Entry:
    """A file in a tree: git's mode and the id of its content."""

    mode: str
    blob: str


Tree = dict[str, Entry]


@dataclass(frozen=True)
class Conflict:
    """A file that both sides changed in the same place, or moved to different ones.

    Attributes:
        path: the learner's file, which stays.
        beside: where upstream's version is put; empty where upstream removed the file.
        entry: upstream's version; None where nothing has to be put beside.
        why: in a few words.
    """

    path: str
    beside: str
    entry: Entry | None
    why: str


@dataclass(frozen=True)
class Renamed:
    """A file that upstream renamed; what the learner had changed in it came along."""

    old: str
    new: str


@dataclass(frozen=True)
class Left:
    """Files that a learner put into a folder that upstream moved away as a whole: they stay where they are."""

    folder: str
    moved_to: str
    files: list[str]


@dataclass
class Plan:
    """The merged tree, and what happened to each file that isn't the learner's own any more."""

    result: Tree
    renamed: list[Renamed] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def tree(root: Path, commit: str) -> Tree:
    """The files of a commit."""
    found: Tree = {}
    for row in git.run(root, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        if row:
            head, _, name = row.partition(b"\t")
            mode, _, blob = head.decode().split(" ")
            found[name.decode("utf-8", "surrogateescape")] = Entry(mode, blob)
    return found


def plan(root: Path, base: Tree, ours: Tree, theirs: Tree) -> Plan:
    """The three-way result of every file, by its name. Writes merged contents into git's object store."""
    made = Plan(dict(ours))
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        old, mine, new = base.get(path), ours.get(path), theirs.get(path)
        if mine == new or new == old:
            continue
        if mine == old:
            _take(made, path, mine, new)
        else:
            _both(root, made, path, old, mine, new)
    _separate(made, ours)
    return made


def _take(made: Plan, path: str, mine: Entry | None, new: Entry | None) -> None:
    if new is None:
        del made.result[path]
        made.removed.append(path)
    else:
        made.result[path] = new
        (made.updated if mine else made.added).append(path)


def _both(
    root: Path, made: Plan, path: str, old: Entry | None, mine: Entry | None, new: Entry | None
) -> None:
    if new is None:
        made.conflicts.append(Conflict(path, "", None, "upstream removed it, you changed it"))
    elif mine is None:
        made.conflicts.append(
            Conflict(path, path + SUFFIX, new, "you removed it, upstream changed it")
        )
    else:
        entry, why = _merge(root, path, old, mine, new)
        if entry is not None:
            made.result[path] = entry
            made.merged.append(path)
        else:
            made.conflicts.append(Conflict(path, path + SUFFIX, new, why))


def _merge(
    root: Path, path: str, old: Entry | None, mine: Entry, new: Entry
) -> tuple[Entry | None, str]:
    """Both changes in one file, or None and why not."""
    if old is None:
        return None, "both of you added it"
    if not {old.mode, mine.mode, new.mode} <= {PLAIN, EXECUTABLE}:
        return None, "it is a link or another special file"
    mode = new.mode if mine.mode == old.mode else mine.mode
    if mine.blob == new.blob or new.blob == old.blob:
        return Entry(mode, mine.blob), ""
    if mine.blob == old.blob:
        return Entry(mode, new.blob), ""
    sides = [content(root, entry) for entry in (mine, old, new)]
    with tempfile.TemporaryDirectory(prefix="cortex-merge-") as scratch:
        files = [Path(scratch) / name for name in ("mine", "old", "new")]
        for file, data in zip(files, sides, strict=True):
            file.write_bytes(data)
        try:
            merged = git.run(root, "merge-file", "-p", "-q", *(str(file) for file in files))
        except git.GitFailed as error:
            if error.status < 128:  # the number of conflicts
                return None, "you and upstream changed the same lines"
            if any(b"\0" in side for side in sides):
                return None, "it isn't text"
            raise
    if path.endswith(".py") and _runs(sides[0]) and _runs(sides[2]) and not _runs(merged):
        return None, "the two changes together aren't valid Python"
    blob = git.run(root, "hash-object", "-w", "--stdin", feed=merged).decode().strip()
    return Entry(mode, blob), ""


def _runs(source: bytes) -> bool:
    try:
        parsed(source)
    except (SyntaxError, ValueError):
        return False
    return True


def content(root: Path, entry: Entry) -> bytes:
    """The bytes of a file, as git keeps them."""
    if entry.mode == SUBMODULE:
        raise CortexError("submodules aren't supported", todo="Use `git merge` for this update.")
    return git.run(root, "cat-file", "blob", entry.blob)


def _separate(made: Plan, ours: Tree) -> None:
    """Where one side has a file and the other a folder of the same name, the learner's stays."""
    for path in sorted(made.result):
        for above in (str(folder) for folder in PurePosixPath(path).parents):
            if above not in made.result or path not in made.result:
                continue
            guest, beside = (above, above + SUFFIX) if path in ours else (path, "")
            beside = beside or f"{above}{SUFFIX}{path[len(above) :]}"
            entry = made.result.pop(guest)
            made.added.remove(guest)
            made.conflicts.append(
                Conflict(path if path in ours else above, beside, entry, "a file against a folder")
            )


def changed(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> list[str]:
    """The paths in which two trees differ."""
    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
