"""What ruff would say about the code of a lab that passes: advice, which nothing waits for."""

from __future__ import annotations

import json
import subprocess  # nosec B404
import sys
from pathlib import Path

from cortex.files.packages import NAMES
from cortex.files.repo import Repo
from cortex.formats.phase import Lab

_MOST = 3
_SECONDS = 10


def of(repo: Repo, lab: Lab) -> list[str]:
    """At most three findings in the learner's files, `src/minigrad/scalar.py:41: ...`; none where ruff isn't there."""
    homes = [repo.src / name for name in NAMES]
    files = [
        name
        for name in lab.writes
        if name.endswith(".py") and any((repo.root / name).is_relative_to(home) for home in homes)
    ]
    ruff = Path(sys.executable).with_name("ruff")
    if not files or not ruff.exists():
        return []
    words = [str(ruff), "check", "--no-cache", "--exit-zero", "--output-format", "json", *files]
    try:
        done = subprocess.run(  # nosec B603
            words, cwd=repo.root, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        found = json.loads(done.stdout)
        told = [_line(repo, entry) for entry in found]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return []
    rest = [f"and {len(told) - _MOST} more: just lint"] if len(told) > _MOST else []
    return told[:_MOST] + rest


def _line(repo: Repo, entry: dict[str, object]) -> str:
    place = entry["location"]
    row = place["row"] if isinstance(place, dict) else 1
    return (
        f"{repo.relative(Path(str(entry['filename'])))}:{row}: {entry['message']} ({entry['code']})"
    )
