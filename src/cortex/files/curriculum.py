"""All 42 phases: the shipped ones from their phase.yaml, the others from data/planned.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from cortex.errors import CortexError
from cortex.files.memory import Memory
from cortex.files.repo import Repo
from cortex.formats.phase import Break, Lab, Phase, Planned, PlannedFile

COUNT = 42
_NUMBER = re.compile(r"^(?:phase-?)?([0-9]{1,2})$")


def parse_number(text: str) -> int:
    """`7`, `07` or `phase07` as 7. Raises CortexError."""
    match = _NUMBER.match(text.lower())
    if match is None or int(match[1]) >= COUNT:
        raise CortexError(
            f"{text!r} isn't a phase", todo="Phases are 00 to 41: `cortex status` lists them."
        )
    return int(match[1])


@dataclass(frozen=True)
class Curriculum:
    """What is shipped and what is planned, checked against each other."""

    shipped: dict[int, Phase]
    planned: dict[int, Planned]

    @cached_property
    def everything(self) -> list[Phase | Planned]:
        """All phases by number."""
        both: dict[int, Phase | Planned] = {**self.planned, **self.shipped}
        return [both[number] for number in sorted(both)]

    def phase(self, number: int) -> Phase:
        """A shipped phase, or a CortexError that names the nearest one."""
        if number in self.shipped:
            return self.shipped[number]
        near = min(self.shipped, key=lambda n: (abs(n - number), n))
        title = self.planned[number].title.en if number in self.planned else ""
        raise CortexError(
            f"phase {number:02d} ({title}) isn't shipped yet",
            todo=f"The nearest one that is: {near:02d}, {self.shipped[near].title.en}: `just phase{near:02d}`.",
            code=1,
        )

    def lab(self, lab_id: str) -> tuple[Phase, Lab]:
        """The phase and lab of an id such as `07.1`."""
        head, dot, _ = lab_id.partition(".")
        phase = self.phase(parse_number(head))
        for lab in phase.labs:
            if dot and lab.id == f"{phase.number:02d}.{lab_id.partition('.')[2]}":
                return phase, lab
        ids = ", ".join(lab.id for lab in phase.labs)
        raise CortexError(f"there is no lab {lab_id}", todo=f"Phase {phase.number:02d} has {ids}.")

    def find_break(self, phase: Phase, break_id: str) -> Break:
        """A break of the phase by its id."""
        for item in phase.breaks:
            if item.id == break_id:
                return item
        ids = ", ".join(item.id for item in phase.breaks)
        raise CortexError(
            f"phase {phase.number:02d} has no break {break_id!r}", todo=f"It has {ids}."
        )


def load_curriculum(repo: Repo) -> Curriculum:
    """Reads every phase file; validated ones are remembered by content, so an unchanged file costs no YAML."""
    memory = Memory(repo.cache / "curriculum.json")
    planned_file = memory.get(repo.root / "data" / "planned.yaml", PlannedFile)
    planned = {entry.number: entry for entry in planned_file.phases}
    shipped: dict[int, Phase] = {}
    for path in sorted(repo.docs.glob("phase-*/phase.yaml")):
        phase = memory.get(path, Phase)
        if path.parent.name != f"phase-{phase.number:02d}-{phase.slug}":
            raise CortexError(
                f"number {phase.number} and slug {phase.slug!r} don't fit the folder's name",
                file=repo.relative(path),
            )
        if phase.number in planned:
            raise CortexError(
                f"phase {phase.number:02d} is shipped and planned at once",
                file="data/planned.yaml",
                todo="Remove its row there.",
            )
        shipped[phase.number] = phase
    missing = sorted(set(range(COUNT)) - shipped.keys() - planned.keys())
    if missing:
        names = ", ".join(f"{n:02d}" for n in missing)
        raise CortexError(f"no file and no row tells of phase {names}", file="data/planned.yaml")
    memory.keep()
    return Curriculum(shipped, planned)
