"""No command's time grows with the number of phases: each opens the files of the phase that it is about."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny_curriculum
import tiny_walk
from conftest import clean_environment

from cortex.context import Context
from cortex.dev import seeding
from cortex.files.repo import Repo
from cortex.quiz import grading
from cortex.runs import evidence
from cortex.standing.overview import overview
from cortex.standing.progress import progress

COUNT = 42
# Runs cortex and leaves the names of all files that it opened in the file that the first argument names.
LISTENER = """
import json, sys
from pathlib import Path

told = Path(sys.argv.pop(1))
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from cortex.__main__ import main

try:
    main()
finally:
    told.write_text(json.dumps(opened))
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A curriculum of 42 phases, all of them closed."""
    root = tmp_path_factory.mktemp("all") / "clone"
    root.mkdir()
    tiny_curriculum.build(root)
    for number in range(1, COUNT):
        tiny_walk.add_phase(root, number, f"more{number}")
    tiny_walk.seal_and_commit(root)
    ctx = Context("ada", Repo(root))
    for phase in ctx.curriculum.shipped.values():
        seeding.close(ctx, phase)
    assert len(overview(ctx)) == COUNT
    yield root
    shutil.rmtree(root.parent, ignore_errors=True)


def test_a_copy_of_a_phase_asks_its_own_questions_in_the_place_of_its_own(tiny: Repo) -> None:
    path = tiny.docs / "phase-00-tiny/quiz.yaml"
    text = path.read_text()
    first = re.search(r"  - id: q-00-01\n.*?(?=  - id: q-00-02)", text, re.DOTALL)
    assert first
    other = first[0].replace("q-00-01", "q-00-09").rstrip("\n") + "\n    instead_of: q-00-01\n"
    path.write_text(text.rstrip("\n") + "\n" + other)
    tiny_curriculum.commit(tiny.root, "feat: a turn")
    seeding.grow(tiny, "ada", 2)
    ctx = Context("ada", tiny)
    quiz = grading.load_quiz(tiny, ctx.curriculum.phase(1))
    assert {item.instead_of for item in quiz.items} == {"", "q-01-01"}
    assert len(overview(ctx)) == 2


def opened(root: Path, told: Path, *words: str) -> list[str]:
    """The files below the root that a command opens, relative to it; its children's aside."""
    subprocess.run(
        [sys.executable, "-c", LISTENER, str(told), *words],
        cwd=root,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    names = [Path(name) for name in json.loads(told.read_text())]
    return [path.relative_to(root).as_posix() for path in names if path.is_relative_to(root)]


def phases_in(names: list[str]) -> set[int]:
    """The phases that these files belong to."""
    return {int(found) for name in names for found in re.findall(r"phase[-_](\d\d)", name)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "phases"),
    [
        (("--help",), set()),
        (("status",), set()),
        (("status", "--all", "--json"), set()),
        (("check",), set()),
        (("review", "--json"), set()),
        (("journal", "--reminder"), set()),
        (("open", "07"), {6, 7}),
        (("hint", "07.1"), {7}),
        (("solution", "07.1"), {7}),
        (("quiz", "07", "--json"), {7}),
        (("break", "07"), {7}),
        (("attest", "07", "explained", "--says", "A sum counts on from the first."), {7}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_opens_the_files_of_its_own_phase_only(
    closed: Path, tmp_path: Path, words: tuple[str, ...], phases: set[int]
) -> None:
    opened(closed, tmp_path / "first", *words)  # what the last one changed is read again once
    assert phases_in(opened(closed, tmp_path / "told", *words)) <= phases


def test_the_gate_looks_at_no_older_run_once_a_newer_one_is_evidence(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    (run,) = (root / "experiments/00/tiny/runs").iterdir()
    older = shutil.copytree(run, run.with_name("20200101T000000Z"))
    names = opened(root, tmp_path / "told", "gate", "00", "--json")
    assert f"{run.relative_to(root)}/sum.txt" in names
    assert not [name for name in names if name.startswith(str(older.relative_to(root)))]


def test_runs_are_looked_at_newest_first(tmp_path: Path) -> None:
    repo = tiny_walk.at("closed", tmp_path)
    folder = repo.experiments / "00/tiny/runs"
    (run,) = folder.iterdir()
    names = ["29990101T000000Z-10", "29990101T000000Z-9", "29990101T000000Z", "by-hand", run.name]
    for name in names[:-1]:
        shutil.copytree(run, folder / name)  # `by-hand` is as old as its manifest: a little newer
    (folder / "by-hand/manifest.json").touch()
    (repo.learners / "ada/phase-00/runs").rename(tmp_path / "runs")
    found = evidence.runs(Context("ada", repo), 0, "00-tiny")
    assert [item.stamp for item in found] == names


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda root: None,
    "the learner's code": lambda root: rewrite(root / "src/labkit/tiny.py", "a + b", "b + a"),
    "a check": lambda root: rewrite(
        root / "tests/labs/phase_00/test_lab_01.py", "(2, 3), 5", "(3, 2), 5"
    ),
    "a helper beside the checks": lambda root: (root / "tests/labs/phase_00/_help.py").write_text(
        "x = 1\n"
    ),
    "a run": lambda root: shutil.copytree(
        next((root / "experiments/00/tiny/runs").iterdir()),
        root / "experiments/00/tiny/runs/29990101T000000Z",
    ),
    "the quiz": lambda root: rewrite(root / "docs/phase-00-tiny/quiz.yaml", "0.5", "0.6"),
    "the phase": lambda root: rewrite(root / "docs/phase-00-tiny/phase.yaml", "Add once", "Once"),
    "the record": lambda root: (root / "learners/ada/phase-00/checkpoint.json").unlink(),
    "the journal": lambda root: shutil.rmtree(root / "learners/ada/journal"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_remembered_never_hides_a_change(tmp_path: Path, name: str) -> None:
    repo = tiny_walk.at("closed", tmp_path)
    before = overview(Context("ada", repo))
    CHANGES[name](repo.root)
    ctx = Context("ada", repo)
    now = overview(ctx)
    assert now == [progress(ctx, ctx.curriculum.phase(0))]
    assert (now == before) == (name == "nothing")
    assert overview(Context("ada", repo)) == now


def test_a_broken_memory_is_made_again(tmp_path: Path) -> None:
    repo = tiny_walk.at("closed", tmp_path)
    before = overview(Context("ada", repo))
    (memory,) = (repo.cache / "standing").iterdir()
    for text in (
        "{broken",
        "[]",
        json.dumps(json.loads(memory.read_text()) | {"phases": {"00": 7}}),
    ):
        memory.write_text(text)
        assert overview(Context("ada", repo)) == before
