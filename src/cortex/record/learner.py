"""One learner's folder: who it is, what is recorded of each phase, and how it is changed."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import os
import re
import subprocess  # nosec B404
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import text_digest
from cortex.files.repo import Repo
from cortex.formats import load as reading
from cortex.formats.checkpoint import SCHEMA, Checkpoint
from cortex.formats.profile import Profile
from cortex.record import merging

_BAD = re.compile(r"[/\\:*?\"<>|\x00-\x1f\x7f]")


def check_name(name: str) -> str:
    """A learner's folder name, normalized (NFC). Letters of any script are fine; paths aren't."""
    clean = unicodedata.normalize("NFC", name.strip())
    if (
        not clean
        or len(clean.encode()) > 64
        or clean[0] in "._-"
        or _BAD.search(clean)
        or ".." in clean
    ):
        raise CortexError(
            f"{name[:80]!r} can't name a learner",
            todo="Use letters, digits, spaces, - or _, at most 64 bytes, starting with a letter or digit.",
        )
    return clean


@dataclass(frozen=True)
class Learner:
    """A learner's folder; it need not exist yet."""

    repo: Repo
    name: str

    @property
    def folder(self) -> Path:
        """`learners/<name>`."""
        return self.repo.learners / self.name

    def phase_folder(self, number: int) -> Path:
        """`learners/<name>/phase-NN`."""
        return self.folder / f"phase-{number:02d}"

    def checkpoint_path(self, number: int) -> Path:
        """The phase's record."""
        return self.phase_folder(number) / "checkpoint.json"

    @property
    def journal(self) -> Path:
        """One Markdown file a day."""
        return self.folder / "journal"

    @property
    def log(self) -> Path:
        """What git ignores: counts and times of runs, and what is derived."""
        return self.folder / "log"

    def profile(self) -> Profile:
        """The profile, or a fresh one if none was written yet."""
        path = self.folder / "profile.yaml"
        if not path.exists():
            return Profile(name=self.name, started=store.now()[:10])
        return reading.load(path, Profile, validate=False)

    def checkpoint(self, number: int) -> Checkpoint | None:
        """What is recorded of a phase, or None if it was never opened. Raises CortexError for a bad file."""
        path = self.checkpoint_path(number)
        _refuse_links(self.repo, path)
        if not path.exists():
            return None
        return _read_checkpoint(path, number)

    @contextlib.contextmanager
    def recording(self, number: int) -> Iterator[Checkpoint]:
        """Changes a phase's record: locked, read, yielded, written atomically. An exception inside writes nothing.

        What is recorded after closing (a hint reread, a quiz taken again) keeps an intact closure intact.
        """
        _refuse_links(self.repo, self.checkpoint_path(number))
        self.create()
        with store.locked(self.folder):
            checkpoint = self.checkpoint(number) or Checkpoint(phase=number, opened_at=store.now())
            closure = checkpoint.closed
            intact = self.intact(number)
            yield checkpoint
            checkpoint.schema, checkpoint.learner = SCHEMA, checkpoint.learner or self.name
            if checkpoint.closed is not None and (intact or checkpoint.closed is not closure):
                checkpoint.closed.digest = evidence_digest(dataclasses.asdict(checkpoint))
            store.write_atomic(self.checkpoint_path(number), dump(checkpoint))

    def intact(self, number: int) -> bool:
        """Whether the phase is closed, and its record is still what was closed."""
        path = self.checkpoint_path(number)
        if not path.exists():
            return False
        closed = [(side.closed, data) for side, data in _versions(path) if side.closed]
        return bool(closed) and all(one.digest == evidence_digest(data) for one, data in closed)

    def create(self) -> None:
        """Makes the folder, with a profile, if it isn't there."""
        path = self.folder / "profile.yaml"
        if path.exists():
            return
        import yaml

        profile = Profile(name=self.name, started=store.now()[:10])
        text = yaml.safe_dump(dataclasses.asdict(profile), allow_unicode=True, sort_keys=False)
        store.write_atomic(path, text)


