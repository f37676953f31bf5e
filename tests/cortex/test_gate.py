"""The gate closes on honest evidence, says why it doesn't otherwise, and the report tells what it stands on."""

from __future__ import annotations

import json
import math
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_curriculum
import tiny_walk
from conftest import clean_environment
from tiny_walk import command

from cortex.context import Context
from cortex.files import git
from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo
from cortex.formats.checkpoint import Attestation, Checkpoint, LabRecord
from cortex.formats.conditions import parse_condition
from cortex.formats.phase import Phase
from cortex.runs import evidence
from cortex.runs import manifests as provenance
from cortex.standing import gate, seal
from cortex.standing import lines as asked_lines
from cortex.standing.lines import Asked


def lines(root: Path, number: str = "00", code: int = 1) -> dict[str, dict[str, Any]]:
    """The gate's lines by id."""
    answer = json.loads(command(root, "gate", number, "--json", code=code).out)
    return {line["id"]: line for line in answer["lines"]}


def checkpoint(root: Path, number: str = "00") -> dict[str, Any]:
    """The record of a phase."""
    found: dict[str, Any] = json.loads(record_file(root, number).read_text())
    return found


def record_file(root: Path, number: str = "00") -> Path:
    """Where it lies."""
    return root / f"learners/ada/phase-{number}/checkpoint.json"


def test_an_untouched_phase_lists_everything_that_is_missing_with_what_to_type(
    tmp_path: Path,
) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    command(root, "open", "00")
    found = lines(root)
    assert {name: line["todo"] for name, line in found.items() if not line["ok"]} == {
        "00.1": "just check 00.1",
        "wrong-sign": "just break 00 wrong-sign",
        "quiz": "just quiz 00",
        "journal": 'just journal --add "..."',
        "adds": "just check 00.1",
        "ran": "just run 00-tiny",
        "explained": 'just attest 00 explained --says "..."',
    }
    assert found["00.1"]["evidence"].startswith("not-started: Lab 00.1 - add two numbers")
    assert checkpoint(root)["closed"] is None


