"""Git hooks and CI: local tools only, and each hook refuses what it is there for."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ground_house import ROOT

CONFIG: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for repo in CONFIG["repos"] for hook in repo["hooks"]
}
KEY = "-----BEGIN RSA PRIVATE " + "KEY-----\n"  # In two pieces, or this file would be refused.


def test_every_hook_is_local_and_runs_a_tool_of_the_lock() -> None:
    assert [repo["repo"] for repo in CONFIG["repos"]] == ["local"]
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}
    for hook in HOOKS.values():
        command, *arguments = shlex.split(hook["entry"])
        assert command.startswith(".venv/bin/")
        assert (ROOT / command).exists(), command
        if command.endswith("/python"):
            assert (ROOT / arguments[0]).exists(), arguments[0]


def repository(folder: Path) -> Path:
    """A small repository with our hooks, our tools and a file that all of them accept."""
    folder.mkdir()
    for name in (".pre-commit-config.yaml", "pyproject.toml", "uv.lock", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for name in (
        "tools/neutral_lock.py",
        "tools/commit_message.py",
        "solutions/scripts/precommit/forbid_pickle_loads.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    for package in ("src/labkit", "src/cortex", "src/given"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").write_text('"""A package."""\n')
    (folder / "scripts").mkdir()
    (folder / "scripts/own.py").write_text('"""A script."""\n')
    git(folder, "init", "--quiet")
    # .gitignore names the folder .venv/, and here it is a link.
    (folder / ".git/info/exclude").write_text(".venv\n")
    git(folder, "add", ".")
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def run_hooks(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [".venv/bin/pre-commit", "run", "--color", "never", *arguments],
        cwd=folder,
        env={**os.environ, "PRE_COMMIT_HOME": str(folder.parent / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "a",
            "metadata": {},
            "source": ["1 + 1"],
            "outputs": [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": ["2"]},
                }
            ],
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
BAD: dict[str, tuple[str, str, str]] = {
    "ruff-check": ("src/cortex/a.py", "import os\n\nx = lambda: os\n", "E731"),
    "ruff-format": ("src/cortex/a.py", "x = 'one'\n", "would be reformatted"),
    "mypy": ("src/cortex/a.py", "def f(x):\n    return x\n", "no-untyped-def"),
    "mypy-reference": ("solutions/labkit/a.py", 'x: int = "one"\n', "Incompatible types"),
    "bandit": ("src/cortex/a.py", 'import os\n\nos.system(input("?"))\n', "B605"),
    "forbid-pickle-loads": (
        "experiments/a.py",
        "import pickle\n\nprint(pickle.loads(b''))\n",
        "experiments/a.py:3:",
    ),
    "nbstripout": ("a.ipynb", json.dumps(NOTEBOOK), "files were modified by this hook"),
    "large-files": ("a.txt", "x" * (1024 * 1024 + 1), "a.txt (1025 KB) exceeds 1024 KB."),
    "private-keys": ("a.txt", KEY, "Private key found: a.txt"),
    "neutral-lock": (
        "uv.lock",
        'version = 1\nsource = { registry = "https://index.invalid/simple" }\n',
        "uv.lock:2: holds an address",
    ),
}


def test_every_hook_on_files_has_a_file_that_it_must_refuse() -> None:
    assert {*BAD, "commit-message"} == set(HOOKS)


@pytest.mark.slow
@pytest.mark.parametrize("hook", BAD)
def test_a_hook_refuses_what_it_is_there_for_and_nothing_else(tmp_path: Path, hook: str) -> None:
    name, text, why = BAD[hook]
    folder = repository(tmp_path / "a house")
    code, said = run_hooks(folder, hook)
    assert code == 0, said
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    git(folder, "add", ".")
    code, said = run_hooks(folder, hook)
    assert code == 1, said
    assert why in said


# What mypy --strict, ruff (B905, E731, format) and bandit say no to, and no lab's checks do.
LEARNERS = """
def gradients(pairs, cast=None):
    if not isinstance(pairs, list): raise TypeError("a list")
    add = lambda a,b: a+b
    assert pairs
    return [add(a, b) for a, b in zip(pairs, pairs[1:])]
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["src/minigrad/scalar.py", "scripts/make.py"])
def test_no_hook_refuses_what_a_learner_writes(tmp_path: Path, name: str) -> None:
    folder = repository(tmp_path / "house")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(LEARNERS)
    git(folder, "add", ".")
    code, said = run_hooks(folder)
    assert code == 0, said


