"""Tracked records change only by evidence; counts, times and failures go to a log that git ignores."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import tiny_curriculum
import tiny_walk
from conftest import Cortex

from cortex.files.repo import Repo

SOURCE = "src/labkit/tiny.py"


def tracked(root: Path) -> str:
    """What git would say has changed or come, learners' records included."""
    done = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def commit(root: Path) -> None:
    for words in (("add", "-A"), ("-c", "commit.gpgsign=false", "commit", "-qm", "test: work")):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def edit(repo: Repo, old: str, new: str) -> None:
    path = repo.root / SOURCE
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def write(repo: Repo, body: str) -> None:
    path = repo.root / SOURCE
    head, skeleton, _ = path.read_text().partition("    raise NotImplementedError")
    assert skeleton
    path.write_text(f"{head}    {body}\n")


def test_checks_of_code_in_progress_change_no_tracked_file(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    tiny_walk.command(repo.root, "open", "00")
    tiny_curriculum.solve(repo.root)
    tiny_walk.command(repo.root, "check", "00.1")
    commit(repo.root)
    tiny_walk.command(repo.root, "check", "00.1")
    assert tracked(repo.root) == ""  # the same pass again
    edit(repo, "a + b", "a - b")
    tiny_walk.command(repo.root, "check", "00.1", code=1)
    assert tracked(repo.root).splitlines() == [f" M {SOURCE}"]


def test_stashing_checking_and_popping_works(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    tiny_walk.command(repo.root, "open", "00")
    commit(repo.root)
    write(repo, "return a + b")
    tiny_walk.command(repo.root, "check", "00.1")
    subprocess.run(["git", "stash", "-q"], cwd=repo.root, check=True)
    tiny_walk.command(repo.root, "check", "00.1", code=1)
    subprocess.run(["git", "stash", "pop", "-q"], cwd=repo.root, check=True)
    record = json.loads((repo.root / "learners/ada/phase-00/checkpoint.json").read_text())
    assert record["labs"]["00.1"]["verdict"] == "pass"


def test_a_failure_after_a_pass_shows_and_takes_no_evidence_away(
    cortex: Cortex, tiny: Repo
) -> None:
    cortex("open", "00")
    tiny_curriculum.solve(tiny.root)
    cortex("check", "00.1")
    edit(tiny, "a + b", "a - b")
    cortex("check", "00.1")
    status = cortex("status", "--json").json["phases"][0]["lines"][0]
    assert (status["mark"], status["note"]) == ("fail", "a check fails")
    record = json.loads((tiny.root / "learners/ada/phase-00/checkpoint.json").read_text())
    assert record["labs"]["00.1"]["verdict"] == "pass"
    edit(tiny, "a - b", "a + b")
    cortex("check", "00.1")
    assert cortex("status", "--json").json["phases"][0]["lines"][0]["mark"] == "done"


def test_an_attempt_that_only_the_log_knows_opens_the_solution(cortex: Cortex, tiny: Repo) -> None:
    cortex("open", "00")
    write(tiny, "return a - b")
    cortex("check", "00.1")
    assert cortex("solution", "00.1", "--json").json["early"] is False


def test_a_damaged_log_costs_a_count_and_nothing_else(cortex: Cortex, tiny: Repo) -> None:
    cortex("check", "00.1")
    log = tiny.root / "learners/ada/log/phase-00.json"
    for text in ("", "{", '{"labs": 3}', "\x00"):
        log.write_text(text)
        assert cortex("check", "00.1").code == 1
        assert cortex("status").code == 0


def test_a_broken_record_is_named_and_the_other_phases_are_shown(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    path = root / "learners/ada/phase-00/checkpoint.json"
    path.write_text("")
    answer = json.loads(tiny_walk.command(root, "status", "--json", code=2).out)
    first, second = answer["phases"]
    assert "the record is empty" in first["lines"][0]["title"]
    assert "git checkout -- " in first["lines"][0]["todo"]
    assert any(line["kind"] == "lab" for line in second["lines"])
    told = tiny_walk.command(root, "status", code=2).out
    assert "can't be read" in told and "git checkout -- " in told


def test_a_learner_that_only_a_variable_names_isnt_made_the_current_one(
    cortex: Cortex, tiny: Repo
) -> None:
    cortex("open", "00", "--learner", "ada")
    cortex("open", "00", env={"CORTEX_LEARNER": "bob"})
    assert (tiny.learners / ".current").read_text() == "ada\n"
    answer = cortex("open", "00", "--json", env={"CORTEX_LEARNER": "bob"}).json
    assert answer["notes"][0].startswith("src/ belongs to everybody who works in this clone (ada")


def test_a_check_that_came_later_reopens_no_closed_gate(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    checks = root / "tests/labs/phase_00/test_lab_01.py"
    more = "\n\ndef test_harder() -> None:\n    raise AssertionError\n"
    checks.write_text(checks.read_text() + more)
    tiny_walk.seal_and_commit(root)
    answer = json.loads(tiny_walk.command(root, "gate", "00", "--json").out)
    assert (answer["state"], set(answer["newer"])) == ("still-closed", {"00.1", "adds"})
    status = json.loads(tiny_walk.command(root, "status", "--json").out)["phases"][0]
    assert status["closed"] and status["newer"]
    assert "checks newer" in tiny_walk.command(root, "status").out


def test_code_that_was_broken_since_reopens_it(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    edit(Repo(root), "a + b", "a - b")
    commit(root)
    answer = json.loads(tiny_walk.command(root, "gate", "00", "--json", code=1).out)
    assert answer["state"] == "reopened"
