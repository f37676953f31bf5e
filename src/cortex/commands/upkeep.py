"""Keeping a clone well: update, doctor."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from cortex.options import Json
from cortex.terminal.output import finish


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command()(update)
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


def doctor(as_json: Json = False) -> NoReturn:
    """Whether this machine and this clone have what the course needs, and what to do where they don't."""
    from cortex.actions import upkeep
    from cortex.terminal.upkeepcard import show_examined

    answer = upkeep.doctor()
    finish(answer, as_json=as_json, show=lambda screen: show_examined(screen, answer.data))
