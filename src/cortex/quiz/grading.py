"""Grading quizzes: from answers to a score, and from recorded attempts to where a learner stands today.

Nothing recorded is believed but the answers themselves: `standing` grades them again with today's quiz file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import file_digest, inside, text_digest
from cortex.files.memory import Memory
from cortex.files.repo import Repo
from cortex.formats.checkpoint import Confirmation, QuizAttempt
from cortex.formats.phase import Phase, Words
from cortex.formats.quiz import Choice, Item, Quiz
from cortex.quiz.answers import Answer, as_number, holds, letters, read_answer, same_text

Language = Literal["en", "es"]


@dataclass(frozen=True)
class IdeaFound:
    """One idea of a `free` item's rubric, and whether the answer's words hold it."""

    idea: str
    found: bool


@dataclass(frozen=True)
class ItemGrade:
    """One graded item, in words for the learner.

    Attributes:
        item, type, page: as in the quiz file.
        answered: whether there was an answer at all.
        correct: whether it counts as right.
        provisional: a `free` answer whose words hold every idea, but that nobody has confirmed yet; it doesn't count.
        confirmed: the verdict on a `free` answer, None if there is none.
        given: the answer as text.
        right: the right answer as text: one, every right choice, or the choices in their order.
        why: why the choice taken is right or tempting, or why the right answer is right.
        ideas: a `free` item's rubric.
    """

    item: str
    type: str
    answered: bool
    correct: bool
    provisional: bool
    given: str
    right: list[str]
    why: str
    page: str
    confirmed: bool | None = None
    ideas: list[IdeaFound] = field(default_factory=list)


@dataclass(frozen=True)
class Grade:
    """A graded sitting. `score` is right answers over items, 0 to 1; an item without an answer is wrong."""

    items: list[ItemGrade]
    pass_mark: float

    @property
    def right(self) -> int:
        """How many items count as right."""
        return sum(item.correct for item in self.items)

    @property
    def score(self) -> float:
        """Right answers over items."""
        return self.right / len(self.items)

    @property
    def passed(self) -> bool:
        """Whether the score reaches the pass mark, compared exactly."""
        return self._reaches(self.right)

    @property
    def waiting(self) -> list[str]:
        """Ids of `free` answers that a confirmation would make count."""
        return [item.item for item in self.items if item.provisional]

    @property
    def within_reach(self) -> bool:
        """Whether confirming everything that waits would pass."""
        return self._reaches(self.right + len(self.waiting))

    @property
    def wrong(self) -> list[ItemGrade]:
        """Items that were answered wrongly or not at all; what waits isn't wrong."""
        return [item for item in self.items if not item.correct and not item.provisional]

    @property
    def summary(self) -> str:
        """`7 of 9 right (77 %), pass mark 70 %`; percentages are rounded down, so 70 % is never 69.6."""
        percent = 100 * self.right // len(self.items)
        return f"{self.right} of {len(self.items)} right ({percent} %), pass mark {100 * self.pass_mark:g} %"

    def _reaches(self, right: int) -> bool:
        return Fraction(right, len(self.items)) >= Fraction(str(self.pass_mark))


@dataclass(frozen=True)
class Standing:
    """Where a learner stands with a phase's quiz, graded now.

    Attributes:
        best: the attempt that counts, None if there is none; `grade` is its grade today.
        waiting: ids of its `free` answers that wait for a confirmation.
        changed: whether the quiz file changed since that attempt.
        why: one sentence of evidence; `todo` is the command that comes next, empty once passed.
    """

    best: QuizAttempt | None
    grade: Grade | None
    passed: bool
    waiting: list[str]
    changed: bool
    why: str
    todo: str

    @property
    def score(self) -> float:
        """The best attempt's score today, 0 without one."""
        return self.grade.score if self.grade else 0.0


def load_quiz(repo: Repo, phase: Phase) -> Quiz:
    """The phase's quiz. Raises CortexError with file, line and field for a bad file."""
    memory = Memory(repo.cache / "quizzes" / f"{phase.number:02d}.json")
    quiz = memory.get(inside(repo, phase.quiz), Quiz)
    memory.keep()
    if quiz.phase != phase.number:
        raise CortexError(
            f"is the quiz of phase {quiz.phase:02d}, but lies in the folder of phase {phase.number:02d}",
            file=phase.quiz,
            field="phase",
        )
    return quiz


def quiz_digest(repo: Repo, phase: Phase) -> str:
    """Hex SHA-256 of the phase's quiz file."""
    return file_digest(inside(repo, phase.quiz))


def find_item(quiz: Quiz, item_id: str) -> Item:
    """The item, or a CortexError that lists what there is."""
    for item in quiz.items:
        if item.id == item_id:
            return item
    first, last = quiz.items[0].id, quiz.items[-1].id
    raise CortexError(f"the quiz has no item {item_id!r}", todo=f"Its items are {first} to {last}.")


