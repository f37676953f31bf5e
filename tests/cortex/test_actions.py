"""What a program gets: one JSON object whatever happens, under keys that are a promise (`data/answers.json`)."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import tiny_curriculum
import tiny_walk
from conftest import Cortex, clean_environment, signals_as_they_were

from cortex.__main__ import main
from cortex.actions import quiz, review
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.quiz import review as cards
from cortex.record.learner import Learner

PROMISED = Path(__file__).parent / "data" / "answers.json"


def keys(answer: object, depth: int = 2) -> Any:
    """The names in an answer, two levels deep; of a list, those of its first entry. Names of files are no promise."""
    if isinstance(answer, list):
        return [keys(answer[0], depth)] if answer else []
    if not isinstance(answer, dict) or depth == 0 or any("/" in name for name in answer):
        return ""
    return {name: keys(value, depth - 1) for name, value in answer.items()}


def answers(folder: Path) -> dict[str, Any]:
    """The keys of what each command says, one learner's way through the tiny phase; errors too."""
    root = tiny_walk.at("sealed", folder).root
    told: dict[str, Any] = {}

    def said(name: str, *words: str) -> dict[str, Any]:
        shown = io.StringIO()
        with (
            signals_as_they_were(),
            contextlib.chdir(root),
            contextlib.redirect_stdout(shown),
            mock.patch.object(sys, "argv", ["cortex", *words, "--json"]),
            mock.patch.dict(os.environ, {"CORTEX_LEARNER": "ada"}),
            pytest.raises(SystemExit) as left,
        ):
            main()
        answer: dict[str, Any] = json.loads(shown.getvalue())
        assert answer["exit"] == left.value.code, words
        told[name] = keys(answer)
        return answer

    said("gate of a phase that isn't open", "gate", "00")
    said("open", "open", "00")
    said("check before any work", "check", "00.1")
    said("solution, shut", "solution", "00.1")
    said("solution", "solution", "00.1", "--anyway")
    said("hint", "hint", "00.1")
    tiny_curriculum.solve(root)
    said("check", "check", "00.1")
    said("phase", "phase", "00")
    said("status", "status")
    said("break, asked", "break", "00")
    said("break", "break", "00", "--predict", "the sum becomes a difference")
    said("break, learnt", "break", "00", "--lesson", "test with two unequal numbers")
    first = said("run", "run", "00-tiny")
    second = said("run, with a seed", "run", "00-tiny", "--seed", "7")
    said("manifest diff", "manifest", "diff", first["folder"], second["folder"])
    said("manifest new", "manifest", "new", "by-hand")
    said("quiz, asked", "quiz", "00")
    sheet = root / ".cache" / "sheet.json"
    sheet.write_text(json.dumps({"q-00-01": 2, "q-00-05": "Two numbers give one result."}))
    said("quiz, graded", "quiz", "00", "--answers", str(sheet))
    words = ("--confirm", "q-00-05", "--verdict", "yes")
    said("quiz, confirmed", "quiz", "00", *words)
    said("review", "review")
    said("review, shown", "review", "--show", "quiz:q-00-01")
    said("review, rated", "review", "--rate", "quiz:q-00-01", "good")
    said("gate, shut", "gate", "00")
    tiny_walk.take_quiz(root)
    said("journal", "journal")
    said("journal, reminded", "journal", "--reminder")
    said("journal, added", "journal", "--add", "Adding is counting on.")
    said("attest, listed", "attest", "00")
    said("attest", "attest", "00", "explained", "--says", "A sum counts on from the first.")
    why = "I wanted to see how it is done at all."
    said("attest, of a solution", "attest", "00", "solution-00.1", "--says", why)
    said("gate", "gate", "00")
    said("report", "report", "00")
    said("doctor", "doctor")
    subprocess.run(["git", "branch", "upstream"], cwd=root, check=True)
    tiny_curriculum.commit(root, "phase: closed")
    said("update", "update", "--from", "upstream")
    said("dev skeleton", "dev", "skeleton")
    said("dev site", "dev", "site", "--check")
    said("dev figures", "dev", "figures", "--check")
    said("dev mutants", "dev", "mutants")
    said("dev prove", "dev", "prove", "00")
    tiny_walk.ask_predictions(root)
    said("run, asked", "run", "00-tiny")
    said("run, predicted", "run", "00-tiny", "--predict", "sum=5")
    said("reset", "reset", "00.1", "--yes")
    return told


@pytest.mark.slow
def test_every_commands_answer_keeps_its_keys(tmp_path: Path) -> None:
    promised = json.loads(PROMISED.read_text(encoding="utf-8"))
    assert answers(tmp_path) == promised


