"""A review session: the due cards, one after another, each rated and scheduled as soon as it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cortex.context import Context
from cortex.quiz import review
from cortex.quiz.grading import Language, grade_item, right_text, say
from cortex.quiz.review import RATINGS, Question
from cortex.terminal import prompts as asking
from cortex.terminal.output import bar

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Reviewed:
    """How far a session got."""

    done: int
    count: int


def describe(question: Question, lang: Language) -> dict[str, Any]:
    """A card without its answer, for a program that asks it."""
    from cortex.quiz.sitting import question as told

    asked = (
        told(question.item, lang)
        if question.item
        else {"type": "lab", "prompt": _recall(question), "how": "Say the idea in your own words"}
    )
    return {
        **asked,
        "card": question.id,
        "phase": question.phase.number,
        "due": question.card.fsrs["due"],
        "reviews": len(question.card.reviews),
    }


def reveal(question: Question, lang: Language) -> dict[str, Any]:
    """A card's answer and the page that explains it."""
    item = question.item
    if item is None:
        return {"answer": [question.card.idea], "why": "", "page": question.page}
    whys = [choice.why for choice in item.choices if choice.correct] or [item.why]
    return {
        "answer": right_text(item, lang),
        "why": "\n".join(say(why, lang) for why in whys if why),
        "page": question.page,
    }


def until(when: datetime, now: datetime | None = None) -> str:
    """`in 10 minutes`, `in 3 days`."""
    seconds = (when - (now or datetime.now(UTC))).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"in {count} {unit}{'s' if count > 1 else ''}"
    return "in a minute" if seconds > 0 else "now"


def session(ctx: Context, screen: Console, lang: Language, questions: list[Question]) -> Reviewed:
    """Asks and rates every question; Ctrl-C or the end of the input leaves the rest due."""
    asking.tell(screen, asking.word("help", lang), style="dim")
    for number, question in enumerate(questions):
        screen.print()
        screen.print(
            f"[dim]{bar(number, len(questions), 24)}  "
            f"{asking.word('card', lang, k=number + 1, n=len(questions))}[/]"
        )
        try:
            suggested = _ask(screen, question, lang)
            rating = _rating(lang, suggested)
        except (EOFError, KeyboardInterrupt):
            screen.print()
            return Reviewed(number, len(questions))
        card = review.rate(ctx.learner, question.id, rating)
        asking.tell(screen, f"{rating}: {until(card.due)}", first="  ", style="dim")
    return Reviewed(len(questions), len(questions))


def _ask(screen: Console, question: Question, lang: Language) -> str:
    """Shows, asks, and tells the answer; returns the rating that it suggests."""
    item = question.item
    if item is None:
        asking.tell(screen, _recall(question), style="bold")
        if question.card.what:
            asking.tell(screen, question.card.what, first="  ")
        screen.print()
        asking.read_line(f"{asking.word('recall', lang)}: ")
        asking.tell(screen, question.card.idea or "-", first="    ")
        _show_page(screen, question)
        return "good"
    shown = asking.shown_order(item, str(len(question.card.reviews)))
    asking.show_item(screen, item, lang, shown)
    result = grade_item(item, asking.ask(screen, item, lang, shown), {}, lang=lang)
    asking.show_grade(screen, result, lang)
    _show_page(screen, question)
    return "good" if result.correct or result.provisional else "again"


def _show_page(screen: Console, question: Question) -> None:
    if question.page:
        screen.print(f"    {question.page}", style="dim", markup=False, soft_wrap=True)


def _recall(question: Question) -> str:
    return f"{question.check}. Which idea was it about?"


def _rating(lang: Language, suggested: str) -> str:
    """again, hard, good or easy; its first letter or number will do, Enter takes what is suggested."""
    prompt = asking.word("rate", lang, suggested=suggested)
    while True:
        typed = asking.read_line(f"{prompt}: ").strip().lower()
        if not typed:
            return suggested
        for number, rating in enumerate(RATINGS, start=1):
            if typed in (rating, rating[0], str(number)):
                return rating
