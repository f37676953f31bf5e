"""Studying: hint, solution, quiz, review, journal, attest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cortex.errors import CortexError
from cortex.options import Json, LabId, LearnerName, PhaseNumber
from cortex.terminal.output import finish, glyph

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.context import Context
    from cortex.formats.phase import Phase
    from cortex.formats.quiz import Quiz
    from cortex.quiz.grading import Grade, Language
    from cortex.quiz.sitting import Result

Lang = Annotated[str, typer.Option("--lang", help="en or es; else the profile's.")]


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    for command in (hint, solution, quiz, review, journal, attest):
        app.command()(command)


def hint(
    lab: LabId,
    again: Annotated[
        bool, typer.Option("--again", help="Show the hints opened so far; open none.")
    ] = False,
    learner: LearnerName = "",
    as_json: Json = False,
) -> None:
    """Opens the next hint of a lab; that is recorded, and nothing else."""
    from cortex.context import Context
    from cortex.record import opened as pages
    from cortex.terminal.prompts import tell

    ctx = Context(learner)
    phase, found = ctx.curriculum.lab(lab)
    opened = (pages.opened_hints if again else pages.open_hint)(ctx, phase, found)
    elsewhere = [f"{phase.folder}/{found.page}"]
    elsewhere += [f"{phase.folder}/{page.page}" for page in phase.theory]
    last = len(opened.opened) == opened.count
    shown = opened.opened if again else opened.opened[-1:] if opened.new else []

    def show(screen: Console) -> None:
        first = len(opened.opened) - len(shown) + 1
        for number, text in enumerate(shown, start=first):
            screen.print(f"[bold]Lab {found.id}[/]  [dim]hint {number} of {opened.count}[/]")
            tell(screen, text, first="  ")
        if again and not shown:
            screen.print(f"No hint of lab {found.id} is open yet; there are {opened.count}.")
        elif last and not again:
            if not opened.new:
                screen.print(
                    f"All {opened.count} hints of lab {found.id} are open (--again shows them)."
                )
            screen.print(
                "Look elsewhere now:" if not opened.new else "That was the last. Then look here:"
            )
            for page in elsewhere:
                screen.print(f"  {page}", markup=False, soft_wrap=True)

    answer = {
        "lab": found.id,
        "hints": shown,
        "opened": len(opened.opened),
        "count": opened.count,
        "elsewhere": elsewhere if last else [],
    }
    code = 0 if again or opened.new else 1
    finish(answer, as_json=as_json, show=show, code=code, next_step=f"just check {found.id}")


def solution(
    lab: LabId,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Open it before any attempt; the gate will ask why.")
    ] = False,
    learner: LearnerName = "",
    as_json: Json = False,
) -> None:
    """Shows a lab's solution page, after an attempt; the opening is recorded."""
    from cortex.context import Context
    from cortex.record import opened as pages

    ctx = Context(learner)
    phase, found = ctx.curriculum.lab(lab)
    opened = pages.open_solution(ctx, phase, found, anyway=anyway)
    step = ""
    if opened.early:
        step = f'just attest {phase.number:02d} solution-{found.id} --says "why you looked first"'

    def show(screen: Console) -> None:
        screen.print(f"[bold]{opened.path}[/]", soft_wrap=True)
        for name in opened.reference:
            screen.print(f"[dim]reference: {name}[/]", soft_wrap=True)
        screen.print()
        pages.show_markdown(screen, opened.text)
        screen.print()
        if opened.early:
            screen.print("Opened before an attempt: the gate stays shut until you say why.")

    answer = {
        "lab": found.id,
        "path": opened.path,
        "reference": opened.reference,
        "early": opened.early,
        "text": opened.text,
    }
    finish(answer, as_json=as_json, show=show, next_step=step)


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
) -> None:
    """Asks the quiz of a phase, grades it, and records the sitting."""
    from pathlib import Path

    from cortex.context import Context
    from cortex.files.curriculum import parse_number
    from cortex.quiz import sitting
    from cortex.quiz.grading import load_quiz, quiz_digest
    from cortex.terminal.output import console

    ctx = Context(learner)
    phase = ctx.curriculum.phase(parse_number(number))
    if confirm or verdict:
        _confirm(ctx, phase, confirm, verdict, by, as_json)
    questions = load_quiz(ctx.repo, phase)
    chosen = sitting.language(ctx, lang)
    if answers:
        given = sitting.read_answers_file(Path(answers), questions)
        digest = quiz_digest(ctx.repo, phase)
        result = sitting.record(ctx, phase, questions, given, file=digest, lang=chosen)
        _graded(phase, result, chosen, as_json, each=True)
    if as_json:
        _questions(phase, questions, chosen)
    try:
        result = sitting.sit(ctx, phase, questions, console(), chosen, restart=restart)
    except sitting.Stopped as stopped:
        _stopped(phase, stopped.answered, stopped.count)
    _graded(phase, result, chosen, as_json, each=False)


def _confirm(ctx: Context, phase: Phase, item: str, verdict: str, by: str, as_json: bool) -> None:
    from cortex.quiz import grading as quizzes
    from cortex.terminal.prompts import tell

    if not item or verdict not in ("yes", "no"):
        raise CortexError(
            "a confirmation needs an item and a verdict",
            todo=f"`just quiz {phase.number:02d} --confirm ITEM --verdict yes` (or no), --by self or assistant.",
        )
    now = quizzes.confirm(ctx, phase, item, verdict=verdict == "yes", by=by)
    told = f"{item}: {verdict}, by {by}"
    answer = {
        "item": item,
        "verdict": verdict,
        "by": by,
        "passed": now.passed,
        "score": now.score,
        "waiting": now.waiting,
        "why": now.why,
    }

    def show(screen: Console) -> None:
        tell(screen, told, first=f"{glyph('done')} ")
        tell(screen, now.why, first="  ")

    finish(
        answer,
        as_json=as_json,
        show=show,
        code=0 if now.passed else 1,
        next_step=now.todo or f"just phase{phase.number:02d}",
    )


def _questions(phase: Phase, questions: Quiz, lang: Language) -> None:
    from cortex.quiz import sitting

    answer: dict[str, Any] = {
        "phase": phase.number,
        "title": questions.title.es if lang == "es" else questions.title.en,
        "lang": lang,
        "pass_mark": questions.pass_mark,
        "items": sitting.questions(questions, lang),
    }
    step = f"cortex quiz {phase.number:02d} --answers FILE --json"
    finish(answer, as_json=True, show=lambda _: None, next_step=step)


def _stopped(phase: Phase, answered: int, count: int) -> None:
    def show(screen: Console) -> None:
        kept = f"Stopped: {answered} of {count} answered" + (", and kept." if answered else ".")
        screen.print(kept, markup=False)
        if not answered:
            screen.print(
                "No terminal? `--answers FILE` grades a file, `--json` lists the questions."
            )

    finish({}, as_json=False, show=show, code=1, next_step=f"just quiz {phase.number:02d}")


def _graded(phase: Phase, result: Result, lang: Language, as_json: bool, *, each: bool) -> None:
    """Tells how a sitting went and what comes next; `each` repeats every item, for answers that came in a file."""
    from dataclasses import asdict

    from cortex.terminal.card import rule
    from cortex.terminal.output import bar
    from cortex.terminal.prompts import WIDTH, show_grade, tell

    grade = result.grade
    reread = _reread(phase, grade)
    answer: dict[str, Any] = {
        "phase": phase.number,
        "attempt": result.sitting,
        "score": grade.score,
        "right": grade.right,
        "count": len(grade.items),
        "pass_mark": grade.pass_mark,
        "passed": grade.passed,
        "waiting": grade.waiting,
        "items": [asdict(item) for item in grade.items],
        "reread": list(reread),
        "cards": result.cards,
    }
    if grade.passed:
        step = f"just phase{phase.number:02d}"
    elif grade.within_reach:
        step = f"just quiz {phase.number:02d} --confirm {grade.waiting[0]} --verdict yes --by self"
    else:
        step = f"just quiz {phase.number:02d}"

    def show(screen: Console) -> None:
        from cortex.quiz.grading import waits

        if each:
            for item in grade.items:
                tell(screen, item.given or "-", first=f"{item.item}  ", style="bold")
                show_grade(screen, item, lang)
        screen.print()
        rule(screen)
        color = "green" if grade.passed else "yellow"
        screen.print(f"[{color}]{bar(grade.right, len(grade.items), 24)}[/]  {grade.summary}")
        screen.print(f"[bold {color}]{'Passed.' if grade.passed else 'Not passed yet.'}[/]")
        if grade.waiting:
            tell(screen, f"{waits(grade.waiting)}.")
        if reread:
            screen.print("To reread:")
            for page, items in reread.items():
                named = ", ".join(items)
                gap = "  " if len(page) + len(named) + 4 <= WIDTH else "\n    "
                screen.print(f"  {page}{gap}[dim]{named}[/]", soft_wrap=True)
        if result.cards:
            count = len(result.cards)
            screen.print(f"{count} new review card{'s' if count > 1 else ''}: just review")

    finish(answer, as_json=as_json, show=show, code=0 if grade.passed else 1, next_step=step)


