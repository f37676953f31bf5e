"""Works through the tiny curriculum with the real command, so that tests start from honest evidence and damage it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import tiny_curriculum
from conftest import Answered, run_cortex
from filelock import FileLock

from cortex.files import store
from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo
from cortex.formats.load import load
from cortex.formats.quiz import Quiz
from cortex.quiz import items
from cortex.standing import seal

YES_NO = (
    "{key: larger, asks: {en: 'Still larger than 3?', es: '¿Aún mayor que 3?'}, like: [yes, no]}"
)


def command(root: Path, *words: str, code: int | None = 0) -> Answered:
    """Runs `cortex WORDS` in `root` as ada; fails the test on another exit code than `code`."""
    done = run_cortex(root, *words)
    assert code is None or done.code == code, (words, done.out, done.err)
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


def ask_predictions(root: Path) -> None:
    """Has the fault and the experiment of phase 00 ask for values before they show any. Not sealed or committed."""
    path = root / "docs/phase-00-tiny/phase.yaml"
    words = "asks: {en: 'The sum?', es: '¿La suma?'}"
    number = f"{{key: sum, {words}, like: number, within: 0.5}}"
    pairs = (
        (
            "expect: {sum: -1}",
            f"expect: {{sum: -1, larger: false}}\n    predict: [{number}, {YES_NO}]",
        ),
        ("before: {sum: 5}", "before: {sum: 5, larger: true}"),
        ("replay: [metrics.sum]", f"replay: [metrics.sum], predict: [{number}]"),
    )
    for old, new in pairs:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    observe = root / "docs/phase-00-tiny/break/observe.py"
    text = observe.read_text().replace(
        '{"sum": add(2, 3)}', '{"sum": add(2, 3), "larger": add(2, 3) > 3}'
    )
    observe.write_text(text)


def second_phase(root: Path) -> None:
    """Adds phase 01, a copy of phase 00 as it is now, under other names, that requires it. Not sealed or committed."""
    add_phase(root, 1, "second")


def add_phase(root: Path, number: int, slug: str) -> None:
    """Adds a copy of phase 00 as it is now, under other names, that requires the phase before it."""
    for name in tiny_curriculum.FILES:
        if name.startswith(("docs/", "tests/", "experiments/", "src/", "solutions/")):
            path = root / _renamed(name, number, slug)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                source = (root / name).read_text(encoding="utf-8")
                path.write_text(_renamed(source, number, slug), encoding="utf-8")
    phase = root / f"docs/phase-{number:02d}-{slug}/phase.yaml"
    phase.write_text(phase.read_text().replace("requires: []", f"requires: [{number - 1}]"))
    planned = root / "data/planned.yaml"
    rows = planned.read_text().splitlines()
    planned.write_text("\n".join(row for row in rows if f"number: {number}," not in row) + "\n")


def _renamed(text: str, number: int, slug: str) -> str:
    nn = f"{number:02d}"
    pairs = (
        ("phase-00-tiny", f"phase-{nn}-{slug}"),
        ("phase_00", f"phase_{nn}"),
        ("00-tiny", f"{nn}-tiny"),
        ("00/tiny", f"{nn}/tiny"),
        ('"00.1"', f'"{nn}.1"'),
        ("00.1", f"{nn}.1"),
        ("number: 0", f"number: {number}"),
        ("phase: 0", f"phase: {number}"),
        ("slug: tiny", f"slug: {slug}"),
        ("q-00-", f"q-{nn}-"),
        ("labkit/tiny.py", f"labkit/{slug}.py"),
        ("labkit.tiny", f"labkit.{slug}"),
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


def _template(stage: str) -> Path:
    """The stage, built once a test run: by the worker that needs it first."""
    ready = Path(os.environ["PYTEST_SHARED"]) / f"walk-{stage}"
    before, build = _STAGES[stage]
    with FileLock(f"{ready}.lock"):
        if not ready.exists():
            root = ready.with_name(f"walk-{stage}-unfinished")
            shutil.rmtree(root, ignore_errors=True)
            if before:
                shutil.copytree(_template(before), root, symlinks=True)
            else:
                root.mkdir()
            build(root)
            root.rename(ready)
    return ready


def at(stage: str, folder: Path) -> Repo:
    """A copy of the tiny curriculum below `folder`, for one test to damage.

    `sealed`: nothing done. `ready`: all done but the gate. `closed`: the gate is closed. `two`: phase 00 is
    closed, and phase 01, which requires it, is ready.
    """
    root = folder / "clone"
    shutil.copytree(_template(stage), root, symlinks=True)
    return Repo(root)
