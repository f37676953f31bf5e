"""Every reader, every way in which a file can be wrong: a sentence that names the file, and the file stays as it is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cortex.errors import CortexError
from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo
from cortex.formats.load import load
from cortex.formats.phase import Phase
from cortex.formats.quiz import Quiz
from cortex.quiz import review, sitting
from cortex.record import journal, log
from cortex.record.learner import Learner, current_learner
from cortex.runs import manifests
from cortex.standing import seal

PHASE = "docs/phase-00-tiny"


@dataclass(frozen=True)
class Reader:
    """One file and who reads it.

    Attributes:
        refuses: whether a damaged file is an error; else it is read as if it weren't there.
    """

    name: str
    file: str
    read: Callable[[Repo], object]
    refuses: bool = True


def _phase(repo: Repo) -> Phase:
    return load_curriculum(repo).phase(0)


def _sheet(repo: Repo, name: str) -> object:
    quiz = load(repo.root / PHASE / "quiz.yaml", Quiz)
    return sitting.read_answers_file(repo.root / name, quiz)


READERS = [
    Reader("phase", f"{PHASE}/phase.yaml", lambda repo: load_curriculum(repo).phase(0)),
    Reader("quiz", f"{PHASE}/quiz.yaml", lambda repo: load(repo.root / PHASE / "quiz.yaml", Quiz)),
    Reader("planned", "data/planned.yaml", lambda repo: load_curriculum(repo).title(5)),
    Reader(
        "record",
        "learners/ada/phase-00/checkpoint.json",
        lambda repo: Learner(repo, "ada").checkpoint(0),
    ),
    Reader("deck", "learners/ada/review.json", lambda repo: review.read_deck(Learner(repo, "ada"))),
    Reader("profile", "learners/ada/profile.yaml", lambda repo: Learner(repo, "ada").profile()),
    Reader("seal", f"{PHASE}/seal.json", lambda repo: seal.load(repo, _phase(repo))),
    Reader(
        "manifest",
        "run/manifest.json",
        lambda repo: manifests.read(repo.root / "run/manifest.json"),
    ),
    Reader("answers in YAML", "sheet.yaml", lambda repo: _sheet(repo, "sheet.yaml")),
    Reader("answers in JSON", "sheet.json", lambda repo: _sheet(repo, "sheet.json")),
    Reader(
        "log",
        "learners/ada/log/phase-00.json",
        lambda repo: log.read(Learner(repo, "ada"), 0),
        refuses=False,
    ),
    Reader(
        "current learner", "learners/.current", lambda repo: current_learner(repo), refuses=False
    ),
    Reader("memory", "", lambda repo: load_curriculum(repo).phase(0), refuses=False),
    Reader(
        "journal",
        "learners/ada/journal/2026-01-01.md",
        lambda repo: journal.entries_since(Learner(repo, "ada"), "2026-01-01T00:00:00Z"),
        refuses=False,
    ),
]

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
TEXTS: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n \n",
    "null": b"null",
    "a number": b"3",
    "a text": b'"text"',
    "a list": b"[]",
    "an empty mapping": b"{}",
    "a huge integer": b'{"schema": ' + b"9" * 5000 + b"}",
    "a huge float": b'{"schema": 1e400}',
    "NaN": b'{"schema": NaN}',
    "infinity": b"schema: .inf\n",
    "a date that isn't one": b"schema: 2026-99-99\n",
    "a date before time": b"schema: 0000-00-00\n",
    "a time without end": b"schema: 2026-01-01T99:99:99Z\n",
    "deep lists": b"[" * 100_000,
    "deep lists that end": b"[" * 50_000 + b"]" * 50_000,
    "deep mappings": b'{"a":' * 100_000,
    "deep blocks": b"\n".join(b" " * n + b"a:" for n in range(2000)),
    "deep sequences": b"- " * 5000 + b"a",
    "half a surrogate": b'{"schema": "\\ud800"}',
    "half a surrogate as a key": b'{"\\udfff": 1}',
    "a key twice": b'{"schema": 1, "schema": 2}',
    "a bomb": BOMB.encode(),
    "a value that holds itself": b"a: &a [*a]\n",
    "a mapping that holds itself": b"&a {b: *a}\n",
    "a key that is a list": b"? [a, b]\n: c\n",
    "a merge of nothing": b"<<: 3\nschema: 1\n",
    "a tag of Python's": b"!!python/object/apply:os.system ['true']\n",
    "an unknown tag": b"schema: !what 3\n",
    "an alias of nothing": b"schema: *gone\n",
    "two documents": b"a: 1\n---\nb: 2\n",
    "binary": b"schema: !!binary x\n",
    "a base of sixty": b"schema: 1:99:99:99\n",
    "a set": b"!!set {a, b}\n",
    "invalid UTF-8": b'{"schema": "\xe9"}',
    "UTF-16": '{"schema": 1}'.encode("utf-16"),
    "NUL": b'{"schema": 1}\0',
    "control characters": b'{"schema": "\x1b[2J"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "half a file": b'{"schema": 1, "labs": {"00.1": {"verd',
    "conflict marks": b"<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> theirs\n",
    "tabs": b"a:\n\tb: 1\n",
    "a long line": b"x" * 5_000_000,
    "random": bytes(range(256)) * 8,
}


def _sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(1 << 40)


def _cycle(path: Path) -> None:
    path.symlink_to("other")
    path.with_name("other").symlink_to(path.name)


THINGS: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a FIFO": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a cycle of links": _cycle,
    "a link to nothing": lambda path: path.symlink_to("gone"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a terabyte": _sparse,
}
MAKERS = {name: (lambda path, data=data: path.write_bytes(data)) for name, data in TEXTS.items()}


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_what_is_wrong_is_said_and_kept(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    monkeypatch.chdir(tiny.root)
    monkeypatch.setenv("CORTEX_LEARNER", "ada")
    if reader.name == "current learner":
        monkeypatch.delenv("CORTEX_LEARNER")
    Learner(tiny, "ada").create()
    seal_file, text = next(iter(seal.generate(tiny, _phase(tiny)).items()))
    seal_file.write_text(text)
    path = tiny.root / reader.file
    if reader.name == "memory":
        path = next((tiny.cache / "curriculum").glob("*.json"))
    path.parent.mkdir(parents=True, exist_ok=True)
    bad = []
    for name, make in {**MAKERS, **THINGS}.items():
        _remove(path)
        make(path)
        before = _state(path)
        try:
            reader.read(tiny)
        except CortexError as error:
            if error.file is None or path.name not in str(error.file):
                bad.append(f"{name}: the file isn't named: {error}")
            json.dumps(str(error)).encode()
            if not reader.refuses and reader.name != "journal":
                bad.append(f"{name}: {error}")
        except Exception as error:
            bad.append(f"{name}: {type(error).__name__}: {str(error)[:200]}")
        if reader.name != "memory" and _state(path) != before:
            bad.append(f"{name}: the file was changed")
    assert not bad, "\n".join(bad)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    path.with_name("other").unlink(missing_ok=True)


def _state(path: Path) -> tuple[int, int, int]:
    status = path.lstat()
    return status.st_mode, status.st_size, status.st_mtime_ns