def _reread(phase: Phase, grade: Grade) -> dict[str, list[str]]:
    """Pages to reread, each with the items that were wrong."""
    pages: dict[str, list[str]] = {}
    for item in grade.wrong:
        if item.page:
            pages.setdefault(f"{phase.folder}/{item.page}", []).append(item.item)
    return pages


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
) -> None:
    """Asks the review cards that are due: what was once wrong, before it is forgotten."""
    from cortex.context import Context
    from cortex.quiz import review as cards
    from cortex.quiz import sitting
    from cortex.terminal import prompts as asking
    from cortex.terminal import recall
    from cortex.terminal.output import console

    ctx = Context(learner)
    chosen = sitting.language(ctx, lang)
    if rate is not None:
        _rate(ctx, rate[0], rate[1], as_json)
    if show_card:
        _show_card(ctx, show_card, chosen, as_json)
    due, gone = cards.due_questions(ctx)
    notes = []
    if gone:
        one = len(gone) == 1
        notes.append(
            f"Dropped {len(gone)} card{'' if one else 's'} whose question{' has' if one else 's have'} "
            f"left the curriculum: {', '.join(gone)}."
        )
    if as_json:
        answer = {"due": [recall.describe(q, chosen) for q in due], "dropped": gone}
        step = "cortex review --show CARD --json, then --rate CARD RATING" if due else ""
        finish(answer, as_json=True, show=lambda _: None, code=1 if due else 0, next_step=step)
    screen = console()
    for note in notes:
        asking.tell(screen, note, style="dim")
    done = recall.session(ctx, screen, chosen, due) if due else recall.Reviewed(0, 0)

    def show(screen: Console) -> None:
        coming = cards.next_due(ctx.learner)
        if not due:
            screen.print("No card is due.", markup=False)
        else:
            screen.print(f"{done.done} of {done.count} reviewed.")
        if coming is not None and done.done == done.count:
            screen.print(f"The next one is due {recall.until(coming)}.")

    left = done.count - done.done
    finish(
        {}, as_json=False, show=show, code=1 if left else 0, next_step="just review" if left else ""
    )


def _rate(ctx: Context, card_id: str, rating: str, as_json: bool) -> None:
    from cortex.quiz import review as cards
    from cortex.terminal import recall

    card = cards.rate(ctx.learner, card_id, rating)
    answer = {
        "card": card_id,
        "rating": rating,
        "due": card.fsrs["due"],
        "reviews": len(card.reviews),
    }

    def show(screen: Console) -> None:
        screen.print(f"{card_id}: {rating}, due again {recall.until(card.due)}.", markup=False)

    finish(answer, as_json=as_json, show=show)


def _show_card(ctx: Context, card_id: str, lang: Language, as_json: bool) -> None:
    from cortex.quiz import review as cards
    from cortex.terminal import prompts as asking
    from cortex.terminal import recall

    question = cards.find_question(ctx, card_id)
    told = recall.describe(question, lang) | recall.reveal(question, lang)

    def show(screen: Console) -> None:
        asking.tell(screen, told["prompt"], style="bold")
        for text in told["answer"]:
            asking.tell(screen, text, first="  ")
        if told["why"]:
            asking.tell(screen, told["why"], first="  ")
        if told["page"]:
            screen.print(f"  {told['page']}", style="dim", markup=False, soft_wrap=True)

    finish(told, as_json=as_json, show=show, next_step=f"just review --rate {card_id} RATING")


