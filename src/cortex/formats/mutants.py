"""`mutants.yaml`: the wrong implementations of a phase's labs that its checks must catch."""

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
        _require(
            set(self.replace) == {"find", "with"} and bool(self.replace["find"]),
            f"mutant {self.id}: replace takes find and with",
        )
        _require(self.replace["find"] != self.replace["with"], f"mutant {self.id} changes nothing")
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
        ids = [mutant.id for mutant in self.mutants]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        _require(not twice, f"two mutants are called {', '.join(twice)}")
