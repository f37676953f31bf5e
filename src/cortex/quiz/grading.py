"""Grading quizzes: from answers to a score, and from recorded attempts to where a learner stands today.

Nothing recorded is believed but the answers themselves: `standing` grades them again with today's quiz file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import file_digest, inside
from cortex.files.memory import Memory
from cortex.files.repo import Repo
from cortex.formats.checkpoint import Confirmation, QuizAttempt
from cortex.formats.phase import Phase
from cortex.formats.quiz import Item, Quiz
from cortex.formats.words import Language
from cortex.quiz import items
from cortex.quiz.kind import Given, ItemGrade, answer_digest
from cortex.quiz.written import Free


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


def sitting(ctx: Context, phase: Phase) -> Quiz:
    """The quiz as the learner's next sitting asks it."""
    quiz, checkpoint = load_quiz(ctx.repo, phase), ctx.learner.checkpoint(phase.number)
    done = len(checkpoint.quiz) if checkpoint else 0
    return quiz.sitting(done + 1)


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


def read_answers(quiz: Quiz, answers: Mapping[str, object]) -> dict[str, Given]:
    """All answers in their recorded form, in the quiz's order. Raises CortexError for the first bad one."""
    for item_id in answers:
        find_item(quiz, str(item_id))
    return {
        item.id: items.of(item).read(answers[item.id]) for item in quiz.items if item.id in answers
    }


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
        [items.of(item).grade(read.get(item.id), verdicts, lang) for item in quiz.items],
        quiz.pass_mark,
    )


def standing(ctx: Context, phase: Phase) -> Standing:
    """The learner's best attempt, graded again from its answers with today's quiz file and confirmations."""
    quiz = load_quiz(ctx.repo, phase)
    again = f"just quiz {phase.number:02d}"
    checkpoint = ctx.learner.checkpoint(phase.number)
    if checkpoint is None or not checkpoint.quiz:
        return Standing(None, None, False, [], False, "the quiz hasn't been taken yet", again)
    file = quiz_digest(ctx.repo, phase)
    graded = [
        (_grade_again(_asked(quiz, attempt, file), attempt, checkpoint.confirmations), attempt)
        for attempt in checkpoint.quiz
    ]
    result, best = max(graded, key=lambda pair: (pair[0].score, len(pair[0].waiting), pair[1].at))
    changed = best.file != file
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


def _asked(quiz: Quiz, attempt: QuizAttempt, file: str) -> Quiz:
    """The quiz as it was sat: the items that the attempt was asked, as far as they are still there.

    An attempt of schema 1 doesn't say. If the file is the same it was asked all of it; if not, one that passed is held
    to what it answered, so that an item which came later takes no closed gate away.
    """
    asked: set[str] = set(attempt.items)
    if not asked and attempt.file != file and attempt.score >= quiz.pass_mark:
        asked = set(attempt.answers)
    kept = [item.id for item in quiz.items if item.id in asked]
    return quiz.only(kept) if kept else quiz.sitting(1)


def _grade_again(
    quiz: Quiz, attempt: QuizAttempt, confirmations: Mapping[str, Confirmation]
) -> Grade:
    """Answers that today's quiz can't read any more (an item or a choice has gone) count as not given."""
    kept: dict[str, object] = {}
    for item in quiz.items:
        if item.id in attempt.answers:
            try:
                kept[item.id] = items.of(item).read(attempt.answers[item.id])
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
    kind = items.of(item)
    if not isinstance(kind, Free):
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
        answer = kind.read(given[-1])
        missing = kind.missing(answer)
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
