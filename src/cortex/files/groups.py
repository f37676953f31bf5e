"""Dependency groups: packages that some phases need and the others shouldn't wait for, each in an environment of its own.

`tools/groups/NAME.txt` says what a group holds; `./just setup NAME` makes `.cache/groups/NAME`, which also sees what the
core's environment has.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.repo import Repo


def known(repo: Repo) -> list[str]:
    """The groups that can be set up."""
    return sorted(path.stem for path in (repo.root / "tools" / "groups").glob("*.txt"))


def missing(repo: Repo, group: str) -> str:
    """Why code of this group can't run here, in one sentence with what to type; empty if it can."""
    if not group or _python(repo, group).is_file():
        return ""
    if group not in known(repo):
        raise CortexError(
            f"there is no dependency group {group!r}",
            field="group",
            todo=f"There are: {', '.join(known(repo)) or 'none'} (tools/groups/).",
        )
    return f"needs the packages of the group {group}, which isn't set up here: ./just setup {group}"


def interpreter(repo: Repo, group: str) -> str:
    """The Python that runs code of a group; this one for the core."""
    return str(_python(repo, group)) if group else sys.executable


def _python(repo: Repo, group: str) -> Path:
    home = repo.root / ".cache" / "groups" / group
    return home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
