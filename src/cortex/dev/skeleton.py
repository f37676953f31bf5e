"""Writes the skeletons that learners fill from the reference: one source, two trees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cortex.errors import CortexError
from cortex.files import git, store
from cortex.files.digests import text_digest
from cortex.files.packages import NAMES, learners, reference
from cortex.files.regions import regions
from cortex.files.repo import Repo
from cortex.files.skeleton import render

_NOT_TEXT = {".md", ".pyc", ".so", ".png", ".svg", ".npz"}


@dataclass
class Written:
    """What `write` did, as paths relative to the root."""

    written: list[str]
    removed: list[str]
    refused: list[str]
    same: int


def sources(repo: Repo) -> list[Path]:
    """All files of the reference, absolute, in order, without caches."""
    return [
        path
        for path in sorted(repo.solutions.rglob("*"))
        if path.is_file()
        and path.suffix not in _NOT_TEXT
        and not any(
            part.startswith(".") or part == "__pycache__"
            for part in path.relative_to(repo.solutions).parts
        )
    ]


def generate(repo: Repo) -> dict[Path, str]:
    """Every skeleton: absolute path and text. Raises CortexError with file (relative to the root) and line."""
    from cortex.formats.load import read_text

    made: dict[Path, str] = {}
    for path in sources(repo):
        text = read_text(path)
        name = Path(repo.relative(path))
        relative = path.relative_to(repo.solutions)
        if relative.parts[0] in NAMES or regions(text, name):
            made[repo.root / learners(name.as_posix())] = render(text, name)
    return made


def differing(repo: Repo) -> dict[Path, str]:
    """The skeletons that aren't what the generator makes, with what is wrong: "missing" or "differs"."""
    wrong = {}
    for path, text in generate(repo).items():
        try:
            if path.read_bytes() != text.encode():
                wrong[path] = "differs"
        except OSError:
            wrong[path] = "missing"
    return wrong


def write(repo: Repo, *, force: bool = False) -> Written:
    """Brings the skeletons in step with the reference, without ever overwriting what a person wrote.

    A file is replaced only if its text is one that this generator made: from the reference as it is in HEAD, as it was
    at the file's own last commit, or in an earlier call here. `force` replaces it whatever it holds.
    """
    memory = repo.cache / "skeletons.json"
    known = _remembered(memory)
    made = generate(repo)
    done = Written([], [], [], 0)
    for path, text in made.items():
        name = repo.relative(path)
        current = _current(path)
        if current == text:
            done.same += 1
        elif (
            current is None or not current.strip() or force or _is_ours(repo, path, current, known)
        ):
            store.write_atomic(path, text)
            done.written.append(name)
        else:
            done.refused.append(name)
            continue
        known[name] = text_digest(text)
    for name in [name for name in known if repo.root / name not in made]:
        current = _current(repo.root / name)
        if current is not None and text_digest(current) == known[name]:
            (repo.root / name).unlink()
            done.removed.append(name)
        del known[name]
    store.write_atomic(memory, json.dumps(known, indent=1))
    return done


def _current(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CortexError(f"can't be read: {error.strerror}", file=path) from None


def _remembered(memory: Path) -> dict[str, str]:
    try:
        data = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in data.items()} if isinstance(data, dict) else {}


def _is_ours(repo: Repo, path: Path, current: str, known: dict[str, str]) -> bool:
    """Whether `current` was generated: remembered, or what an earlier state of the reference makes."""
    name = repo.relative(path)
    if known.get(name) == text_digest(current):
        return True
    last = git.optional(repo.root, "log", "-1", "--format=%H", "--", name)
    for revision in ("HEAD", last):
        old = revision and git.optional(repo.root, "show", f"{revision}:{reference(name)}")
        if old:
            try:
                if render(old + "\n", name).rstrip("\n") == current.rstrip("\n"):
                    return True
            except CortexError:
                continue
    return False
