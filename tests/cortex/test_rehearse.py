"""The rehearsal walks to closed gates, and stops where the curriculum doesn't hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_curriculum
import tiny_walk
from tiny_walk import command

from cortex.context import Context
from cortex.dev import rehearse, seeding
from cortex.files.curriculum import load_curriculum
from cortex.formats.load import load
from cortex.formats.quiz import Quiz
from cortex.runs import manifests as provenance
from cortex.standing import gate


def walked(root: Path, *numbers: str, code: int) -> dict[str, Any]:
    """What the rehearsal answers."""
    done = command(root, "dev", "rehearse", *numbers, "--json", code=code)
    found: dict[str, Any] = json.loads(done.out)
    return found


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.slow
def test_a_phase_and_what_it_requires_are_walked_to_closed_gates(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    tiny_walk.second_phase(root)
    tiny_walk.seal_and_commit(root)
    answer = walked(root, "01", "--all", code=0)
    assert answer["closed"] == [0, 1]
    assert all(step["ok"] for step in answer["steps"])


@pytest.mark.slow
def test_phases_are_walked_on_their_own_two_at_a_time(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    tiny_walk.second_phase(root)
    tiny_walk.seal_and_commit(root)
    answer = walked(root, "--jobs", "2", code=0)
    assert answer["closed"] == [0, 1]
    says = [step["says"] for step in answer["steps"] if step["phase"] == 1]
    assert says[0] == "a clone in which 00 is solved and closed"
    assert [text for text in says if "gate" in text] == [
        "the gate is shut before any work",
        "the gate closes",
    ]


@pytest.mark.slow
def test_a_phase_that_fails_on_its_own_leaves_the_others_to_be_walked(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    tiny_walk.second_phase(root)
    edit(root / "solutions/labkit/tiny.py", "return a + b", "return a + b + 1")
    tiny_walk.seal_and_commit(root)
    answer = walked(root, code=1)
    assert answer["closed"] == [1]
    assert [step["says"] for step in answer["steps"] if not step["ok"]] == ["00.1 passes"]


def test_a_seeded_closure_is_one_that_a_later_gate_believes(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    tiny_walk.second_phase(repo.root)
    tiny_walk.seal_and_commit(repo.root)
    ctx = Context("ada", repo)
    seeding.close(ctx, ctx.curriculum.phase(0))
    tiny_curriculum.commit(repo.root, "phase: closed")
    tiny_walk.command(repo.root, "open", "01")
    first = gate.examine(ctx, ctx.curriculum.phase(1)).lines[0]
    assert (first.ok, first.says) == (True, "00 Adding")


# Each: what is damaged, and the step at which the walk must end.
DAMAGE = {
    "a reference that its checks refuse": (
        ("solutions/labkit/tiny.py", "return a + b", "return a + b + 1"),
        "00.1 passes",
    ),
    "a fault that doesn't show": (
        ("docs/phase-00-tiny/phase.yaml", "expect: {sum: -1}", "expect: {sum: -7}"),
        "wrong-sign shows",
    ),
    "a fault that its check misses": (
        ("docs/phase-00-tiny/phase.yaml", "::test_two_and_three", "::test_order_does_not_matter_"),
        "wrong-sign is caught by its check",
    ),
    "an experiment that fails": (
        ("experiments/00/tiny/run.py", "total = add(2, 3)", "total = add(2)"),
        "runs 00-tiny",
    ),
    "a claim that the experiment doesn't meet": (
        ("docs/phase-00-tiny/phase.yaml", "metrics.sum == 5", "metrics.sum == 6"),
        "00-tiny proves its claims",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_curriculum_ends_the_walk_where_it_shows(tmp_path: Path, name: str) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    (file, old, new), last = DAMAGE[name]
    edit(root / file, old, new)
    tiny_walk.seal_and_commit(root)
    answer = walked(root, "00", code=1)
    assert answer["closed"] == []
    step = answer["steps"][-1]
    assert (step["says"], step["ok"]) == (last, False)
    assert step["detail"]


def test_a_file_that_is_not_sealed_ends_the_walk_at_the_first_gate(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    with (root / "tests/labs/phase_00/test_lab_01.py").open("a") as file:
        file.write("\n# edited\n")
    answer = walked(root, "00", code=1)
    assert answer["steps"][-1]["says"] == "the gate is shut before any work by what is missing"
    assert "test_lab_01.py was edited" in answer["steps"][-1]["detail"]


def test_the_clone_holds_the_working_tree_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    repo = tiny_walk.at("ready", tmp_path)
    root = repo.root
    (root / "new file.md").write_text("not committed")
    (root / "docs/phase-00-tiny/lab/01-add.md").write_text("# Lab 00.1: edited\n")
    (root / "docs/phase-00-tiny/solutions/01-add.md").unlink()
    (root / "learners/ada/notes.md").write_text("mine")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    target = tmp_path / "other"
    rehearse.clone(repo, target, load_curriculum(repo))
    assert (target / "new file.md").read_text() == "not committed"
    assert (target / "docs/phase-00-tiny/lab/01-add.md").read_text() == "# Lab 00.1: edited\n"
    assert not (target / "docs/phase-00-tiny/solutions/01-add.md").exists()
    assert not (target / "learners/ada").exists()
    assert "NotImplementedError" in (target / "src/labkit/tiny.py").read_text()
    assert "return a + b" in (root / "src/labkit/tiny.py").read_text()
    own = {path: data for path, data in before.items() if ".git" not in path.parts}
    assert {path: path.read_bytes() for path in own} == own


def test_labs_of_one_file_are_solved_one_after_the_other(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    source = repo.solutions / "labkit/tiny.py"
    source.write_text(
        source.read_text() + "\n\ndef double(a: int) -> int:\n"
        '    """Twice a number."""\n    # lab 00.2\n    return add(a, a)\n    # end lab\n'
    )
    (lab,) = load_curriculum(repo).phase(0).labs
    target = repo.src / "labkit/tiny.py"
    rehearse.write(repo, lab, solved={"00.1"})
    text = target.read_text()
    assert "return a + b" in text
    assert 'raise NotImplementedError("Lab 00.2 - double")' in text
    assert "# lab" not in text
    rehearse.write(repo, lab, solved={"00.1", "00.2"})
    assert "return add(a, a)" in target.read_text()
    assert "# end lab" not in target.read_text()


def test_what_is_required_comes_first_also_through_a_planned_phase(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    tiny_walk.second_phase(repo.root)
    assert rehearse.in_order(load_curriculum(repo), [1, 0, 1]) == [0, 1]
    edit(repo.root / "docs/phase-01-second/phase.yaml", "requires: [0]", "requires: [5]")
    edit(repo.root / "data/planned.yaml", "requires: [4]", "requires: [0]")
    assert rehearse.in_order(load_curriculum(repo), [1]) == [0, 1]


def test_phases_that_require_each_other_end_the_search_all_the_same(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    tiny_walk.second_phase(repo.root)
    edit(repo.root / "docs/phase-00-tiny/phase.yaml", "requires: []", "requires: [1]")
    assert rehearse.in_order(load_curriculum(repo), [0]) == [1, 0]


def test_every_kind_of_question_has_a_right_answer(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    quiz = load(repo.root / "docs/phase-00-tiny/quiz.yaml", Quiz)
    from cortex.quiz import items
    from cortex.quiz.grading import grade

    given = {item.id: items.of(item).right() for item in quiz.items}

    result = grade(quiz, given, {})
    assert result.waiting == ["q-00-05"]
    assert result.right == 4


def test_without_a_phase_every_shipped_one_is_meant(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    curriculum = load_curriculum(repo)
    assert rehearse.parse_numbers(curriculum, []) == sorted(curriculum.shipped)


def test_a_phase_that_is_not_shipped_cannot_be_rehearsed(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    done = command(root, "dev", "rehearse", "07", code=1)
    assert "phase 07 (Phase 7) isn't shipped yet" in done.err


def test_without_git_there_is_nothing_to_clone(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    (repo.root / ".git").rename(tmp_path / "git")
    done = command(repo.root, "dev", "rehearse", "00", code=1)
    assert "isn't a git repository" in done.err


def test_a_commit_without_changes_is_no_error(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    before, _ = provenance.git_state(repo)
    rehearse.commit(repo.root, "chore: nothing")
    after, dirty = provenance.git_state(repo)
    assert (after == before, dirty) == (False, False)
