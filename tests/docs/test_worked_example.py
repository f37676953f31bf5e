"""The worked example of "Write a phase" is cut out of the files that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/write-a-phase.md").read_text(encoding="utf-8")
CUTS = re.findall(r"^`([^`]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_it_goes_all_the_way() -> None:
    parts = (
        "solutions/",
        "mutants.yaml",
        "tests/labs/",
        "phase.yaml",
        "break/",
        "claims.yaml",
        "quiz.yaml",
    )
    for part in parts:
        assert any(part in name for name, _ in CUTS), part


@pytest.mark.parametrize(("name", "text"), CUTS, ids=[name for name, _ in CUTS])
def test_a_block_is_what_its_file_says(name: str, text: str) -> None:
    assert text in (ROOT / name).read_text(encoding="utf-8")
