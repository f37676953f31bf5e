"""The one exception that every command turns into a message and an exit code."""

from __future__ import annotations

from pathlib import Path

DONE, NOT_YET, WRONG = 0, 1, 2


class CortexError(Exception):
    """Something a person must mend.

    Args:
        problem: what is wrong, in one sentence.
        file, line, field: where, as far as it is known.
        todo: what to do next; a command to type where there is one.
        code: exit code, `NOT_YET` (1) for work that isn't done, `WRONG` (2) for wrong usage or a broken file.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        field: str | None = None,
        todo: str = "",
        code: int = WRONG,
    ) -> None:
        self.problem, self.file, self.line, self.field = problem, file, line, field
        self.todo, self.code = todo, code
        super().__init__(str(self))

    @property
    def where(self) -> str:
        """`file:line: field`, or as much of it as is known."""
        place = str(self.file) if self.file is not None else ""
        if place and self.line is not None:
            place += f":{self.line}"
        return ": ".join(part for part in (place, self.field) if part)

    def __str__(self) -> str:
        text = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{text}\n{self.todo}" if self.todo else text
