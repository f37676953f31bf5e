"""Every script as a program: a small run of each, without arguments, from another folder."""

from __future__ import annotations

import functools
import itertools
import json
from pathlib import Path

import pytest

from . import standards
from .standards import Run, shipped

SCRIPTS = shipped()
each = pytest.mark.parametrize("path", SCRIPTS.values(), ids=SCRIPTS)
NAMERS = {n: p for n, p in SCRIPTS.items() if "def load_names(" in p.read_text("utf-8")}
reads_names = pytest.mark.parametrize("path", NAMERS.values(), ids=NAMERS)


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
    # Twice the budget: other work beside it costs user time too.
    assert smoke(path).user_seconds < 2 * standards.SMOKE_S * standards.pace()


@each
def test_a_small_run_prints_numbers_where_numbers_belong(path: Path) -> None:
    assert standards.not_numbers(smoke(path).out) == []


@each
def test_a_small_run_writes_no_file(path: Path) -> None:
    assert smoke(path).written == ()


@each
def test_a_script_that_needs_names_says_which_it_used(path: Path) -> None:
    said = "names: 5163 from data/names.txt" in smoke(path).out.splitlines()
    assert said is (path.stem in NAMERS)


@each
def test_the_kept_results_count_the_rows_that_a_run_prints(path: Path) -> None:
    """A red one here: `./just no-magic all NAME --write` is due."""
    kept = json.loads((standards.FOLDER / "results.json").read_text("utf-8"))["scripts"]
    assert set(kept) == set(SCRIPTS)
    assert kept[path.stem]["criteria"] == len(standards.criteria(smoke(path).out))


@pytest.mark.slow
@each
def test_two_runs_print_the_same_but_for_times(path: Path) -> None:
    again = standards.run(path, PYTHONHASHSEED="7")
    assert standards.without_times(again.out) == standards.without_times(smoke(path).out)


@pytest.mark.slow
@reads_names
def test_a_small_run_on_invented_names_ends_well(path: Path) -> None:
    ran = standards.run(path, NO_MAGIC_NAMES="generated")
    assert (ran.code, ran.err) == (0, "")
    assert "names: 2000 invented from syllables" in ran.out.splitlines()
    assert standards.not_numbers(ran.out) == []


@pytest.mark.slow
@reads_names
def test_a_list_as_long_as_the_one_to_download_breaks_nothing(path: Path, tmp_path: Path) -> None:
    """And takes no longer: what is trained on is a sample of a fixed size."""
    parts = [
        "bdfgklmnrst",
        "aeiou",
        "lmnrst",
        "aeiouy",
        ["", "n", "na", "ra", "bel"],
        ["", "s", "th"],
    ]
    more = ["".join(letters) for letters in itertools.product(*parts)]
    many = tmp_path / "many.txt"
    many.write_text("\n".join(more) + "\n")
    ran = standards.run(path, NO_MAGIC_NAMES=str(many))
    assert (ran.code, ran.err) == (0, "")
    assert f"names: {len(set(more))} from the file in NO_MAGIC_NAMES" in ran.out.splitlines()
    assert standards.not_numbers(ran.out) == []
    assert ran.user_seconds < 2 * standards.SMOKE_S * standards.pace()
