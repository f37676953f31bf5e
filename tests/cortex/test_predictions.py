"""Predictions of values: asked before anything runs, kept, scored, told; and never asked twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_curriculum
import tiny_walk
from conftest import Answered, Cortex, Open, run_cortex

from cortex.dev import rehearse
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.phase import Question, Words
from cortex.runs import predictions
from cortex.standing import calibration

PHASE = "docs/phase-00-tiny/phase.yaml"
WORDS = Words("What?", "¿Qué?")
NUMBER = Question("loss", WORDS, "number", within=0.5)
TRUTH = Question("fine", WORDS, [True, False])
CHANGE = Question("loss", WORDS, ["rises", "falls", "same"], of="change")
KIND = Question("kind", WORDS, ["low", "high"], answers={"low": Words("below one", "menos de uno")})


@pytest.fixture
def asking(tiny: Repo) -> Repo:
    """The tiny curriculum, solved, with a fault and an experiment that ask for values."""
    tiny_walk.ask_predictions(tiny.root)
    tiny_curriculum.solve(tiny.root)
    return tiny


def record(repo: Repo) -> dict[str, Any]:
    text = (repo.root / "learners/ada/phase-00/checkpoint.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def lines(answer: Answered) -> dict[str, Any]:
    return {line["id"]: line for line in answer.json["lines"]}


@pytest.mark.parametrize(
    ("question", "typed", "value"),
    [
        (NUMBER, "3.5", 3.5),
        (NUMBER, " 1/4 ", 0.25),
        (NUMBER, "\u22122e3", -2000.0),
        (TRUTH, "yes", "yes"),
        (TRUTH, "Sí", "yes"),
        (TRUTH, "si", "yes"),
        (TRUTH, "NO", "no"),
        (CHANGE, "baja", "falls"),
        (CHANGE, "same", "same"),
        (KIND, "menos de uno", "low"),
        (KIND, "high", "high"),
    ],
)
def test_numbers_and_choices_are_read_as_people_type_them(
    question: Question, typed: str, value: float | str
) -> None:
    assert predictions.read(question, typed) == value


@pytest.mark.parametrize(
    ("question", "typed", "says"),
    [
        (NUMBER, "large", "'large' is no number\nA number; within 0.5 of what comes is right."),
        (NUMBER, "1/0", "'1/0' is no number"),
        (NUMBER, "nan", "'nan' is no number"),
        (TRUTH, "maybe", "'maybe' is no choice\nOne of: yes, no."),
        (CHANGE, "yes", "'yes' is no choice\nOne of: rises, falls, same."),
    ],
)
def test_what_is_neither_a_number_nor_a_choice_is_refused(
    question: Question, typed: str, says: str
) -> None:
    with pytest.raises(CortexError) as caught:
        predictions.read(question, typed)
    assert says in str(caught.value)
    assert caught.value.field == question.key


@pytest.mark.parametrize(
    ("question", "said", "before", "after", "came", "right"),
    [
        (NUMBER, 1.0, {}, {"loss": 1.5}, 1.5, True),
        (NUMBER, 1.0, {}, {"loss": 1.51}, 1.51, False),
        (NUMBER, 0.0, {}, {"loss": -1}, -1.0, False),
        (NUMBER, 1.0, {}, {"loss": float("nan")}, "nan", False),
        (NUMBER, 1.0, {}, {"loss": "nan"}, "nan", False),
        (TRUTH, "yes", {}, {"fine": True}, "yes", True),
        (TRUTH, "yes", {}, {"fine": False}, "no", False),
        (KIND, "low", {}, {"kind": "low"}, "low", True),
        (CHANGE, "rises", {"loss": 1}, {"loss": 2}, "rises", True),
        (CHANGE, "same", {"loss": 1}, {"loss": 0.5}, "falls", False),
        (CHANGE, "same", {"loss": 0.1 + 0.2}, {"loss": 0.3}, "same", True),
    ],
)
def test_a_prediction_is_right_or_wrong_by_what_came(
    question: Question,
    said: float | str,
    before: dict[str, Any],
    after: dict[str, Any],
    came: object,
    right: bool,
) -> None:
    found = predictions.outcome(question, after, before)
    assert found == came
    assert found is not None and predictions.right(question, said, found) is right


def test_what_did_not_come_is_not_scored() -> None:
    assert predictions.outcome(NUMBER, {"other": 1}, {}) is None
    assert predictions.outcome(CHANGE, {"loss": 1}, {}) is None


def test_a_break_waits_until_each_value_was_predicted(asking: Repo, cortex: Cortex) -> None:
    asked = cortex("break", "00", "--json")
    assert asked.code == 1
    assert [one["id"] for one in asked.json["predict"]] == ["sum", "larger"]
    assert asked.json["next"].endswith(
        "just break 00 wrong-sign --predict sum=... --predict larger=..."
    )
    half = cortex("break", "00", "--predict", "sum=1", "--json")
    assert (half.code, [one["id"] for one in half.json["predict"]]) == (1, ["larger"])
    assert record(asking)["breaks"]["wrong-sign"]["observed"] == {}
    done = cortex("break", "00", "--predict", "larger=no", "--json")
    assert done.code == 0
    told = [
        (one["key"], one["said"], one["came"], one["right"]) for one in done.json["predictions"]
    ]
    assert told == [("sum", 1.0, -1.0, False), ("larger", "no", "no", True)]


def test_what_was_predicted_of_a_fault_stands_once_it_was_seen(
    asking: Repo, cortex: Cortex
) -> None:
    said = ("--predict", "sum=1", "--predict", "larger=no")
    cortex("break", "00", "wrong-sign", *said)
    first = record(asking)["breaks"]["wrong-sign"]["predictions"]
    again = cortex("break", "00", "wrong-sign", "--predict", "sum=-1")
    assert again.code == 0
    assert "Your first prediction stands" in again.out
    assert cortex("break", "00", "wrong-sign").code == 0
    assert record(asking)["breaks"]["wrong-sign"]["predictions"] == first


def test_a_prediction_may_be_bettered_until_the_fault_is_seen(asking: Repo, cortex: Cortex) -> None:
    cortex("break", "00", "--predict", "sum=1")
    cortex("break", "00", "--predict", "sum=-1", "--predict", "larger=no")
    assert record(asking)["breaks"]["wrong-sign"]["predictions"]["sum"]["right"] is True


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("the sum becomes a difference", "doesn't say which value it predicts"),
        ("total=5", "KEY is one of sum, larger"),
        ("sum=much", "sum: 'much' is no number"),
    ],
)
def test_a_prediction_that_names_no_value_is_refused(
    asking: Repo, cortex: Cortex, words: str, says: str
) -> None:
    answer = cortex("break", "00", "--predict", words)
    assert answer.code == 2
    assert says in answer.err
    assert not (asking.root / "learners/ada").exists()


def test_without_a_terminal_an_experiment_names_what_to_type_and_does_not_run(
    asking: Repo, cortex: Cortex
) -> None:
    asked = cortex("run", "00-tiny", "--json")
    assert (asked.code, asked.json["predict"][0]["prompt"]) == (2, "The sum?")
    assert asked.json["next"] == (
        "say what you expect before it runs: just run 00-tiny --predict sum=..."
    )
    shown = cortex("run", "00-tiny")
    assert shown.code == 2
    assert "sum: The sum? (A number; within 0.5 of what comes is right)" in shown.out
    assert "just run 00-tiny --predict sum=..." in shown.out
    assert list(asking.root.glob("experiments/00/tiny/runs/*")) == []


def test_an_experiment_runs_once_its_values_are_predicted_and_asks_no_more(
    asking: Repo, cortex: Cortex
) -> None:
    ran = cortex("run", "00-tiny", "--predict", "sum=4", "--json")
    assert ran.code == 0
    (told,) = ran.json["predictions"]
    assert (told["said"], told["came"], told["right"]) == (4.0, 5.0, False)
    again = cortex("run", "00-tiny", "--predict", "sum=5")
    assert again.code == 0
    assert "you said" in again.out
    assert record(asking)["experiments"]["00-tiny"]["predictions"]["sum"]["said"] == 4.0
    assert cortex("run", "00-tiny").code == 0


def test_a_run_that_fails_scores_nothing(asking: Repo, cortex: Cortex) -> None:
    script = asking.root / "experiments/00/tiny/run.py"
    sound = script.read_text()
    script.write_text("raise SystemExit(3)\n")
    failed = cortex("run", "00-tiny", "--predict", "sum=4", "--json")
    assert (failed.code, failed.json["predictions"]) == (1, [])
    script.write_text(sound)
    cortex("run", "00-tiny", "--predict", "sum=5")
    assert record(asking)["experiments"]["00-tiny"]["predictions"]["sum"]["right"] is True


def test_the_reference_asks_for_nothing_and_scores_nothing(asking: Repo, cortex: Cortex) -> None:
    ran = cortex("run", "00-tiny", "--impl", "reference", "--json")
    assert (ran.code, ran.json["predictions"]) == (0, [])
    assert not (asking.root / "learners/ada").exists()


def test_an_experiment_that_asks_for_nothing_takes_no_prediction(cortex: Cortex) -> None:
    refused = cortex("run", "00-tiny", "--predict", "sum=5")
    assert refused.code == 2
    assert "nothing of 00-tiny is predicted" in refused.err


def test_on_a_terminal_values_are_asked_one_by_one_in_the_learners_language(
    asking: Repo, terminal: Open
) -> None:
    profile = asking.root / "learners/ada/profile.yaml"
    profile.parent.mkdir(parents=True)
    profile.write_text("name: ada\nstarted: '2026-01-01'\nlanguage: es\nschema: 1\n")
    screen = terminal("break", "00", NO_COLOR="1")
    assert "The sum is -1" not in screen.until("¿La suma?")
    screen.until("de lo que salga: ")
    screen.type("mucho\n")
    screen.until("'mucho' is no number")
    screen.type("?\n")
    screen.until("una predicción no se salta")
    screen.type("-1\n")
    assert "salió" not in screen.until("¿Aún mayor que 3?")
    screen.until("Una de: sí, no: ")
    screen.type("sí\n")
    screen.until("dijiste")
    screen.until("What did it teach you?")
    screen.type("\n")
    screen.end()
    said = record(asking)["breaks"]["wrong-sign"]["predictions"]
    assert [(one["said"], one["right"]) for one in said.values()] == [(-1.0, True), ("yes", False)]


def test_on_a_terminal_an_experiment_asks_before_its_first_output(
    asking: Repo, terminal: Open
) -> None:
    screen = terminal("run", "00-tiny", NO_COLOR="1")
    assert "sum 5" not in screen.until("of what comes is right: ")
    screen.type("5\n")
    screen.until("sum 5")
    screen.until("you said")
    assert screen.end() == 0


def ready(folder: Path) -> Repo:
    """All done but the gate, in a curriculum that asks for values."""
    repo = tiny_walk.at("sealed", folder)
    root = repo.root
    tiny_walk.ask_predictions(root)
    tiny_walk.seal_and_commit(root)
    tiny_curriculum.solve(root)
    words = ("--predict", "sum=2", "--predict", "larger=no", "--lesson", "unequal numbers tell")
    tiny_walk.command(root, "check", "00.1")
    tiny_walk.command(root, "run", "00-tiny", "--predict", "sum=5")
    tiny_walk.command(root, "break", "00", "wrong-sign", *words)
    tiny_walk.take_quiz(root)
    tiny_walk.command(root, "journal", "--add", "Adding is counting on.")
    tiny_walk.command(
        root, "attest", "00", "explained", "--says", "A sum counts on from the first."
    )
    return repo


def test_being_wrong_holds_no_gate_and_the_lines_say_how_many_were_right(tmp_path: Path) -> None:
    root = ready(tmp_path).root
    gate = tiny_walk.command(root, "gate", "00", "--json")
    found = lines(gate)
    assert gate.json["state"] == "closed"
    assert "(1 of 2 right), seen again now" in found["wrong-sign"]["evidence"]
    assert found["predicted-00-tiny"]["says"] == "Add once: predicted before it ran"
    assert found["predicted-00-tiny"]["evidence"].endswith("(1 of 1 right)")
    report = (root / "learners/ada/phase-00/REPORT.md").read_text()
    assert "In this phase: 2 of 3 right (67%)" in report
    assert "| The sum? | 2 | -1 | no |" in report
    assert "| The sum? | 5 | 5 | yes |" in report
    status = run_cortex(root, "status")
    assert "predictions: 2 of 3 right (67%); " in status.out
    assert run_cortex(root, "status", "--json").json["calibration"]["all"] == [2, 3]


def edit_record(root: Path, change: Any) -> None:
    path = root / "learners/ada/phase-00/checkpoint.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_a_prediction_after_what_it_predicts_keeps_the_gate_shut(tmp_path: Path) -> None:
    root = ready(tmp_path).root

    def late(data: dict[str, Any]) -> None:
        data["experiments"]["00-tiny"]["predictions"]["sum"]["at"] = "2999-01-01T00:00:00Z"
        data["breaks"]["wrong-sign"]["predictions"]["sum"]["at"] = "2999-01-01T00:00:00Z"

    edit_record(root, late)
    found = lines(run_cortex(root, "gate", "00", "--json"))
    assert "is older than the predictions" in found["predicted-00-tiny"]["evidence"]
    assert found["wrong-sign"]["evidence"] == (
        "the prediction is dated after the observation: predict first"
    )


def test_an_experiment_that_was_not_predicted_keeps_the_gate_shut(tmp_path: Path) -> None:
    root = ready(tmp_path).root
    edit_record(root, lambda data: data.update(experiments={}))
    line = lines(run_cortex(root, "gate", "00", "--json"))["predicted-00-tiny"]
    assert (line["ok"], line["todo"]) == (False, "just run 00-tiny")
    assert run_cortex(root, "run", "00-tiny", "--json").code == 2
    assert run_cortex(root, "run", "00-tiny", "--predict", "sum=5").code == 0
    assert lines(run_cortex(root, "gate", "00", "--json"))["predicted-00-tiny"]["ok"]


@pytest.mark.parametrize("schema", [1, 2])
def test_a_phase_that_closed_before_it_asked_for_values_stays_closed(
    tmp_path: Path, schema: int
) -> None:
    root = tiny_walk.at("closed", tmp_path).root
    tiny_walk.ask_predictions(root)
    tiny_walk.seal_and_commit(root)
    if schema == 1:
        from cortex.record.learner import evidence_digest

        def older(data: dict[str, Any]) -> None:
            data["schema"] = 1
            del data["experiments"]
            data["closed"]["lines"] = []
            data["closed"]["digest"] = evidence_digest(data)

        edit_record(root, older)
    gate = tiny_walk.command(root, "gate", "00", "--json")
    assert gate.json["state"] == "still-closed"
    assert gate.json["newer"] == ["predicted-00-tiny"]
    assert lines(gate)["wrong-sign"]["ok"]
    assert (
        "closed" in run_cortex(root, "status").out
        and ", checks newer" in run_cortex(root, "status").out
    )


def test_a_fault_that_was_predicted_in_words_and_seen_asks_for_no_values(tmp_path: Path) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    tiny_walk.ask_predictions(root)
    late = run_cortex(root, "break", "00", "wrong-sign", "--predict", "sum=-1", "--json")
    assert (late.code, late.json["predictions"]) == (0, [])


@pytest.mark.slow
def test_the_scripted_learner_predicts_and_is_scored(tmp_path: Path) -> None:
    repo = tiny_walk.at("sealed", tmp_path)
    tiny_walk.ask_predictions(repo.root)
    tiny_walk.seal_and_commit(repo.root)
    result = rehearse.rehearse(repo, [0])
    said = [step.says for step in result.steps]
    assert (result.ok, result.closed) == (True, [0]), result.steps[-1]
    assert (
        "what was predicted of 00-tiny is scored" not in said
    )  # only what fails is a step of its own


def test_calibration_sets_the_later_half_against_the_earlier() -> None:
    found = calibration.calibration([[False, False], [True], [True, True]])
    assert (found.all, found.earlier, found.later) == ((3, 5), (0, 2), (3, 3))
    assert str(found) == "3 of 5 right (60%); 0 of the first 2, 3 of the last 3"
    assert str(calibration.calibration([[True]])) == "1 of 1 right (100%)"
    assert str(calibration.calibration([])) == ""
