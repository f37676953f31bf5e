"""Keeping a clone well: update, reset, doctor."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from shlex import quote
from typing import Any

from cortex.actions.answer import Answer, Told
from cortex.actions.common import keep_progress
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, CortexError
from cortex.files.repo import find_repo
from cortex.upkeep import reset as skeletons
from cortex.upkeep.doctor import Finding, examine
from cortex.upkeep.threeway import Conflict
from cortex.upkeep.update import Update
from cortex.upkeep.update import update as bring_in


@dataclass(frozen=True)
class Moved(Told):
    """What an update did."""

    done: Update

    @property
    def moved(self) -> bool:
        """Whether anything new came in."""
        return self.done.commit != self.done.head

    @property
    def undo(self) -> str:
        """The command that goes back to before."""
        return f"git reset --keep {self.done.backup}" if self.done.backup else ""

    @property
    def conflicts(self) -> list[tuple[Conflict, str]]:
        """What is left to the learner, each with what to do about it."""
        return [(conflict, _settle(conflict)) for conflict in self.done.conflicts]

    def json(self) -> dict[str, Any]:
        """Names of files by what became of them, and what is left to the learner."""
        conflicts = [{**asdict(conflict), "todo": todo} for conflict, todo in self.conflicts]
        told = {"moved": self.moved, "undo": self.undo, "conflicts": conflicts}
        return {**asdict(self.done), **told}


@dataclass(frozen=True)
class Reset(Told):
    """A lab's skeleton, brought back or, while it isn't `done`, to be brought back.

    Attributes:
        files: those that change; none where the skeleton is there already.
        whole: those of them that come back as a whole, not the lab's part alone.
        kept: the folder that holds what they were.
    """

    lab: str
    files: list[str]
    whole: list[str]
    kept: str = ""
    done: bool = False


@dataclass(frozen=True)
class Examined(Told):
    """What the doctor found."""

    findings: list[Finding]


def update(source: str = "") -> Answer[Moved]:
    """Brings the curriculum's changes, from `source` or upstream, into the learner's branch."""
    done = Moved(bring_in(find_repo(), source))
    if done.conflicts:
        return Answer(done, NOT_YET, done.conflicts[0][1])
    return Answer(done, next="just status" if done.moved else "")


def _settle(conflict: Conflict) -> str:
    """What the learner does about one conflict."""
    mine, beside = quote(conflict.path), quote(conflict.beside)
    if not conflict.beside:
        return f"Keep it, or: git rm {mine}"
    if conflict.entry is None:
        return f"git diff --no-index {mine} {beside}, keep one of the two, and commit"
    if conflict.why.startswith("you removed"):
        return f"Keep it removed (rm {beside}), or take upstream's: mv {beside} {mine}"
    return (
        f"git diff --no-index {mine} {beside}, take over what you need, then rm {beside} and commit"
    )


def resetting(lab: str, learner: str = "") -> Answer[Reset]:
    """What a reset of this lab would change; changes nothing."""
    ctx = Context(learner)
    _, found = ctx.curriculum.lab(lab)
    return Answer(_told(found.id, skeletons.plan(ctx.repo, found.id, found.writes)), NOT_YET)


def reset(lab: str, sure: bool = False, learner: str = "") -> Answer[Reset]:
    """Brings a lab's skeleton back into the learner's files, and keeps what they held. Raises CortexError unless `sure`."""
    ctx = Context(learner)
    _, found = ctx.curriculum.lab(lab)
    files = skeletons.plan(ctx.repo, found.id, found.writes)
    told = _told(found.id, files)
    step = f"just check {found.id}"
    if not files:
        return Answer(replace(told, done=True), next=step)
    if not sure:
        raise CortexError(
            f"this takes your code of lab {found.id} out of {', '.join(told.files)}, and nobody is here to confirm it",
            todo=f"just reset {found.id} --yes",
        )
    ctx.learner.create()
    kept = skeletons.write(ctx.repo, found.id, files, ctx.learner.log)
    keep_progress(ctx)
    return Answer(replace(told, kept=ctx.repo.relative(kept), done=True), next=step)


def _told(lab: str, files: list[skeletons.Fresh]) -> Reset:
    return Reset(lab, [file.path for file in files], [file.path for file in files if file.whole])


def doctor() -> Answer[Examined]:
    """Whether this machine and this clone have what the course needs."""
    found = examine()
    sick = [finding for finding in found if finding.required and not finding.ok]
    return Answer(Examined(found), NOT_YET if sick else DONE, sick[0].todo if sick else "")
