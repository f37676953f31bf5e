"""Brings upstream's changes into a learner's branch: `cortex update`.

Everything is decided and written into git's object store before the first file changes; then the working tree moves
in one step, and HEAD last. What was there before keeps a name: refs/cortex/before-update/<time>. An update that is cut
off, by an error or by a power failure, is taken back when the next one starts.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from cortex.errors import NOT_YET, CortexError
from cortex.files import git, store
from cortex.files.repo import Repo
from cortex.upkeep import moves, threeway
from cortex.upkeep.threeway import Conflict, Left, Plan, Renamed, Tree

REMOTES = ("upstream", "origin")
BACKUPS = "refs/cortex/before-update"
FETCH_SECONDS = 120
_UNDERWAY = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}


@dataclass
class Update:
    """What an update did.

    Attributes:
        ref: what was brought in.
        head, commit: HEAD before and after; equal if there was nothing to do.
        backup: the ref that keeps `head`; empty if there was nothing to do.
        notes: what the learner should know, such as that the network is away.
        renamed: files that upstream moved, with what the learner had changed in them.
        left: the learner's own files in folders that upstream moved away.
        conflicts: files in which both sides changed the same lines, or which they moved to different places.
    """

    ref: str
    head: str
    commit: str
    backup: str = ""
    notes: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def update(repo: Repo, ref: str = "") -> Update:
    """Merges `ref` (upstream/main, else origin/main) into the current branch.

    Raises:
        CortexError: nothing was changed; the message says what to do first.
    """
    if not repo.is_git:
        raise CortexError(
            "this copy isn't a git clone, so there is nothing to merge with",
            todo="Clone the repository with git and copy your src/ and learners/ into the clone.",
        )
    with store.locked(repo.cache / "update"):
        return _update(repo, ref)


def _update(repo: Repo, ref: str) -> Update:
    root = repo.root
    notes = _recover(repo)
    head = _ready(root)
    name, notes_of_fetch = _fetched(root, ref)
    target = git.text(root, "rev-parse", "--verify", f"{name}^{{commit}}")
    base = git.optional(root, "merge-base", head, target)
    if not base:
        shallow = git.optional(root, "rev-parse", "--is-shallow-repository") == "true"
        raise CortexError(
            f"your branch and {name} have no common history",
            todo="Your clone is shallow: `git fetch --unshallow`, then try again."
            if shallow
            else f"Is {name} the right one? `cortex update --from REMOTE/BRANCH` names another.",
        )
    done = Update(name, head, head, notes=[*notes, *notes_of_fetch])
    if base == target:
        return done
    ours = threeway.tree(root, head)
    made = moves.plan(root, base, head, target)
    _refuse_unsaved(root, ours, made)
    conflicts = [_placed(root, conflict, made) for conflict in made.conflicts]
    commit = target
    if base != head:
        commit = _commit(root, head, target, name, ours, made, conflicts)
    done.backup = _backup(root, head)
    _apply(repo, head, commit, conflicts)
    done.commit, done.conflicts = commit, conflicts
    done.updated, done.added, done.removed = made.updated, made.added, made.removed
    done.merged, done.renamed, done.left = made.merged, made.renamed, made.left
    if "uv.lock" in made.added + made.updated + made.merged:
        done.notes.append("uv.lock changed: ./just setup brings .venv in step.")
    return done


def _ready(root: Path) -> str:
    """HEAD, if the branch can take a merge now. Raises CortexError."""
    git.run(root, "rev-parse", "--git-dir")  # what is wrong with git itself, git says best
    head = git.optional(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if not head:
        raise CortexError("this clone has no commit yet", todo="git commit, then try again.")
    if git.optional(root, "symbolic-ref", "--quiet", "HEAD") is None:
        raise CortexError(
            "HEAD is detached: you are on no branch, so the update would belong to none",
            todo="git switch -c my-work, then cortex update",
        )
    for file, what in _UNDERWAY.items():
        if _git_path(root, file).exists():
            raise CortexError(
                f"a git {what} is underway",
                todo=f"Finish it (git {what} --continue) or drop it (git {what} --abort), then try again.",
            )
    changes = _unsaved(root)
    outside = [name for name in changes if not name.startswith("learners/")]
    if outside:
        raise CortexError(
            f"{_some(outside)} {'has' if len(outside) == 1 else 'have'} changes that no commit holds",
            todo='git commit -am "My work so far", then cortex update',
            code=NOT_YET,
        )
    return head


def _git_path(root: Path, name: str) -> Path:
    return root / git.text(root, "rev-parse", "--git-path", name)


def _unsaved(root: Path) -> list[str]:
    """Tracked files that differ from HEAD, in the working tree or in the index."""
    rows = git.run(
        root, "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames"
    ).split(b"\0")
    return [row[3:].decode("utf-8", "surrogateescape") for row in rows if row]


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _fetched(root: Path, ref: str) -> tuple[str, list[str]]:
    """The ref to merge, fetched if it belongs to a remote that answers, and what to tell about that."""
    if ref.startswith("-"):
        raise CortexError(f"{ref!r} is no branch", todo="cortex update --from upstream/main")
    remotes = git.text(root, "remote").split()
    wanted = [ref.partition("/")[0]] if ref else [name for name in REMOTES if name in remotes]
    if not ref and not wanted:
        raise CortexError(
            "no remote is called upstream or origin, so there is nowhere to update from",
            todo="git remote add upstream ADDRESS, or name a branch: cortex update --from REF",
        )
    notes: list[str] = []
    for remote in wanted:
        if remote in remotes:
            try:
                git.run(root, "fetch", "--quiet", "--no-tags", remote, timeout=FETCH_SECONDS)
            except git.GitFailed as error:
                notes.append(f"{remote} didn't answer ({error.says}): working from what is here.")
        for name in [ref] if ref else [f"{remote}/main", f"{remote}/HEAD"]:
            if git.optional(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"):
                return name, notes
    missing = ref or " or ".join(f"{remote}/main" for remote in wanted)
    raise CortexError(
        f"there is no {missing} here{': ' + notes[0] if notes else ''}",
        todo="git branch -a lists what there is; cortex update --from REF names one.",
    )


def _refuse_unsaved(root: Path, ours: Tree, made: Plan) -> None:
    """Raises CortexError if the update would have to touch a file that no commit holds."""
    moving = threeway.changed(ours, made.result)
    edited = sorted(set(_unsaved(root)) & set(moving))
    if edited:
        raise CortexError(
            f"{_some(edited)} has changes that no commit holds, and the update changes it too",
            todo='git commit -am "My work so far", then cortex update',
            code=NOT_YET,
        )
    strangers = set()
    for name in moving:
        if name in ours or name not in made.result:
            continue
        for place in (name, *(str(p) for p in PurePosixPath(name).parents if str(p) != ".")):
            path = root / place
            if place in ours or not os.path.lexists(path):
                continue
            if not path.is_dir() or path.is_symlink():
                strangers.add(place)
            elif place == name:
                inside = {p.relative_to(root).as_posix() for p in path.rglob("*") if p.is_file()}
                strangers |= inside - ours.keys()
    if strangers:
        names = sorted(strangers)
        raise CortexError(
            f"{_some(names)} isn't in git, and the update brings a file of that name",
            todo=f'git add -f {shlex.join(names)} && git commit -m "My files", then cortex update',
            code=NOT_YET,
        )


def _placed(root: Path, conflict: Conflict, made: Plan) -> Conflict:
    """The conflict with a name for upstream's version that nothing else has."""
    if conflict.entry is None:
        return conflict
    data = threeway.content(root, conflict.entry)
    place, count = conflict.beside, 1
    while place in made.result or (
        os.path.lexists(root / place)
        and not ((root / place).is_file() and (root / place).read_bytes() == data)
    ):
        count += 1
        place = f"{conflict.beside}-{count}"
    return Conflict(conflict.path, place, conflict.entry, conflict.why)


