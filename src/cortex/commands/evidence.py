"""Proving: break, run, gate, report, manifest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cortex.options import Impl, Json, LearnerName, PhaseNumber
from cortex.terminal.output import console, escape, finish, glyph, looking

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.evidence import BreakAsked, BreakLearnt, BreakSeen

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
    predict: Annotated[
        str, typer.Option("--predict", help="What you expect to see, before it runs.")
    ] = "",
    lesson: Annotated[
        str, typer.Option("--lesson", help="What the fault taught you, after it ran.")
    ] = "",
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Predict what a fault does, then watch it in a throw-away copy."""
    from cortex.actions import evidence
    from cortex.terminal.prompts import interactive
    from cortex.terminal.proofcard import show_observation

    asks = not as_json and interactive()
    answer = evidence.break_phase(number, break_id, predict, lesson, learner)
    told = answer.data
    if asks and isinstance(told, evidence.BreakAsked):
        predict = _ask_prediction(told)
        answer = evidence.break_phase(number, told.item.id, predict, lesson, learner)
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


def _ask_prediction(told: BreakAsked) -> str:
    from cortex.terminal.proofcard import show_break

    show_break(console(), told)
    said = str(typer.prompt("What do you expect to see?"))
    while len(" ".join(said.split())) < told.at_least:
        said = str(typer.prompt("A little more: which values change, and to what?"))
    return said


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
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Run an experiment; it leaves a manifest."""
    from cortex.actions import evidence
    from cortex.terminal.proofcard import show_run

    answer = evidence.run(name, seed, impl, learner, echo=None if as_json else sys.stdout)
    finish(answer, as_json=as_json, show=lambda screen: show_run(screen, answer.data))


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
