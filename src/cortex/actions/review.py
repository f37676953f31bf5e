"""Reviews: the cards that are due, and each card step by step.

A face asks `due`, then for each card `ask`, `answer` (a quiz item's card) or `reveal`, and `rate`; `rest` ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cortex.actions.answer import Answer, Told
from cortex.actions.quiz import ItemGraded
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, CortexError
from cortex.formats.words import Language
from cortex.quiz import items, sitting
from cortex.quiz import review as cards
from cortex.quiz.kind import Shown


@dataclass(frozen=True)
class Due(Told):
    """The cards that are due, as a program is asked them; those dropped because their question has gone; the ratings."""

    due: list[dict[str, Any]]
    dropped: list[str]
    lang: Language
    ratings: tuple[str, ...] = cards.RATINGS

    def json(self) -> dict[str, Any]:
        """The cards."""
        return {"due": self.due, "dropped": self.dropped}


@dataclass(frozen=True)
class CardAsked(Told):
    """What a card asks: a quiz item's question, or a lab's check to recall (`prompt`, and `what` it was about).

    `page` explains it.
    """

    card: str
    question: Shown | None
    prompt: str
    what: str
    page: str


@dataclass(frozen=True)
class CardShown(Told):
    """A card with its answer; `suggests` is the rating of somebody who has just recalled it."""

    asked: dict[str, Any]
    answer: list[str]
    why: str
    page: str
    suggests: str = "good"

    def json(self) -> dict[str, Any]:
        """The card as it is asked, and its answer."""
        return {**self.asked, "answer": self.answer, "why": self.why, "page": self.page}


@dataclass(frozen=True)
class Rated(Told):
    """A card that was rated, and when it is due again."""

    card: str
    rating: str
    due: datetime
    reviews: int

    def json(self) -> dict[str, Any]:
        """The time as it is recorded."""
        return {**super().json(), "due": self.due.isoformat()}


@dataclass(frozen=True)
class Rested(Told):
    """A session that ended: how many of its cards were reviewed, and when the next one is due, if there is one."""

    done: int
    count: int
    coming: datetime | None


def due(lang: str = "", learner: str = "") -> Answer[Due]:
    """The cards that are due."""
    ctx, chosen = _start(lang, learner)
    found, gone = cards.due_questions(ctx)
    step = "cortex review --show CARD --json, then --rate CARD RATING" if found else ""
    told = Due([question.told(chosen) for question in found], gone, chosen)
    return Answer(told, NOT_YET if found else DONE, step)


def ask(card: str, lang: str = "", learner: str = "") -> Answer[CardAsked]:
    """What a card asks."""
    ctx, chosen = _start(lang, learner)
    question = cards.find_question(ctx, card)
    if question.item is None:
        return Answer(CardAsked(card, None, question.asks, question.card.what, question.page))
    shown = items.of(question.item).show(chosen, question.sitting)
    return Answer(CardAsked(card, shown, shown.prompt, "", question.page))


def answer(card: str, typed: str | None, lang: str = "", learner: str = "") -> Answer[ItemGraded]:
    """Grades an answer to a quiz item's card, None to skip it; the grade suggests a rating and records nothing."""
    ctx, chosen = _start(lang, learner)
    question = cards.find_question(ctx, card)
    if question.item is None:
        raise CortexError(f"card {card!r} takes no answer", todo=f"cortex review --show {card}")
    kind = items.of(question.item)
    given = None if typed is None else kind.read_typed(typed, question.sitting)
    return Answer(ItemGraded(kind.grade(given, {}, chosen)))


def reveal(card: str, lang: str = "", learner: str = "") -> Answer[CardShown]:
    """A card's answer and the page that explains it."""
    ctx, chosen = _start(lang, learner)
    question = cards.find_question(ctx, card)
    told = CardShown(
        question.told(chosen),
        question.solution(chosen),
        question.explanation(chosen),
        question.page,
    )
    return Answer(told, next=f"just review --rate {card} RATING")


def rate(card: str, rating: str, learner: str = "") -> Answer[Rated]:
    """Records how a review went (again, hard, good, easy) and schedules the next."""
    rated = cards.rate(Context(learner).learner, card, rating)
    return Answer(Rated(card, rating, rated.due, len(rated.reviews)))


def rest(done: int, count: int, learner: str = "") -> Answer[Rested]:
    """Ends a session in which `done` of `count` cards were rated."""
    told = Rested(done, count, cards.next_due(Context(learner).learner))
    left = done < count
    return Answer(told, NOT_YET if left else DONE, "just review" if left else "")


def _start(lang: str, learner: str) -> tuple[Context, Language]:
    ctx = Context(learner)
    return ctx, sitting.language(ctx, lang)
