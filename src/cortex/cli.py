"""The command line: a Typer app whose commands live in `cortex.commands`, each importing its action when it is called."""

from __future__ import annotations

import typer

from cortex.commands import dev, evidence, quiz, study, upkeep, work

app = typer.Typer(
    name="cortex",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The gatekeeper of Lynx Cortex: it checks labs, injects faults, asks, and believes only evidence.",
)
for room in (work, study, quiz, evidence, upkeep):
    room.register(app)
app.add_typer(dev.app, name="dev")