def _refuse_links(repo: Repo, path: Path) -> None:
    """A record lies where it is made: behind a link it could be anybody's, and writing would change theirs."""
    for part in (path, *path.parents):
        if part == repo.root:
            return
        if part.is_symlink():
            raise CortexError(
                "is a link, and records are read and written only where they lie",
                file=repo.relative(part),
                todo="Replace the link by what it leads to.",
            )


def dump(checkpoint: Checkpoint) -> str:
    """The record as the text of its file."""
    return json.dumps(dataclasses.asdict(checkpoint), indent=2, ensure_ascii=False) + "\n"


def evidence_digest(stored: Mapping[str, Any]) -> str:
    """A digest over everything but the closure itself, so that an edit after closing shows.

    It is taken of the record as its file holds it: a field that a later version adds changes no stored record.
    """
    data = {key: value for key, value in stored.items() if key != "closed"}
    return text_digest(json.dumps(data, sort_keys=True, ensure_ascii=False))


def _versions(path: Path) -> list[tuple[Checkpoint, dict[str, Any]]]:
    """The record, read and as plain data: once, or twice where a merge of two machines' work left both in the file."""
    text = reading.read_text(path)
    if not text.strip():
        raise CortexError(
            "the record is empty",
            file=path,
            todo=f"Bring back what was committed: git checkout -- {path}\n"
            f"If it never was, remove it and open the phase again: rm {path}",
        )
    found = []
    for side in merging.sides(text) or (text,):
        data = reading.parse_json(side, path)
        reading.refuse_newer(data, SCHEMA, path)
        found.append((reading.shaped(data, Checkpoint, text=side, path=path), data))
    return found


def _read_checkpoint(path: Path, number: int) -> Checkpoint:
    checkpoint, *others = (side for side, _ in _versions(path))
    for other in others:
        checkpoint = merging.merge(checkpoint, other)
    if checkpoint.phase != number:
        raise CortexError(
            f"says phase {checkpoint.phase}, but lies in phase {number:02d}'s folder",
            file=path,
            field="phase",
        )
    return checkpoint


def current_learner(repo: Repo, name: str | None = None) -> Learner:
    """The learner that is named, else CORTEX_LEARNER, else `learners/.current`, else the only one, else git's user."""
    named = name or os.environ.get("CORTEX_LEARNER") or _remembered(repo)
    if named:
        return Learner(repo, check_name(named))
    folders = sorted(
        path.name for path in repo.learners.glob("*") if path.is_dir() and path.name[0] not in "._"
    )
    if len(folders) == 1:
        return Learner(repo, check_name(folders[0]))
    if folders:
        raise CortexError(
            f"several learners live here: {', '.join(folders)}",
            todo="Say which one: `export CORTEX_LEARNER=<name>`, or `cortex open NN --learner <name>` once.",
        )
    return Learner(repo, _guess(repo))


def others(learner: Learner) -> list[str]:
    """Who else works in this clone, and so in the same src/."""
    return sorted(
        path.parent.parent.name
        for path in learner.repo.learners.glob("[!._]*/phase-*/checkpoint.json")
        if path.parent.parent.name != learner.name
    )


def _remembered(repo: Repo) -> str:
    with contextlib.suppress(CortexError):
        return check_name(reading.read_text(repo.learners / ".current").strip())
    return ""


def remember(learner: Learner, *, named: bool) -> None:
    """Makes this learner the current one in this clone; one that CORTEX_LEARNER names is meant for that command only.

    Args:
        named: whether somebody typed the name.
    """
    if (named or not os.environ.get("CORTEX_LEARNER")) and _remembered(
        learner.repo
    ) != learner.name:
        store.write_atomic(learner.repo.learners / ".current", learner.name + "\n")


def _guess(repo: Repo) -> str:
    """A name from git's user.name or the account's, whichever is usable first."""
    candidates = []
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(  # nosec B603 B607
            ["git", "config", "user.name"],
            cwd=repo.root,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        candidates.append(answer.stdout.strip().lower().replace(" ", "-"))
    with contextlib.suppress(OSError, KeyError, ImportError):
        candidates.append(getpass.getuser())
    for candidate in candidates:
        with contextlib.suppress(CortexError):
            return check_name(candidate)
    return "me"
