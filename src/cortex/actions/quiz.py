"""Quizzes: the questions, answers out of a file, a sitting step by step, verdicts on free answers.

A sitting is driven by small steps: `begin`, then `ask` and `give` until nothing is left to ask (`judge` where a free
answer waits), then `close`. What was given is kept between the steps, so any of them may be the last of its process.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cortex.actions.answer import Answer, Told
from cortex.actions.common import find_phase
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, CortexError
from cortex.formats.phase import Phase
from cortex.formats.words import Language, say
from cortex.quiz import grading, items, sitting
from cortex.quiz.grading import Grade
from cortex.quiz.kind import ItemGrade, Shown


@dataclass(frozen=True)
class Questions(Told):
    """All questions of a quiz, as a program is asked them."""

    phase: int
    title: str
    lang: Language
    pass_mark: float
    items: list[dict[str, Any]]


@dataclass(frozen=True)
class Begun(Told):
    """A sitting that begins or goes on: how many of its questions are done."""

    phase: int
    title: str
    learner: str
    lang: Language
    answered: int
    count: int


@dataclass(frozen=True)
class Asked(Told):
    """The next question of a sitting, with its number from 1; none if all are done."""

    question: Shown | None
    number: int
    count: int


@dataclass(frozen=True)
class Graded(Told):
    """A recorded sitting.

    Attributes:
        attempt: which sitting it was, counted from 1.
        reread: pages to reread, each with the items that were wrong.
        cards: ids of the review cards that it made.
    """

    phase: int
    attempt: int
    grade: Grade
    reread: dict[str, list[str]]
    cards: list[str]
    lang: Language

    @property
    def waiting(self) -> str:
        """What is said of answers that wait to be confirmed; empty if none does."""
        return grading.waits(self.grade.waiting) if self.grade.waiting else ""

    def json(self) -> dict[str, Any]:
        """The score and every item."""
        return {
            "phase": self.phase,
            "attempt": self.attempt,
            "score": self.grade.score,
            "right": self.grade.right,
            "count": len(self.grade.items),
            "pass_mark": self.grade.pass_mark,
            "passed": self.grade.passed,
            "waiting": self.grade.waiting,
            "items": [asdict(item) for item in self.grade.items],
            "reread": list(self.reread),
            "cards": self.cards,
        }


@dataclass(frozen=True)
class Confirmed(Told):
    """A verdict on a free answer, and where the learner stands with it."""

    item: str
    verdict: str
    by: str
    passed: bool
    score: float
    waiting: list[str]
    why: str


@dataclass(frozen=True)
class ItemGraded(Told):
    """The grade of one answer."""

    grade: ItemGrade


@dataclass(frozen=True)
class Judged(Told):
    """The learner's own verdict on a free answer of a sitting that isn't recorded yet."""

    item: str
    verdict: bool


def questions(number: str, lang: str = "", learner: str = "") -> Answer[Questions]:
    """The questions without anything that tells the answers."""
    ctx, phase, chosen = _start(number, lang, learner)
    quiz = grading.sitting(ctx, phase)
    asked = [items.of(item).told(chosen) for item in quiz.items]
    told = Questions(phase.number, say(quiz.title, chosen), chosen, quiz.pass_mark, asked)
    return Answer(told, next=f"cortex quiz {phase.number:02d} --answers FILE --json")


def grade_file(number: str, path: Path, lang: str = "", learner: str = "") -> Answer[Graded]:
    """Grades the answers in a YAML or JSON file, and records them as a sitting."""
    ctx, phase, chosen = _start(number, lang, learner)
    quiz = grading.sitting(ctx, phase)
    given = sitting.read_answers_file(path, quiz)
    digest = grading.quiz_digest(ctx.repo, phase)
    return _graded(phase, sitting.record(ctx, phase, quiz, given, file=digest, lang=chosen), chosen)


def begin(number: str, lang: str = "", restart: bool = False, learner: str = "") -> Answer[Begun]:
    """Begins a sitting, or goes on with the one that was left; `restart` forgets that one."""
    ctx, phase, chosen = _start(number, lang, learner)
    if restart:
        sitting.draft_path(ctx, phase).unlink(missing_ok=True)
    return _begun(ctx, phase, chosen)


def ask(number: str, lang: str = "", learner: str = "") -> Answer[Asked]:
    """The first question of the sitting that isn't done."""
    ctx, phase, chosen = _start(number, lang, learner)
    now = _sitting(ctx, phase)
    count, following = len(now.quiz.items), now.next_item()
    if following is None:
        return Answer(Asked(None, count, count))
    position, item = following
    return Answer(Asked(items.of(item).show(chosen, now.draft.sitting), position, count), NOT_YET)


