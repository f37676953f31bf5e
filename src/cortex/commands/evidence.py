"""Proving: break, run, gate, report, manifest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cortex.options import Impl, Json, LearnerName, PhaseNumber
from cortex.terminal.output import console, escape, finish, glyph, looking

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.answer import Answer
    from cortex.actions.evidence import BreakAsked, BreakLearnt, BreakSeen

Predict = Annotated[
    list[str] | None,
    typer.Option(
        "--predict",
        metavar="KEY=VALUE",
        help="What you expect, before it runs; once for each value, or a sentence where none is asked for.",
    ),
]

manifests = typer.Typer(no_args_is_help=True, help="What a run was made of.")


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("break")(break_phase)
    app.command()(run)
    app.command()(gate)
    app.command()(report)
    manifests.command("diff")(manifest_diff)
    manifests.command("new")(manifest_new)
    app.add_typer(manifests, name="manifest")


def break_phase(
    number: PhaseNumber,
    break_id: Annotated[
        str, typer.Argument(metavar="[ID]", help="The fault; else the next one that isn't done.")
    ] = "",
    predict: Predict = None,
    lesson: Annotated[
        str, typer.Option("--lesson", help="What the fault taught you, after it ran.")
    ] = "",
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Predict what a fault does, then watch it in a throw-away copy."""
    from cortex.actions import evidence
    from cortex.terminal.prompts import interactive
    from cortex.terminal.proofcard import show_break, show_observation

    asks = not as_json and interactive()
    answer = evidence.break_phase(number, break_id, predict or (), lesson, learner)
    if asks and isinstance(answer.data, evidence.BreakAsked):
        show_break(console(), answer.data)
        fault = partial(evidence.break_phase, number, answer.data.item.id)
        answer = _ask_first(answer, partial(fault, lesson=lesson, learner=learner))
    told = answer.data
    if asks and isinstance(told, evidence.BreakSeen) and told.seen.matched and not told.lesson:
        show_observation(console(), told)
        lesson = typer.prompt(
            "What did it teach you? (empty: later)", default="", show_default=False
        )
        if lesson:
            answer = evidence.break_phase(number, told.item.id, lesson=lesson, learner=learner)
        finish(answer, as_json=False, show=lambda screen: _show_stands(screen, told))
    finish(answer, as_json=as_json, show=lambda screen: _show_break(screen, told))


def _ask_first(answer: Answer[Any], run: Callable[[list[str]], Answer[Any]]) -> Answer[Any]:
    """Asks for what is to be predicted, one thing after the other, until nothing is missing; the last answer runs it.

    Where the input ends, what is missing is told instead.
    """
    from cortex.actions import evidence
    from cortex.terminal import prompts

    try:
        while isinstance(told := answer.data, (evidence.BreakAsked, evidence.RunAsked)):
            answer = prompts.predict(console(), told.questions, told.lang, run)
    except EOFError:
        console().print()
    return answer


def _show_break(screen: Console, told: BreakAsked | BreakSeen | BreakLearnt) -> None:
    from cortex.actions import evidence
    from cortex.terminal.proofcard import show_break, show_observation

    if isinstance(told, evidence.BreakAsked):
        show_break(screen, told)
    elif isinstance(told, evidence.BreakSeen):
        show_observation(screen, told)
        _show_stands(screen, told)
    else:
        screen.print(f"{glyph('done')} The lesson is in your record.")


def _show_stands(screen: Console, told: BreakSeen) -> None:
    if told.stands:
        screen.print("[dim]Your first prediction stands: it was made before the fault ran.[/]")


def run(
    name: Annotated[str, typer.Argument(metavar="[EXPERIMENT]", help="Its folder's name.")] = "",
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Another seed than the phase's.", show_default=False),
    ] = None,
    impl: Impl = "learner",
    predict: Predict = None,
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Run an experiment; it leaves a manifest."""
    from cortex.actions import evidence
    from cortex.terminal.prompts import interactive
    from cortex.terminal.proofcard import show_run, show_run_asks

    echo = None if as_json else sys.stdout

    def start(said: Sequence[str]) -> Answer[Any]:
        return evidence.run(name, seed, impl, learner, echo, said)

    answer = start(predict or ())
    if isinstance(answer.data, evidence.RunAsked) and not as_json and interactive():
        answer = _ask_first(answer, start)
    show = show_run_asks if isinstance(answer.data, evidence.RunAsked) else show_run
    finish(answer, as_json=as_json, show=lambda screen: show(screen, answer.data))


def gate(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> NoReturn:
    """Hold every line of a phase against evidence; close it if all hold."""
    from cortex.actions import evidence
    from cortex.terminal.proofcard import show_gate

    with looking(as_json) as say:
        answer = evidence.gate(number, learner, say)
    finish(answer, as_json=as_json, show=lambda screen: show_gate(screen, answer.data))


def report(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> NoReturn:
    """Write the report of a closed phase from the gate's evidence."""
    from cortex.actions import evidence

    answer = evidence.report(number, learner)
    finish(
        answer,
        as_json=as_json,
        show=lambda screen: screen.print(
            f"{glyph('done')} {escape(answer.data.report)}", soft_wrap=True
        ),
    )


def manifest_diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A manifest, or its folder.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The one to compare it with.")],
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
    as_json: Json = False,
) -> NoReturn:
    """What differs between two runs; exit code 1 if code or versions do."""
    from cortex.actions import evidence

    answer = evidence.manifest_diff(a, b)
    told = answer.data

    def show(screen: Console) -> None:
        if quiet:
            return
        for item in told.differences:
            screen.print(escape(str(item)), soft_wrap=True)
        if told.same:
            screen.print(f"(no differences: {', '.join(told.same)})", soft_wrap=True)

    finish(answer, as_json=as_json, show=show)


def manifest_new(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Lower-case words joined by -.")],
    seed: Annotated[int, typer.Option("--seed", help="The seed to note.")] = 42,
    as_json: Json = False,
) -> NoReturn:
    """Write a manifest for a run made by hand: experiments/<date>-<topic>/."""
    from cortex.actions import evidence

    answer = evidence.manifest_new(topic, seed)
    finish(
        answer,
        as_json=as_json,
        show=lambda screen: screen.print(escape(answer.data.manifest), soft_wrap=True),
        tell_next=False,  # a shell takes the path
    )
