"""What every command answers to a program: its keys are a promise, held against `data/answers.json`."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import tiny_curriculum
import tiny_walk

from cortex.__main__ import main

PROMISED = Path(__file__).parent / "data" / "answers.json"


def keys(answer: object, depth: int = 2) -> Any:
    """The names in an answer, two levels deep; of a list, those of its first entry."""
    if isinstance(answer, list):
        return [keys(answer[0], depth)] if answer else []
    if not isinstance(answer, dict) or depth == 0:
        return ""
    return {name: keys(value, depth - 1) for name, value in answer.items()}


def answers(folder: Path) -> dict[str, Any]:
    """The keys of what each command says, one learner's way through the tiny phase; errors too."""
    root = tiny_walk.at("sealed", folder).root
    told: dict[str, Any] = {}

    def said(name: str, *words: str) -> dict[str, Any]:
        shown = io.StringIO()
        with (
            contextlib.chdir(root),
            contextlib.redirect_stdout(shown),
            mock.patch.object(sys, "argv", ["cortex", *words, "--json"]),
            mock.patch.dict(os.environ, {"CORTEX_LEARNER": "ada"}),
            pytest.raises(SystemExit) as left,
        ):
            main()
        answer: dict[str, Any] = json.loads(shown.getvalue())
        assert answer["exit"] == left.value.code, words
        told[name] = keys(answer)
        return answer

    said("gate of a phase that isn't open", "gate", "00")
    said("open", "open", "00")
    said("check before any work", "check", "00.1")
    said("solution, shut", "solution", "00.1")
    said("solution", "solution", "00.1", "--anyway")
    said("hint", "hint", "00.1")
    tiny_curriculum.solve(root)
    said("check", "check", "00.1")
    said("phase", "phase", "00")
    said("status", "status")
    said("break, asked", "break", "00")
    said("break", "break", "00", "--predict", "the sum becomes a difference")
    said("break, learnt", "break", "00", "--lesson", "test with two unequal numbers")
    first = said("run", "run", "00-tiny")
    second = said("run, with a seed", "run", "00-tiny", "--seed", "7")
    said("manifest diff", "manifest", "diff", first["folder"], second["folder"])
    said("manifest new", "manifest", "new", "by-hand")
    said("quiz, asked", "quiz", "00")
    sheet = root / ".cache" / "sheet.json"
    sheet.write_text(json.dumps({"q-00-01": 2, "q-00-05": "Two numbers give one result."}))
    said("quiz, graded", "quiz", "00", "--answers", str(sheet))
    words = ("--confirm", "q-00-05", "--verdict", "yes")
    said("quiz, confirmed", "quiz", "00", *words)
    said("review", "review")
    said("review, shown", "review", "--show", "quiz:q-00-01")
    said("review, rated", "review", "--rate", "quiz:q-00-01", "good")
    said("gate, shut", "gate", "00")
    tiny_walk.take_quiz(root)
    said("journal", "journal")
    said("journal, reminded", "journal", "--reminder")
    said("journal, added", "journal", "--add", "Adding is counting on.")
    said("attest, listed", "attest", "00")
    said("attest", "attest", "00", "explained", "--says", "A sum counts on from the first.")
    why = "I wanted to see how it is done at all."
    said("attest, of a solution", "attest", "00", "solution-00.1", "--says", why)
    said("gate", "gate", "00")
    said("report", "report", "00")
    said("doctor", "doctor")
    subprocess.run(["git", "branch", "upstream"], cwd=root, check=True)
    tiny_curriculum.commit(root, "phase: closed")
    said("update", "update", "--from", "upstream")
    said("dev skeleton", "dev", "skeleton")
    said("dev site", "dev", "site", "--check")
    said("dev figures", "dev", "figures", "--check")
    return told


def test_every_commands_answer_keeps_its_keys(tmp_path: Path) -> None:
    promised = json.loads(PROMISED.read_text(encoding="utf-8"))
    assert answers(tmp_path) == promised
