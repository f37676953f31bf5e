"""Works through the tiny curriculum with the real command, so that tests start from honest evidence and damage it."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import tiny_curriculum
from conftest import clean_environment

from cortex.files import store
from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo
from cortex.formats.load import load
from cortex.formats.quiz import Quiz
from cortex.quiz import items
from cortex.standing import seal


def command(root: Path, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Runs `cortex WORDS` in `root` as ada; fails the test on another exit code than `code`."""
    done = subprocess.run(
        [sys.executable, "-m", "cortex", *words],
        cwd=root,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert code is None or done.returncode == code, (words, done.stdout, done.stderr)
    return done


def seal_and_commit(root: Path) -> None:
    """Writes every phase's seal over its files as they are now, and commits everything."""
    repo = Repo(root)
    for phase in load_curriculum(repo).shipped.values():
        for path, text in seal.generate(repo, phase).items():
            store.write_atomic(path, text)
    tiny_curriculum.commit(root, "chore: seal")


def take_quiz(root: Path, number: str = "00") -> None:
    """Answers every question rightly and confirms the free ones."""
    quiz = load(next((root / "docs").glob(f"phase-{number}-*/quiz.yaml")), Quiz)
    sheet = root / ".cache" / "answers.json"
    sheet.parent.mkdir(exist_ok=True)
    sheet.write_text(json.dumps({item.id: items.of(item).right() for item in quiz.items}))
    command(root, "quiz", number, "--answers", str(sheet), code=None)
    for item in quiz.items:
        if item.type == "free":
            words = ("--confirm", item.id, "--verdict", "yes", "--by", "self")
            command(root, "quiz", number, *words, code=None)


def work(root: Path, number: str = "00") -> None:
    """Everything that a phase of the tiny kind asks for, short of the gate; the code is committed already."""
    command(root, "open", number)
    command(root, "check", f"{number}.1")
    command(root, "run", f"{number}-tiny")
    command(root, "break", number, "--predict", "the sum becomes a difference: -1")
    command(root, "break", number, "wrong-sign", "--lesson", "test with two unequal numbers")
    take_quiz(root, number)
    command(root, "journal", "--add", "Adding is counting on.")
    command(root, "attest", number, "explained", "--says", "A sum counts on from the first.")


def second_phase(root: Path) -> None:
    """Adds phase 01, a copy of phase 00 as it is now, under other names, that requires it. Not sealed or committed."""
    for name in tiny_curriculum.FILES:
        if name.startswith(("docs/", "tests/", "experiments/", "src/", "solutions/")):
            path = root / _renamed(name)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                source = (root / name).read_text(encoding="utf-8")
                path.write_text(_renamed(source), encoding="utf-8")
    phase = root / "docs/phase-01-second/phase.yaml"
    phase.write_text(phase.read_text().replace("requires: []", "requires: [0]"))
    planned = root / "data/planned.yaml"
    rows = planned.read_text().splitlines()
    planned.write_text("\n".join(row for row in rows if "number: 1," not in row) + "\n")


def _renamed(text: str) -> str:
    pairs = (
        ("phase-00-tiny", "phase-01-second"),
        ("phase_00", "phase_01"),
        ("00-tiny", "01-tiny"),
        ("00/tiny", "01/tiny"),
        ('"00.1"', '"01.1"'),
        ("00.1", "01.1"),
        ("number: 0", "number: 1"),
        ("phase: 0", "phase: 1"),
        ("slug: tiny", "slug: second"),
        ("q-00-", "q-01-"),
        ("labkit/tiny.py", "labkit/second.py"),
        ("labkit.tiny", "labkit.second"),
    )
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _sealed(root: Path) -> None:
    tiny_curriculum.build(root)
    seal_and_commit(root)


def _ready(root: Path) -> None:
    tiny_curriculum.solve(root)
    work(root)


def _closed(root: Path) -> None:
    command(root, "gate", "00")


def _two(root: Path) -> None:
    second_phase(root)
    seal_and_commit(root)
    work(root, "01")


# Each stage with the one that it continues.
_STAGES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "sealed": ("", _sealed),
    "ready": ("sealed", _ready),
    "closed": ("ready", _closed),
    "two": ("closed", _two),
}


@functools.cache
def _template(stage: str) -> Path:
    """The stage, built once a test process and removed with it."""
    folder = Path(tempfile.mkdtemp(prefix="cortex-walk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root = folder / "clone"
    before, build = _STAGES[stage]
    if before:
        shutil.copytree(_template(before), root, symlinks=True)
    else:
        root.mkdir()
    build(root)
    return root


def at(stage: str, folder: Path) -> Repo:
    """A copy of the tiny curriculum below `folder`, for one test to damage.

    `sealed`: nothing done. `ready`: all done but the gate. `closed`: the gate is closed. `two`: phase 00 is
    closed, and phase 01, which requires it, is ready.
    """
    root = folder / "clone"
    shutil.copytree(_template(stage), root, symlinks=True)
    return Repo(root)
