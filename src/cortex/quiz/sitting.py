"""A quiz sitting: question by question, resumable, recorded at its end; and what an assistant is told of the questions."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.formats import load as reading
from cortex.formats.build import Mismatch, build
from cortex.formats.checkpoint import Confirmation, QuizAttempt
from cortex.formats.phase import Phase
from cortex.formats.quiz import Item, Quiz
from cortex.quiz import grading as quizzes
from cortex.quiz.answers import Answer, letters, read_answer
from cortex.quiz.grading import Grade, Language, say
from cortex.terminal import prompts as asking
from cortex.terminal.output import bar

if TYPE_CHECKING:
    from rich.console import Console


# What an answers file holds for each kind of item, told to programs.
_HOW = {
    "single": "the key of one choice",
    "multi": "a list of the keys of all right choices; all or nothing",
    "numeric": "a number such as 12, -0.5, 1e-3 or 1/3",
    "order": "a list of all keys, first to last",
    "short": "a text of a word or two",
    "free": "a text of a sentence or two",
}


@dataclass
class Draft:
    """An unfinished sitting, kept in the cache.

    Attributes:
        file: digest of the quiz file that it was begun with; another file starts anew.
        sitting: which attempt this is, counted from 1; it seeds the order of choices.
        answers: item id to recorded answer, None where the question was skipped.
        verdicts: the learner's own verdicts on `free` answers.
    """

    file: str
    sitting: int
    answers: dict[str, Any] = field(default_factory=dict)
    verdicts: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """A recorded sitting: its grade, which attempt it was, and the review cards that it made."""

    grade: Grade
    sitting: int
    cards: list[str]


class Stopped(Exception):  # noqa: N818 - not an error: the learner goes on another time
    """The sitting was left with `answered` of `count` questions done; nothing is recorded yet."""

    def __init__(self, answered: int, count: int) -> None:
        self.answered, self.count = answered, count
        super().__init__(f"{answered} of {count} answered")


def language(ctx: Context, named: str) -> Language:
    """The language that is named, else the profile's. Raises CortexError."""
    chosen = named or ctx.learner.profile().language
    if chosen == "es":
        return "es"
    if chosen == "en":
        return "en"
    raise CortexError(f"there is no quiz in {chosen!r}", todo="Use --lang en or --lang es.")


def questions(quiz: Quiz, lang: Language) -> list[dict[str, Any]]:
    """The questions without anything that tells the answers, for a program that asks them.

    A choice's `key` is what to answer with: its number in the file, or for `order` a letter.
    """
    return [question(item, lang) for item in quiz.items]


def question(item: Item, lang: Language) -> dict[str, Any]:
    """One question, as `questions` tells it."""
    told: dict[str, Any] = {
        "id": item.id,
        "type": item.type,
        "prompt": say(item.prompt, lang),
        "how": _HOW[item.type],
    }
    if item.type == "order":
        told["choices"] = [
            {"key": letter, "text": say(item.choices[place], lang)}
            for letter, place in letters(item).items()
        ]
    elif item.choices:
        told["choices"] = [
            {"key": place, "text": say(item.choices[place - 1], lang)}
            for place in asking.shown_order(item, "")
        ]
    return told


def read_answers_file(path: Path, quiz: Quiz) -> dict[str, Answer]:
    """Answers from a YAML or JSON mapping of item ids. Raises CortexError with the file's name."""
    if not path.is_file():
        raise CortexError(
            "there is no such file",
            file=path,
            todo=f"Write one: `{quiz.items[0].id}: ...`, a line an item.",
        )
    text = reading.read_text(path)
    parse = reading.parse_json if path.suffix == ".json" else reading.parse_yaml
    data = parse(text, path)
    if not isinstance(data, dict) or not data:
        raise CortexError(
            "isn't a mapping of items to answers",
            file=path,
            todo=f"Write a line an item: `{quiz.items[0].id}: ...`.",
        )
    try:
        return quizzes.read_answers(quiz, data)
    except CortexError as error:
        raise CortexError(error.problem, file=path, field=error.field, todo=error.todo) from None


def record(
    ctx: Context,
    phase: Phase,
    quiz: Quiz,
    answers: Mapping[str, Answer],
    *,
    file: str,
    verdicts: Mapping[str, bool] | None = None,
    lang: Language = "en",
) -> Result:
    """Records a sitting with its answers and the learner's own verdicts, and makes cards of what was wrong."""
    from cortex.quiz import review

    at = store.now()
    with ctx.learner.recording(phase.number) as checkpoint:
        for item_id, verdict in (verdicts or {}).items():
            digest = quizzes.answer_digest(item_id, str(answers[item_id]))
            key = quizzes.confirmation_key(item_id, digest)
            checkpoint.confirmations[key] = Confirmation(verdict, "self", at, digest)
        grade = quizzes.grade(quiz, answers, checkpoint.confirmations, lang=lang)
        checkpoint.quiz.append(QuizAttempt(at, file, grade.score, dict(answers)))
        sitting = len(checkpoint.quiz)
    cards = review.add_cards(
        ctx.learner, [review.NewCard(f"quiz:{item.item}") for item in grade.wrong]
    )
    return Result(grade, sitting, cards)


def sit(
    ctx: Context,
    phase: Phase,
    quiz: Quiz,
    screen: Console,
    lang: Language,
    *,
    restart: bool = False,
) -> Result:
    """Asks every question and records the sitting.

    Raises:
        Stopped: the input ended or Ctrl-C came before the last answer; the draft is kept and resumed next time.
    """
    from cortex.terminal.card import heading, rule

    path = draft_path(ctx, phase)
    if restart:
        path.unlink(missing_ok=True)
    draft = _draft(ctx, phase, quiz, path)
    heading(screen, f"Phase {phase.number:02d}  {say(quiz.title, lang)}", ctx.learner.name)
    rule(screen)
    asking.tell(screen, asking.word("help", lang), style="dim")
    if draft.answers:
        asking.tell(
            screen,
            f"You had answered {len(draft.answers)} of {len(quiz.items)}: going on from there "
            "(--restart begins anew).",
            style="dim",
        )
    for number, item in enumerate(quiz.items, start=1):
        if item.id in draft.answers:
            continue
        try:
            _one(screen, item, draft, number, len(quiz.items), lang)
        except (EOFError, KeyboardInterrupt):
            screen.print()
            raise Stopped(len(draft.answers), len(quiz.items)) from None
        store.write_atomic(path, json.dumps(asdict(draft), ensure_ascii=False))
    given = {key: answer for key, answer in draft.answers.items() if answer is not None}
    result = record(ctx, phase, quiz, given, file=draft.file, verdicts=draft.verdicts, lang=lang)
    path.unlink(missing_ok=True)
    return result


def draft_path(ctx: Context, phase: Phase) -> Path:
    """Where an unfinished sitting is kept."""
    return ctx.repo.cache / "drafts" / ctx.learner.name / f"quiz-{phase.number:02d}.json"


def _one(
    screen: Console, item: Item, draft: Draft, number: int, count: int, lang: Language
) -> None:
    shown = asking.shown_order(item, str(draft.sitting))
    screen.print()
    screen.print(
        f"[dim]{bar(number - 1, count, 24)}  "
        f"{asking.word('question', lang, k=number, n=count)}  {item.id}[/]"
    )
    asking.show_item(screen, item, lang, shown)
    answer = asking.ask(screen, item, lang, shown)
    result = quizzes.grade_item(item, answer, {}, lang=lang)
    asking.show_grade(screen, result, lang)
    if result.provisional and asking.interactive():
        screen.print()
        question = f"{asking.word('confirm', lang)} ({asking.word('yes-no', lang)}): "
        with contextlib.suppress(EOFError):
            draft.verdicts[item.id] = asking.ask_yes(question)
    draft.answers[item.id] = answer


def _draft(ctx: Context, phase: Phase, quiz: Quiz, path: Path) -> Draft:
    """The kept draft if it fits today's quiz and attempt, else a fresh one. A damaged draft is no loss worth a stop."""
    checkpoint = ctx.learner.checkpoint(phase.number)
    sitting = len(checkpoint.quiz) + 1 if checkpoint else 1
    fresh = Draft(quizzes.quiz_digest(ctx.repo, phase), sitting)
    if not path.is_file():
        return fresh
    try:
        kept = build(Draft, json.loads(path.read_text(encoding="utf-8")))
        if (kept.file, kept.sitting) != (fresh.file, fresh.sitting):
            return fresh
        for item_id, answer in kept.answers.items():
            if answer is not None:
                read_answer(quizzes.find_item(quiz, item_id), answer)
    except (OSError, ValueError, Mismatch, CortexError):
        return fresh
    return kept
