"""A test run says how long it still takes, from what the last one took and at the pace of this one."""

from __future__ import annotations

import json
from pathlib import Path

import pace
import pytest


def clock(tmp_path: Path, known: dict[str, float], todo: list[str]) -> pace.Pace:
    file = tmp_path / "seconds.json"
    file.write_text(json.dumps(known))
    made = pace.Pace(file)
    made.collected(todo)
    return made


def test_what_is_left_is_the_rest_of_last_times_seconds_at_todays_pace(tmp_path: Path) -> None:
    now = clock(tmp_path, {"a": 10, "b": 30, "gone": 500}, ["a", "b"])
    now.ran("a", 5)
    assert now.left(elapsed=5) == pytest.approx(15, rel=0.01)


def test_without_a_last_time_the_share_that_is_done_tells(tmp_path: Path) -> None:
    now = clock(tmp_path, {}, ["a", "b", "c", "d"])
    now.ran("a", 1)
    assert now.left(elapsed=10) == pytest.approx(30)


def test_a_line_is_due_now_and_then_and_never_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock(tmp_path, {"a": 1, "b": 1}, ["a", "b"])
    now.ran("a", 1)
    assert now.due() == ""
    monkeypatch.setattr(pace, "EVERY_S", 0)
    assert now.due().startswith("1 of 2 tests, about ")
    now.ran("b", 1)
    assert now.due() == ""


def test_seconds_are_kept_and_those_of_other_tests_with_them(tmp_path: Path) -> None:
    now = clock(tmp_path, {"a": 1, "b": 1}, ["a"])
    now.ran("a", 0.2)
    now.ran("a", 0.3)
    now.keep()
    assert json.loads(now.file.read_text()) == {"a": 0.5, "b": 1}


def test_a_broken_file_of_seconds_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "seconds.json").write_text("[1")
    assert pace.Pace(tmp_path / "seconds.json").known == {}


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (89, "89 s"), (90, "2 min")])
def test_a_time_is_told_in_seconds_or_minutes(seconds: float, words: str) -> None:
    assert pace.told(seconds) == words