def give(
    number: str, item: str, typed: str | None, lang: str = "", learner: str = ""
) -> Answer[ItemGraded]:
    """Gives an answer as a person types it who sees what `ask` tells, None to skip, and grades it."""
    ctx, phase, chosen = _start(number, lang, learner)
    return Answer(ItemGraded(_sitting(ctx, phase).answer(item, typed, chosen)))


def judge(number: str, item: str, verdict: bool, learner: str = "") -> Answer[Judged]:
    """Keeps the learner's own verdict on a free answer until the sitting is recorded."""
    ctx = Context(learner)
    _sitting(ctx, find_phase(ctx, number)).judge(item, verdict)
    return Answer(Judged(item, verdict))


def close(number: str, lang: str = "", learner: str = "") -> Answer[Graded]:
    """Records the sitting; a question without an answer counts as wrong."""
    ctx, phase, chosen = _start(number, lang, learner)
    return _graded(phase, _sitting(ctx, phase).close(chosen), chosen)


def leave(number: str, lang: str = "", learner: str = "") -> Answer[Begun]:
    """Leaves the sitting for another time; nothing of it is recorded yet."""
    ctx, phase, chosen = _start(number, lang, learner)
    left = _begun(ctx, phase, chosen)
    return Answer(left.data, NOT_YET, f"just quiz {phase.number:02d}")


def confirm(
    number: str, item: str, verdict: str, by: str = "self", learner: str = ""
) -> Answer[Confirmed]:
    """Settles a recorded free answer: `verdict` is yes or no, `by` self or assistant."""
    ctx = Context(learner)
    phase = find_phase(ctx, number)
    if not item or verdict not in ("yes", "no"):
        command = f"just quiz {phase.number:02d} --confirm ITEM --verdict yes"
        raise CortexError(
            "a confirmation needs an item and a verdict",
            todo=f"`{command}` (or no), --by self or assistant.",
        )
    now = grading.confirm(ctx, phase, item, verdict=verdict == "yes", by=by)
    told = Confirmed(item, verdict, by, now.passed, now.score, now.waiting, now.why)
    step = now.todo or f"just phase{phase.number:02d}"
    return Answer(told, DONE if now.passed else NOT_YET, step)


def _start(number: str, lang: str, learner: str) -> tuple[Context, Phase, Language]:
    ctx = Context(learner)
    return ctx, find_phase(ctx, number), sitting.language(ctx, lang)


def _sitting(ctx: Context, phase: Phase) -> sitting.Sitting:
    return sitting.Sitting(ctx, phase, grading.sitting(ctx, phase))


def _begun(ctx: Context, phase: Phase, lang: Language) -> Answer[Begun]:
    now = _sitting(ctx, phase)
    title, count = say(now.quiz.title, lang), len(now.quiz.items)
    answered = len(now.draft.answers)
    return Answer(Begun(phase.number, title, ctx.learner.name, lang, answered, count))


def _graded(phase: Phase, result: sitting.Result, lang: Language) -> Answer[Graded]:
    grade, again = result.grade, f"just quiz {phase.number:02d}"
    reread: dict[str, list[str]] = {}
    for item in grade.wrong:
        if item.page:
            reread.setdefault(f"{phase.folder}/{item.page}", []).append(item.item)
    told = Graded(phase.number, result.sitting, grade, reread, result.cards, lang)
    if grade.passed:
        return Answer(told, next=f"just phase{phase.number:02d}")
    if grade.within_reach:
        again += f" --confirm {grade.waiting[0]} --verdict yes --by self"
    return Answer(told, NOT_YET, again)
