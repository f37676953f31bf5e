"""Predictions of values: read as they are typed, kept before anything runs, scored against what came."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import store
from cortex.formats.checkpoint import BreakRecord, Checkpoint, ExperimentRecord, Prediction
from cortex.formats.conditions import lookup
from cortex.formats.phase import Break, Experiment, Phase, Question, spoken
from cortex.formats.words import Language, as_number, fold, say

Value = float | str
Kept = dict[str, Prediction]

_CHOICES: dict[str, dict[Language, str]] = {
    "yes": {"en": "yes", "es": "sí"},
    "no": {"en": "no", "es": "no"},
    "rises": {"en": "rises", "es": "sube"},
    "falls": {"en": "falls", "es": "baja"},
    "same": {"en": "same", "es": "igual"},
}
_LANGUAGES: tuple[Language, Language] = ("en", "es")
_SAME = 1e-9  # relative: what a sum in another order may cost


@dataclass(frozen=True)
class Scored:
    """A prediction beside what came; `right` is None while nothing came yet."""

    key: str
    asks: str
    said: Value
    came: Value | None
    right: bool | None


def label(question: Question, choice: str, lang: Language) -> str:
    """A choice as it is shown and may be typed."""
    if choice in question.answers:
        return say(question.answers[choice], lang)
    return _CHOICES.get(choice, {}).get(lang, choice)


def how(question: Question, lang: Language) -> str:
    """What may be typed."""
    if question.within is not None:
        if lang == "es":
            return f"Un número; vale a {question.within:g} o menos de lo que salga"
        return f"A number; within {question.within:g} of what comes is right"
    listed = ", ".join(
        choice if choice in question.answers else label(question, choice, lang)
        for choice in question.choices
    )
    return f"Una de: {listed}" if lang == "es" else f"One of: {listed}"


def read(question: Question, typed: str, lang: Language = "en") -> Value:
    """What was typed, as a number or a choice.

    Raises:
        CortexError: it is neither; `field` is the question's key.
    """
    todo = f"{how(question, lang)}."
    if question.within is not None:
        try:
            value = float(as_number(typed))
        except (ValueError, ZeroDivisionError, OverflowError):
            raise CortexError(f"{typed!r} is no number", field=question.key, todo=todo) from None
        return value
    for choice in question.choices:
        if fold(typed) in {fold(choice), *(fold(label(question, choice, to)) for to in _LANGUAGES)}:
            return choice
    raise CortexError(f"{typed!r} is no choice", field=question.key, todo=todo)


def given(questions: list[Question], words: Iterable[str], lang: Language) -> dict[str, Value]:
    """The values of `--predict KEY=VALUE`, by key. Raises CortexError."""
    known = {question.key: question for question in questions}
    found: dict[str, Value] = {}
    for word in words:
        key, sign, typed = word.partition("=")
        key = key.strip()
        if not sign or key not in known:
            raise CortexError(
                f"{word!r} doesn't say which value it predicts",
                todo=f"Type --predict KEY=VALUE, where KEY is one of {', '.join(known)}.",
            )
        found[key] = read(known[key], typed.strip(), lang)
    return found


def missing(questions: list[Question], kept: Mapping[str, Prediction]) -> list[Question]:
    """What was asked and isn't answered yet."""
    return [question for question in questions if question.key not in kept]


def kept_of(record: Checkpoint | None, item: Break | Experiment) -> Kept:
    """What was predicted of a fault or an experiment."""
    entry: BreakRecord | ExperimentRecord | None = None
    if record is not None:
        entry = (record.breaks if isinstance(item, Break) else record.experiments).get(item.id)
    return entry.predictions if entry else {}


def keep(ctx: Context, phase: Phase, item: Break | Experiment, said: Mapping[str, Value]) -> Kept:
    """Records predictions, of a fault until it is seen, of a run until it is scored. Returns all of them."""
    with ctx.learner.recording(phase.number) as checkpoint:
        kept, now = _opened(checkpoint, item), store.now()
        entry = checkpoint.breaks.get(item.id) if isinstance(item, Break) else None
        if entry is not None and entry.observed_at:
            return kept
        for key, value in said.items():
            if key not in kept or kept[key].right is None:
                kept[key] = Prediction(value, now)
        if entry is not None:
            entry.predicted_at = now
    return kept


def score(
    ctx: Context,
    phase: Phase,
    item: Break | Experiment,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
) -> Kept:
    """Holds what waits for a score against what came. Returns all predictions.

    Args:
        after: what a fault showed, or a run's metrics; before: what the sound code showed.
    """
    known = {question.key: question for question in item.predict}
    waiting = {
        key: came
        for key, one in kept_of(ctx.learner.checkpoint(phase.number), item).items()
        if one.right is None and key in known
        if (came := outcome(known[key], after, before or {})) is not None
    }
    if not waiting:
        return kept_of(ctx.learner.checkpoint(phase.number), item)
    with ctx.learner.recording(phase.number) as checkpoint:
        kept = _opened(checkpoint, item)
        for key, came in waiting.items():
            kept[key].came, kept[key].right = came, right(known[key], kept[key].said, came)
    return kept


def _opened(checkpoint: Checkpoint, item: Break | Experiment) -> Kept:
    if isinstance(item, Break):
        return checkpoint.breaks.setdefault(item.id, BreakRecord()).predictions
    return checkpoint.experiments.setdefault(item.id, ExperimentRecord()).predictions


def outcome(
    question: Question, after: Mapping[str, Any], before: Mapping[str, Any]
) -> Value | None:
    """What came, in the words of the question; None if nothing did that could answer it."""
    value = lookup(after, question.key)
    if question.of == "change":
        return _change(lookup(before, question.key), value)
    if value is None:
        return None
    if question.within is None or isinstance(value, bool) or not isinstance(value, int | float):
        return spoken(value)
    return float(value) if math.isfinite(value) else str(value)


def _change(before: object, after: object) -> str | None:
    if not (isinstance(before, int | float) and isinstance(after, int | float)):
        return None
    if before == after or math.isclose(before, after, rel_tol=_SAME, abs_tol=_SAME):
        return "same"
    return "rises" if after > before else "falls"


def right(question: Question, said: object, came: Value) -> bool:
    """Whether a prediction is as near as the question asks."""
    if question.within is None:
        return said == came
    if not isinstance(said, int | float) or not isinstance(came, int | float):
        return False
    return abs(said - came) <= question.within * (1 + _SAME)


def scored(
    questions: list[Question], kept: Mapping[str, Prediction], lang: Language
) -> list[Scored]:
    """The predictions in the order in which they were asked."""
    return [
        Scored(
            question.key,
            say(question.asks, lang),
            kept[question.key].said,
            kept[question.key].came,
            kept[question.key].right,
        )
        for question in questions
        if question.key in kept
    ]


def tally(kept: Iterable[Prediction]) -> tuple[int, int]:
    """How many are right, and how many were scored."""
    marks = [one.right for one in kept if one.right is not None]
    return sum(marks), len(marks)
