"""Fixtures: `tiny`, a small curriculum of its own, and `cortex`, the real command in a child process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cortex.files.repo import Repo

sys.path.insert(0, str(Path(__file__).parent))
import tiny_curriculum

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answered:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as JSON."""
        data: dict[str, Any] = json.loads(self.out)
        return data


Cortex = Callable[..., Answered]


@pytest.fixture(scope="session")
def tiny_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny curriculum, built once."""
    root = tmp_path_factory.mktemp("tiny") / "clone"
    root.mkdir()
    tiny_curriculum.build(root)
    return root


@pytest.fixture
def tiny(tiny_template: Path, tmp_path: Path) -> Repo:
    """A copy of the tiny curriculum, for one test to damage."""
    root = tmp_path / "clone"
    shutil.copytree(tiny_template, root, symlinks=True)
    return Repo(root)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would change a command's answer."""
    dropped = ("CORTEX_", "PYTEST_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "GIT_")
    env = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return env | {
        "PYTHONPATH": str(ROOT / "src"),
        "CORTEX_LEARNER": "ada",
        "CORTEX_JUST": "just",
        "TERM": "xterm",
    }


@pytest.fixture
def cortex(tiny: Repo) -> Cortex:
    """Runs `cortex ARGS` in the tiny curriculum: cortex("check", "00.1", env={...}, input="...", cwd=...)."""

    def run(
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        input: str = "",
        timeout: float = 60,
    ) -> Answered:
        done = subprocess.run(
            [sys.executable, "-m", "cortex", *args],
            cwd=cwd or tiny.root,
            env=clean_environment() | dict(env or {}),
            input=input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        return Answered(done.returncode, done.stdout, done.stderr)

    return run
