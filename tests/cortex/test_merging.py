"""Records that two machines made: nothing that either of them holds is lost, and the result doesn't depend on the side."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.checkpoint import (
    Attestation,
    BreakRecord,
    Checkpoint,
    Closure,
    LabRecord,
    Prediction,
    QuizAttempt,
)
from cortex.record.learner import Learner, evidence_digest
from cortex.record.merging import merge, sides


def at(day: int) -> str:
    return f"2026-01-{day:02d}T00:00:00Z"


def test_a_file_with_conflict_markers_has_two_sides() -> None:
    text = '{\n<<<<<<< HEAD\n"a": 1\n||||||| base\n"a": 0\n=======\n"a": 2\n>>>>>>> other\n}\n'
    assert sides(text) == ('{\n"a": 1\n}\n', '{\n"a": 2\n}\n')
    two = text.replace("}\n", "") + ',\n<<<<<<< HEAD\n"b": 1\n=======\n"b": 2\n>>>>>>> x\n}\n'
    assert sides(two) == ('{\n"a": 1\n,\n"b": 1\n}\n', '{\n"a": 2\n,\n"b": 2\n}\n')


def test_a_file_without_whole_conflicts_has_none() -> None:
    assert sides("{}\n") is None
    assert sides('{\n<<<<<<< HEAD\n"a": 1\n=======\n}\n') is None


def test_firsts_stay_first_and_latest_words_stay_latest() -> None:
    a = Checkpoint(1, at(2), learner="ada")
    b = Checkpoint(1, at(1))
    a.labs["01.1"] = LabRecord("pass", at(5), runs=3, attempted_at=at(4), passed_at=at(5))
    b.labs["01.1"] = LabRecord("", "", runs=1, attempted_at=at(3), solution_at=at(3), hints=[at(3)])
    a.breaks["x"] = BreakRecord(
        "later words", at(6), {"k": Prediction(1, at(6))}, observed_at=at(7)
    )
    b.breaks["x"] = BreakRecord(
        "first words", at(4), {"k": Prediction(2, at(4))}, lesson="l", lesson_at=at(8)
    )
    a.attestations["said"] = Attestation("old", at(1))
    b.attestations["said"] = Attestation("new", at(2))
    a.quiz = [QuizAttempt(at(9), "f", 0.5), QuizAttempt(at(3), "f", 0.2)]
    b.quiz = [QuizAttempt(at(3), "f", 0.2), QuizAttempt(at(4), "f", 0.9)]
    a.closed, b.closed = Closure(at(9), "a" * 40, "x"), Closure(at(8), "b" * 40, "y")
    for one, other in ((a, b), (b, a)):
        both = merge(one, other)
        assert (both.opened_at, both.learner) == (at(1), "ada")
        lab = both.labs["01.1"]
        assert (lab.verdict, lab.passed_at, lab.attempted_at) == ("pass", at(5), at(3))
        assert (lab.solution_at, lab.hints, lab.runs) == (at(3), [at(3)], 3)
        fault = both.breaks["x"]
        assert (fault.prediction, fault.predictions["k"].said) == ("first words", 2)
        assert (fault.observed_at, fault.lesson) == (at(7), "l")
        assert both.attestations["said"].says == "new"
        assert [attempt.at for attempt in both.quiz] == [at(3), at(4), at(9)]
        assert both.closed is not None and both.closed.at == at(8)


days = st.integers(1, 28).map(at)
records = st.builds(
    Checkpoint,
    phase=st.just(1),
    opened_at=days,
    labs=st.dictionaries(
        st.sampled_from(["01.1", "01.2"]),
        st.builds(LabRecord, at=days, passed_at=days, hints=st.lists(days, max_size=2)),
    ),
    attestations=st.dictionaries(st.sampled_from("ab"), st.builds(Attestation, st.text(), days)),
    quiz=st.lists(st.builds(QuizAttempt, days, st.just("f"), st.just(0.5)), max_size=3),
)


@given(records, records)
def test_nothing_of_either_side_is_lost(a: Checkpoint, b: Checkpoint) -> None:
    both = merge(a, b)
    assert set(both.labs) == {*a.labs, *b.labs}
    for side in (a, b):
        assert all({*entry.hints} <= {*both.labs[lab].hints} for lab, entry in side.labs.items())
        assert all(attempt in both.quiz for attempt in side.quiz)
        assert set(side.attestations) <= set(both.attestations)


@given(records)
def test_a_record_merged_with_itself_is_itself(a: Checkpoint) -> None:
    def plain(record: Checkpoint) -> str:
        return json.dumps(dataclasses.asdict(record), sort_keys=True)

    both = merge(a, a)
    for one in (a, both):
        one.quiz = sorted(
            {attempt.at: attempt for attempt in one.quiz}.values(), key=lambda x: x.at
        )
        for entry in one.labs.values():
            entry.hints = sorted({*entry.hints})
    assert plain(both) == plain(a)


def stored(tiny: Repo, *records: dict[str, object]) -> Learner:
    """A learner whose record of phase 00 is one, or two of a merge that stopped."""
    path = Learner(tiny, "ada").checkpoint_path(0)
    path.parent.mkdir(parents=True)
    texts = [json.dumps(record, indent=2) + "\n" for record in records]
    path.write_text(
        texts[0] if len(texts) == 1 else f"<<<<<<< HEAD\n{texts[0]}=======\n{texts[1]}>>>>>>> x\n"
    )
    return Learner(tiny, "ada")


def closed(record: dict[str, object], day: int) -> dict[str, object]:
    closure = {"at": at(day), "git_sha": "0" * 40, "digest": evidence_digest(record)}
    return record | {"closed": closure}


def test_a_record_of_schema_one_keeps_its_closure_when_fields_have_come(tiny: Repo) -> None:
    old: dict[str, object] = {"phase": 0, "opened_at": at(1), "schema": 1, "labs": {}, "quiz": []}
    learner = stored(tiny, closed(old, 2))
    assert learner.intact(0)
    with learner.recording(0) as record:
        record.attestations["x"] = Attestation("a word", at(3))
    assert learner.intact(0)
    again = learner.checkpoint(0)
    assert again is not None and (again.schema, again.learner) == (2, "ada")


def test_an_edit_by_hand_of_either_schema_shows(tiny: Repo) -> None:
    old: dict[str, object] = {"phase": 0, "opened_at": at(1), "schema": 1}
    learner = stored(tiny, closed(old, 2) | {"opened_at": at(2)})
    assert not learner.intact(0)
    with learner.recording(0) as record:
        record.attestations["x"] = Attestation("a word", at(3))
    assert not learner.intact(0)


def test_a_record_with_conflict_markers_is_read_as_both_and_written_as_one(tiny: Repo) -> None:
    ours: dict[str, object] = {
        "phase": 0,
        "opened_at": at(1),
        "attestations": {"a": {"says": "x", "at": at(2)}},
    }
    theirs: dict[str, object] = {
        "phase": 0,
        "opened_at": at(2),
        "attestations": {"b": {"says": "y", "at": at(3)}},
    }
    learner = stored(tiny, closed(ours, 4), closed(theirs, 5))
    both = learner.checkpoint(0)
    assert both is not None and set(both.attestations) == {"a", "b"}
    assert learner.intact(0)
    with learner.recording(0):
        pass
    assert "<<<<" not in learner.checkpoint_path(0).read_text()
    assert learner.intact(0)


def test_of_two_sides_an_edited_one_is_not_hidden_by_the_other(tiny: Repo) -> None:
    whole: dict[str, object] = {"phase": 0, "opened_at": at(1)}
    learner = stored(tiny, closed(whole, 4), closed(whole, 4) | {"opened_at": at(2)})
    assert not learner.intact(0)


def test_a_byte_order_mark_is_no_fault_and_an_empty_record_says_what_to_do(tiny: Repo) -> None:
    learner = stored(tiny, {"phase": 0, "opened_at": at(1)})
    path = learner.checkpoint_path(0)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert learner.checkpoint(0) is not None
    path.write_text("\n")
    with pytest.raises(CortexError, match="the record is empty") as raised:
        learner.checkpoint(0)
    assert "git checkout -- " in raised.value.todo