def _commit(
    root: Path, head: str, target: str, name: str, ours: Tree, made: Plan, conflicts: list[Conflict]
) -> str:
    """The merge commit, in the object store only."""
    index = _git_path(root, f"cortex-index.{os.getpid()}")
    env = {"GIT_INDEX_FILE": str(index)}
    rows = b""
    moving = threeway.changed(ours, made.result)
    # Removals first: a folder can only come where no file is any more.
    for path in sorted(moving, key=lambda path: path in made.result):
        entry = made.result.get(path)
        mode, blob = (entry.mode, entry.blob) if entry else ("0", "0" * len(head))
        rows += f"{mode} {blob}\t".encode() + path.encode("utf-8", "surrogateescape") + b"\0"
    try:
        git.run(root, "read-tree", head, env=env)
        git.run(root, "update-index", "-z", "--index-info", feed=rows, env=env)
        whole = git.run(root, "write-tree", env=env).decode().strip()
    finally:
        index.unlink(missing_ok=True)
    message = f"Merge {name} by cortex update\n"
    if conflicts:
        message += "\nYours was kept where the two sides don't go together:\n"
        message += "".join(f"- {conflict.path}\n" for conflict in conflicts)
    who: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        if git.optional(root, "var", f"GIT_{role}_IDENT") is None:
            who |= {f"GIT_{role}_NAME": "learner", f"GIT_{role}_EMAIL": "learner@localhost"}
    made_commit = git.run(
        root,
        *("commit-tree", whole, "-p", head, "-p", target),
        feed=message.encode("utf-8", "surrogateescape"),
        env=who,
    )
    return made_commit.decode().strip()