@pytest.fixture
def ada(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> Learner:
    monkeypatch.chdir(tiny.root)
    monkeypatch.setenv("CORTEX_LEARNER", "ada")
    return Learner(tiny, "ada")


def test_a_sitting_is_driven_step_by_step_and_recorded_at_its_end(ada: Learner) -> None:
    assert quiz.begin("00").data.answered == 0
    texts = {
        "q-00-01": ["5"],
        "q-00-02": ["1 + 4"],
        "q-00-04": ["1 + 1", "1 + 2", "2 + 2"],
        "q-00-05": ["Two numbers give one result."],
    }
    grades = {}
    while (question := quiz.ask("00").data.question) is not None:
        labels = {choice.text: choice.label for choice in question.choices}
        said = [labels.get(text, text) for text in texts.get(question.id, [])]
        grade = quiz.give("00", question.id, " ".join(said) or None).data.grade
        grades[question.id] = grade
    assert [grade.correct for grade in grades.values()] == [True, False, False, True, False]
    assert grades["q-00-05"].provisional
    quiz.judge("00", "q-00-05", True)
    assert ada.checkpoint(0) is None
    closed = quiz.close("00")
    assert (closed.code, closed.data.grade.right, closed.next) == (1, 3, "just quiz 00")
    assert quiz.begin("00").data.answered == 0


def test_a_question_is_answered_once_a_sitting_since_its_grade_tells_the_answer(
    ada: Learner,
) -> None:
    wrong = quiz.give("00", "q-00-03", "7").data.grade
    assert wrong.right == ["0.5 (within 0.001)"]
    with pytest.raises(CortexError, match="is answered already in this sitting"):
        quiz.give("00", "q-00-03", "0.5")
    assert quiz.begin("00", restart=True).data.answered == 0


def test_a_refused_answer_is_not_kept(ada: Learner) -> None:
    with pytest.raises(CortexError, match="there is no choice 9"):
        quiz.give("00", "q-00-01", "9")
    assert quiz.leave("00").data.answered == 0


def test_a_card_is_asked_answered_and_rated_step_by_step(ada: Learner) -> None:
    lab = "lab:00.1:test_two_and_three_make_five"
    cards.add_cards(ada, [cards.NewCard("quiz:q-00-03"), cards.NewCard(lab, "add", "Count on.")])
    assert [card["card"] for card in review.due().data.due] == [lab, "quiz:q-00-03"]
    asked = review.ask("quiz:q-00-03").data
    assert asked.question is not None and asked.question.how.startswith("A number")
    assert review.answer("quiz:q-00-03", "1/2").data.grade.suggests == "good"
    assert review.answer("quiz:q-00-03", None).data.grade.suggests == "again"
    assert (review.ask(lab).data.question, review.ask(lab).data.what) == (None, "add")
    assert review.reveal(lab).data.answer == ["Count on."]
    with pytest.raises(CortexError, match="takes no answer"):
        review.answer(lab, "count")
    review.rate(lab, "easy")
    rested = review.rest(1, 2)
    assert (rested.code, rested.next) == (1, "just review")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("nonsense",), "No such command 'nonsense'."),
        (("check", "--nonsense"), "No such option: --nonsense"),
        (("open",), "Missing argument 'NN'."),
        (("run", "00-tiny", "--seed", "two"), "'two' is not a valid int"),
        (("dev", "rehearse", "99"), "'99' isn't a phase"),
    ],
)
def test_wrong_usage_is_one_json_object_too(
    cortex: Cortex, words: tuple[str, ...], error: str
) -> None:
    said = cortex(*words, "--json")
    assert (said.code, said.err) == (2, "")
    assert (said.json["ok"], said.json["exit"]) == (False, 2)
    assert error in said.json["error"]
    assert said.json["next"]


@pytest.mark.parametrize(
    ("number", "code", "error"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "ended by SIGTERM"),
        (signal.SIGHUP, 129, "ended by SIGHUP"),
    ],
)
def test_an_end_from_outside_is_one_json_object_too_and_leaves_nothing_behind(
    tiny: Repo, tmp_path: Path, number: signal.Signals, code: int, error: str
) -> None:
    script = tiny.root / "experiments/00/tiny/run.py"
    script.write_text(
        "import os, time\nopen(os.environ['HOME'] + '/ready', 'w').close()\ntime.sleep(600)\n"
    )
    scratches = tmp_path / "scratches"
    scratches.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "cortex", "run", "00-tiny", "--json"],
        cwd=tiny.root,
        env=clean_environment() | {"TMPDIR": str(scratches)},
        stdout=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not list(scratches.glob("*/home/ready")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == code
    answer = json.loads(out)
    assert (answer["ok"], answer["exit"], answer["error"]) == (False, code, error)
    assert list(scratches.iterdir()) == []
    mark = os.fsencode(scratches)
    still = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                still.append(entry.name)
    assert still == []


def test_help_is_one_json_object_too(cortex: Cortex) -> None:
    said = cortex("check", "--help", "--json")
    assert said.code == 0
    assert "Run a lab's checks" in said.json["help"]


def test_a_fault_of_the_program_itself_is_one_json_object_and_no_unfinished_work(
    cortex: Cortex, tmp_path: Path
) -> None:
    (tmp_path / "fsrs.py").write_text("raise RuntimeError('half installed')\n")
    path = os.pathsep.join([str(tmp_path), clean_environment()["PYTHONPATH"]])
    words = ("review", "--rate", "quiz:q-00-01", "good")
    said = cortex(*words, "--json", env={"PYTHONPATH": path})
    assert said.code == 2
    assert (said.json["exit"], said.json["error"]) == (2, "RuntimeError: half installed")
    assert "Traceback" in said.err
    assert cortex(*words, env={"PYTHONPATH": path}).code == 2


def test_the_command_line_loads_no_wing_before_a_command_is_called() -> None:
    script = "import sys, cortex.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = done.stdout.split()
    ours = {name.split(".")[1] for name in loaded if name.startswith("cortex.")}
    assert ours == {"cli", "commands", "options", "terminal"}
    assert not {"rich", "pydantic", "numpy", "yaml", "fsrs"} & set(loaded)
