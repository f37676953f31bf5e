"""Every script as a program: a small run of each, without arguments, from another folder."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from . import standards
from .standards import Run, shipped

SCRIPTS = shipped()
each = pytest.mark.parametrize("path", SCRIPTS.values(), ids=SCRIPTS)


@functools.cache
def smoke(path: Path) -> Run:
    """One run a script: what it prints is asked about by several tests."""
    return standards.run(path)


@each
def test_a_small_run_ends_well_and_quietly(path: Path) -> None:
    ran = smoke(path)
    assert (ran.code, ran.err) == (0, "")


@each
def test_a_small_run_prints_its_criteria_and_judges_none(path: Path) -> None:
    rows = standards.criteria(smoke(path).out)
    assert rows
    assert {word for _, word in rows} == {"not judged"}
    assert len({criterion for criterion, _ in rows}) == len(rows)


@each
def test_a_small_run_is_small(path: Path) -> None:
    # Twice the budget, for a slower machine than the one it was made for.
    assert smoke(path).user_seconds < 2 * standards.SMOKE_S


@each
def test_a_small_run_prints_numbers_where_numbers_belong(path: Path) -> None:
    assert standards.not_numbers(smoke(path).out) == []


@each
def test_a_small_run_writes_no_file(path: Path) -> None:
    assert smoke(path).written == ()


@each
def test_a_script_that_needs_names_says_which_it_used(path: Path) -> None:
    loads = "load_names" in standards.segments(path.read_text("utf-8"))
    said = "names: 5163 from data/names.txt" in smoke(path).out.splitlines()
    assert said is loads


@pytest.mark.slow
@each
def test_two_runs_print_the_same_but_for_times(path: Path) -> None:
    again = standards.run(path, PYTHONHASHSEED="7")
    assert standards.without_times(again.out) == standards.without_times(smoke(path).out)


@pytest.mark.slow
@each
def test_a_small_run_on_invented_names_ends_well(path: Path) -> None:
    if "load_names" not in standards.segments(path.read_text("utf-8")):
        return
    ran = standards.run(path, NO_MAGIC_NAMES="generated")
    assert (ran.code, ran.err) == (0, "")
    assert "names: 2000 invented from syllables" in ran.out.splitlines()
    assert standards.not_numbers(ran.out) == []
