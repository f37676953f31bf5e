"""Writes down where a piece of work started: `python scripts/snapshot.py "any topic"`, behind `just snapshot TOPIC`.

A first, thin manifest: the commit, whether the tree was clean, the interpreter, the time. It lands in
experiments/00-snapshots/runs/DATE-SLUG/snapshot.json, a folder that git ignores. Only the standard library.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess  # nosec B404
import sys
from datetime import UTC, datetime
from pathlib import Path

RUNS = Path("experiments/00-snapshots/runs")


def slug(topic: str) -> str:
    """The topic as a folder name: lower case, each run of other characters than a-z and 0-9 is one `-`, none outside.

    `slug("Softmax: stability?")` is `"softmax-stability"`. At most 60 characters; no `-` at the end.

    Raises:
        ValueError: nothing is left, as with "!!!".
    """
    raise NotImplementedError("Lab 00.1 - slug")


def snapshot(topic: str, root: Path) -> Path:
    """Writes `root / RUNS / DATE-SLUG / "snapshot.json"` and returns its path; DATE is today's in UTC, YYYY-MM-DD.

    The object: id ("DATE-SLUG"), topic (as given), git_sha (40 hex), git_dirty (anything that
    `git status --porcelain` prints), python ("3.11.9"), created_at (ISO 8601, UTC, ends in Z). A second snapshot of
    the same topic on the same day replaces the first: the name says what it is of, and the last word counts.
    The file appears whole or not at all.

    Raises:
        ValueError: as `slug`.
        OSError, subprocess.CalledProcessError: no git, no repository, no commit. Nothing is written then.
    """
    raise NotImplementedError("Lab 00.1 - snapshot")


def _git(root: Path, *arguments: str) -> str:
    """What git prints, without the end of line. A list of arguments: no shell reads them."""
    answer = subprocess.run(  # nosec B603 B607
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


def main(argv: list[str]) -> int:
    """Prints the path of the snapshot. 0 if it was written, 1 if git failed, 2 if the call is wrong."""
    if len(argv) != 1:
        print("usage: snapshot.py TOPIC", file=sys.stderr)
        return 2
    try:
        print(snapshot(argv[0], Path.cwd()))
    except ValueError as error:
        print(f"snapshot.py: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"snapshot.py: git can't name the code: {error.stderr.strip()}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"snapshot.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
