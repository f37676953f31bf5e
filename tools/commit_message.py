"""Says what is wrong with a commit message, and shows one that would do: `commit_message.py FILE`, called by git's hook.

commitizen judges; its own answer is the regular expression that it judged by.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_HELP = """\
This commit has no message of the form that the project uses:

  {first}

Say what kind of change it is, then what changes. For example:

  lab(phase-00): write the manifest recipe
  fix(minigrad): add gradients up instead of overwriting them
  docs: explain my first experiment

Kinds: feat fix docs style refactor perf test build ci chore revert phase theory lab security
Nothing is lost: what you staged is still staged. Commit again with another message."""


def main(path: str) -> int:
    """0 if commitizen accepts the message in the file."""
    words = ["-m", "commitizen.cli", "check", "--allow-abort", "--commit-msg-file", path]
    if not subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, check=False
    ).returncode:
        return 0
    lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in lines if line.strip() and not line.startswith("#")]
    print(_HELP.format(first=told[0] if told else "(empty)"))
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
