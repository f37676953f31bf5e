"""Finds what phase 00's checks judge: the scripts under test, the labkit on the path, and `just`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[3]


def packages() -> Path:
    """The folder that holds the labkit under test."""
    import labkit

    return Path(str(labkit.__file__)).resolve().parents[1]


def scripts() -> Path:
    """The folder `scripts` under test: $CORTEX_SCRIPTS, else the one that goes with the labkit on the path."""
    told = os.environ.get("CORTEX_SCRIPTS")
    if told:
        return (ROOT / told).resolve()
    return (packages() if packages() == ROOT / "solutions" else ROOT) / "scripts"


def load(name: str) -> ModuleType:
    """The script `name` ("precommit/forbid_pickle_loads.py") as a module; its main isn't run."""
    path = scripts() / name
    spec = importlib.util.spec_from_file_location(f"under_test_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"{path} isn't there: git checkout -- scripts/{name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def run(
    *command: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    base: Mapping[str, str] | None = None,
    timeout: float = 20,
) -> subprocess.CompletedProcess[str]:
    """Runs a program with the labkit under test on its path; a NotImplementedError in it is raised here.

    Its environment is `base` (this process's by default) with `env` on top.
    """
    whole = {**(os.environ if base is None else base), "PYTHONPATH": str(packages()), **(env or {})}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=whole,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    last = done.stderr.strip().splitlines()[-1:]
    for line in done.stderr.splitlines():
        if line.startswith("NotImplementedError"):
            raise NotImplementedError(line.partition(": ")[2] or last)
    return done


def script(
    name: str, *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the script `name` with this interpreter."""
    return run(sys.executable, scripts() / name, *arguments, cwd=cwd, env=env)


def repository(folder: Path, *, commit: bool = True) -> Path:
    """A new git repository in `folder`, with one commit that ignores __pycache__ and experiments/*/runs."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet")
    if commit:
        ignored = "__pycache__/\nexperiments/*/runs/\n"
        (folder / ".gitignore").write_text(ignored, encoding="utf-8")
        git(folder, "add", ".gitignore")
        git(folder, "commit", "--quiet", "--message", "start")
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Runs git in `folder` as nobody in particular, untouched by the caller's configuration."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    who = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-C", str(folder), *arguments],
        env=clean | who,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def just() -> str | None:
    """The path of `just`: $JUST, then PATH, then where ./just keeps its own; None if it is nowhere."""
    own = ROOT / ".cache" / "tools" / "bin" / "just"
    return os.environ.get("JUST") or shutil.which("just") or (str(own) if own.is_file() else None)