def journal(
    add: Annotated[
        str | None, typer.Option("--add", metavar="TEXT", help="Add your words to today's page.")
    ] = None,
    reminder: Annotated[
        bool, typer.Option("--reminder", help="One line if today's entry is missing; never fails.")
    ] = False,
    hook: Annotated[
        bool,
        typer.Option(
            "--hook", hidden=True, help="With --reminder: as what a Claude Code hook shows."
        ),
    ] = False,
    learner: LearnerName = "",
    as_json: Json = False,
) -> None:
    """Writes today's journal: in your editor, or with --add."""
    import json
    from datetime import datetime

    from cortex.record import journal as book

    if reminder:
        line = book.reminder(learner)
        # Plain text of a Stop hook goes to a log that nobody reads; this key of it is shown.
        told = json.dumps({"systemMessage": line}) if hook and line else line
        finish(
            {"due": bool(line)},
            as_json=as_json,
            show=lambda screen: screen.print(told, markup=False, soft_wrap=True) if told else None,
        )
    from cortex.context import Context
    from cortex.terminal.prompts import interactive, tell

    ctx = Context(learner)
    now = datetime.now()
    if add is not None:
        path = book.add(ctx.learner, add, now)
    elif as_json:
        path = book.page_of(ctx.learner, now.date())
    else:
        path, _ = book.start_page(ctx.learner, now.date())
        command = book.editor()
        if command and interactive():
            book.edit(path, command)
    days = book.entries(ctx.learner)
    today = now.date() in days

    def show(screen: Console) -> None:
        screen.print(ctx.repo.relative(path), markup=False, soft_wrap=True)
        if add is not None:
            tell(screen, f"Added. {len(days)} day{'s' if len(days) != 1 else ''} in your journal.")
        elif not today:
            tell(
                screen,
                "Nothing is written there yet: what failed first, what did you understand, what is next? "
                'Open the file, or: just journal --add "..."',
            )

    answer = {
        "path": ctx.repo.relative(path),
        "today": today,
        "entries": [day.isoformat() for day in days],
    }
    finish(answer, as_json=as_json, show=show)


def attest(
    number: PhaseNumber,
    claim: Annotated[str, typer.Argument(metavar="[ID]", help="The line; none lists them.")] = "",
    says: Annotated[
        str, typer.Option("--says", metavar="TEXT", help="Your word for it, in a sentence.")
    ] = "",
    learner: LearnerName = "",
    as_json: Json = False,
) -> None:
    """Records your word for a line that no machine can check."""
    from dataclasses import asdict

    from cortex.context import Context
    from cortex.files.curriculum import parse_number
    from cortex.record import attestations as attesting
    from cortex.terminal.prompts import tell

    ctx = Context(learner)
    phase = ctx.curriculum.phase(parse_number(number))
    if claim and says:
        before = attesting.attest(ctx, phase, claim, says)

        def recorded(screen: Console) -> None:
            tell(screen, f"{claim}: recorded.", first=f"{glyph('done')} ")
            if before is not None:
                tell(
                    screen,
                    f"It replaces what you said on {before.at[:10]}: {before.says}",
                    first="  ",
                )

        answer: dict[str, Any] = {"id": claim, "replaced": asdict(before) if before else None}
        step = f"just phase{phase.number:02d}"
        finish(answer, as_json=as_json, show=recorded, next_step=step)
    if claim:
        attesting.check_known(ctx, phase, claim)
        raise CortexError(
            "your word is missing",
            field=claim,
            todo=f'Say it in a sentence: `just attest {phase.number:02d} {claim} --says "..."`.',
        )
    known = attesting.claims(ctx, phase)
    waiting = [entry for entry in known if entry.attested is None]

    def listed(screen: Console) -> None:
        if not known:
            screen.print(f"Phase {phase.number:02d} has nothing to attest.")
        for entry in known:
            mark = glyph("done" if entry.attested else "todo")
            tell(screen, f"{entry.id}: {entry.says}", first=f"{mark} ")
            if entry.attested:
                tell(
                    screen,
                    f"{entry.attested.at[:10]}  {entry.attested.says}",
                    first="    ",
                    style="dim",
                )

    step = f'just attest {phase.number:02d} {waiting[0].id} --says "..."' if waiting else ""
    finish(
        {"claims": [asdict(entry) for entry in known]},
        as_json=as_json,
        show=listed,
        next_step=step,
    )
