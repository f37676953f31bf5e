"""Where things are: the repository's root and the names below it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cortex.errors import CortexError

_MARK = Path("data/planned.yaml")
# Where this program and `given` lie: children find them there, whatever checkout they work on.
HOUSE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Repo:
    """A checkout of the curriculum, or an export of one.

    Attributes:
        reference: where the reference lies, if not in `solutions/` below the root.
    """

    root: Path
    reference: Path | None = None

    @property
    def docs(self) -> Path:
        """The site's sources and the phases."""
        return self.root / "docs"

    @property
    def src(self) -> Path:
        """The learner's packages, beside cortex."""
        return self.root / "src"

    @property
    def solutions(self) -> Path:
        """The reference, same tree."""
        return self.reference or self.root / "solutions"

    @property
    def learners(self) -> Path:
        """One folder a learner."""
        return self.root / "learners"

    @property
    def experiments(self) -> Path:
        """One folder an experiment."""
        return self.root / "experiments"

    @property
    def cache(self) -> Path:
        """What can be thrown away."""
        folder = self.root / ".cache"
        if folder.is_symlink() or (folder / "cortex").is_symlink():
            raise CortexError(
                "is a link, and what it leads to isn't ours to write",
                file=".cache" if folder.is_symlink() else ".cache/cortex",
                todo="Delete the link: the folder is made again.",
            )
        return folder / "cortex"

    @cached_property
    def is_git(self) -> bool:
        """Whether the root is the top of a git working tree (a file in worktrees)."""
        return (self.root / ".git").exists()

    def model(self, name: str) -> Path:
        """The reference's file of a name such as `solutions/minigrad/scalar.py`."""
        return self.solutions / Path(name).relative_to("solutions")

    def relative(self, path: Path) -> str:
        """A path for people: relative to the root where it lies below it."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    def implementation(self, impl: str) -> Path:
        """The folder that holds the packages: `learner` is src, `reference` is solutions."""
        if impl not in ("learner", "reference"):
            raise CortexError(
                f"there is no implementation {impl!r}",
                todo="Use --impl learner or --impl reference.",
            )
        return self.src if impl == "learner" else self.solutions


def find_repo(start: Path | None = None) -> Repo:
    """The checkout around `start` (the working directory), or the one that CORTEX_ROOT names."""
    named = os.environ.get("CORTEX_ROOT")
    try:
        here = Path(named) if named else (start or Path.cwd())
    except FileNotFoundError:
        raise CortexError("the working directory is gone", todo="`cd` into your clone.") from None
    for folder in (here, *here.resolve().parents):
        if (folder / _MARK).is_file():
            return Repo(folder.resolve())
    raise CortexError(
        f"{here} isn't inside a Lynx Cortex checkout (no {_MARK} here or above)",
        todo="`cd` into your clone, or set CORTEX_ROOT to it.",
    )
