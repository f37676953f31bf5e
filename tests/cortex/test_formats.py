"""Bad files are refused with their line and field, and good ones read the same on both paths."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from dataclasses import replace

import pytest
import yaml
from conftest import Cortex
from hypothesis import given
from hypothesis import strategies as st

from cortex.errors import CortexError
from cortex.files.curriculum import cross_check, load_curriculum, parse_number
from cortex.files.repo import Repo
from cortex.formats.build import build
from cortex.formats.checkpoint import Checkpoint
from cortex.formats.conditions import lookup, matches, parse_condition
from cortex.formats.load import load
from cortex.formats.phase import Phase, TheoryPage
from cortex.formats.quiz import Quiz
from cortex.record.learner import Learner, check_name, current_learner

PHASE = "docs/phase-00-tiny/phase.yaml"
QUIZ = "docs/phase-00-tiny/quiz.yaml"

DAMAGE = [
    (
        PHASE,
        "hours: {read: 0.5",
        "hours: {read: many",
        ":7: hours.read: Input should be a valid number",
    ),
    (
        PHASE,
        "hours: {read: 0.5",
        "ours: 2\nhours: {read: 0.5",
        ":7: ours: Unexpected keyword argument",
    ),
    (
        PHASE,
        "hours: {read: 0.5",
        "quiz: quiz.yaml\nhours: {read: 0.5",
        ":7: quiz: Unexpected keyword argument",
    ),
    (
        PHASE,
        "slug: tiny",
        "slug: Tiny Phase",
        ": slug 'Tiny Phase' should be lower-case words joined by -",
    ),
    (PHASE, 'id: "00.1"', 'id: "07.1"', ": lab 07.1 doesn't belong to phase 00"),
    (PHASE, "lab 00.1", "lab 00.9", ": done adds names lab 00.9, which isn't listed"),
    (PHASE, "by: attest", "by: hope", ":36: done[2]: done explained: 'hope' is no proof"),
    (PHASE, "expect: {sum: -1}", "expect: {}", ": breaks[0]: break wrong-sign expects nothing"),
    (
        PHASE,
        "timeout: 60",
        "timeout: 0",
        ":18: labs[0].timeout: Input should be greater than or equal to 1",
    ),
    (PHASE, "number: 0", "number: [", ": not valid YAML: "),
    (
        QUIZ,
        "correct: true",
        "right: true",
        ":9: items[0].choices[0].right: Unexpected keyword argument",
    ),
    (QUIZ, "answer: 0.5", "answer: half", ": items[2].answer: Input should be a valid number"),
    (QUIZ, "q-00-05", "q-00-04", ": two items have the same id"),
]


NUMBER = "{key: sum, asks: {en: 'Sum?', es: '¿Suma?'}, like: number, within: 1}"
EXPECTS = "expect: {sum: -1}"
REPLAYS = "replay: [metrics.sum]"


@pytest.mark.parametrize(
    ("where", "question", "says"),
    [
        (
            EXPECTS,
            NUMBER.replace("key: sum", "key: loss"),
            "to predict loss, which it doesn't hold",
        ),
        (EXPECTS, f"{NUMBER}, {NUMBER}", "break wrong-sign asks to predict one value twice"),
        (EXPECTS, NUMBER.replace(", within: 1", ""), "predict sum: a number needs a width, within"),
        (EXPECTS, NUMBER.replace("within: 1", "within: 0"), "a number needs a width, within"),
        (EXPECTS, NUMBER.replace("number", "[yes, no]"), "predict sum: within is for numbers"),
        (EXPECTS, NUMBER.replace("within: 1", "of: change"), "of change takes choices: rises, fal"),
        (
            EXPECTS,
            NUMBER.replace("number, within: 1", "[rises, explodes], of: change"),
            "predict sum: a change is one of rises, falls, same",
        ),
        (EXPECTS, NUMBER.replace("number, within: 1", "[yes]"), "two different choices at least"),
        (
            EXPECTS,
            NUMBER.replace("number, within: 1", "[low, high], answers: {mid: {en: m, es: m}}"),
            "predict sum: answers name other choices",
        ),
        (EXPECTS, NUMBER.replace("es:", "fr:"), "predict[0].asks.es: Field required"),
        (
            REPLAYS,
            NUMBER.replace("key: sum", "key: loss"),
            "to predict loss, which it doesn't hold",
        ),
        (
            REPLAYS,
            NUMBER.replace("number, within: 1", "[rises, falls], of: change"),
            "experiment 00-tiny: a change is of a fault",
        ),
    ],
)
def test_a_damaged_question_is_refused_with_line_and_field(
    tiny: Repo, where: str, question: str, says: str
) -> None:
    path = tiny.root / PHASE
    joint = "\n    " if where == EXPECTS else ", "
    path.write_text(path.read_text().replace(where, f"{where}{joint}predict: [{question}]"))
    with pytest.raises(CortexError) as caught:
        load(path, Phase)
    assert says in str(caught.value)
    place = "breaks[0]" if where == EXPECTS else "experiments[0]"
    assert (caught.value.field or "").startswith(place)
    assert caught.value.line in ((20, 28) if where == EXPECTS else (30,))


def test_yes_and_no_are_choices_however_yaml_reads_them(tiny: Repo) -> None:
    path = tiny.root / PHASE
    question = NUMBER.replace("number, within: 1", "[yes, no]")
    path.write_text(path.read_text().replace(EXPECTS, f"{EXPECTS}\n    predict: [{question}]"))
    (asked,) = load(path, Phase).breaks[0].predict
    assert asked.choices == ["yes", "no"]
    assert build(Phase, yaml.safe_load(path.read_text())) == load(path, Phase)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"), DAMAGE, ids=[row[2][:24] for row in DAMAGE]
)
def test_a_damaged_file_is_refused_with_line_and_field(
    tiny: Repo, name: str, old: str, new: str, says: str
) -> None:
    path = tiny.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(CortexError) as caught:
        load(path, Phase if name == PHASE else Quiz)
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_the_command_line_names_the_damaged_file_and_leaves_with_2(
    tiny: Repo, cortex: Cortex
) -> None:
    path = tiny.root / PHASE
    path.write_text(path.read_text().replace("hours: {read: 0.5", "hours: {read: many"))
    answer = cortex("status")
    assert answer.code == 2
    assert f"cortex: {path}:7: hours.read: Input should be a valid number" in answer.err
    assert "Traceback" not in answer.err
    as_json = cortex("status", "--json")
    assert (as_json.code, as_json.json["line"], as_json.json["field"]) == (2, 7, "hours.read")


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tiny: Repo) -> None:
    path = tiny.root / PHASE
    path.write_bytes(
        path.read_bytes().replace(b"Sumar,", b"Sum\xe1r,").replace(b"Sumar}", b"Sum\xe1r}")
    )
    with pytest.raises(
        CortexError, match=r"phase.yaml:3: byte 0xe1 isn't UTF-8\nSave the file as UTF-8."
    ):
        load(path, Phase)


def test_the_fast_path_and_pydantic_build_the_same_phase(tiny: Repo) -> None:
    path = tiny.root / PHASE
    assert build(Phase, yaml.safe_load(path.read_text())) == load(path, Phase)


def test_a_remembered_curriculum_is_the_same_as_a_fresh_one(tiny: Repo) -> None:
    fresh = load_curriculum(tiny).everything
    memories = list((tiny.cache / "curriculum").glob("*.json"))
    assert len(memories) == 2  # one shipped phase, and the planned ones
    assert load_curriculum(tiny).everything == fresh
    for path in memories:
        path.write_text("{broken")
    assert load_curriculum(tiny).everything == fresh


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda r: (r / "data/planned.yaml").write_text("phases: []\n"),
            "no file and no row tells of phase 01, 02",
        ),
        (
            lambda r: (r / "docs/phase-00-tiny").rename(r / "docs/phase-03-tiny"),
            "number 0 and slug 'tiny' don't fit the folder's name",
        ),
        (
            lambda r: shutil.copytree(r / "docs/phase-00-tiny", r / "docs/phase-00-twin"),
            "docs/phase-00-twin/phase.yaml: its folder's name has no number of its own",
        ),
        (
            lambda r: shutil.copytree(r / "docs/phase-00-tiny", r / "docs/phase-01-tiny"),
            "number 0 and slug 'tiny' don't fit the folder's name",
        ),
        (
            lambda r: (r / "data/planned.yaml").write_text(
                (r / "data/planned.yaml").read_text().replace("number: 41", "number: 0")
            ),
            "phase 00 is shipped and planned at once",
        ),
    ],
)
def test_a_curriculum_with_holes_is_refused(tiny: Repo, change: object, says: str) -> None:
    change(tiny.root)  # type: ignore[operator]
    with pytest.raises(CortexError, match=says):
        cross_check(load_curriculum(tiny))


@pytest.mark.parametrize("text", ["42", "-1", "x", "", "٣", "1.5"])
def test_what_is_no_phase_number_is_refused(text: str) -> None:
    with pytest.raises(CortexError, match="isn't a phase"):
        parse_number(text)


def test_phase_numbers_may_be_written_as_people_do() -> None:
    assert [parse_number(text) for text in ("7", "07", "phase07", "Phase-7")] == [7, 7, 7, 7]


def test_a_phase_that_is_not_shipped_names_the_nearest_open_one(cortex: Cortex) -> None:
    answer = cortex("phase", "09")
    assert answer.code == 1
    assert answer.err == (
        "cortex: phase 09 (Phase 9) isn't shipped yet\nThe nearest one that is: 00, Adding: `just phase00`.\n"
    )


# Learners


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "..", "", " ", ".hidden", "a\\b", "x\ny", "-rf", "a\0b", "é" * 40, "a:b"],
)
def test_a_name_that_could_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(CortexError, match="can't name a learner"):
        check_name(name)


def test_names_in_any_script_are_fine_and_are_one_name_however_they_are_typed(
    cortex: Cortex, tiny: Repo
) -> None:
    assert check_name("Zoë") == check_name("Zoe\u0308")
    for name in ("Ñandú", "数学", "ada lovelace"):
        assert cortex("open", "00", "--learner", name).code == 0
        assert (tiny.learners / name / "phase-00" / "checkpoint.json").exists()


def test_the_command_line_refuses_a_learner_outside(cortex: Cortex, tiny: Repo) -> None:
    answer = cortex("open", "00", env={"CORTEX_LEARNER": "../x"})
    assert answer.code == 2
    assert answer.err.startswith("cortex: '../x' can't name a learner\n")
    assert not (tiny.root / "x").exists()


def test_several_learners_need_a_choice(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORTEX_LEARNER", raising=False)
    for name in ("ada", "bob"):
        Learner(tiny, name).create()
    with pytest.raises(CortexError, match="several learners live here: ada, bob"):
        current_learner(tiny)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", ":1: not valid JSON: Expecting property name"),
        ('{"phase": 0}', ": opened_at: "),
        ('{"phase": 3, "opened_at": "x"}', ": phase: says phase 3, but lies in phase 00's folder"),
        (
            '{\n"phase": 0,\n"opened_at": "x",\n"labs": {"00.1": {"runs": "many"}}}',
            ":4: labs.00.1.runs: ",
        ),
        (
            '{"phase": 0, "opened_at": "x", "schema": 99}',
            "written by a newer cortex (schema 99, this one knows 2)",
        ),
    ],
)
def test_a_bad_checkpoint_is_refused_and_kept(
    cortex: Cortex, tiny: Repo, text: str, says: str
) -> None:
    path = tiny.learners / "ada/phase-00/checkpoint.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    for command in (("check", "00.1"), ("open", "00")):
        answer = cortex(*command)
        assert answer.code == 2, command
        assert says in answer.err
    answer = cortex("status", "--json")
    assert answer.code == 2
    assert says in answer.json["phases"][0]["lines"][0]["title"]
    assert path.read_text() == text


def test_recording_writes_nothing_when_the_work_fails(tiny: Repo) -> None:
    learner = Learner(tiny, "ada")
    with pytest.raises(ZeroDivisionError), learner.recording(0) as checkpoint:
        checkpoint.opened_at = "changed"
        raise ZeroDivisionError
    assert learner.checkpoint(0) is None


@given(st.builds(Checkpoint, phase=st.integers(0, 41), opened_at=st.text()))
def test_a_checkpoint_survives_its_file(checkpoint: Checkpoint) -> None:
    assert build(Checkpoint, json.loads(json.dumps(dataclasses.asdict(checkpoint)))) == checkpoint


# Conditions


@pytest.mark.parametrize(
    ("text", "got", "holds"),
    [
        ("metrics.loss < 0.5", 0.4, True),
        ("metrics.loss < 0.5", 0.5, False),
        ("metrics.loss < 0.5", math.nan, False),
        ("metrics.loss < 0.5", None, False),
        ("metrics.loss < 0.5", "low", False),
        ("x == true", True, True),
        ("x == true", 1.0, True),
        ("x != 3", 4, True),
        ("> 1", 2, True),
        ("name == 'work'", "work", True),
    ],
)
def test_a_condition_holds_or_does_not(text: str, got: object, holds: bool) -> None:
    assert parse_condition(text).holds(got) is holds


@pytest.mark.parametrize("text", ["", "loss", "loss ~ 3", "< "])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a condition"):
        parse_condition(text)


def test_a_dotted_path_and_a_literal_key_are_both_found() -> None:
    assert lookup({"a": {"b": 3}}, "a.b") == 3
    assert lookup({"a.grad": -6.0}, "a.grad") == -6.0
    assert lookup({"a": 1}, "a.b") is None


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        (-6.0, -6, True),
        (4, 4.1, False),
        ("> 1", 6, True),
        (True, 1, False),
        ("nan", "nan", True),
        (1, None, False),
    ],
)
def test_an_observation_is_held_against_what_was_expected(
    expected: object, got: object, same: bool
) -> None:
    assert matches(expected, got) is same


def test_the_order_of_work_puts_each_page_before_the_lab_that_needs_it(tiny: Repo) -> None:
    phase = load_curriculum(tiny).phase(0)
    pages = [TheoryPage(f"theory/{n}.md", str(n)) for n in range(5)]
    labs = [
        replace(phase.labs[0], id="00.1", needs=["theory/0.md", "theory/2.md"]),
        replace(phase.labs[0], id="00.2", needs=["theory/2.md"]),
        replace(phase.labs[0], id="00.3", needs=["theory/2.md", "theory/3.md"]),
    ]
    work = replace(phase, theory=pages, labs=labs, done=[])
    assert [getattr(step, "id", step.title) for step in work.path()] == [
        *("0", "1", "2", "00.1", "00.2", "3", "00.3", "4")
    ]
    assert [work.reading(lab) for lab in labs] == [
        ["theory/0.md", "theory/1.md", "theory/2.md"],
        [],
        ["theory/3.md"],
    ]
    plain = replace(work, labs=phase.labs)  # which names no page
    assert [getattr(step, "id", step.title) for step in plain.path()] == [*"01234", "00.1"]
    assert plain.reading(plain.labs[0]) == [page.page for page in pages]
    with pytest.raises(ValueError, match=r"lab 00.1 needs theory/9.md, which isn't in theory"):
        replace(work, labs=[replace(labs[0], needs=["theory/9.md"])])
