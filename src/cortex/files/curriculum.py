"""All 42 phases: the shipped ones from their phase.yaml, the others from data/planned.yaml.

Nothing is read before it is asked for: the folders' names say which phases are shipped, and one phase costs one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from cortex.errors import CortexError
from cortex.files.memory import Memory
from cortex.files.repo import Repo
from cortex.formats.phase import Break, Lab, Phase, Planned, PlannedFile

T = TypeVar("T")

COUNT = 42
_NUMBER = re.compile(r"^(?:phase-?)?([0-9]{1,2})$")
_FOLDER = re.compile(r"^phase-([0-9]{2})-")


def parse_number(text: str) -> int:
    """`7`, `07` or `phase07` as 7. Raises CortexError."""
    match = _NUMBER.match(text.lower())
    if match is None or int(match[1]) >= COUNT:
        raise CortexError(
            f"{text!r} isn't a phase", todo="Phases are 00 to 41: `cortex status` lists them."
        )
    return int(match[1])


class Shipped(Mapping[int, Phase]):
    """The shipped phases by number, each read when it is asked for. Counting and listing them reads none."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._read: dict[int, Phase] = {}

    @cached_property
    def files(self) -> dict[int, Path]:
        """Each phase's `phase.yaml`, by the number in its folder's name."""
        found: dict[int, Path] = {}
        for path in sorted(self._repo.docs.glob("phase-*/phase.yaml")):
            name = _FOLDER.match(path.parent.name)
            if name:
                found.setdefault(int(name[1]), path)
        return found

    def __getitem__(self, number: int) -> Phase:
        if number not in self._read:
            path = self.files[number]
            phase = remembered(self._repo, path, Phase)
            if path.parent.name != f"phase-{phase.number:02d}-{phase.slug}":
                raise CortexError(
                    f"number {phase.number} and slug {phase.slug!r} don't fit the folder's name",
                    file=self._repo.relative(path),
                )
            self._read[number] = phase
        return self._read[number]

    def __contains__(self, number: object) -> bool:
        return number in self.files

    def __iter__(self) -> Iterator[int]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


class Curriculum:
    """What is shipped and what is planned."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.shipped = Shipped(repo)

    @cached_property
    def planned(self) -> dict[int, Planned]:
        """The rows of data/planned.yaml by number."""
        rows = remembered(self.repo, self.repo.root / "data" / "planned.yaml", PlannedFile)
        return {entry.number: entry for entry in rows.phases}

    @cached_property
    def everything(self) -> list[Phase | Planned]:
        """All phases by number."""
        both: dict[int, Phase | Planned] = {**self.planned, **self.shipped}
        return [both[number] for number in sorted(both)]

    def phase(self, number: int) -> Phase:
        """A shipped phase, or a CortexError that names the nearest one."""
        if number in self.shipped:
            return self.shipped[number]
        if not self.shipped:
            raise CortexError("no phase is shipped here", file="docs/phase-*/phase.yaml")
        near = min(self.shipped, key=lambda n: (abs(n - number), n))
        raise CortexError(
            f"phase {number:02d} ({self.title(number)}) isn't shipped yet",
            todo=f"The nearest one that is: {near:02d}, {self.shipped[near].title.en}: `just phase{near:02d}`.",
            code=1,
        )

    def title(self, number: int) -> str:
        """A phase's English title, shipped or planned; empty if nothing tells of it."""
        known = self.shipped.get(number) or self.planned.get(number)
        return known.title.en if known else ""

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


def remembered(repo: Repo, path: Path, kind: type[T]) -> T:
    """A file of the curriculum, validated once a content. Raises CortexError."""
    name = repo.relative(path).replace("/", "--")
    memory = Memory(repo.cache / "curriculum" / f"{name}.json")
    value = memory.get(path, kind)
    memory.keep()
    return value


def load_curriculum(repo: Repo) -> Curriculum:
    """The curriculum of a checkout."""
    return Curriculum(repo)


def cross_check(curriculum: Curriculum) -> None:
    """Reads every phase, and holds the shipped ones against the planned ones. Raises CortexError."""
    repo, shipped, planned = curriculum.repo, curriculum.shipped, curriculum.planned
    for path in sorted(repo.docs.glob("phase-*/phase.yaml")):
        if path not in shipped.files.values():
            raise CortexError(
                "its folder's name has no number of its own", file=repo.relative(path)
            )
    for number in shipped:
        if shipped[number].number in planned:
            raise CortexError(
                f"phase {number:02d} is shipped and planned at once",
                file="data/planned.yaml",
                todo="Remove its row there.",
            )
    missing = sorted(set(range(COUNT)) - shipped.keys() - planned.keys())
    if missing:
        names = ", ".join(f"{n:02d}" for n in missing)
        raise CortexError(f"no file and no row tells of phase {names}", file="data/planned.yaml")
