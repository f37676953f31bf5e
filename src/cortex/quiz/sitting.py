"""A quiz sitting: begun, answered question by question, recorded at its end; what isn't recorded yet is kept as a draft."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.formats import load as reading
from cortex.formats.build import Mismatch, build
from cortex.formats.checkpoint import Confirmation, QuizAttempt
from cortex.formats.phase import Phase
from cortex.formats.quiz import Item, Quiz
from cortex.formats.words import Language
from cortex.quiz import grading, items, review
from cortex.quiz.kind import Given, ItemGrade, answer_digest


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

    grade: grading.Grade
    sitting: int
    cards: list[str]


def language(ctx: Context, named: str) -> Language:
    """The language that is named, else the profile's. Raises CortexError."""
    chosen = named or ctx.learner.profile().language
    if chosen == "es":
        return "es"
    if chosen == "en":
        return "en"
    raise CortexError(f"there is no quiz in {chosen!r}", todo="Use --lang en or --lang es.")


def read_answers_file(path: Path, quiz: Quiz) -> dict[str, Given]:
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
        return grading.read_answers(quiz, data)
    except CortexError as error:
        raise CortexError(error.problem, file=path, field=error.field, todo=error.todo) from None


def record(
    ctx: Context,
    phase: Phase,
    quiz: Quiz,
    answers: Mapping[str, Given],
    *,
    file: str,
    verdicts: Mapping[str, bool] | None = None,
    lang: Language = "en",
) -> Result:
    """Records a sitting with its answers and the learner's own verdicts, and makes cards of what was wrong."""
    at = store.now()
    with ctx.learner.recording(phase.number) as checkpoint:
        for item_id, verdict in (verdicts or {}).items():
            digest = answer_digest(item_id, str(answers[item_id]))
            key = grading.confirmation_key(item_id, digest)
            checkpoint.confirmations[key] = Confirmation(verdict, "self", at, digest)
        grade = grading.grade(quiz, answers, checkpoint.confirmations, lang=lang)
        asked = [item.id for item in quiz.items]
        checkpoint.quiz.append(QuizAttempt(at, file, grade.score, dict(answers), asked))
        sitting = len(checkpoint.quiz)
    cards = review.add_cards(
        ctx.learner, [review.NewCard(f"quiz:{item.item}") for item in grade.wrong]
    )
    return Result(grade, sitting, cards)


class Sitting:
    """One learner's sitting of one quiz; every change is kept at once, so that it can go on in another process.

    Attributes:
        draft: what is answered so far.
    """

    def __init__(self, ctx: Context, phase: Phase, quiz: Quiz) -> None:
        self.ctx, self.phase, self.quiz = ctx, phase, quiz
        self.path = draft_path(ctx, phase)
        self.draft = _draft(ctx, phase, quiz, self.path)

    def next_item(self) -> tuple[int, Item] | None:
        """The first question that isn't done, with its number from 1; None once all are."""
        for number, item in enumerate(self.quiz.items, start=1):
            if item.id not in self.draft.answers:
                return number, item
        return None

    def answer(self, item_id: str, typed: str | None, lang: Language) -> ItemGrade:
        """Takes an answer as a person types it, None to skip the question, and grades it.

        Raises:
            CortexError: no such item, one that is answered, or nothing that can be its answer; nothing is kept then.
        """
        kind = items.of(grading.find_item(self.quiz, item_id))
        if item_id in self.draft.answers:
            raise CortexError(
                "is answered already in this sitting",
                field=item_id,
                todo=f"`just quiz {self.phase.number:02d} --restart` begins anew.",
            )
        given = None if typed is None else kind.read_typed(typed, self.draft.sitting)
        self.draft.answers[item_id] = given
        self._keep()
        return kind.grade(given, {}, lang)

    def judge(self, item_id: str, verdict: bool) -> None:
        """Takes the learner's own verdict on a `free` answer of this sitting."""
        self.draft.verdicts[item_id] = verdict
        self._keep()

    def close(self, lang: Language) -> Result:
        """Records the sitting and forgets the draft. A question without an answer counts as wrong."""
        given = {key: answer for key, answer in self.draft.answers.items() if answer is not None}
        verdicts = {key: yes for key, yes in self.draft.verdicts.items() if key in given}
        result = record(
            self.ctx,
            self.phase,
            self.quiz,
            given,
            file=self.draft.file,
            verdicts=verdicts,
            lang=lang,
        )
        self.path.unlink(missing_ok=True)
        return result

    def _keep(self) -> None:
        store.write_atomic(self.path, json.dumps(asdict(self.draft), ensure_ascii=False))


def draft_path(ctx: Context, phase: Phase) -> Path:
    """Where an unfinished sitting is kept."""
    return ctx.repo.cache / "drafts" / ctx.learner.name / f"quiz-{phase.number:02d}.json"


def _draft(ctx: Context, phase: Phase, quiz: Quiz, path: Path) -> Draft:
    """The kept draft if it fits today's quiz and attempt, else a fresh one. A damaged draft is no loss worth a stop."""
    checkpoint = ctx.learner.checkpoint(phase.number)
    sitting = len(checkpoint.quiz) + 1 if checkpoint else 1
    fresh = Draft(grading.quiz_digest(ctx.repo, phase), sitting)
    if not path.is_file():
        return fresh
    try:
        kept = build(Draft, json.loads(path.read_text(encoding="utf-8")))
        if (kept.file, kept.sitting) != (fresh.file, fresh.sitting):
            return fresh
        for item_id, answer in kept.answers.items():
            if answer is not None:
                items.of(grading.find_item(quiz, item_id)).read(answer)
    except (OSError, ValueError, Mismatch, CortexError):
        return fresh
    return kept
