"""What an action returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from cortex.errors import DONE, CortexError

T = TypeVar("T", bound="Told | Mapping[str, Any]", covariant=True)


@dataclass(frozen=True)
class Told:
    """What there is to tell: faces render its fields, and a program reads `json`."""

    def json(self) -> dict[str, Any]:
        """Plain data under the names that `--json` promises."""
        return asdict(self)


@dataclass(frozen=True)
class Answer(Generic[T]):
    """An action's answer.

    Attributes:
        data: what there is to tell.
        code: 0 done, 1 not done yet, 2 wrong usage or a broken file.
        next: the command or step that comes next, empty if none does.
    """

    data: T
    code: int = DONE
    next: str = ""

    def json(self) -> dict[str, Any]:
        """The one JSON object that a program gets."""
        told = self.data.json() if isinstance(self.data, Told) else self.data
        return {"ok": self.code == DONE, "exit": self.code, "next": self.next, **told}


def failure(error: CortexError) -> dict[str, Any]:
    """The one JSON object that a program gets where an action failed."""
    return {
        "ok": False,
        "exit": error.code,
        "next": error.todo,
        "error": error.problem,
        "file": str(error.file) if error.file is not None else None,
        "line": error.line,
        "field": error.field,
    }
