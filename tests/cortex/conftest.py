"""Fixtures: `tiny`, a small curriculum of its own, and `cortex`, the real command line."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
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


# What a process reads once, when it starts.
_READ_AT_START = ("PYTHON", "LANG", "LC_", "TMPDIR", "CORTEX_JUST")


def run_cortex(
    root: Path, *words: str, env: Mapping[str, str] | None = None, input: str = ""
) -> Answered:
    """What `cortex WORDS` does in `root`, run inside this process: a new one costs more than most commands."""
    from cortex.__main__ import main

    # What this process starts in turn is still a process of its own, as it is for a learner.
    inside = {**clean_environment(), **(env or {})}
    if any(name.startswith(_READ_AT_START) for name in env or {}):
        return _in_a_process(root, words, inside, input, 60)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code: Any = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for name in set(os.environ) - set(inside):
            patch.delenv(name)
        for name, value in inside.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["cortex", *words])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input.encode()), encoding="utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        handler = signal.getsignal(
            signal.SIGINT
        )  # a command that leaves may ignore it from then on
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code
        finally:
            signal.signal(signal.SIGINT, handler)
    told = []
    for stream in (out, err):
        stream.flush()
        told.append(stream.buffer.getvalue().decode("utf-8", "replace"))  # type: ignore[attr-defined]
    return Answered(code, *told)


def _in_a_process(
    root: Path, words: Sequence[str], env: Mapping[str, str], input: str, timeout: float
) -> Answered:
    done = subprocess.run(
        [sys.executable, "-m", "cortex", *words],
        cwd=root,
        env=env,
        input=input,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Answered(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def cortex(tiny: Repo) -> Cortex:
    """Runs `cortex ARGS` in the tiny curriculum: cortex("check", "00.1", env={...}, input="...", cwd=...)."""

    def run(
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        input: str = "",
    ) -> Answered:
        return run_cortex(cwd or tiny.root, *args, env=env, input=input)

    return run
