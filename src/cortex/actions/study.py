"""Studying: hint, solution, journal, attest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cortex.actions.answer import Answer, Told
from cortex.actions.common import find_phase
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, CortexError
from cortex.formats.checkpoint import Attestation
from cortex.record import attestations, opened
from cortex.record import journal as book


@dataclass(frozen=True)
class Hinted(Told):
    """Hints of a lab: those that are shown now, how many are open, how many there are, and where else to look.

    `new` tells whether one was opened now; `elsewhere` is empty while hints are left.
    """

    lab: str
    hints: list[str]
    opened: int
    count: int
    elsewhere: list[str]
    new: bool

    def json(self) -> dict[str, Any]:
        """All but whether one was opened now."""
        told = super().json()
        del told["new"]
        return told


@dataclass(frozen=True)
class SolutionShown(Told):
    """A lab's solution page and the files of the reference; `early` if no attempt came before it."""

    lab: str
    path: str
    reference: list[str]
    early: bool
    text: str


@dataclass(frozen=True)
class JournalPage(Told):
    """A day's page: where it lies, whether it says something yet, and the days on which something was written."""

    path: Path
    shown_path: str
    today: bool
    days: list[date]

    def json(self) -> dict[str, Any]:
        """The page relative to the root, and the days."""
        entries = [day.isoformat() for day in self.days]
        return {"path": self.shown_path, "today": self.today, "entries": entries}


@dataclass(frozen=True)
class Reminded(Told):
    """One line if today's entry is missing, else nothing."""

    line: str

    def json(self) -> dict[str, Any]:
        """Whether an entry is due."""
        return {"due": bool(self.line)}


@dataclass(frozen=True)
class Attested(Told):
    """A word that was recorded, and the one that it replaced, if any."""

    id: str
    replaced: Attestation | None


@dataclass(frozen=True)
class Attestable(Told):
    """What can be attested in a phase."""

    phase: int
    claims: list[attestations.Claim]

    def json(self) -> dict[str, Any]:
        """The claims, with the words given so far."""
        return {"claims": super().json()["claims"]}


def hint(lab: str, again: bool = False, learner: str = "") -> Answer[Hinted]:
    """Opens the next hint of a lab and records that; `again` shows those that are open and opens none."""
    ctx = Context(learner)
    phase, found = ctx.curriculum.lab(lab)
    hints = (opened.opened_hints if again else opened.open_hint)(ctx.learner, phase, found)
    pages = [found.page, *(theory.page for theory in phase.theory)]
    last = len(hints.opened) == hints.count
    told = Hinted(
        lab=found.id,
        hints=hints.opened if again else hints.opened[-1:] if hints.new else [],
        opened=len(hints.opened),
        count=hints.count,
        elsewhere=[f"{phase.folder}/{page}" for page in pages] if last else [],
        new=hints.new,
    )
    return Answer(told, DONE if again or hints.new else NOT_YET, f"just check {found.id}")


def solution(lab: str, anyway: bool = False, learner: str = "") -> Answer[SolutionShown]:
    """Opens a lab's solution page, after an attempt or `anyway`, and records that."""
    ctx = Context(learner)
    phase, found = ctx.curriculum.lab(lab)
    page = opened.open_solution(ctx.learner, phase, found, anyway=anyway)
    told = SolutionShown(found.id, page.path, page.reference, page.early, page.text)
    word = f'solution-{found.id} --says "why you looked first"'
    return Answer(told, next=f"just attest {phase.number:02d} {word}" if page.early else "")


def journal(learner: str = "") -> Answer[JournalPage]:
    """Today's page, which need not exist."""
    ctx = Context(learner)
    today = datetime.now().date()
    return _page(ctx, book.page_of(ctx.learner, today), today)


def journal_start(learner: str = "") -> Answer[JournalPage]:
    """Today's page, made from the template if it isn't there."""
    ctx = Context(learner)
    today = datetime.now().date()
    path, _ = book.start_page(ctx.learner, today)
    return _page(ctx, path, today)


def journal_add(text: str, learner: str = "") -> Answer[JournalPage]:
    """Adds the learner's words to today's page."""
    ctx = Context(learner)
    now = datetime.now()
    return _page(ctx, book.add(ctx.learner, text, now), now.date())


def _page(ctx: Context, path: Path, today: date) -> Answer[JournalPage]:
    days = book.entries(ctx.learner)
    return Answer(JournalPage(path, ctx.repo.relative(path), today in days, days))


def reminder(learner: str = "") -> Answer[Reminded]:
    """Reminds of today's entry; never fails."""
    return Answer(Reminded(book.reminder(learner)))


def attest(number: str, claim: str, says: str, learner: str = "") -> Answer[Attested]:
    """Records the learner's word for a line that no machine can check."""
    ctx = Context(learner)
    phase = find_phase(ctx, number)
    if not says:
        attestations.check_known(ctx.learner, phase, claim)
        raise CortexError(
            "your word is missing",
            field=claim,
            todo=f'Say it in a sentence: `just attest {phase.number:02d} {claim} --says "..."`.',
        )
    before = attestations.attest(ctx.learner, phase, claim, says)
    return Answer(Attested(claim, before), next=f"just phase{phase.number:02d}")


def attestable(number: str, learner: str = "") -> Answer[Attestable]:
    """What can be attested in a phase, with the words given so far."""
    ctx = Context(learner)
    phase = find_phase(ctx, number)
    claims = attestations.claims(ctx.learner, phase)
    waiting = [claim.id for claim in claims if claim.attested is None]
    step = f'just attest {phase.number:02d} {waiting[0]} --says "..."' if waiting else ""
    return Answer(Attestable(phase.number, claims), next=step)
