"""Dependency groups: what a lab that needs one says where it isn't set up, and which interpreter runs it where it is."""

from __future__ import annotations

import dataclasses
import sys

import pytest

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import groups
from cortex.files.repo import Repo
from cortex.runs import checks


def needing(repo: Repo, monkeypatch: pytest.MonkeyPatch, group: str) -> checks.Verdict:
    monkeypatch.setenv("CORTEX_ROOT", str(repo.root))
    ctx = Context("ada")
    lab = dataclasses.replace(ctx.curriculum.lab("00.1")[1], group=group)
    return checks.check_lab(ctx, lab, impl="reference")


def test_a_lab_whose_packages_are_missing_says_what_to_type(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = tiny.root / "tools/groups"
    names.mkdir(parents=True)
    (names / "torch.txt").write_text("torch\n")
    verdict = needing(tiny, monkeypatch, "torch")
    assert verdict.state == "unready"
    assert verdict.message.endswith("./just setup torch")


def test_a_lab_runs_on_the_interpreter_of_its_group(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group's python is a wrapper here that leaves a mark and goes on with this interpreter."""
    python = tiny.root / ".cache/groups/own/bin/python"
    python.parent.mkdir(parents=True)
    mark = tiny.root / ".cache/ran"
    python.write_text(f'#!/bin/sh\ntouch "{mark}"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    assert needing(tiny, monkeypatch, "own").state == "pass"
    assert mark.exists()


def test_a_group_that_nothing_describes_is_refused(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CortexError, match="no dependency group 'jax'"):
        needing(tiny, monkeypatch, "jax")


def test_the_core_needs_no_group(tiny: Repo) -> None:
    assert groups.missing(tiny, "") == ""
    assert groups.interpreter(tiny, "") == sys.executable
