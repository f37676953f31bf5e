"""The ground of every attack: a clone, a home and a secret worth something, and what must be as it was afterwards."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import tiny_walk

SECRET = "planted-3f9c1b"  # nosec B105 - bait
SOURCE = "src/labkit/tiny.py"
MEMORY_MB = 400  # what the lab may take
# What a check may write: what it remembers, and this learner's record.
_OURS = (
    ".cache",
    "learners/ada/phase-00",
    "learners/ada/log",
    "learners/ada/progress",
    "learners/.current",
)
_DIRTY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

PLACES = {
    "import": "_attack()\n\n\ndef add(a: int, b: int) -> int:\n    return a + b\n",
    "call": "def add(a: int, b: int) -> int:\n    _attack()\n    return a + b\n",
    "thread": (
        "def add(a: int, b: int) -> int:\n    import threading\n"
        "    worker = threading.Thread(target=_attack, daemon=True)\n"
        "    worker.start()\n    worker.join(20)\n    return a + b\n"
    ),
    "reach": (
        "def add(a: int, b: int) -> int:\n    found = _attack()\n"
        "    if found:\n        raise RuntimeError(f'REACHED {found!r}'[:200])\n    return a + b\n"
    ),
    "exit": "import atexit\n\natexit.register(_attack)\n\n\ndef add(a: int, b: int) -> int:\n    return a + b\n",
    "del": (
        "class Gone:\n    def __del__(self):\n        _attack()\n\n\nGone()\n\n\n"
        "def add(a: int, b: int) -> int:\n    return a + b\n"
    ),
}


@dataclass(frozen=True)
class Ground:
    """Where attacks happen.

    Attributes:
        root: the clone.
        home: the learner's home, with a key in it.
        other: another clone of theirs.
    """

    root: Path
    home: Path
    other: Path

    def submit(self, body: str, place: str) -> None:
        """Puts an attack where `place` says; it knows the paths that it wants."""
        text = (
            textwrap.dedent(body)
            .strip("\n")
            .replace("ROOT", repr(str(self.root)))
            .replace("HOME", repr(str(self.home)))
            .replace("OTHER", repr(str(self.other)))
        )
        head = '"""Adding."""\n\n\ndef _attack():\n' + textwrap.indent(text, "    ") + "\n\n\n"
        (self.root / SOURCE).write_text(head + PLACES[place], encoding="utf-8")

    def snapshot(self) -> dict[str, str]:
        """Every file, link and folder of the clone, the home and the other clone, with its rights and contents."""
        found = {}
        for top in (self.root, self.home, self.other):
            for place, names, files in os.walk(top):
                for name in [*names, *files]:
                    path = Path(place, name)
                    inner = path.relative_to(top.parent).as_posix()
                    if not path.relative_to(top).as_posix().startswith(_OURS):
                        found[inner] = _state(path)
        return found

    def running(self) -> list[str]:
        """What still runs of a run: its programs have this ground's folder in their arguments or environment."""
        marks = [os.fsencode(tempfile.gettempdir()), os.fsencode(self.root)]
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                except OSError:
                    continue
                if state != "Z" and any(mark in told for mark in marks):
                    found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
        return found


def _state(path: Path) -> str:
    status = path.lstat()
    told = f"{status.st_mode:o}"
    if stat.S_ISLNK(status.st_mode):
        return f"{told} {path.readlink()}"
    if stat.S_ISREG(status.st_mode) and status.st_size < 1 << 24 and os.access(path, os.R_OK):
        return f"{told} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return told


@cache
def _template(seconds: int) -> Path:
    folder = Path(tempfile.mkdtemp(dir=os.environ["PYTEST_SHARED"]))
    root = tiny_walk.at("sealed", folder).root
    phase = root / "docs/phase-00-tiny/phase.yaml"
    text = phase.read_text(encoding="utf-8")
    phase.write_text(text.replace("timeout: 60", f"timeout: {seconds}\n    memory_mb: {MEMORY_MB}"))
    tiny_walk.seal_and_commit(root)
    tiny_walk.command(root, "open", "00")
    tiny_walk.command(root, "check", "00.1", code=1)
    for place in ("home/.ssh/id_ed25519", "other/learners/bob/notes.md"):
        (folder / place).parent.mkdir(parents=True)
        (folder / place).write_text(SECRET)
    for name in ("ada", "bob"):
        (root / "learners" / name).mkdir(exist_ok=True)
        (root / "learners" / name / "notes.md").write_text(SECRET)
    return folder


@contextmanager
def ground(folder: Path, *, seconds: int = 30) -> Iterator[Ground]:
    """A clone in `folder` whose lab may take `seconds`, with a home and another clone beside it; scratch folders are made there as well."""
    shutil.copytree(_template(seconds), folder, symlinks=True, dirs_exist_ok=True)
    root, home, other, scratches = (folder / name for name in ("clone", "home", "other", "scratch"))
    scratches.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(scratches))
        patch.setenv("HOME", str(home))
        patch.setenv("PLANTED", SECRET)
        yield Ground(root, home, other)
        assert not list(scratches.iterdir()), "scratch was left behind"


def clean(text: str) -> bool:
    """Whether a terminal would obey nothing in `text`."""
    return not _DIRTY.search(text)
