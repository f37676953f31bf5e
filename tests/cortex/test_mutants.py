"""`cortex dev mutants`: what the checks catch, what they miss, and mutants that can't be run as they are written."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Cortex

from cortex.context import Context
from cortex.dev import mutants
from cortex.files.repo import Repo

pytestmark = pytest.mark.slow

PLACE = "docs/phase-00-tiny/mutants.yaml"
MINUS = """
  - id: minus
    lab: "00.1"
    clause: the sum of two numbers
    file: labkit/tiny.py
    replace: {find: "a + b", with: "a - b"}
    caught_by: test_two_and_three_make_five
"""


def write(tiny: Repo, *rows: str) -> None:
    (tiny.root / PLACE).write_text("mutants:" + "".join(rows), encoding="utf-8")


def ran(cortex: Cortex, *words: str, code: int = 0) -> list[dict[str, Any]]:
    done = cortex("dev", "mutants", *words, "--json")
    assert done.code == code, done.out + done.err
    found: list[dict[str, Any]] = done.json["mutants"]
    return found


def test_a_mutant_that_its_check_catches(tiny: Repo, cortex: Cortex) -> None:
    write(tiny, MINUS)
    (row,) = ran(cortex, "00.1")
    assert (row["id"], row["lab"], row["state"], row["line"]) == ("minus", "00.1", "caught", 2)
    assert row["says"].startswith("two and three make five: CheckFailed")


def test_the_reference_and_the_learners_code_stay_as_they_are(tiny: Repo, cortex: Cortex) -> None:
    files = [tiny.root / name for name in ("solutions/labkit/tiny.py", "src/labkit/tiny.py")]
    before = [path.read_bytes() for path in files]
    write(tiny, MINUS)
    ran(cortex)
    assert [path.read_bytes() for path in files] == before


def test_a_mutant_that_survives_is_told_with_its_check(tiny: Repo, cortex: Cortex) -> None:
    write(tiny, MINUS, MINUS.replace("id: minus", "id: times").replace("a - b", "a + b + 0 * a"))
    first, second = ran(cortex, code=1)
    assert (first["state"], second["state"]) == ("caught", "survived")
    assert second["says"] == "test_two_and_three_make_five passes"
    told = cortex("dev", "mutants")
    assert "1 caught, 1 survived" in told.out


def test_only_the_named_check_runs(tiny: Repo, cortex: Cortex) -> None:
    """2 + 3 still makes five; only 3 + 2 doesn't."""
    write(tiny, MINUS.replace("a - b", "a + b if a < b else 0"))
    (row,) = ran(cortex, code=1)
    assert row["state"] == "survived"
    write(
        tiny,
        MINUS.replace("a - b", "a + b if a < b else 0").replace(
            "two_and_three_make_five", "order_does_not_matter"
        ),
    )
    (row,) = ran(cortex)
    assert row["state"] == "caught"


@pytest.mark.parametrize(
    ("change", "ends"),
    [("__import__('os')._exit(3)", "crash"), ("__import__('sys').exit(3)", "crash")],
)
def test_a_crash_counts_only_where_it_is_declared(
    tiny: Repo, cortex: Cortex, change: str, ends: str
) -> None:
    row = MINUS.replace("a - b", change)
    write(tiny, row)
    (told,) = ran(cortex, code=1)
    assert told["state"] == "survived"
    assert "ends as crash, not fail" in told["says"]
    write(tiny, row + f"    ends: {ends}\n")
    (told,) = ran(cortex)
    assert told["state"] == "caught"


def test_an_endless_loop_counts_where_it_is_declared(
    tiny: Repo, cortex: Cortex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutants, "_PATIENCE", 1)
    write(tiny, MINUS.replace("a - b", "sum(iter(int, 1))") + "    ends: timeout\n")
    (told,) = ran(cortex)
    assert told["state"] == "caught"


def test_an_equivalent_mutant_passes_every_check(tiny: Repo, cortex: Cortex) -> None:
    same = MINUS.replace(
        "caught_by: test_two_and_three_make_five", "equivalent: Addition commutes."
    )
    write(tiny, same.replace("a - b", "b + a"))
    (row,) = ran(cortex)
    assert (row["state"], row["says"]) == ("equivalent", "Addition commutes.")
    write(tiny, same.replace("a - b", "a + b if a < b else 0"))
    (row,) = ran(cortex, code=1)
    assert row["state"] == "survived"
    assert row["says"].startswith("isn't equivalent: fail: order does not matter")


