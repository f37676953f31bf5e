"""Keeping a clone well: update, reset, doctor."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from cortex.options import Json, LabId, LearnerName
from cortex.terminal.output import finish


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command()(update)
    app.command()(reset)
    app.command()(doctor)


def update(
    source: Annotated[
        str, typer.Option("--from", metavar="REF", help="Else upstream/main, else origin/main.")
    ] = "",
    as_json: Json = False,
) -> NoReturn:
    """Bring the curriculum's changes into your branch; your code stays yours."""
    from cortex.actions import upkeep
    from cortex.terminal.upkeepcard import show_update

    answer = upkeep.update(source)
    finish(answer, as_json=as_json, show=lambda screen: show_update(screen, answer.data))


def reset(
    lab: LabId,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    learner: LearnerName = "",
    as_json: Json = False,
) -> NoReturn:
    """Bring a lab's skeleton back into your files; what you wrote is kept beside your record."""
    from cortex.actions import upkeep
    from cortex.terminal.prompts import interactive
    from cortex.terminal.upkeepcard import confirm_reset, show_reset

    if not yes and not as_json and interactive():
        planned = upkeep.resetting(lab, learner)
        if planned.data.files and not confirm_reset(planned.data):
            finish(planned, as_json=False, show=lambda screen: show_reset(screen, planned.data))
        yes = True
    answer = upkeep.reset(lab, yes, learner)
    finish(answer, as_json=as_json, show=lambda screen: show_reset(screen, answer.data))


def doctor(as_json: Json = False) -> NoReturn:
    """Whether this machine and this clone have what the course needs, and what to do where they don't."""
    from cortex.actions import upkeep
    from cortex.terminal.upkeepcard import show_examined

    answer = upkeep.doctor()
    finish(answer, as_json=as_json, show=lambda screen: show_examined(screen, answer.data))