def read_answers(quiz: Quiz, answers: Mapping[str, object]) -> dict[str, Answer]:
    """All answers in their recorded form, in the quiz's order. Raises CortexError for the first bad one."""
    for item_id in answers:
        find_item(quiz, str(item_id))
    return {
        item.id: read_answer(item, answers[item.id]) for item in quiz.items if item.id in answers
    }


def answer_digest(item_id: str, answer: str) -> str:
    """What a confirmation is bound to: this answer to this item, and no other."""
    return text_digest(f"{item_id}\0{answer}")


def grade(
    quiz: Quiz,
    answers: Mapping[str, object],
    confirmations: Mapping[str, Confirmation],
    *,
    lang: Language = "en",
) -> Grade:
    """Grades a sitting.

    Args:
        quiz: the questions.
        answers: item id to answer; an item that is missing counts as wrong.
        confirmations: verdicts on `free` answers; one on another text than the answer's is ignored.
        lang: language of the texts.

    Raises:
        CortexError: an answer that can't be one (unknown item, wrong type, no such choice).
    """
    read = read_answers(quiz, answers)
    verdicts = {confirmation.answer: confirmation for confirmation in confirmations.values()}
    return Grade(
        [grade_item(item, read.get(item.id), verdicts, lang=lang) for item in quiz.items],
        quiz.pass_mark,
    )


def grade_item(
    item: Item,
    answer: Answer | None,
    verdicts: Mapping[str, Confirmation],
    *,
    lang: Language = "en",
) -> ItemGrade:
    """Grades one answer that `read_answer` accepted; `verdicts` is by `answer_digest`.

    A `free` answer is right once a yes confirms it: the learner's own where its words hold every idea of the rubric,
    an assistant's also where an idea is there in words that the rubric doesn't know. A no counts whatever the words.
    """
    confirmed = None
    ideas: list[IdeaFound] = []
    provisional = False
    if answer is None:
        correct = False
        ideas = [IdeaFound(say(idea.idea, lang), False) for idea in item.rubric]
    elif item.type == "free":
        ideas = [IdeaFound(say(i.idea, lang), holds(str(answer), i)) for i in item.rubric]
        verdict = verdicts.get(answer_digest(item.id, str(answer)))
        confirmed = verdict.verdict if verdict else None
        complete = all(idea.found for idea in ideas)
        correct = (
            verdict is not None and verdict.verdict and (complete or verdict.by == "assistant")
        )
        provisional = complete and confirmed is None
    else:
        correct = _is_right(item, answer)
    return ItemGrade(
        item=item.id,
        type=item.type,
        answered=answer is not None,
        correct=correct,
        provisional=provisional,
        given="" if answer is None else _as_text(item, answer, lang),
        right=right_text(item, lang),
        why=_why(item, answer, lang),
        page=item.page,
        confirmed=confirmed,
        ideas=ideas,
    )


def say(words: Words | Choice, lang: Language) -> str:
    """The text in one language."""
    return words.es if lang == "es" else words.en


def right_text(item: Item, lang: Language) -> list[str]:
    """The right answer in words: one, every right choice, the choices in order, or the ideas."""
    if item.type in ("single", "multi"):
        return [say(choice, lang) for choice in item.choices if choice.correct]
    if item.type == "order":
        return [say(choice, lang) for choice in item.choices]
    if item.type == "numeric":
        within = f" (within {item.tolerance:g})" if item.tolerance else ""
        return [f"{_plain(item.answer)}{within}"]
    if item.type == "short":
        return [item.accept[0]]
    return [say(idea.idea, lang) for idea in item.rubric]


def _is_right(item: Item, answer: Answer) -> bool:
    right = [place for place, choice in enumerate(item.choices, start=1) if choice.correct]
    if item.type == "single":
        return answer == right[0]
    if item.type == "multi":
        return answer == right
    if item.type == "order" and isinstance(answer, list):
        names = letters(item)
        return [names.get(str(letter)) for letter in answer] == list(range(len(item.choices)))
    if item.type == "numeric":
        # Both sides as exact decimals: 0.4 is within 0.1 of 0.3, which floats deny.
        return abs(as_number(answer) - Fraction(str(item.answer))) <= Fraction(str(item.tolerance))
    return any(same_text(str(answer), accepted) for accepted in item.accept)


def _as_text(item: Item, answer: Answer, lang: Language) -> str:
    if item.type == "order" and isinstance(answer, list):
        names = letters(item)
        return "; ".join(say(item.choices[names[str(letter)]], lang) for letter in answer)
    if item.type in ("single", "multi"):
        places = answer if isinstance(answer, list) else [answer]
        return "; ".join(say(item.choices[int(place) - 1], lang) for place in places)
    return str(answer)