REFUSED = {
    "find occurs twice": (
        MINUS.replace('"a + b"', '"a"'),
        "mutant minus: `find` occurs ",
    ),
    "find isn't there": (
        MINUS.replace('"a + b"', '"a * b"'),
        "mutant minus: `find` occurs no times in solutions/labkit/tiny.py",
    ),
    "find stands outside the region": (
        MINUS.replace('"a + b"', '"Adding."'),
        "mutant minus: `find` stands on line 1 of solutions/labkit/tiny.py, "
        "outside what lab 00.1 asks for",
    ),
    "find takes the marker along": (
        MINUS.replace('"a + b"', '"a + b\\n    # end lab"'),
        "outside what lab 00.1 asks for",
    ),
    "a check that isn't there": (
        MINUS.replace("test_two_and_three_make_five", "test_two"),
        "mutant minus is caught by 'test_two', which tests/labs/phase_00/test_lab_01.py "
        "doesn't define",
    ),
    "a file that isn't there": (
        MINUS.replace("labkit/tiny.py", "labkit/small.py"),
        "mutant minus: there is no solutions/labkit/small.py",
    ),
    "a file outside the reference": (
        MINUS.replace("labkit/tiny.py", "../src/labkit/tiny.py"),
        "mutant minus: there is no solutions/../src/labkit/tiny.py",
    ),
    "a lab that isn't there": (
        MINUS.replace("00.1", "00.2"),
        "mutant minus: phase 00 has no lab 00.2",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_mutant_that_can_not_be_run_is_refused(
    tiny: Repo, cortex: Cortex, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row, says = REFUSED[what]
    write(tiny, row)
    (told,) = ran(cortex, code=2)
    assert told["state"] == "refused"
    assert says in told["says"]
    monkeypatch.chdir(tiny.root)
    ctx = Context()
    (problem,) = mutants.problems(tiny, ctx.curriculum.phase(0))
    assert (problem.file, problem.line) == (PLACE, 2)
    assert says in problem.what


MALFORMED = {
    "two of one name": (MINUS + MINUS, "two mutants are called minus"),
    "neither caught nor equivalent": (
        MINUS.replace("    caught_by: test_two_and_three_make_five\n", ""),
        "mutant minus needs exactly one of caught_by and equivalent",
    ),
    "no change": (MINUS.replace("a - b", "a + b"), "mutant minus changes nothing"),
    "a field that nothing reads": (MINUS + "    seconds: 3\n", "Unexpected keyword argument"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_file_that_is_not_one_is_refused_with_its_line(
    tiny: Repo, cortex: Cortex, what: str
) -> None:
    row, says = MALFORMED[what]
    write(tiny, row)
    done = cortex("dev", "mutants", "00", "--json")
    assert done.code == 2
    assert says in done.json["error"]
    assert done.json["file"].endswith(PLACE)
    assert done.json["line"]


def test_scripts_and_recipes_can_be_mutated(tiny: Repo, cortex: Cortex) -> None:
    for folder in ("scripts", "solutions/scripts"):
        (tiny.root / folder).mkdir()
        (tiny.root / folder / "say.py").write_text(
            "# lab 00.1 - say it\nprint('five')\n# end lab\n", encoding="utf-8"
        )
    recipe = "# lab 00.1 - the recipe\nsay:\n    echo five\n# end lab\n"
    (tiny.root / "solutions/learner.just").write_text(recipe, encoding="utf-8")
    checks = tiny.root / "tests/labs/phase_00/test_lab_01.py"
    checks.write_text(
        checks.read_text()
        + """

import os
from pathlib import Path


def test_the_script_and_the_recipe_say_five():
    scripts = Path(os.environ["CORTEX_SCRIPTS"])
    assert "five" in (scripts / "say.py").read_text()
    assert "five" in (scripts.parent / "learner.just").read_text()
"""
    )
    row = MINUS.replace("two_and_three_make_five", "the_script_and_the_recipe_say_five")
    script = row.replace("labkit/tiny.py", "scripts/say.py").replace("a + b", "'five'")
    named = row.replace("labkit/tiny.py", "learner.just").replace("a + b", "echo five")
    write(tiny, script, named.replace("id: minus", "id: recipe"))
    assert [told["state"] for told in ran(cortex)] == ["caught", "caught"]
