"""A throw-away copy of the ground (wrapper, recipes, set-up) on a machine whose tools the test chooses."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GROUND = (
    "just",
    "Justfile",
    "phases.just",
    "pyproject.toml",
    "uv.lock",
    "scripts",
    "tools",
    "README.md",
    "LICENSE",
)
# What any Unix machine has; everything else is there only if the test puts it there.
COMMON = (
    *(
        "sh",
        "bash",
        "env",
        "cat",
        "chmod",
        "cmp",
        "cp",
        "dirname",
        "find",
        "grep",
        "head",
        "ln",
        "ls",
        "mkdir",
        "mktemp",
    ),
    *(
        "mv",
        "readlink",
        "rm",
        "rmdir",
        "sed",
        "setsid",
        "sleep",
        "sort",
        "touch",
        "tr",
        "true",
        "uname",
    ),
)


def tool(name: str) -> str:
    """Where the real uv or just is; a machine that runs the tests got both through ./just."""
    found = os.environ.get(name.upper()) if name == "uv" else None
    found = found or shutil.which(name) or shutil.which(name, path=str(ROOT / ".cache/tools/bin"))
    assert found, f"{name} isn't here: run the tests with ./just test, which fetches it"
    return found


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass
class House:
    """`root` is the copy, `bin` the whole PATH of its machine, `log` what the fake tools were asked."""

    base: Path
    root: Path = field(init=False)
    bin: Path = field(init=False)
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.base / "a house with spaces"
        self.bin = self.base / "bin"
        self.log = self.base / "log"
        self.root.mkdir(parents=True)
        self.bin.mkdir()
        for name in GROUND:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(
                    source, self.root / name, ignore=shutil.ignore_patterns("__pycache__")
                )
            elif source.exists():
                shutil.copy(source, self.root / name)
        for name in COMMON:
            (self.bin / name).symlink_to(shutil.which(name) or f"/bin/{name}")

    def script(self, where: Path | str, body: str) -> Path:
        """An executable sh script: on PATH if `where` is a name, else at that path."""
        path = self.bin / where if isinstance(where, str) else where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    def run(self, *command: str | Path, cwd: Path | None = None, **env: str) -> Ran:
        """Runs `command` with this machine's PATH and nothing of ours in the environment."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or self.root,
            env={
                "PATH": str(self.bin),
                "HOME": str(self.base),
                "LOG": str(self.log),
                "GIT_CEILING_DIRECTORIES": str(self.base),
                **env,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def asked(self) -> list[str]:
        """What the fake tools were asked since the last time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines
