"""`claims.yaml`: the causal sentences of a phase's pages, and what holds each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

from cortex.formats.conditions import Condition
from cortex.formats.phase import SLUG, STRICT, _require, parse_experiment


@dataclass(frozen=True)
class Evidence:
    """What shows something: a check (`tests/.../test_x.py::test_name`), or an experiment whose manifest meets conditions."""

    check: str = ""
    experiment: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One sentence that says why.

    `says` stands on `page` (relative to the phase's folder) word for word; line breaks don't count. `held_by` and
    `control` are written alike: `tests/labs/phase_10/test_lab_01.py::test_name`, or
    `experiment 10-residual-depth: metrics.last_loss < 0.5`. `held_by` shows that the sentence is true, `control` that
    the other side is what it says (the same at equal scale without the cause, another seed, the direct measurement);
    both hold on the reference. With the change of `planted` in place (`find` occurs once in `file`, relative to the
    root), `held_by` doesn't.
    """

    __pydantic_config__ = STRICT
    id: str
    page: str
    says: Annotated[str, MinLen(1)]
    held_by: str
    control: str
    planted: dict[str, str]

    def __post_init__(self) -> None:
        _require(bool(SLUG.match(self.id)), f"claim id {self.id!r} should look like norm-alone")
        _require(
            set(self.planted) == {"file", "find", "with"} and bool(self.planted["find"]),
            f"claim {self.id}: planted takes file, find and with",
        )
        _require(
            self.planted["find"] != self.planted["with"],
            f"claim {self.id}: planted changes nothing",
        )
        _require(self.held_by != self.control, f"claim {self.id} is its own control")
        self.evidence(self.held_by)
        self.evidence(self.control)

    def evidence(self, text: str) -> Evidence:
        """What `held_by` or `control` names. Raises ValueError."""
        run = parse_experiment(text)
        if run and run[1]:
            return Evidence(experiment=run[0], conditions=tuple(run[1]))
        file, _, name = text.partition("::")
        _require(
            file.startswith("tests/") and file.endswith(".py") and bool(name),
            f"claim {self.id}: {text!r} shows nothing: write `tests/.../test_x.py::test_name` or "
            "`experiment NAME: metrics.x < 0.5`",
        )
        return Evidence(check=text)


@dataclass(frozen=True)
class ClaimsFile:
    """The whole file."""

    __pydantic_config__ = STRICT
    claims: Annotated[list[Claim], MinLen(1)]

    def __post_init__(self) -> None:
        ids = [claim.id for claim in self.claims]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        _require(not twice, f"two claims are called {', '.join(twice)}")
