"""Being asked: quiz, review."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cortex.options import Json, LearnerName, PhaseNumber
from cortex.terminal.output import console, finish

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.answer import Answer
    from cortex.actions.quiz import Asked, Begun, Graded
    from cortex.actions.review import Due

Lang = Annotated[str, typer.Option("--lang", help="en or es; else the profile's.")]


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command()(quiz)
    app.command()(review)


def quiz(
    number: PhaseNumber,
    answers: Annotated[
        str,
        typer.Option(
            "--answers", metavar="FILE", help="Grade a YAML or JSON mapping, item to answer."
        ),
    ] = "",
    lang: Lang = "",
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget an unfinished sitting.")
    ] = False,
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="ITEM", help="Settle a free answer, with --verdict.")
    ] = "",
    verdict: Annotated[
        str, typer.Option("--verdict", metavar="yes|no", help="Whether the answer says it all.")
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="self|assistant", help="Who judged.")] = "self",
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Asks the quiz of a phase, grades it, and records the sitting."""
    from cortex.actions import quiz as quizzes
    from cortex.terminal.quizcard import show_confirmed, show_graded

    if confirm or verdict:
        settled = quizzes.confirm(number, confirm, verdict, by, learner)
        finish(settled, as_json=as_json, show=lambda screen: show_confirmed(screen, settled.data))
    if answers:
        read = quizzes.grade_file(number, Path(answers), lang, learner)
        finish(read, as_json=as_json, show=lambda screen: show_graded(screen, read.data, each=True))
    if as_json:
        finish(quizzes.questions(number, lang, learner), as_json=True, show=lambda screen: None)
    sat = _sit(number, lang, restart, learner)
    finish(sat, as_json=False, show=lambda screen: show_graded(screen, sat.data, each=False))


def _sit(number: str, lang: str, restart: bool, learner: str) -> Answer[Graded]:
    """Asks what is left to ask and records the sitting; leaves where the input ends or on Ctrl-C."""
    from cortex.actions import quiz as quizzes
    from cortex.terminal import prompts
    from cortex.terminal.quizcard import show_begun, show_left

    begun = quizzes.begin(number, lang, restart, learner)
    screen = console()
    show_begun(screen, begun.data)
    try:
        while (asked := quizzes.ask(number, lang, learner).data).question is not None:
            _question(screen, asked, begun.data, learner)
    except (EOFError, KeyboardInterrupt):
        prompts.end_asking(screen)
        left = quizzes.leave(number, lang, learner)
        finish(left, as_json=False, show=lambda screen: show_left(screen, left.data))
    return quizzes.close(number, lang, learner)


def _question(screen: Console, asked: Asked, begun: Begun, learner: str) -> None:
    from cortex.actions import quiz as quizzes
    from cortex.terminal import prompts
    from cortex.terminal.quizcard import show_place

    number, lang, shown = str(begun.phase), begun.lang, asked.question
    if shown is None:
        return
    show_place(screen, "question", asked.number, asked.count, lang, shown.id)
    prompts.show_item(screen, shown)
    grade = prompts.ask(
        screen,
        shown,
        lambda typed: quizzes.give(number, shown.id, typed, lang, learner).data.grade,
    )
    prompts.show_grade(screen, grade, lang)
    if grade.provisional and prompts.interactive():
        screen.print()
        question = f"{prompts.word('confirm', lang)} ({prompts.word('yes-no', lang)}): "
        with contextlib.suppress(EOFError):
            quizzes.judge(number, shown.id, prompts.ask_yes(question), learner)


def review(
    rate: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--rate", metavar="CARD RATING", help="Rate one card: again, hard, good, easy."
        ),
    ] = None,
    show_card: Annotated[
        str,
        typer.Option("--show", metavar="CARD", help="Show one card's answer without rating it."),
    ] = "",
    lang: Lang = "",
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Asks the review cards that are due: what was once wrong, before it is forgotten."""
    from cortex.actions import review as reviews
    from cortex.terminal import quizcard

    if rate is not None:
        rated = reviews.rate(*rate, learner)
        finish(rated, as_json=as_json, show=lambda screen: quizcard.show_rated(screen, rated.data))
    if show_card:
        shown = reviews.reveal(show_card, lang, learner)
        finish(shown, as_json=as_json, show=lambda screen: quizcard.show_card(screen, shown.data))
    due = reviews.due(lang, learner)
    if as_json:
        finish(due, as_json=True, show=lambda screen: None)
    screen = console()
    quizcard.show_dropped(screen, due.data)
    done = _recall(screen, due.data, learner)
    rested = reviews.rest(done, len(due.data.due), learner)
    finish(rested, as_json=False, show=lambda screen: quizcard.show_rested(screen, rested.data))


def _recall(screen: Console, told: Due, learner: str) -> int:
    """Asks and rates every card; Ctrl-C or the end of the input leaves the rest due. Returns how many were rated."""
    from cortex.actions import review as reviews
    from cortex.terminal import prompts, quizcard

    if told.due:
        prompts.tell(screen, prompts.word("help", told.lang), style="dim")
    for number, card in enumerate(told.due, start=1):
        quizcard.show_place(screen, "card", number, len(told.due), told.lang)
        try:
            suggested = _card(screen, card["card"], told, learner)
            rating = quizcard.ask_rating(told.lang, told.ratings, suggested)
        except (EOFError, KeyboardInterrupt):
            prompts.end_asking(screen)
            return number - 1
        rated = reviews.rate(card["card"], rating, learner).data
        again = f"{rating}: {quizcard.until(rated.due)}"
        prompts.tell(screen, again, first="  ", style="dim")
    return len(told.due)


def _card(screen: Console, card: str, told: Due, learner: str) -> str:
    """Shows a card, asks, and tells the answer; returns the rating that it suggests."""
    from cortex.actions import review as reviews
    from cortex.terminal import prompts, quizcard

    lang = told.lang
    asked = reviews.ask(card, lang, learner).data
    if asked.question is None:
        prompts.tell(screen, asked.prompt, style="bold")
        if asked.what:
            prompts.tell(screen, asked.what, first="  ")
        screen.print()
        prompts.read_line(f"{prompts.word('recall', lang)}: ")
        shown = reviews.reveal(card, lang, learner).data
        for text in shown.answer:
            prompts.tell(screen, text or "-", first="    ")
        suggested = shown.suggests
    else:
        prompts.show_item(screen, asked.question)
        grade = prompts.ask(
            screen,
            asked.question,
            lambda typed: reviews.answer(card, typed, lang, learner).data.grade,
        )
        prompts.show_grade(screen, grade, lang)
        suggested = grade.suggests
    quizcard.show_page(screen, asked.page, "    ")
    return suggested
