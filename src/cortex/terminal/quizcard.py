"""What a learner sees of quizzes and reviews: how a sitting went, a verdict, a card and when it is due again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cortex.terminal.card import heading, rule
from cortex.terminal.output import bar, glyph
from cortex.terminal.prompts import WIDTH, read_line, show_grade, tell, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from cortex.actions.quiz import Begun, Confirmed, Graded
    from cortex.actions.review import CardShown, Due, Rated, Rested
    from cortex.formats.words import Language


def show_begun(screen: Console, told: Begun) -> None:
    """The head of a sitting."""
    heading(screen, f"Phase {told.phase:02d}  {told.title}", told.learner)
    rule(screen)
    tell(screen, word("help", told.lang), style="dim")
    if told.answered:
        tell(
            screen,
            f"You had answered {told.answered} of {told.count}: going on from there "
            "(--restart begins anew).",
            style="dim",
        )


def show_place(
    screen: Console, what: str, number: int, count: int, lang: Language, name: str = ""
) -> None:
    """How far a sitting (`question`) or a review (`card`) is."""
    screen.print()
    place = word(what, lang, k=number, n=count)
    screen.print(f"[dim]{bar(number - 1, count, 24)}  {place}{f'  {name}' if name else ''}[/]")


def show_left(screen: Console, told: Begun) -> None:
    """A sitting that was left."""
    kept = ", and kept." if told.answered else "."
    screen.print(f"Stopped: {told.answered} of {told.count} answered{kept}", markup=False)
    if not told.answered:
        screen.print("No terminal? `--answers FILE` grades a file, `--json` lists the questions.")


def show_graded(screen: Console, told: Graded, *, each: bool) -> None:
    """How a sitting went; `each` repeats every item, for answers that came in a file."""
    grade = told.grade
    if each:
        for item in grade.items:
            tell(screen, item.given or "-", first=f"{item.item}  ", style="bold")
            show_grade(screen, item, told.lang)
    screen.print()
    rule(screen)
    color = "green" if grade.passed else "yellow"
    screen.print(f"[{color}]{bar(grade.right, len(grade.items), 24)}[/]  {grade.summary}")
    screen.print(f"[bold {color}]{'Passed.' if grade.passed else 'Not passed yet.'}[/]")
    if told.waiting:
        tell(screen, f"{told.waiting}.")
    if told.reread:
        screen.print("To reread:")
    for page, items in told.reread.items():
        named = ", ".join(items)
        gap = "  " if len(page) + len(named) + 4 <= WIDTH else "\n    "
        screen.print(f"  {page}{gap}[dim]{named}[/]", soft_wrap=True)
    if told.cards:
        count = len(told.cards)
        screen.print(f"{count} new review card{'s' if count > 1 else ''}: just review")


def show_confirmed(screen: Console, told: Confirmed) -> None:
    """A verdict on a free answer."""
    tell(screen, f"{told.item}: {told.verdict}, by {told.by}", first=f"{glyph('done')} ")
    tell(screen, told.why, first="  ")


def show_dropped(screen: Console, told: Due) -> None:
    """Cards that were dropped, if any were."""
    if told.dropped:
        one = len(told.dropped) == 1
        tell(
            screen,
            f"Dropped {len(told.dropped)} card{'' if one else 's'} whose question "
            f"{'has' if one else 'have'} left the curriculum: {', '.join(told.dropped)}.",
            style="dim",
        )


def show_card(screen: Console, told: CardShown) -> None:
    """A card with its answer."""
    tell(screen, told.asked["prompt"], style="bold")
    for text in told.answer:
        tell(screen, text, first="  ")
    if told.why:
        tell(screen, told.why, first="  ")
    show_page(screen, told.page, "  ")


def show_page(screen: Console, page: str, indent: str) -> None:
    """The page that explains it, if one does."""
    if page:
        screen.print(f"{indent}{page}", style="dim", markup=False, soft_wrap=True)


def show_rated(screen: Console, told: Rated) -> None:
    """When a card is due again."""
    screen.print(f"{told.card}: {told.rating}, due again {until(told.due)}.", markup=False)


def show_rested(screen: Console, told: Rested) -> None:
    """How far a session got."""
    if told.count:
        screen.print(f"{told.done} of {told.count} reviewed.")
    else:
        screen.print("No card is due.", markup=False)
    if told.coming is not None and told.done == told.count:
        screen.print(f"The next one is due {until(told.coming)}.")


def until(when: datetime, now: datetime | None = None) -> str:
    """`in 10 minutes`, `in 3 days`."""
    seconds = (when - (now or datetime.now(UTC))).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"in {count} {unit}{'s' if count > 1 else ''}"
    return "in a minute" if seconds > 0 else "now"


def ask_rating(lang: Language, ratings: Sequence[str], suggested: str) -> str:
    """One of the ratings; its first letter or number will do, Enter takes what is suggested."""
    prompt = word("rate", lang, suggested=suggested)
    while True:
        typed = read_line(f"{prompt}: ").strip().lower()
        if not typed:
            return suggested
        for number, rating in enumerate(ratings, start=1):
            if typed in (rating, rating[0], str(number)):
                return rating
