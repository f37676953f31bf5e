"""Follows files that one side of an update renamed, so that the other side's changes arrive where the file is now.

A move is followed where the other side still has the file and nothing of that side's lies in the new place. Then all
three trees get the file under its new name, and `threeway` never hears of a move. Any other move counts as what git
records, a file gone and a file new, with which no change is lost either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cortex.files import git
from cortex.upkeep import threeway
from cortex.upkeep.threeway import Conflict, Left, Plan, Renamed, Tree

_MOST = 5000  # files gone or new on one side; above it git only pairs files of equal content


def plan(root: Path, base: str, ours: str, theirs: str) -> Plan:
    """The three-way result of three commits. Writes merged contents into git's object store, and nothing else."""
    old, mine, new = (threeway.tree(root, commit) for commit in (base, ours, theirs))
    by_me, by_them = _found(root, base, ours), _found(root, base, theirs)
    alike = dict(by_me.items() & by_them.items())
    after_me = _followed(by_me, old, mine, new)
    after_them = _followed(by_them, old, new, mine)
    made = threeway.plan(
        root,
        _renamed(old, alike | after_me | after_them),
        _renamed(mine, after_them),
        _renamed(new, after_me),
    )
    made.renamed = [Renamed(*move) for move in sorted(after_them.items())]
    made.conflicts = [_told(conflict, by_them) for conflict in made.conflicts]
    for name in sorted(by_me.keys() & by_them.keys() - alike.keys()):
        if by_them[name] in made.added:
            why = f"you moved {name} here, upstream moved it there"
            made.conflicts.append(Conflict(by_me[name], by_them[name], None, why))
    untracked = git.run(root, "ls-files", "-z", "--others", "--exclude-standard").split(b"\0")
    own = {name.decode("utf-8", "surrogateescape") for name in untracked if name}
    made.left = _left(own | (mine.keys() - old.keys()), old, new, by_them)
    return made


def _found(root: Path, before: str, after: str) -> dict[str, str]:
    """The files that moved from one commit to the other: old name to new."""
    listed = git.run(
        root,
        *("diff-tree", "-r", "--raw", "-z", "-M", f"-l{_MOST}", "--no-rename-empty"),
        *("--diff-filter=R", before, after),
        timeout=600,
    )
    words = [word.decode("utf-8", "surrogateescape") for word in listed.split(b"\0")[:-1]]
    return dict(zip(words[1::3], words[2::3], strict=True))


def _renamed(tree: Tree, names: Mapping[str, str]) -> Tree:
    return {names.get(path, path): entry for path, entry in tree.items()}


def _followed(moves: Mapping[str, str], old: Tree, there: Tree, here: Tree) -> dict[str, str]:
    """Of the moves of the side `there`, those for which the other side's tree `here` has the file and the room."""
    kept = {name: new for name, new in moves.items() if name in here}
    gone = {name for name, entry in old.items() if name not in there and here.get(name) == entry}
    while True:
        # A move that isn't followed may leave a file where the next one would go: hence the loop.
        standing = here.keys() - kept.keys() - gone
        folders = {folder for name in standing for folder in _above(name)}
        room = {
            name: new
            for name, new in kept.items()
            if new not in standing | folders and standing.isdisjoint(_above(new))
        }
        if len(room) == len(kept):
            return kept
        kept = room


def _above(name: str) -> list[str]:
    """The folders that hold a file, the nearest first."""
    return [str(folder) for folder in PurePosixPath(name).parents][:-1]


def _told(conflict: Conflict, by_them: Mapping[str, str]) -> Conflict:
    if conflict.beside or conflict.path not in by_them:
        return conflict
    return replace(conflict, why=f"upstream moved it to {by_them[conflict.path]}, you changed it")


def _left(own: Iterable[str], old: Tree, new: Tree, by_them: Mapping[str, str]) -> list[Left]:
    """The learner's own files in folders that upstream moved away as a whole."""
    known = {folder for name in old for folder in _above(name)}
    still = {folder for name in new for folder in _above(name)}
    went: dict[str, Counter[str]] = {}
    for before, after in by_them.items():
        for folder in set(_above(before)) - still:
            rest = before[len(folder) :]
            to = after[: -len(rest)] if after.endswith(rest) else str(PurePosixPath(after).parent)
            went.setdefault(folder, Counter())[to] += 1
    stay: dict[str, list[str]] = {}
    for name in sorted(own):
        folder = next((folder for folder in _above(name) if folder in known), "")
        if folder in went:
            stay.setdefault(folder, []).append(name)
    return [Left(folder, went[folder].most_common(1)[0][0], stay[folder]) for folder in stay]