@pytest.mark.slow
def test_at_every_stage_the_gate_is_shut_by_exactly_what_is_missing(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    command(root, "open", "00")
    missing = {"00.1", "wrong-sign", "quiz", "journal", "adds", "ran", "explained"}
    for done, work in (
        (set(), lambda: None),
        ({"00.1", "adds"}, lambda: tiny_curriculum.solve(root)),
        ({"ran"}, lambda: command(root, "run", "00-tiny")),
        (
            {"wrong-sign"},
            lambda: command(
                root,
                *("break", "00", "--predict", "the sum becomes -1"),
                *("--lesson", "two unequal numbers tell"),
            ),
        ),
        ({"quiz"}, lambda: tiny_walk.take_quiz(root)),
        ({"journal"}, lambda: command(root, "journal", "--add", "Adding is counting on.")),
    ):
        work()
        missing -= done
        assert {name for name, line in lines(root).items() if not line["ok"]} == missing
    command(root, "attest", "00", "explained", "--says", "A sum counts on from the first.")
    assert all(line["ok"] for line in lines(root, code=0).values())


def test_a_phase_that_was_never_opened_has_no_gate(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    answer = command(root, "gate", "00", code=1)
    assert "phase 00 isn't open for ada\njust phase00" in answer.err
    assert not record_file(root).exists()


def test_honest_work_closes_the_gate_and_each_line_shows_its_evidence(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    sha = provenance.git_state(Repo(root))[0]
    answer = json.loads(command(root, "gate", "00", "--json").out)
    assert (answer["state"], answer["git_sha"]) == ("closed", sha)
    assert answer["next"] == "git add learners && git commit -m 'phase: phase-00 report'"
    assert answer["report"] == "learners/ada/phase-00/REPORT.md"
    assert f"| commit | `{sha}` |" in (root / answer["report"]).read_text()
    found = {line["id"]: line["evidence"] for line in answer["lines"]}
    assert found["00.1"].startswith("2 checks in ")
    assert found["commit"] == f"1 file at {sha[:7]}"
    assert found["shipped-files"] == "5 files, as sealed"
    assert found["ran"].startswith("sum = 5; run 2")
    assert found["ran"].endswith(f"clean at {sha[:7]}, replayed")
    assert "in your code" in found["wrong-sign"]
    assert checkpoint(root)["closed"]["git_sha"] == sha


def test_the_card_fits_eighty_columns_and_carries_no_color_in_a_pipe(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (root / "learners/ada/journal").rename(tmp_path / "journal")
    shown = command(root, "gate", "00", code=1).out
    assert "\x1b" not in shown
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "8 of 9 lines hold: the gate stays shut." in shown
    assert "✗ Journal kept while you worked" in shown
    assert '→ just journal --add "..."' in shown


def test_a_closed_gate_says_since_when_and_writes_nothing_new(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    before = record_file(root).read_text()
    answer = json.loads(command(root, "gate", "00", "--json").out)
    assert answer["state"] == "still-closed"
    assert answer["since"] == json.loads(before)["closed"]["at"]
    assert record_file(root).read_text() == before


def test_a_closed_gate_opens_again_when_its_evidence_no_longer_holds(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    source = root / "src/labkit/tiny.py"
    source.write_text(source.read_text().replace("a + b", "a - b"))
    answer = json.loads(command(root, "gate", "00", "--json", code=1).out)
    assert answer["state"] == "reopened"
    assert checkpoint(root)["closed"] is None
    shown = command(root, "gate", "00", code=1).out
    assert "the gate stays shut" in shown


def test_a_record_edited_after_closing_is_judged_anew(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    data = checkpoint(root)
    data["labs"]["00.1"]["hints"] = []
    data["labs"]["00.1"]["runs"] = 99
    data["closed"]["at"] = "2020-01-01T00:00:00Z"
    record_file(root).write_text(json.dumps(data))
    answer = json.loads(command(root, "gate", "00", "--json").out)
    assert answer["state"] == "closed"
    assert not answer["since"].startswith("2020")


def test_files_that_are_not_committed_keep_the_gate_shut(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    source = root / "src/labkit/tiny.py"
    source.write_text(source.read_text() + "\n# a thought\n")
    line = lines(root)["commit"]
    assert not line["ok"]
    assert line["evidence"] == "not committed: src/labkit/tiny.py"
    assert line["todo"].startswith("git add src/labkit/tiny.py && git commit")


def test_files_that_git_ignores_are_not_committed_either(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    subprocess.run(["git", "rm", "-q", "--cached", "src/labkit/tiny.py"], cwd=root, check=True)
    (root / ".gitignore").write_text((root / ".gitignore").read_text() + "src/labkit/tiny.py\n")
    tiny_curriculum.commit(root, "chore: hide it")
    assert lines(root)["commit"]["evidence"] == "not committed: src/labkit/tiny.py"


def test_without_git_the_gate_says_so_and_stays_shut(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    shutil.rmtree(root / ".git")
    found = lines(root)
    assert "isn't a git repository" in found["commit"]["evidence"]
    assert "isn't a commit of this repository" in found["ran"]["evidence"]
    assert found["00.1"]["ok"]


def test_a_required_phase_that_is_not_shipped_does_not_hold_the_gate(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    phase = root / "docs/phase-00-tiny/phase.yaml"
    phase.write_text(phase.read_text().replace("requires: []", "requires: [1]"))
    tiny_walk.seal_and_commit(root)
    line = lines(root, code=0)["01"]
    assert line["evidence"] == "not shipped yet: doesn't hold the gate"


def test_a_closed_prerequisite_is_named_with_its_commit(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    line = lines(root, "01", code=0)["00"]
    assert line["evidence"].startswith("closed 2")
    assert line["evidence"].endswith(checkpoint(root)["closed"]["git_sha"][:7])


def test_a_closed_prerequisite_counts_when_its_record_is_committed(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    git.run(root, "rm", "--quiet", "--cached", "learners/ada/phase-00/checkpoint.json")
    git.run(root, "commit", "--quiet", "-m", "chore: forget it")
    line = lines(root, "01")["00"]
    assert line["evidence"] == "closed, but its record isn't committed"
    assert line["todo"] == "git add learners && git commit -m 'phase: phase-00 report'"


@pytest.mark.parametrize(
    "kept",
    [
        '{"closed": {"at": "2020-01-01T00:00:00Z", "git_sha": "SHA"}}',
        '{"closed": {"at": "AT", "git_sha": "0123456789abcdef0123456789abcdef01234567"}}',
        '{"closed": {"at": "AT"}}',
        '{"closed": null}',
        "[]",
        '{"closed": {"at": "AT", "git_sha": "SHA"}, "closed": {"at": "AT", "git_sha": "SHA"}}',
        "[" * 5000,
    ],
    ids=["another time", "another commit", "half", "open", "no record", "twice", "deep"],
)
def test_another_closure_in_the_last_commit_does_not_count(tmp_path: Path, kept: str) -> None:
    root = tiny_walk.at("two", tmp_path).root
    path = root / "learners/ada/phase-00/checkpoint.json"
    ours, closed = path.read_text(), checkpoint(root)["closed"]
    path.write_text(kept.replace("AT", closed["at"]).replace("SHA", closed["git_sha"]))
    git.run(root, "add", "learners")
    git.run(root, "commit", "--quiet", "-m", "chore: another record")
    path.write_text(ours)
    line = lines(root, "01")["00"]
    assert line["evidence"] == "closed, but its record isn't committed"


def test_an_entry_in_the_journal_from_before_the_phase_does_not_count(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (page,) = (root / "learners/ada/journal").glob("*.md")
    page.rename(page.with_name("2020-01-01.md"))
    line = lines(root)["journal"]
    assert line["evidence"].startswith("no entry since 2")


def test_an_experiment_below_its_mark_says_the_number_and_the_run(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    phase = root / "docs/phase-00-tiny/phase.yaml"
    phase.write_text(phase.read_text().replace("metrics.sum == 5", "metrics.sum > 5"))
    tiny_walk.seal_and_commit(root)
    line = lines(root)["ran"]
    assert line["evidence"].endswith(": sum 5, not > 5")
    assert line["todo"] == "just run 00-tiny"


def test_an_older_clean_run_counts_when_the_newest_is_damaged(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (good,) = (root / "experiments/00/tiny/runs").iterdir()
    shutil.copytree(good, good.with_name("29990101T000000Z"))
    newest = good.with_name("29990101T000000Z") / "manifest.json"
    data = json.loads(newest.read_text()) | {"finished_at": "2999-01-01T00:00:00Z"}
    newest.write_text(json.dumps(data | {"git_dirty": True}))
    assert f"run {good.name}" in lines(root, code=0)["ran"]["evidence"]


def test_a_run_in_the_place_where_runs_once_lay_counts_for_good(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    shutil.move(root / "experiments/00/tiny/runs", root / "experiments/00-tiny/runs")
    assert not provenance.git_state(Repo(root))[1]
    assert "1 run" in command(root, "status", "--json").out
    line = lines(root, code=0)["ran"]
    assert line["ok"]
    assert line["evidence"].startswith("sum = 5; run ")


def test_a_run_of_the_reference_is_no_evidence(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    shutil.rmtree(root / "experiments/00/tiny/runs")
    answer = json.loads(command(root, "run", "00-tiny", "--impl", "reference", "--json").out)
    assert answer["evidence"] is False
    assert "proves nothing about your code" in answer["doubts"][-1]
    assert lines(root)["ran"]["evidence"] == "no run yet"


def test_the_report_waits_for_the_gate(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    answer = command(root, "report", "00", code=1)
    assert "phase 00 isn't closed" in answer.err
    assert "just gate 00" in answer.err
    assert not (root / "learners/ada/phase-00/REPORT.md").exists()


def test_the_report_refuses_a_gate_that_no_longer_holds_and_opens_it(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    shutil.rmtree(root / "learners/ada/journal")
    answer = command(root, "report", "00", code=1)
    assert "was closed, but no longer holds: Journal kept while you worked" in answer.err
    assert checkpoint(root)["closed"] is None


def test_the_report_tells_numbers_predictions_and_words_as_they_are(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    answer = json.loads(command(root, "report", "00", "--json").out)
    text = (root / answer["report"]).read_text()
    sha = provenance.git_state(Repo(root))[0]
    for part in (
        f"| commit | `{sha}` |",
        "| sum | 5 |",
        "> the sum becomes a difference: -1",
        "| sum | 5 | -1 | -1 |",
        "> test with two unequal numbers",
        "5 of 5 right (100 %)",
        "| 00.1 Add | 1 | 0 of 3 | not opened |",
        "> A sum counts on from the first.",
    ):
        assert part in text, part


def test_what_the_report_copies_is_evidence_by_itself(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    command(root, "report", "00")
    shutil.rmtree(root / "experiments/00/tiny/runs")
    (copy,) = (root / "learners/ada/phase-00/runs/00-tiny").iterdir()
    assert provenance.validate(provenance.read(copy), copy) == []
    assert lines(root, code=0)["ran"]["ok"]


def test_an_unknown_experiment_names_those_that_there_are(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    answer = command(root, "run", "00-big", code=2)
    assert "there is no experiment '00-big'\nThere are: 00-tiny." in answer.err


def test_a_run_on_a_dirty_tree_says_that_it_is_no_evidence(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    (root / "notes.txt").write_text("x")
    answer = json.loads(command(root, "run", "00-tiny", "--json").out)
    assert (answer["evidence"], answer["next"]) == (
        False,
        "commit your work, then: just run 00-tiny",
    )


def test_a_run_that_fails_says_why_and_leaves_no_folder(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    answer = json.loads(command(root, "run", "00-tiny", "--json", code=1).out)
    assert answer["problems"] == ["NotImplementedError: Lab 00.1 - add two numbers"]
    assert list((root / "experiments/00/tiny/runs").iterdir()) == []


def test_a_run_says_which_lines_it_proves(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    answer = json.loads(command(root, "run", "00-tiny", "--seed", "7", "--json").out)
    assert answer["metrics"] == {"sum": 5}
    assert answer["proves"] == [
        {"phase": 0, "id": "ran", "says": "The run adds", "holds": True, "values": ["sum = 5"]}
    ]
    assert provenance.read(root / answer["folder"])["seed"] == 7


@pytest.mark.parametrize("seed", ["-1", str(2**32)])
def test_an_impossible_seed_is_refused(tmp_path: Path, seed: str) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    answer = command(root, "run", "00-tiny", "--seed", seed, code=2)
    assert "a seed is a whole number from 0 to 4294967295" in answer.err


@pytest.mark.parametrize(
    ("condition", "metrics", "holds", "told"),
    [
        ("metrics.loss < 0.5", {"loss": 0.041234567}, True, "loss 0.04123 < 0.5"),
        ("metrics.loss < 0.5", {"loss": 0.5}, False, "loss 0.5, not < 0.5"),
        ("metrics.ok == true", {"ok": True}, True, "ok = true"),
        ("metrics.ok == true", {"ok": False}, False, "ok false, not == true"),
        ("metrics.gone > 1", {}, False, "gone is missing (> 1 is asked)"),
        ("metrics.worst > metrics.best", {"worst": 0.5, "best": 0.25}, True, "worst 0.5 > 0.25"),
        (
            "metrics.worst > metrics.best",
            {"worst": 0.2, "best": 0.25},
            False,
            "worst 0.2, not > 0.25",
        ),
        ("metrics.worst != metrics.gone", {"worst": 0.2}, False, "worst 0.2, not != None"),
        (
            "metrics.worst != metrics.best",
            {"worst": 0.2, "best": math.nan},
            False,
            "worst 0.2, not != nan",
        ),
    ],
)
def test_conditions_are_told_with_their_values(
    condition: str, metrics: dict[str, Any], holds: bool, told: str
) -> None:
    found = evidence.conditions([parse_condition(condition)], {"metrics": metrics})
    assert found == (holds, [told])


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [(0.1, 0.1, True), (0.3, 0.1 + 0.2, False), (1, 1.0, False)],
)
def test_a_replay_agrees_bit_for_bit_or_not_at_all(old: float, new: float, same: bool) -> None:
    told = evidence.disagreements(["metrics.x"], {"metrics": {"x": old}}, {"metrics": {"x": new}})
    assert (told == []) is same


def test_a_solution_opened_after_the_attempt_needs_no_word(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(repo.root)
        phase = Context("ada").curriculum.phase(0)
    entry = LabRecord(attempted_at="2026-01-01T00:00:00Z", solution_at="2026-01-02T00:00:00Z")
    record = Checkpoint(phase=0, opened_at="", labs={"00.1": entry})
    assert opened(phase, record) == []
    entry.attempted_at = "2026-01-03T00:00:00Z"
    (asked,) = opened(phase, record)
    assert not gate.solution_line(record, asked).ok
    record.attestations["solution-00.1"] = Attestation(
        "I was stuck for an hour and looked.", "2026-01-04T00:00:00Z"
    )
    line = gate.solution_line(record, asked)
    assert line.ok
    assert "I was stuck for an hour and looked." in line.evidence


def opened(phase: Phase, record: Checkpoint) -> list[Asked]:
    """What a phase asks about its solutions."""
    return [asked for asked in asked_lines.of(phase, record) if asked.group == "solutions"]


def test_the_seal_covers_every_file_that_a_gate_relies_on(tmp_path: Path) -> None:
    repo = tiny_walk.at("two", tmp_path)
    for phase in load_curriculum(repo).shipped.values():
        sealed = set(seal.load(repo, phase))
        assert sealed == set(seal.relied_on(repo, phase))
        nn, slug = f"{phase.number:02d}", phase.folder.removeprefix("docs/")
        assert sealed == {
            f"docs/{slug}/phase.yaml",
            f"docs/{slug}/quiz.yaml",
            f"docs/{slug}/break/observe.py",
            f"tests/labs/phase_{nn}/test_lab_01.py",
            f"experiments/{nn}/tiny/run.py",
        }


SHARED = ["data/verbs.yaml", "src/given/checking.py"]  # the tiny curriculum has none of its own


def share(root: Path, text: str) -> None:
    """What checks and experiments import of ours, with a seal over it."""
    for name in SHARED:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    tiny_walk.seal_and_commit(root)


@pytest.mark.parametrize("name", SHARED)
def test_the_seal_covers_what_checks_and_experiments_import_of_ours(
    tmp_path: Path, name: str
) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    share(root, "# as shipped\n")
    (root / name).write_text("# always right\n")
    line = lines(root, "00", code=1)["shipped-files"]
    assert (line["ok"], line["evidence"]) == (False, f"{name} was edited")
    assert line["todo"] == f"git checkout -- {name}"


def test_a_new_version_of_what_all_phases_import_opens_no_closed_gate(tmp_path: Path) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    for text in ("# one\n", "# two\n"):
        share(root, text)
        (now,) = json.loads(command(root, "status", "--json").out)["phases"]
        assert (bool(now["closed"]), now["newer"]) == (True, False)
        assert {line["mark"] for line in now["lines"]} == {"done"}
        assert lines(root, "00", code=0)["shipped-files"]["evidence"] == "7 files, as sealed"


def test_the_gate_reads_no_seal_but_that_of_its_phase(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    (root / "docs/phase-00-tiny/seal.json").write_text("not JSON")
    assert lines(root, "01", code=0)["shipped-files"]["evidence"] == "5 files, as sealed"


def test_work_after_closing_keeps_the_closure_that_a_later_phase_needs(tmp_path: Path) -> None:
    root = tiny_walk.at("two", tmp_path).root
    command(root, "check", "00.1")
    command(root, "hint", "00.1")
    assert lines(root, "01", code=0)["00"]["ok"]
    source = root / "src/labkit/tiny.py"
    source.write_text(source.read_text().replace("a + b", "a - b"))
    command(root, "check", "00.1", code=1)
    assert lines(root, "01", code=0)["00"]["ok"]  # the pass that closed it is evidence still


@pytest.mark.parametrize(("columns", "term"), [("60", "xterm"), ("80", "dumb"), ("200", "xterm")])
def test_the_card_keeps_its_columns_on_any_terminal(
    tmp_path: Path, columns: str, term: str
) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    command(root, "open", "00")
    shown = on_terminal(root, columns, term)
    whole = [line for line in shown.splitlines() if "just" not in line]
    assert max(len(line) for line in whole) <= min(int(columns), 80)
    starts = {line.index("Add") - len("00.1 ") for line in whole if "00.1 Add" in line}
    starts |= {line.index("Quiz passed") for line in whole if "Quiz passed" in line}
    assert len(starts) == 1
    assert term != "dumb" or shown.isascii()


def on_terminal(root: Path, columns: str, term: str) -> str:
    """What `cortex gate 00` leaves on a terminal of this width, without its colors and its spinner."""
    env = clean_environment() | {"COLUMNS": columns, "TERM": term, "LINES": "50"}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cortex", "gate", "00"],
        cwd=root,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # the other end was closed
            break
        if not block:
            break
        shown += block
    os.close(ours)
    assert process.wait(60) == 1
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r", "")


def test_a_run_that_proves_its_line_leads_to_what_is_open_and_to_the_gate_last(
    tmp_path: Path,
) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    tiny_curriculum.solve(root)
    command(root, "open", "00")
    first = json.loads(command(root, "run", "00-tiny", "--json").out)
    assert first["doubts"] == []
    assert first["next"].endswith("then: just check 00.1")
    tiny_walk.work(root)
    last = json.loads(command(root, "run", "00-tiny", "--json").out)
    assert last["next"] == "just gate 00"
