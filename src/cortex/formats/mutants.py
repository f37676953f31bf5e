"""`mutants.yaml`: wrong code that must be noticed, in a phase by its labs' checks, among the no-magic scripts by a criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MinLen

from cortex.formats.phase import LAB_ID, SLUG, STRICT, _require


@dataclass(frozen=True)
class Mutant:
    """One wrong implementation.

    `file` is relative to `solutions/`: `minitorch/nn/init.py`, `scripts/probe.py`, `learner.just`. `find` occurs once in
    it, inside a region of `lab`. `caught_by` is the one check of the lab that runs; it must fail, or end as `ends`
    declares. `clause` says which part of the contract is broken. A mutant that no check can tell from the reference has
    the reason in `equivalent` instead of `caught_by`, and then all checks of the lab must pass.
    """

    __pydantic_config__ = STRICT
    id: str
    lab: str
    clause: Annotated[str, MinLen(1)]
    file: str
    replace: dict[str, str]
    caught_by: str = ""
    ends: Literal["fail", "crash", "timeout"] = "fail"
    equivalent: str = ""

    def __post_init__(self) -> None:
        _require(bool(SLUG.match(self.id)), f"mutant id {self.id!r} should look like gain-ignored")
        _require(bool(LAB_ID.match(self.lab)), f"lab id {self.lab!r} should look like 07.1")
        _require_change(self.id, self.replace)
        _require(
            bool(self.caught_by) != bool(self.equivalent),
            f"mutant {self.id} needs exactly one of caught_by and equivalent",
        )


@dataclass(frozen=True)
class MutantsFile:
    """The whole file."""

    __pydantic_config__ = STRICT
    mutants: Annotated[list[Mutant], MinLen(1)]

    def __post_init__(self) -> None:
        _require_names([mutant.id for mutant in self.mutants])


@dataclass(frozen=True)
class BrokenLine:
    """One broken line of a no-magic script.

    `find` occurs once in it. `clause` says which part of the algorithm is broken, and `red` is the criterion that must
    FAIL, word for word as the script's table names it; the others may do as they like. A script that can't go on with
    the broken line, and so prints no table, has `ends: crash` instead of `red`.
    """

    __pydantic_config__ = STRICT
    id: str
    script: str
    clause: Annotated[str, MinLen(1)]
    replace: dict[str, str]
    red: str = ""
    ends: Literal["fail", "crash"] = "fail"

    def __post_init__(self) -> None:
        _require(bool(SLUG.match(self.id)), f"mutant id {self.id!r} should look like gain-ignored")
        _require_change(self.id, self.replace)
        _require(
            bool(self.red) == (self.ends == "fail"),
            f"mutant {self.id} needs red, or else ends: crash",
        )


@dataclass(frozen=True)
class BrokenLinesFile:
    """The whole file, `experiments/no-magic/mutants.yaml`."""

    __pydantic_config__ = STRICT
    mutants: Annotated[list[BrokenLine], MinLen(1)]

    def __post_init__(self) -> None:
        _require_names([mutant.id for mutant in self.mutants])


def _require_change(name: str, replace: dict[str, str]) -> None:
    _require(
        set(replace) == {"find", "with"} and bool(replace["find"]),
        f"mutant {name}: replace takes find and with",
    )
    _require(replace["find"] != replace["with"], f"mutant {name} changes nothing")


def _require_names(ids: list[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1})
    _require(not twice, f"two mutants are called {', '.join(twice)}")