def _why(item: Item, answer: Answer | None, lang: Language) -> str:
    """For a choice: why the one taken is right or tempts. For several: the right ones, or where the answer differs."""
    if item.type == "single":
        place = answer if isinstance(answer, int) else 0
        taken = [
            c for i, c in enumerate(item.choices, 1) if i == place or (not place and c.correct)
        ]
        return say(taken[0].why, lang) if taken[0].why else ""
    if item.type == "multi":
        places = answer if isinstance(answer, list) else []
        off = [c for i, c in enumerate(item.choices, 1) if c.correct != (i in places)]
        shown = off or [choice for choice in item.choices if choice.correct]
        return "\n".join(f"{say(c, lang)}: {say(c.why, lang)}" for c in shown if c.why)
    return say(item.why, lang) if item.why else ""


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.15g}"


def standing(ctx: Context, phase: Phase) -> Standing:
    """The learner's best attempt, graded again from its answers with today's quiz file and confirmations."""
    quiz = load_quiz(ctx.repo, phase)
    again = f"just quiz {phase.number:02d}"
    checkpoint = ctx.learner.checkpoint(phase.number)
    if checkpoint is None or not checkpoint.quiz:
        return Standing(None, None, False, [], False, "the quiz hasn't been taken yet", again)
    graded = [
        (_grade_again(quiz, attempt, checkpoint.confirmations), attempt)
        for attempt in checkpoint.quiz
    ]
    result, best = max(graded, key=lambda pair: (pair[0].right, len(pair[0].waiting), pair[1].at))
    changed = best.file != quiz_digest(ctx.repo, phase)
    why, todo = result.summary, "" if result.passed else again
    waiting = result.waiting
    if waiting and not result.passed:
        why += f"; {waits(waiting)}"
        if result.within_reach:
            todo = f"just quiz {phase.number:02d} --confirm {waiting[0]} --verdict yes --by self"
    if changed:
        why += "; the quiz file changed since that attempt, so today's graded it"
    elif best.score > result.score:
        why += f"; its recorded score of {100 * best.score:g} % isn't what its answers earn"
    return Standing(best, result, result.passed, waiting, changed, why, todo)


def waits(waiting: list[str]) -> str:
    """`1 free answer waits to be confirmed: q-07-09`."""
    verb = "answer waits" if len(waiting) == 1 else "answers wait"
    return f"{len(waiting)} free {verb} to be confirmed: {', '.join(waiting)}"


def _grade_again(
    quiz: Quiz, attempt: QuizAttempt, confirmations: Mapping[str, Confirmation]
) -> Grade:
    """Answers that today's quiz can't read any more (an item or a choice has gone) count as not given."""
    kept: dict[str, object] = {}
    for item in quiz.items:
        if item.id in attempt.answers:
            try:
                kept[item.id] = read_answer(item, attempt.answers[item.id])
            except CortexError:
                continue
    return grade(quiz, kept, confirmations)


def confirm(ctx: Context, phase: Phase, item_id: str, *, verdict: bool, by: str) -> Standing:
    """Records a verdict on the learner's `free` answer to an item, and returns the standing after it.

    The answer that is judged is the best attempt's if it waits there, else the newest one given.

    Raises:
        CortexError: no such item, not a free one, never answered, or the learner's own yes where an idea is missing.
    """
    quiz = load_quiz(ctx.repo, phase)
    item = find_item(quiz, item_id)
    if by not in ("self", "assistant"):
        raise CortexError(f"{by!r} can't confirm", todo="Use --by self or --by assistant.")
    if item.type != "free":
        free = ", ".join(i.id for i in quiz.items if i.type == "free") or "none"
        raise CortexError(
            f"a {item.type} item needs no confirmation",
            field=item_id,
            todo=f"Free items of this quiz: {free}.",
        )
    before = standing(ctx, phase)
    with ctx.learner.recording(phase.number) as checkpoint:
        given = [a.answers[item_id] for a in checkpoint.quiz if item_id in a.answers]
        if before.best is not None and item_id in before.waiting:
            given.append(before.best.answers[item_id])
        if not given:
            raise CortexError(
                "hasn't been answered yet",
                field=item_id,
                todo=f"just quiz {phase.number:02d}",
                code=1,
            )
        answer = str(read_answer(item, given[-1]))
        missing = [i.idea.en for i in item.rubric if not holds(answer, i)]
        if verdict and missing and by == "self":
            raise CortexError(
                f"no known words for {missing[0]!r} in the answer",
                field=item_id,
                todo="A second reader may find it there: --by assistant. "
                f"Or answer again: `just quiz {phase.number:02d}`.",
                code=1,
            )
        digest = answer_digest(item_id, answer)
        checkpoint.confirmations[confirmation_key(item_id, digest)] = Confirmation(
            verdict, by, store.now(), digest
        )
    return standing(ctx, phase)


def confirmation_key(item_id: str, digest: str) -> str:
    """The name of a verdict in the checkpoint: one for each answer judged, so that an older attempt keeps its own."""
    return f"{item_id}@{digest[:12]}"
