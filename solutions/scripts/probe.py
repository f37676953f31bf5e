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
    # lab 00.0
    try:
        answer = subprocess.run(  # nosec B603
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = answer.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines else None
    # end lab


def required(root: Path) -> list[Finding]:
    """The findings without which work can't start, in this order and under these names:

    "python" (at least `PYTHON`), "virtual environment" (this interpreter is one's own), "git" (it answers),
    "repository" (`root` lies in a git repository that has a commit), and "package NAME" for each of `PACKAGES`
    (it can be found; it isn't imported).
    """
    # lab 00.0
    git = ask(["git", "--version"])
    commit = ask(["git", "-C", str(root), "rev-parse", "--verify", "HEAD"])
    version = ".".join(str(part) for part in sys.version_info[:3])
    own = sys.prefix != sys.base_prefix
    findings = [
        _finding(
            "python",
            version if sys.version_info >= PYTHON else "",
            f"this is Python {version}: install {PYTHON[0]}.{PYTHON[1]} or newer",
        ),
        _finding(
            "virtual environment",
            sys.prefix if own else "",
            "run `just setup`, then .venv/bin/python scripts/probe.py",
        ),
        _finding("git", git, "install git, and make sure that `git --version` answers"),
        _finding(
            "repository",
            commit,
            "clone the repository with git: a downloaded archive has no history",
        ),
    ]
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        findings.append(
            _finding(f"package {name}", spec.origin if spec else None, "run `just setup`")
        )
    return findings
    # end lab


def optional() -> list[Finding]:
    """One finding for each tool of `OPTIONAL`, asked for its --version; the fix is the table's."""
    # lab 00.0
    return [_finding(tool, ask([tool, "--version"]), fix) for tool, fix in OPTIONAL.items()]
    # end lab


# lab 00.0 - a helper that makes a Finding, if you want one
def _finding(name: str, found: str | None, fix: str) -> Finding:
    return Finding(name, bool(found), found or "", "" if found else fix)


# end lab


def main(root: Path) -> int:
    """Prints one JSON object: {"ok": bool, "required": [...], "optional": [...], "attested": [{"id", "says"}, ...]}.

    Returns:
        0 if every required finding is ok, else 1. Optional and attested ones never change it.
    """
    # lab 00.0
    needed = required(root)
    ok = all(finding.ok for finding in needed)
    report = {
        "ok": ok,
        "required": [asdict(finding) for finding in needed],
        "optional": [asdict(finding) for finding in optional()],
        "attested": [{"id": name, "says": says} for name, says in ATTESTED.items()],
    }
    print(json.dumps(report, indent=2))
    return 0 if ok else 1
    # end lab


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parent))
