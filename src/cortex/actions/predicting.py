"""What is predicted before a fault or an experiment runs, as a face asks it."""

from __future__ import annotations

from cortex.context import Context
from cortex.formats.phase import Break, Experiment, Phase
from cortex.formats.words import Language, say
from cortex.quiz.kind import Shown, ShownChoice
from cortex.runs import predictions


def language(ctx: Context) -> Language:
    """In which language the learner is asked."""
    return ctx.learner.profile().language


def open_questions(
    ctx: Context, phase: Phase, item: Break | Experiment, lang: Language
) -> list[Shown]:
    """What is still to be predicted, as it is asked: values, or a sentence of a fault that asks for none."""
    if not item.predict:
        how = "¿Qué esperas ver?" if lang == "es" else "What do you expect to see?"
        return [Shown("prediction", "words", "", how, [])]
    kept = predictions.kept_of(ctx.learner.checkpoint(phase.number), item)
    return [
        Shown(
            id=question.key,
            type="number" if question.within is not None else "choice",
            prompt=say(question.asks, lang),
            how=predictions.how(question, lang),
            choices=[
                ShownChoice(choice, choice, predictions.label(question, choice, lang))
                for choice in question.choices
            ],
        )
        for question in predictions.missing(item.predict, kept)
    ]


def to_type(questions: list[Shown]) -> str:
    """The options that answer them, to be filled in."""
    return " ".join(
        '--predict "..."' if question.type == "words" else f"--predict {question.id}=..."
        for question in questions
    )