@pytest.mark.slow
def test_a_refused_message_is_answered_with_one_that_would_do(tmp_path: Path) -> None:
    folder = repository(tmp_path / "house")
    (folder / "message").write_text("fixed some things\n# a comment\n")
    stage = ("--hook-stage", "commit-msg", "--commit-msg-filename", "message")
    code, said = run_hooks(folder, *stage)
    assert code == 1
    assert "  fixed some things\n" in said
    assert "(?s)" not in said
    shown = re.findall(r"^  (\w+(?:\([\w-]+\))?: .*)$", said, re.MULTILINE)
    assert len(shown) == 3
    for example in shown:
        (folder / "message").write_text(example)
        assert run_hooks(folder, *stage)[0] == 0, example


@pytest.mark.slow
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("feat(cortex): watch answers within a second", 0),
        ("lab(phase-00): add the snapshot recipe", 0),
        ("phase: phase-00 closed", 0),
        ("theory(phase-07)!: number the pages anew\n\nThe old links are gone.", 0),
        ("wip", 1),
        ("Feat: capital", 1),
        ("feat:no space", 1),
        ("labs: not a type", 1),
    ],
)
def test_commit_messages_follow_the_convention(tmp_path: Path, message: str, code: int) -> None:
    folder = repository(tmp_path / "house")
    (folder / "message").write_text(message)
    stage = ("--hook-stage", "commit-msg", "--commit-msg-filename", "message")
    assert run_hooks(folder, *stage)[0] == code


def no_skips(report: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/no_skips.py"), str(report)],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


TESTS = """
import pytest

def test_passes(): pass
@pytest.mark.xfail(reason="known")
def test_is_expected_to_fail(): assert False
"""
SKIPS = """
@pytest.mark.skipif(True, reason="no chromium here")
def test_browser(): pass
def test_late(): pytest.skip("no strace")
"""


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        (TESTS, 0, ""),
        (
            TESTS + SKIPS,
            1,
            "Skipped tests, and in CI none may be:\ntest_a::test_browser: no chromium here\ntest_a::test_late: no strace\n",
        ),
    ],
)
def test_a_skipped_test_fails_ci(tmp_path: Path, source: str, code: int, said: str) -> None:
    (tmp_path / "test_a.py").write_text(source)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--junitxml=report.xml",
            "-c",
            os.devnull,
            "--rootdir=.",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert no_skips(tmp_path / "report.xml") == (code, said)


def test_a_missing_report_is_not_a_pass(tmp_path: Path) -> None:
    code, said = no_skips(tmp_path / "none.xml")
    assert (code, said.split(" (")[0]) == (2, "no_skips: no report to read")


def test_ci_runs_the_recipes_and_ends_with_the_tests() -> None:
    script = (ROOT / ".ci/run").read_text()
    for command in ("./just lint", "./just types", "pre-commit run --all-files"):
        assert command in script
    for command in ("./just dev check", "./just dev prove --sample 2\n", "./just dev oracle\n"):
        assert command in script
    *_, tests, verdict = script.strip().splitlines()
    assert tests.startswith("NO_MAGIC_SAMPLE=5 ./just test-all ")
    assert "no_skips.py" in verdict
    subprocess.run(["bash", "-n", str(ROOT / ".ci/run")], check=True)


def test_hooks_that_ci_leaves_out_are_those_that_its_recipes_run() -> None:
    script = (ROOT / ".ci/run").read_text()
    (skipped,) = re.findall(r"SKIP=(\S+)", script)
    recipes = [
        shlex.split(line)
        for line in (ROOT / "Justfile").read_text().splitlines()
        if "bin }}/" in line
    ]
    for name in skipped.split(","):
        program, *words = shlex.split(HOOKS[name]["entry"].removesuffix(" --force-exclude"))
        program = program.removeprefix(".venv/bin/")
        # A recipe may look at more: at the skeletons, which hooks leave to whoever writes in them.
        assert any(
            f"}}/{program}" in "".join(recipe)
            and all(any(Path(word).is_relative_to(other) for other in recipe) for word in words)
            for recipe in recipes
        ), HOOKS[name]["entry"]


def test_every_week_what_is_remembered_is_proven_again() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/weekly.yml").read_text())["jobs"]
    assert jobs["weekly"]["steps"][-1]["run"] == "bash .ci/run weekly"
    weekly = (ROOT / ".ci/run").read_text().partition("= weekly ]")[2].partition("\nfi")[0]
    for words in ("all", "mutants"):
        assert f"./just no-magic {words} --jobs 2\n" in weekly
    for command in ("dev prove --all", "dev rehearse --all", "dev oracle --all"):
        assert f"./just {command}\n" in weekly


def test_the_workflow_runs_the_same_script() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    assert [step["run"] for step in jobs["ci"]["steps"] if "run" in step][-1] == "bash .ci/run"
    audit = yaml.safe_load((ROOT / ".github/workflows/audit.yml").read_text())
    # YAML 1.1 reads the key `on` as true.
    assert audit[True]["schedule"]
    assert audit["jobs"]["audit"]["steps"][-1]["run"] == "./just audit-deps"
