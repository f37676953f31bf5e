"""Every script as a text: what it imports, how it is told, how long it is, what it changes in `Value`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import lately
import pytest

from . import conftest, standards
from .standards import LINES, LINES_ELSE, NAMED, shipped

SCRIPTS = shipped()
each = pytest.mark.parametrize("path", SCRIPTS.values(), ids=SCRIPTS)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_scripts_that_are_promised_exist_in_their_tiers_and_no_other() -> None:
    assert {name: path.parent.name for name, path in SCRIPTS.items()} == NAMED


@each
def test_a_script_imports_from_the_short_list_alone(path: Path) -> None:
    assert standards.foreign_imports(text(path)) == []


@each
def test_importing_a_script_runs_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert standards.work_at_import(text(path)) == []
    standards.load(path)
    assert capsys.readouterr() == ("", "")


@each
def test_three_to_four_lines_in_ten_are_comments(path: Path) -> None:
    low, high = standards.DENSITY
    assert low <= standards.comment_density(text(path)) <= high


@each
def test_a_script_is_no_longer_than_its_budget(path: Path) -> None:
    assert standards.nonblank_lines(text(path)) <= LINES.get(path.stem, LINES_ELSE)


@each
def test_a_script_says_what_it_proves_what_surprised_and_where_it_is_built_properly(
    path: Path,
) -> None:
    assert standards.missing_from_thesis(text(path), path.stem) == []


@each
def test_a_script_has_the_frame_of_all(path: Path) -> None:
    assert standards.shape(text(path)) == []


@each
def test_a_script_is_told_soberly(path: Path) -> None:
    assert standards.prose(text(path)) == []


@each
def test_the_common_blocks_are_the_same_everywhere(path: Path) -> None:
    assert standards.altered(text(path), standards.canonical()) == []


@each
def test_what_differs_from_the_canonical_value_is_declared_after_the_class(path: Path) -> None:
    assert standards.undeclared(text(path), standards.canonical()) == []


@each
def test_a_hybrid_says_which_part_has_gradients(path: Path) -> None:
    hybrid = path.stem in standards.HYBRIDS
    assert not hybrid or "# IMPLEMENTATION NOTE" in text(path)


def test_a_sample_takes_what_changed_lately_and_as_many_others_as_asked(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null"]  # fmt: skip
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)
        lately.changed.cache_clear()

    folder = tmp_path / "experiments/no-magic"
    git("init", "-q")
    for name in "abcdefgh":
        (folder / name).mkdir(parents=True)
        (folder / name / f"micro{name}.py").touch()
    git("add", ".")
    git("commit", "-qm", "old")
    for number in range(lately.COMMITS):
        (folder / "a/microa.py").write_text(f"# {number}\n")
        git("commit", "-qam", f"a {number}")
    names = [f"micro{name}" for name in "abcdefgh"]
    first = conftest.chosen(names, 3, tmp_path)
    assert len(first) == 4
    assert "microa" in first
    (folder / "b/microb.py").write_text("# not committed\n")
    git("status")
    assert {"microa", "microb"} < conftest.chosen(names, 3, tmp_path)
    git("checkout", "-q", ".")
    samples = {frozenset(first)}
    for number in range(4):
        git("commit", "-qm", str(number), "--allow-empty")
        samples.add(frozenset(conftest.chosen(names, 3, tmp_path)))
    assert len(samples) > 1


def test_the_phases_of_a_change_are_those_of_its_place_and_those_that_write_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, file in (("01", "src/kit/a.py"), ("02", "src/kit/b.py"), ("03", "src/kit/a.py")):
        folder = tmp_path / f"docs/phase-{number}-x"
        folder.mkdir(parents=True)
        (folder / "phase.yaml").write_text(f"labs: [{{files: [{file}]}}]\n")
    monkeypatch.setattr(lately, "others", lambda names, count, root: set(sorted(names)[:count]))

    def about(*names: str, count: int = 0) -> set[str]:
        monkeypatch.setattr(lately, "changed_here", lambda root: names)
        return lately.phases(count, tmp_path)

    assert about("solutions/kit/a.py") == {"01", "03"}
    assert about("docs/phase-02-x/theory/00-a.md", "README.md") == {"02"}
    assert about("tests/labs/phase_01/test_lab_00.py") == {"01"}
    assert about("experiments/03/topic/run.py") == {"03"}
    assert about(count=2) == {"01", "02"}
    assert about("solutions/kit/a.py", count=1) == {"01", "02", "03"}


def test_what_changed_here_is_what_the_branch_that_is_followed_does_not_have(
    tmp_path: Path,
) -> None:
    def git(where: Path, *words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null"]  # fmt: skip
        subprocess.run(["git", *who, *words], cwd=where, check=True, capture_output=True)
        lately.changed.cache_clear()
        lately.changed_here.cache_clear()

    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    git(theirs, "init", "-q")
    for name in "abc":
        (theirs / name).write_text("1")
        git(theirs, "add", ".")
        git(theirs, "commit", "-qm", name)
    assert lately.changed_here(theirs) == lately.changed(theirs) == ("b", "c")
    git(tmp_path, "clone", "-q", str(theirs), "ours")
    assert lately.changed_here(ours) == ()
    (ours / "a").write_text("2")
    (theirs / "c").write_text("2")
    git(ours, "commit", "-qam", "a")
    git(theirs, "commit", "-qam", "c")
    git(ours, "fetch", "-q")
    (ours / "b").write_text("2")
    git(ours, "status")
    assert lately.changed_here(ours) == ("a", "b")


def test_a_copy_without_its_history_takes_everything(tmp_path: Path) -> None:
    for number in ("01", "02", "03", "04", "05"):
        folder = tmp_path / f"docs/phase-{number}-x"
        folder.mkdir(parents=True)
        (folder / "phase.yaml").touch()
    assert lately.phases(1, tmp_path) == {"01", "02", "03", "04", "05"}
    assert conftest.chosen(["a", "b"], 1, tmp_path) == {"a", "b"}