def _backup(root: Path, head: str) -> str:
    """A ref on HEAD as it is now."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    name, count = f"{BACKUPS}/{stamp}", 1
    while git.optional(root, "rev-parse", "--verify", "--quiet", name):
        count += 1
        name = f"{BACKUPS}/{stamp}-{count}"
    git.run(root, "update-ref", name, head, "")
    return name


def _journal(root: Path) -> Path:
    return _git_path(root, "cortex-update.json")


def _apply(repo: Repo, head: str, commit: str, conflicts: list[Conflict]) -> None:
    """Moves working tree, index and HEAD from one commit to the other, or leaves all as they were."""
    root = repo.root
    beside = {c.beside: c.entry.blob for c in conflicts if c.entry is not None}
    journal = _journal(root)
    # Written before anything moves: whoever comes after a crash knows which two states the files are between.
    store.write_atomic(journal, json.dumps({"old": head, "new": commit, "beside": beside}))
    try:
        git.optional(root, "update-index", "-q", "--refresh")
        git.run(root, "read-tree", "-m", "-u", head, commit, timeout=600)
        for conflict in conflicts:
            if conflict.entry is not None:
                _put(root / conflict.beside, threeway.content(root, conflict.entry))
        git.run(root, "update-ref", "-m", "cortex update", "HEAD", commit, head)
    except BaseException as error:
        _take_back(root, head, commit, beside)
        journal.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CortexError(
                f"the update can't be written ({error.strerror}); it was taken back, nothing changed",
                todo="Free some space or make the folder writable, then try again.",
            ) from error
        raise
    journal.unlink(missing_ok=True)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with path.open("xb") as file:
            file.write(data)


def _recover(repo: Repo) -> list[str]:
    """Takes back an update that was cut off; what to tell about it."""
    root = repo.root
    if git.optional(root, "rev-parse", "--git-dir") is None:
        return []
    journal = _journal(root)
    if not journal.exists():
        return []
    notes = []
    try:
        told = json.loads(journal.read_text(encoding="utf-8"))
        old, new, beside = told["old"], told["new"], dict(told["beside"])
    except (OSError, ValueError, KeyError, TypeError):
        old = new = ""
        beside = {}
    if old and git.optional(root, "rev-parse", "--verify", "--quiet", "HEAD") == old:
        lock = _git_path(root, "index.lock")
        if lock.exists():
            raise CortexError(
                "an update was cut off while git was writing, and git's lock is still there",
                file=lock,
                todo=f"Make sure that no git is running, then: rm {lock} && cortex update",
            )
        _take_back(root, old, new, beside)
        notes.append("An update that had been cut off was taken back first.")
    journal.unlink(missing_ok=True)
    return notes


def _take_back(root: Path, old: str, new: str, beside: dict[str, str]) -> None:
    """Makes index and files what they were at `old`, wherever they are what `new` has, whole or in part.

    A file with any other content was edited by a person meanwhile, and stays.
    """
    before, after = threeway.tree(root, old), threeway.tree(root, new)
    moved = threeway.changed(before, after)
    rows, restore = b"", b""
    for path in moved:
        entry = before.get(path)
        name = path.encode("utf-8", "surrogateescape")
        mode, blob = (entry.mode, entry.blob) if entry else ("0", "0" * len(old))
        row = f"{mode} {blob}\t".encode() + name + b"\0"
        rows = rows + row if entry else row + rows
    todo = [path for path in moved if _is_ours(root, path, before.get(path), after.get(path))]
    for path in sorted(todo, key=len, reverse=True):
        if path not in before:
            _drop(root, path)
    for path in todo:
        if path in before:
            restore += path.encode("utf-8", "surrogateescape") + b"\0"
    git.run(root, "update-index", "-z", "--index-info", feed=rows)
    if restore:
        git.run(root, "checkout-index", "-f", "-q", "-z", "--stdin", feed=restore)
    git.optional(root, "update-index", "-q", "--refresh")
    for path, blob in beside.items():
        with contextlib.suppress(OSError):
            if git.run(root, "cat-file", "blob", blob).startswith((root / path).read_bytes()):
                _drop(root, path)


def _is_ours(
    root: Path, path: str, before: threeway.Entry | None, after: threeway.Entry | None
) -> bool:
    """Whether a file that moves is at its new state or on the way to it, not at one that a person made."""
    place = root / path
    if not os.path.lexists(place):
        return before is not None  # removed by the update, or about to be written
    if place.is_dir() and not place.is_symlink():
        return False
    if after is None:
        return False  # not removed yet: as it was, or a person's
    data = str(place.readlink()).encode() if place.is_symlink() else place.read_bytes()
    if threeway.content(root, after).startswith(data):
        return True
    # With line-ending filters the file isn't the blob byte by byte; git knows how to compare.
    return git.optional(root, "hash-object", "--", path) == after.blob


def _drop(root: Path, path: str) -> None:
    """Removes a file, and the folders that it leaves empty."""
    place = root / path
    place.unlink(missing_ok=True)
    for folder in place.parents:
        if folder == root:
            return
        try:
            folder.rmdir()
        except OSError:
            return
