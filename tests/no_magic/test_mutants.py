"""Broken lines of the scripts: each can be run as it is written, and those of the quick scripts turn their criteria red."""

from __future__ import annotations

import pytest

from cortex.dev import no_magic, no_magic_mutants
from cortex.files.repo import Repo

from .standards import ROOT

HERE = Repo(ROOT)
# Seconds each, in full; the broken lines of the others run every week.
QUICK = [
    "microtokenizer",
    "microrope",
    "microattention",
    "microkv",
    "micropaged",
    "microflash",
    "microcheckpoint",
]
LINES = no_magic_mutants.listed(HERE, QUICK)


def test_every_broken_line_can_be_run_and_every_script_has_some() -> None:
    assert list(no_magic_mutants.problems(HERE)) == []


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES, ids=[line.id for line in LINES])
def test_a_broken_line_turns_its_criterion_red(line: no_magic_mutants.BrokenLine) -> None:
    scripts = {script.name: script for script in no_magic.scripts(HERE)}
    assert no_magic_mutants.judge(HERE, scripts, line).problem == ""
