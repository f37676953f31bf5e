"""Working: status, open, phase, check, watch."""

from __future__ import annotations

import contextlib
import json
from typing import Annotated, NoReturn

import typer

from cortex.options import Impl, Json, LearnerName, PhaseNumber
from cortex.terminal.output import console, finish, show_next

Target = Annotated[
    str,
    typer.Argument(metavar="[NN|NN.M]", help="A lab or a phase; else the open phase's next lab."),
]


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command()(status)
    app.command("open")(open_phase)
    app.command()(phase)
    app.command()(check)
    app.command()(watch)


def status(
    learner: LearnerName = "",
    everything: Annotated[bool, typer.Option("--all", help="List the planned phases too.")] = False,
    as_json: Json = False,
) -> NoReturn:
    """Where you stand in every phase."""
    from cortex.actions import work
    from cortex.terminal.card import show_status

    answer = work.status(learner)
    finish(
        answer,
        as_json=as_json,
        show=lambda screen: show_status(screen, answer.data, everything=everything),
    )


def open_phase(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> NoReturn:
    """Open a phase: start its record, and say where to begin."""
    from cortex.actions import work
    from cortex.terminal.card import show_opened

    answer = work.open_phase(number, learner)
    finish(answer, as_json=as_json, show=lambda screen: show_opened(screen, answer.data))


def phase(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> NoReturn:
    """Open a phase, run its checks, and show its card."""
    from cortex.actions import work
    from cortex.terminal.card import show_worked

    answer = work.work_phase(number, learner)
    finish(answer, as_json=as_json, show=lambda screen: show_worked(screen, answer.data))


def check(
    target: Target = "",
    learner: LearnerName = "",
    impl: Impl = "learner",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List every check.")] = False,
    as_json: Json = False,
) -> NoReturn:
    """Run a lab's checks, or all of a phase's."""
    from cortex.actions import work
    from cortex.terminal.card import show_checked

    answer = work.check(target, learner, impl)
    finish(
        answer,
        as_json=as_json,
        show=lambda screen: show_checked(screen, answer.data, verbose=verbose),
    )


def watch(
    target: Target = "",
    learner: LearnerName = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a run, one a line.")
    ] = False,
) -> None:
    """Run a lab's checks again on every save, until Ctrl-C or q."""
    from cortex.actions import study, work
    from cortex.terminal.card import show_watched
    from cortex.terminal.keys import keys
    from cortex.terminal.studycard import show_hints

    screen = console()
    lab = ""
    wishes: dict[str, work.Wish] = {"n": "next", "r": "run", "q": "quit"}
    with keys() if not as_json else contextlib.nullcontext() as key:

        def wish() -> work.Wish:
            pressed = key() if key is not None else ""
            if pressed == "h":
                hinted = study.hint(lab, learner=learner)
                show_hints(screen, hinted.data, again=False)
            return wishes.get(pressed, "")

        try:
            for answer in work.watch(target, learner, wish):
                lab = answer.data.lab.id
                if as_json:
                    typer.echo(json.dumps(answer.data.json(), ensure_ascii=False))
                    continue
                show_watched(screen, answer.data, keys=key is not None)
                if answer.next:
                    show_next(screen, answer.next)
        except KeyboardInterrupt:
            raise SystemExit(0) from None
