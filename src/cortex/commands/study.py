"""Studying: hint, solution, journal, attest."""

from __future__ import annotations

import json
from typing import Annotated, NoReturn

import typer

from cortex.options import Json, LabId, LearnerName, PhaseNumber
from cortex.terminal.output import finish


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    for command in (hint, solution, journal, attest):
        app.command()(command)


def hint(
    lab: LabId,
    again: Annotated[
        bool, typer.Option("--again", help="Show the hints opened so far; open none.")
    ] = False,
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Opens the next hint of a lab; that is recorded, and nothing else."""
    from cortex.actions import study
    from cortex.terminal.studycard import show_hints

    answer = study.hint(lab, again, learner)
    finish(
        answer, as_json=as_json, show=lambda screen: show_hints(screen, answer.data, again=again)
    )


def solution(
    lab: LabId,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Open it before any attempt; the gate will ask why.")
    ] = False,
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Shows a lab's solution page, after an attempt; the opening is recorded."""
    from cortex.actions import study
    from cortex.terminal.studycard import show_solution

    answer = study.solution(lab, anyway, learner)
    finish(answer, as_json=as_json, show=lambda screen: show_solution(screen, answer.data))


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
) -> NoReturn:
    """Writes today's journal: in your editor, or with --add."""
    from cortex.actions import study
    from cortex.terminal.studycard import show_journal

    if reminder:
        _remind(learner, hook, as_json)
    if add is not None:
        answer = study.journal_add(add, learner)
    elif as_json:
        answer = study.journal(learner)
    else:
        answer = study.journal_start(learner)
        from cortex.terminal import editor
        from cortex.terminal.prompts import interactive

        command = editor.editor()
        if command and interactive():
            editor.edit(answer.data.path, command)
            answer = study.journal(learner)
    finish(
        answer,
        as_json=as_json,
        show=lambda screen: show_journal(screen, answer.data, added=add is not None),
    )


def _remind(learner: str, hook: bool, as_json: bool) -> NoReturn:
    from cortex.actions import study

    answer = study.reminder(learner)
    line = answer.data.line
    # Plain text of a Stop hook goes to a log that nobody reads; this key of it is shown.
    told = json.dumps({"systemMessage": line}) if hook and line else line
    finish(
        answer,
        as_json=as_json,
        show=lambda screen: screen.print(told, markup=False, soft_wrap=True) if told else None,
    )


def attest(
    number: PhaseNumber,
    claim: Annotated[str, typer.Argument(metavar="[ID]", help="The line; none lists them.")] = "",
    says: Annotated[
        str, typer.Option("--says", metavar="TEXT", help="Your word for it, in a sentence.")
    ] = "",
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Records your word for a line that no machine can check."""
    from cortex.actions import study
    from cortex.terminal.studycard import show_attestable, show_attested

    if claim:
        said = study.attest(number, claim, says, learner)
        finish(said, as_json=as_json, show=lambda screen: show_attested(screen, said.data))
    listed = study.attestable(number, learner)
    finish(listed, as_json=as_json, show=lambda screen: show_attestable(screen, listed.data))
