"""What is wrong with the curriculum, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.repo import Repo


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where (`file` is relative to the root), what, and what to do about it."""

    file: str
    what: str
    todo: str
    line: int | None = None

    @property
    def where(self) -> str:
        """`file:line`, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file


def from_error(repo: Repo, error: CortexError, file: str = "") -> Problem:
    """The problem that an error tells of; `file` stands in where the error names none."""
    named = repo.relative(Path(error.file)) if error.file is not None else file
    what = f"{error.field}: {error.problem}" if error.field else error.problem
    return Problem(named, what, error.todo, error.line)
