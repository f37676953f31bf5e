"""What this machine has for the curriculum: `python scripts/probe.py` prints JSON and exits 0 if work can start.

Three levels. A required finding decides the exit code; an optional one is reported and decides nothing; an attested
one can't be seen by a program, so the probe lists it and never ticks it. Only the standard library: the probe must
run where nothing is installed yet.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess  # nosec B404
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PYTHON = (3, 11)
PACKAGES = ("numpy", "pytest", "yaml")
OPTIONAL = {
    "just": "run ./just once: it finds or installs it",
    "uv": "run ./just once: it finds or installs it",
    "gcc": "a C compiler, wanted from phase 23 on: install your system's build tools",
    "nvidia-smi": "nothing to do: no phase needs a GPU",
}
"""Optional tools, and what to do about a missing one. Each prints its version when called with --version."""
ATTESTED = {
    "editor": "The editor shows ruff and mypy findings while I type, or I run `just lint` before a commit",
    "assistant": "If I use a coding assistant: it has read CLAUDE.md",
}
"""What only the learner can see."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for.

    Attributes:
        name: such as "git" or "package numpy".
        ok: whether it is there and works.
        found: what was seen: a version, a path, or "" for nothing.
        fix: what to do when it isn't ok, in one sentence; "" when it is.
    """

    name: str
    ok: bool
    found: str
    fix: str


def ask(command: Sequence[str], timeout: float = 5.0) -> str | None:
    """The first line that the command prints on standard output, or None.

    None if it isn't on PATH, can't be started, exits with anything but 0, prints nothing, or hasn't ended after
    `timeout` seconds. A tool that is there and doesn't work counts as missing.
    """
    raise NotImplementedError("Lab 00.0 - ask")


def required(root: Path) -> list[Finding]:
    """The findings without which work can't start, in this order and under these names:

    "python" (at least `PYTHON`), "virtual environment" (this interpreter is one's own), "git" (it answers),
    "repository" (`root` lies in a git repository that has a commit), and "package NAME" for each of `PACKAGES`
    (it can be found; it isn't imported).
    """
    raise NotImplementedError("Lab 00.0 - required")


def optional() -> list[Finding]:
    """One finding for each tool of `OPTIONAL`, asked for its --version; the fix is the table's."""
    raise NotImplementedError("Lab 00.0 - optional")


# Lab 00.0 - a helper that makes a Finding, if you want one: write it here


def main(root: Path) -> int:
    """Prints one JSON object: {"ok": bool, "required": [...], "optional": [...], "attested": [{"id", "says"}, ...]}.

    Returns:
        0 if every required finding is ok, else 1. Optional and attested ones never change it.
    """
    raise NotImplementedError("Lab 00.0 - main")


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parent))
