"""Every way around the gate that we could think of: each keeps it shut, and says why."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import tiny_curriculum
import tiny_walk
from tiny_walk import command

from cortex.files import digests as digest
from cortex.files import git
from cortex.files.repo import Repo
from cortex.record.learner import evidence_digest

pytestmark = pytest.mark.slow

ADD = "return a + b"


def shut(root: Path, name: str, number: str = "00") -> dict[str, Any]:
    """The one line that must hold the gate; fails the test if the gate closes or the line is fine."""
    answer = json.loads(command(root, "gate", number, "--json", code=1).out)
    assert answer["state"] in ("shut", "reopened")
    line: dict[str, Any] = next(line for line in answer["lines"] if line["id"] == name)
    assert not line["ok"], line
    record = record_of(root, number)
    assert record["closed"] is None
    return line


def record_of(root: Path, number: str = "00") -> dict[str, Any]:
    """What is recorded of a phase."""
    path = root / f"learners/ada/phase-{number}/checkpoint.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def forge(root: Path, data: dict[str, Any], number: str = "00") -> None:
    """Writes a record by hand."""
    path = root / f"learners/ada/phase-{number}/checkpoint.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


def files(folder: Path) -> list[Path]:
    """Everything below a folder but git's own and caches."""
    return sorted(path for path in folder.rglob("*") if not {".git", ".cache"} & set(path.parts))


def manifest_of(root: Path) -> Path:
    """The one run's manifest."""
    (path,) = (root / "experiments/00/tiny/runs").glob("*/manifest.json")
    return path


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_stale_pass(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    edit(root / "src/labkit/tiny.py", ADD, "return a + b + 1")
    tiny_curriculum.commit(root, "lab: spoil it")
    line = shut(root, "00.1")
    assert line["evidence"].startswith("fail: two and three make five:")
    assert "that counts no more" in line["evidence"]
    assert line["todo"] == "just check 00.1"


def test_forged_checkpoint(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    command(root, "open", "00")
    repo = Repo(root)
    now = "2026-01-01T00:00:00Z"
    data = record_of(root)
    data["labs"]["00.1"] = {
        "verdict": "pass",
        "at": now,
        "passed_at": now,
        "attempted_at": now,
        "runs": 3,
        "sources": digest.digest(repo, ["src/labkit/tiny.py"]),
        "checks": digest.digest(repo, ["tests/labs/phase_00/test_lab_01.py"]),
    }
    quiz_file = digest.file_digest(root / "docs/phase-00-tiny/quiz.yaml")
    data["quiz"] = [{"at": now, "file": quiz_file, "score": 1.0, "answers": {}}]
    data["breaks"]["wrong-sign"] = {
        "prediction": "it will be wrong",
        "predicted_at": now,
        "observed": {},
        "matched": True,
        "observed_at": now,
        "lesson": "look twice at signs",
        "lesson_at": now,
    }
    forge(root, data)
    assert shut(root, "00.1")["evidence"].startswith("not-started:")
    quiz = shut(root, "quiz")["evidence"]
    assert "0 of 5 right (0 %)" in quiz
    assert "its recorded score of 100 % isn't what its answers earn" in quiz
    assert "what was recorded isn't the symptom" in shut(root, "wrong-sign")["evidence"]
    assert shut(root, "ran")["evidence"] == "no run yet"


def test_forged_closure_of_the_phase_itself(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    command(root, "open", "00")
    data = record_of(root)
    data["closed"] = {"at": "2026-01-01T00:00:00Z", "git_sha": "0" * 40, "digest": ""}
    data["closed"]["digest"] = evidence_digest(data)
    forge(root, data)
    assert "not-started" in shut(root, "00.1")["evidence"]


def test_prediction_dated_after_the_observation(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    data = record_of(root)
    data["breaks"]["wrong-sign"]["predicted_at"] = "2999-01-01T00:00:00Z"
    forge(root, data)
    assert "dated after the observation" in shut(root, "wrong-sign")["evidence"]


def test_dirty_manifest(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    shutil.rmtree(root / "experiments/00/tiny/runs")
    (root / "notes.txt").write_text("not committed")
    command(root, "run", "00-tiny")
    line = shut(root, "ran")
    assert "git_dirty: made from a tree with uncommitted changes" in line["evidence"]
    assert line["todo"] == "commit your work, then: just run 00-tiny"


def test_manifest_with_a_wrong_artifact_hash(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (manifest_of(root).parent / "sum.txt").write_text("6\n")
    assert "artifact sum.txt: its SHA-256 isn't" in shut(root, "ran")["evidence"]


def test_forged_metric_is_shown_by_the_replay(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    phase = root / "docs/phase-00-tiny/phase.yaml"
    edit(phase, "metrics.sum == 5", "metrics.sum > 5")
    tiny_walk.seal_and_commit(root)
    path = manifest_of(root)
    data = json.loads(path.read_text())
    data["metrics"]["sum"] = 6
    result = path.parent / "sum.txt"
    result.write_text("6\n")
    data["artifacts"][0]["sha256"] = hashlib.sha256(result.read_bytes()).hexdigest()
    path.write_text(json.dumps(data))
    assert "sum: recorded 6, replayed 5" in shut(root, "ran")["evidence"]


def test_manifest_of_another_experiment(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    edit(manifest_of(root), '"experiment": "00-tiny"', '"experiment": "07-other"')
    assert "experiment: it is a run of 07-other" in shut(root, "ran")["evidence"]


def test_manifest_of_a_commit_that_is_not_here(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    path = manifest_of(root)
    data = json.loads(path.read_text()) | {"git_sha": "f" * 40}
    path.write_text(json.dumps(data))
    assert "git_sha: fffffff isn't a commit of this repository" in shut(root, "ran")["evidence"]


def test_run_started_by_hand_with_other_threads(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    path = manifest_of(root)
    data = json.loads(path.read_text())
    data["env"]["OMP_NUM_THREADS"] = "8"
    path.write_text(json.dumps(data))
    assert "env.OMP_NUM_THREADS: 8 instead of 1" in shut(root, "ran")["evidence"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("docs/phase-00-tiny/quiz.yaml", "answer: 0.5", "answer: 0.75"),
        ("tests/labs/phase_00/test_lab_01.py", "add(2, 3), 5,", "add(2, 3), add(2, 3),"),
        ("docs/phase-00-tiny/phase.yaml", "expect: {sum: -1}", 'expect: {sum: "> -9"}'),
        ("docs/phase-00-tiny/break/observe.py", "add(2, 3)", "add(2, -3)"),
        ("experiments/00/tiny/run.py", "total = add(2, 3)", "total = 5"),
    ],
)
def test_shipped_file_edited(tmp_path: Path, name: str, old: str, new: str) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    edit(root / name, old, new)
    tiny_curriculum.commit(root, "chore: make it easier")
    line = shut(root, "shipped-files")
    assert line["evidence"] == f"{name} was edited"
    assert line["todo"] == f"git checkout -- {name}"


def test_check_file_emptied_or_deleted(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (root / "tests/labs/phase_00/test_lab_01.py").unlink()
    assert (
        "tests/labs/phase_00/test_lab_01.py is missing" in shut(root, "shipped-files")["evidence"]
    )


def test_file_slipped_in_among_the_checks(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (root / "tests/labs/phase_00/conftest.py").write_text("def pytest_runtest_call(): ...\n")
    line = shut(root, "shipped-files")
    assert line["evidence"] == "tests/labs/phase_00/conftest.py isn't a shipped file"
    assert line["todo"] == "rm tests/labs/phase_00/conftest.py"


def test_seal_removed(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (root / "docs/phase-00-tiny/seal.json").unlink()
    assert "nothing vouches for the checks" in shut(root, "shipped-files")["evidence"]


def test_prerequisite_open(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    data = record_of(root)
    forge(root, data | {"closed": None})
    line = shut(root, "00", "01")
    assert (line["evidence"], line["todo"]) == ("still open", "just gate 00")


def test_prerequisite_never_opened(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    shutil.rmtree(root / "learners/ada/phase-00")
    assert shut(root, "00", "01")["evidence"] == "still open"


def test_closure_of_the_prerequisite_written_by_hand(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    data = record_of(root)
    data["labs"]["00.1"]["solution_early"] = False
    data["labs"]["00.1"]["runs"] = 7
    forge(root, data)
    assert "was changed after the gate closed" in shut(root, "00", "01")["evidence"]


@pytest.mark.parametrize(
    ("sha", "why"),
    [
        ("0" * 40, "closed at 0000000, which isn't a commit of this repository"),
        ("", "its record shows no pass of lab 00.1"),
    ],
)
def test_closure_of_the_prerequisite_forged_with_a_fitting_digest(
    tmp_path: Path, sha: str, why: str
) -> None:
    root = tiny_walk.at("two", tmp_path).root
    opened = record_of(root)["opened_at"]
    known = record_of(root)["closed"]["git_sha"]
    made = {"phase": 0, "opened_at": opened, "schema": 1}
    forge(
        root,
        made
        | {
            "closed": {
                "at": "2026-01-01T00:00:00Z",
                "git_sha": sha or known,
                "digest": evidence_digest(made),
            },
        },
    )
    assert shut(root, "00", "01")["evidence"] == why


def test_quiz_of_the_prerequisite_emptied_with_a_fitting_digest(tmp_path: Path) -> None:
    from cortex.record.learner import Learner

    root = tiny_walk.at("two", tmp_path).root
    with Learner(Repo(root), "ada").recording(0) as record:
        record.quiz[0].answers = {}
    assert "its quiz, graded again, isn't passed" in shut(root, "00", "01")["evidence"]


def test_solution_opened_before_the_attempt(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    command(root, "open", "00")
    command(root, "solution", "00.1", code=1)
    command(root, "solution", "00.1", "--anyway")
    tiny_curriculum.solve(root)
    tiny_walk.work(root)
    line = shut(root, "solution-00.1")
    assert "before any attempt" in line["evidence"]
    assert line["todo"] == 'just attest 00 solution-00.1 --says "..."'
    command(root, "attest", "00", "solution-00.1", "--says", "I was curious; I wrote it again.")
    command(root, "gate", "00")
    command(root, "report", "00")
    report = (root / "learners/ada/phase-00/REPORT.md").read_text()
    assert "before any attempt" in report
    assert "> I was curious; I wrote it again." in report


def test_solution_whose_mark_was_removed_from_the_record(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    data = record_of(root)
    data["labs"]["00.1"] |= {"solution_at": "2020-01-01T00:00:00Z", "solution_early": False}
    forge(root, data)
    assert "before any attempt" in shut(root, "solution-00.1")["evidence"]


@pytest.mark.parametrize("name", ["../x", "a/b", "..", ".", "/etc", "a\\b", ".hidden"])
def test_learner_whose_name_is_a_path(tmp_path: Path, name: str) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    before = files(tmp_path)
    for words in (("gate", "00"), ("break", "00", "--predict", "minus one, it")):
        done = command(root, *words, "--learner", name, code=2)
        assert f"{name!r} can't name a learner" in done.err
    assert files(tmp_path) == before


def test_source_that_links_out_of_the_checkout(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    outside = tmp_path / "tiny.py"
    (root / "src/labkit/tiny.py").rename(outside)
    (root / "src/labkit/tiny.py").symlink_to(outside)
    tiny_curriculum.commit(root, "lab: a link")
    line = shut(root, "00.1")
    assert "leads out of the checkout (a symbolic link?)" in line["evidence"]
    assert "Replace the link by the file itself." in line["todo"]


def test_checks_that_link_out_of_the_checkout(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    checks = root / "tests/labs/phase_00/test_lab_01.py"
    outside = tmp_path / "easy.py"
    outside.write_text(checks.read_text())
    checks.unlink()
    checks.symlink_to(outside)
    tiny_curriculum.commit(root, "lab: a link")
    assert "leads out of the checkout" in shut(root, "00.1")["evidence"]


def test_checkpoint_of_a_newer_schema_is_refused_and_kept(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    text = json.dumps(record_of(root) | {"schema": 3, "portal": {"streak": 3}})
    (root / "learners/ada/phase-00/checkpoint.json").write_text(text)
    for words in (("gate", "00"), ("report", "00"), ("break", "00", "--predict", "minus one, it")):
        done = command(root, *words, code=2)
        assert "written by a newer cortex (schema 3, this one knows 2)" in done.err
    assert (root / "learners/ada/phase-00/checkpoint.json").read_text() == text


def test_confirmation_bound_to_another_answer(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    data = record_of(root)
    right = data["quiz"][0]["answers"]
    for item in ("q-00-01", "q-00-03"):
        right.pop(item)
    forge(root, data)
    assert "3 of 5 right (60 %)" in shut(root, "quiz")["evidence"]
    right["q-00-01"] = 1
    forge(root, data)
    command(root, "gate", "00")
    right["q-00-05"] = "Two numbers that give one result, all in other words than confirmed."
    forge(root, data)
    line = shut(root, "quiz")
    assert "3 of 5 right (60 %)" in line["evidence"]
    assert "waits to be confirmed: q-00-05" in line["evidence"]


def test_confirmation_of_an_answer_that_lacks_an_idea(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    data = record_of(root)
    answers = data["quiz"][0]["answers"]
    answers.pop("q-00-01")
    answers["q-00-05"] = "whatever"
    from cortex.quiz.grading import answer_digest

    said = {"verdict": True, "by": "self", "at": "2026-01-01T00:00:00Z"}
    data["confirmations"]["q-00-05"] = said | {"answer": answer_digest("q-00-05", "whatever")}
    forge(root, data)
    assert "3 of 5 right (60 %)" in shut(root, "quiz")["evidence"]


def test_an_attestation_that_cannot_be_seen(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    data = record_of(root)
    unseen = "\u200b\u200b \u2060\u200b \u200b\ufeff \u200b\u200b " * 4
    for says in ("x", unseen, "a sum", ". . . . . . . . . . . ."):
        data["attestations"]["explained"]["says"] = says
        forge(root, data)
        assert shut(root, "explained")["evidence"] == "what is attested is no sentence"


def test_a_record_that_was_copied_from_another_learner(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    data = record_of(root)
    data["learner"] = "bob"
    forge(root, data)
    told = command(root, "gate", "00", "--json", code=1).json
    assert told["error"].startswith("is the record of bob")


@pytest.mark.parametrize(
    "name", ["learners/ada", "learners/ada/phase-00", "learners/ada/phase-00/checkpoint.json"]
)
def test_a_record_behind_a_link(tmp_path: Path, name: str) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    elsewhere = tmp_path / "elsewhere"
    (root / name).rename(elsewhere)
    (root / name).symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in files(elsewhere) if path.is_file()}
    told = command(root, "gate", "00", "--json", code=2).json
    assert told["file"] == name
    assert "is a link" in told["error"]
    command(root, "attest", "00", "explained", "--says", "A sum counts on from there.", code=2)
    assert before == {path: path.read_bytes() for path in files(elsewhere) if path.is_file()}


def test_a_cache_that_leads_elsewhere_is_not_written(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(root / ".cache", ignore_errors=True)
    (root / ".cache").symlink_to(elsewhere)
    assert "is a link" in command(root, "status", code=2).err
    assert not list(elsewhere.iterdir())


def test_a_phase_that_only_the_cache_knows_closes_nothing(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    command(root, "status")
    (memory,) = (root / ".cache/cortex/curriculum").glob("*phase-00*phase.yaml.json")
    data = memory.read_text()
    assert "explained" in data
    memory.write_text(data.replace('"explained"', '"never-asked"'))
    answer = command(root, "gate", "00", "--json").json
    assert {"explained"} <= {line["id"] for line in answer["lines"]}


def test_what_the_cache_tells_of_a_required_phases_quiz_is_not_believed(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    command(root, "phase", "00")
    (memory,) = (root / ".cache/cortex/quizzes").glob("00*.json")
    known = json.loads(memory.read_text())
    for quiz in known.values():  # a mark that the recorded answers don't reach
        quiz["pass_mark"] = 1.0
        quiz["items"][2]["answer"] = 0.75
    memory.write_text(json.dumps(known))
    answer = command(root, "gate", "01", "--json").json
    (line,) = [line for line in answer["lines"] if line["id"] == "00"]
    assert line["ok"], line


def test_a_run_of_another_learners_code(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    path = manifest_of(root)
    data = json.loads(path.read_text())
    assert data["learner"] == "ada"
    path.write_text(json.dumps(data | {"learner": "grace"}))
    assert "learner: it is a run of grace's" in shut(root, "ran")["evidence"]


def test_what_lies_beside_the_commit_helps_nobody(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    edit(
        root / "src/labkit/tiny.py", ADD, "from labkit.helper import total\n    return total(a, b)"
    )
    tiny_curriculum.commit(root, "lab: with a helper that isn't committed")
    (root / "src/labkit/helper.py").write_text("def total(a, b):\n    return a + b\n")
    assert "No module named 'labkit.helper'" in shut(root, "00.1")["evidence"]


def test_attributes_change_nothing_of_what_is_judged(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    edit(root / "src/labkit/tiny.py", ADD, "return (a + b) * ('$Id$' != '$' + 'Id$')")
    (root / ".gitattributes").write_text("*.py ident\n")
    tiny_curriculum.commit(root, "lab: an attribute writes the code")
    assert shut(root, "00.1")["evidence"].startswith("fail")


def test_a_run_of_another_branch(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    path = manifest_of(root)
    data = json.loads(path.read_text())
    tree = git.text(root, "rev-parse", "HEAD^{tree}")
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    data["git_sha"] = git.text(root, *who, "commit-tree", "-m", "elsewhere", tree)
    path.write_text(json.dumps(data))
    assert "doesn't lead to what is checked out" in shut(root, "ran")["evidence"]
