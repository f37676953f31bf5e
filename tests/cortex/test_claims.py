"""`claims.yaml`: what holds a sentence must hold, its control too, and a planted change must turn it red."""

from __future__ import annotations

from typing import Any

import pytest
import tiny_curriculum
from conftest import Cortex

from cortex.context import Context
from cortex.dev import claims
from cortex.files.repo import Repo

PLACE = "docs/phase-00-tiny/claims.yaml"
CHECKS = "tests/labs/phase_00/test_lab_01.py"
CLAIM = f"""
claims:
  - id: counting-on
    page: theory/01-adding.md
    says: "Adding is counting on: start at the first number and take as many steps as the second says."
    held_by: "experiment 00-tiny: metrics.sum == 5"
    control: {CHECKS}::test_order_does_not_matter
    planted: {{file: solutions/labkit/tiny.py, find: "a + b", with: "a + b + 1"}}
"""


def judged(tiny: Repo, monkeypatch: pytest.MonkeyPatch, text: str) -> claims.Outcome:
    """What becomes of the one claim."""
    (tiny.root / PLACE).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tiny.root)
    ctx = Context("ada", tiny)
    phase = ctx.curriculum.phase(0)
    assert list(claims.problems(ctx, phase)) == []
    (outcome,) = claims.run(ctx, phase)
    return outcome


def test_a_claim_that_is_held(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (tiny.root / "solutions/labkit/tiny.py").read_bytes()
    assert judged(tiny, monkeypatch, CLAIM).says == ""
    assert (tiny.root / "solutions/labkit/tiny.py").read_bytes() == before
    assert not (tiny.experiments / "00/tiny/runs").exists()


def test_a_claim_that_a_check_holds_and_an_experiment_controls(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CLAIM.replace(
        'held_by: "experiment 00-tiny: metrics.sum == 5"',
        f"held_by: {CHECKS}::test_two_and_three_make_five",
    ).replace(
        f"control: {CHECKS}::test_order_does_not_matter",
        'control: "experiment 00-tiny: metrics.sum != 6"',
    )
    assert judged(tiny, monkeypatch, text).ok


FALLS = {
    "what holds it doesn't": (
        CLAIM.replace("== 5", "== 6"),
        "held_by doesn't hold: metrics.sum is 5, not == 6.0",
    ),
    "the control doesn't": (
        CLAIM.replace(
            f"{CHECKS}::test_order_does_not_matter", '"experiment 00-tiny: metrics.sum > 5"'
        ),
        "control doesn't hold: metrics.sum is 5, not > 5.0",
    ),
    "the planted change shows nothing": (
        CLAIM.replace("a + b + 1", "b + a"),
        "experiment 00-tiny: metrics.sum == 5 holds with the planted change too",
    ),
    "the planted change breaks the run": (
        CLAIM.replace("a + b + 1", "a + c"),
        "with the planted change nothing can be measured: 00-tiny: it left with code 1",
    ),
}


@pytest.mark.parametrize("what", FALLS)
def test_a_claim_that_is_not_held_is_told(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    text, says = FALLS[what]
    assert judged(tiny, monkeypatch, text).says == says


WRONG = {
    "a sentence that is no longer there": (
        CLAIM.replace("Adding is counting on", "Adding is counting down"),
        "theory/01-adding.md doesn't say 'Adding is counting down",
    ),
    "a page that isn't there": (
        CLAIM.replace("01-adding", "02-adding"),
        "there is no page theory/02-adding.md",
    ),
    "a check that isn't there": (
        CLAIM.replace("test_order", "test_an_order"),
        f"{CHECKS} defines no test_an_order_does_not_matter",
    ),
    "an experiment that isn't there": (
        CLAIM.replace("00-tiny:", "00-huge:"),
        "no phase declares the experiment 00-huge",
    ),
    "a change that can't be planted": (
        CLAIM.replace('"a + b"', '"a * b"'),
        "`find` occurs no times in solutions/labkit/tiny.py",
    ),
    "a change in a file that isn't there": (
        CLAIM.replace("solutions/labkit", "labkit"),
        "there is no labkit/tiny.py",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_can_not_be_held_at_all_is_an_error_of_the_file(
    tiny: Repo, cortex: Cortex, what: str
) -> None:
    text, says = WRONG[what]
    (tiny.root / PLACE).write_text(text, encoding="utf-8")
    found: list[dict[str, Any]] = cortex("dev", "check", "--fast", "--json").json["problems"]
    (told,) = [problem for problem in found if problem["file"] == PLACE]
    assert told["line"] == 3
    assert told["what"].startswith(f"claim counting-on: {says}")


MALFORMED = {
    "no evidence": (CLAIM.replace(": metrics.sum == 5", ""), "shows nothing: write `tests/"),
    "its own control": (
        CLAIM.replace(
            f"{CHECKS}::test_order_does_not_matter", '"experiment 00-tiny: metrics.sum == 5"'
        ),
        "claim counting-on is its own control",
    ),
    "no change": (
        CLAIM.replace("a + b + 1", "a + b"),
        "claim counting-on: planted changes nothing",
    ),
    "half a change": (
        CLAIM.replace(', find: "a + b"', ""),
        "claim counting-on: planted takes file, find and with",
    ),
    "two of one name": (
        CLAIM + CLAIM.replace("\nclaims:\n", ""),
        "two claims are called counting-on",
    ),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_file_that_is_not_one_is_refused(tiny: Repo, cortex: Cortex, what: str) -> None:
    text, says = MALFORMED[what]
    (tiny.root / PLACE).write_text(text, encoding="utf-8")
    found = cortex("dev", "check", "--fast", "--json").json["problems"]
    assert any(says in problem["what"] and problem["file"] == PLACE for problem in found)


def test_a_sentence_may_be_broken_over_lines_and_quoted(tiny: Repo, cortex: Cortex) -> None:
    page = tiny.root / "docs/phase-00-tiny/theory/01-adding.md"
    page.write_text(
        page.read_text().replace("## Exercises", "> A sum is\n> one number.\n\n## Exercises")
    )
    text = CLAIM.replace("Adding is counting on: start at", "A sum is one number. Nothing at")
    sentence = text[text.index('"A sum') + 1 : text.index('says."') + 5]
    (tiny.root / PLACE).write_text(text.replace(sentence, "A sum is one number."))
    tiny_curriculum.commit(tiny.root, "docs: a sentence")
    found = cortex("dev", "check", "--fast", "--json").json["problems"]
    assert [problem for problem in found if problem["file"] == PLACE] == []
