"""Working: status, open, phase, check, watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cortex.options import Impl, Json, LearnerName, PhaseNumber
from cortex.terminal.output import finish, glyph

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.context import Context
    from cortex.formats.phase import Lab, Phase
    from cortex.runs.checks import Verdict
    from cortex.standing.progress import Progress


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
) -> None:
    """Where you stand in every phase."""
    from dataclasses import asdict

    from cortex.context import Context
    from cortex.standing.overview import overview
    from cortex.terminal.card import heading, rule, sign
    from cortex.terminal.output import bar, escape

    ctx = Context(learner)
    shipped = overview(ctx)
    closed = sum(bool(now.closed) for now in shipped)
    current = next((now for now in shipped if now.opened and not now.closed), None) or next(
        (now for now in shipped if not now.closed), None
    )
    step = f"just phase{current.phase.number:02d}" if current else ""

    def show(screen: Console) -> None:
        heading(screen, f"Lynx Cortex  {closed} of 42 phases closed", ctx.learner.name)
        rule(screen)
        by_number = {now.phase.number: now for now in shipped}
        for number in sorted({*by_number, *(ctx.curriculum.planned if everything else ())}):
            now = by_number.get(number)
            title = f"{number:02d}  {now.phase.title.en if now else ctx.curriculum.title(number)}"
            if now is None:
                screen.print(
                    f"  [dim]{glyph('todo')} {escape(title):<46} planned[/]", soft_wrap=True
                )
                continue
            labs, all_labs = now.count("lab")
            note = (
                f"closed {now.closed}"
                if now.closed
                else f"{bar(labs, all_labs, 10)} labs {labs} of {all_labs}"
            )
            mark = sign("done" if now.closed else "todo")
            screen.print(f"  {mark} {escape(title[:46]):<46} [dim]{note}[/]", soft_wrap=True)
        if not everything:
            screen.print(
                f"  [dim]{len(ctx.curriculum.planned)} more are planned: cortex status --all[/]"
            )
        rule(screen)

    answer: dict[str, Any] = {
        "learner": ctx.learner.name,
        "closed": closed,
        "phases": [_phase_json(now) for now in shipped],
        "planned": [asdict(entry) for entry in ctx.curriculum.planned.values()],
    }
    finish(answer, as_json=as_json, show=show, next_step=step)


def _phase_json(now: Progress) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "number": now.phase.number,
        "title": now.phase.title.en,
        "folder": now.phase.folder,
        "opened": now.opened,
        "closed": now.closed,
        "requires": now.phase.requires,
        "lines": [asdict(line) for line in now.lines],
        "next": now.next_step,
    }


def _open(ctx: Context, number: str) -> Phase:
    """Opens a phase for the learner: the first time it makes the record."""
    from cortex.files.curriculum import parse_number
    from cortex.record.learner import remember

    entry = ctx.curriculum.phase(parse_number(number))
    if ctx.learner.checkpoint(entry.number) is None:
        with ctx.learner.recording(entry.number):
            pass
    remember(ctx.learner)
    return entry


def _requirements(ctx: Context, entry: Phase) -> list[str]:
    """What to know about required phases before starting."""
    notes = []
    for number in entry.requires:
        named = f"{number:02d} ({ctx.curriculum.title(number)})"
        if number not in ctx.curriculum.shipped:
            notes.append(f"builds on {named}, not shipped yet")
        else:
            record = ctx.learner.checkpoint(number)
            if record is None or record.closed is None:
                notes.append(f"needs phase {named}, still open: the gate will wait for it")
    return notes


def open_phase(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> None:
    """Open a phase: start its record, and say where to begin."""
    from cortex.context import Context
    from cortex.standing.overview import write_progress
    from cortex.standing.progress import progress

    ctx = Context(learner)
    entry = _open(ctx, number)
    now = progress(ctx, entry)
    write_progress(ctx)
    notes = _requirements(ctx, entry)
    answer = _phase_json(now) | {"learner": ctx.learner.name, "notes": notes}
    finish(
        answer,
        as_json=as_json,
        show=lambda screen: _card(screen, now, ctx, notes),
        next_step=_first(now),
    )


def _first(now: Progress) -> str:
    """The next step; before any attempt, the page to read."""
    labs = now.of("lab")
    if labs and all(line.note == "not started" for line in labs):
        return f"read {now.phase.start}, then {labs[0].todo}"
    return now.next_step


def _card(screen: Console, now: Progress, ctx: Context, notes: list[str]) -> None:
    from cortex.terminal.card import show_phase
    from cortex.terminal.output import escape

    show_phase(screen, now, ctx.learner.name)
    for note in notes:
        screen.print(f"[dim]{escape(note)}[/]")


def phase(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> None:
    """Open a phase, run its checks, and show its card."""
    from cortex.context import Context
    from cortex.standing.overview import write_progress
    from cortex.standing.progress import progress

    ctx = Context(learner)
    entry = _open(ctx, number)
    verdicts = [_run(ctx, entry, lab, "learner") for lab in entry.labs]
    now = progress(ctx, entry)
    write_progress(ctx)
    notes = _requirements(ctx, entry)
    worst = next(
        (
            pair
            for pair in zip(entry.labs, verdicts, strict=True)
            if pair[1].state not in ("pass", "not-started")
        ),
        None,
    )

    def show(screen: Console) -> None:
        from cortex.terminal.card import show_verdict

        _card(screen, now, ctx, notes)
        if worst is not None:
            show_verdict(screen, worst[1], worst[0].title)

    answer = _phase_json(now) | {
        "learner": ctx.learner.name,
        "notes": notes,
        "verdicts": [_verdict_json(v) for v in verdicts],
    }
    finish(answer, as_json=as_json, show=show, next_step=_first(now))


def _run(ctx: Context, entry: Phase, lab: Lab, impl: str) -> Verdict:
    from cortex.runs import checks

    verdict = checks.check_lab(ctx, lab, impl=impl)
    if impl == "learner":
        checks.record(ctx, entry, lab, verdict)
        _make_cards(ctx, lab, verdict)
    return verdict


def _make_cards(ctx: Context, lab: Lab, verdict: Verdict) -> None:
    """A failed check becomes a review card (a check that merely isn't reached yet doesn't)."""
    failure = verdict.first_failure
    if verdict.state == "fail" and failure is not None and not failure.not_started:
        from cortex.quiz import review

        review.add_lab_card(ctx.learner, lab.id, failure)


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(verdict) | {"passed": verdict.passed}


def check(
    target: Annotated[
        str,
        typer.Argument(
            metavar="[NN|NN.M]", help="A lab or a phase; else the open phase's next lab."
        ),
    ] = "",
    learner: LearnerName = "",
    impl: Impl = "learner",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List every check.")] = False,
    as_json: Json = False,
) -> None:
    """Run a lab's checks, or all of a phase's."""
    from cortex.context import Context
    from cortex.standing.overview import write_progress
    from cortex.standing.progress import progress
    from cortex.terminal.card import show_verdict

    ctx = Context(learner)
    entry, labs = _targets(ctx, target)
    if impl != "learner":
        ctx.repo.implementation(impl)
    verdicts = [_run(ctx, entry, lab, impl) for lab in labs]
    code = 0 if all(verdict.state == "pass" for verdict in verdicts) else 1
    step = ""
    if impl == "learner":
        now = progress(ctx, entry)
        write_progress(ctx)
        bad = next((v for v in verdicts if v.state != "pass"), None)
        step = (
            now.next_step
            if bad is None or bad.state == "not-started"
            else f"mend it, then: just check {bad.lab} (or: just hint {bad.lab})"
        )

    def show(screen: Console) -> None:
        for lab, verdict in zip(labs, verdicts, strict=True):
            show_verdict(screen, verdict, lab.title, verbose=verbose)

    answer = {
        "phase": entry.number,
        "impl": impl,
        "labs": [_verdict_json(verdict) for verdict in verdicts],
    }
    finish(answer, as_json=as_json, show=show, code=code, next_step=step)


def _targets(ctx: Context, target: str) -> tuple[Phase, list[Lab]]:
    from cortex.errors import CortexError
    from cortex.files.curriculum import parse_number
    from cortex.standing.overview import overview

    if "." in target:
        entry, lab = ctx.curriculum.lab(target)
        return entry, [lab]
    if target:
        entry = ctx.curriculum.phase(parse_number(target))
        return entry, list(entry.labs)
    for now in reversed(overview(ctx)):
        if now.opened and not now.closed:
            lines = now.of("lab")
            todo = next((line.id for line in lines if line.mark != "done"), lines[-1].id)
            entry, lab = ctx.curriculum.lab(todo)
            return entry, [lab]
    raise CortexError("no phase is open", todo="Open one: `just phase00`.", code=1)


def watch(
    target: Annotated[
        str,
        typer.Argument(
            metavar="[NN|NN.M]", help="A lab or a phase; else the open phase's next lab."
        ),
    ] = "",
    learner: LearnerName = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a run, one a line.")
    ] = False,
) -> None:
    """Run a lab's checks again on every save, until Ctrl-C."""
    from cortex.context import Context
    from cortex.runs.watch import saves
    from cortex.terminal.card import show_verdict
    from cortex.terminal.output import console

    ctx = Context(learner)
    entry, labs = _targets(ctx, target)
    lab = labs[0] if len(labs) == 1 else _next_lab(ctx, entry)
    screen = console()

    def again() -> Verdict:
        verdict = _run(ctx, entry, lab, "learner")
        if as_json:
            import json

            typer.echo(json.dumps(_verdict_json(verdict), ensure_ascii=False))
        else:
            if screen.is_terminal:
                screen.clear()
            show_verdict(screen, verdict, lab.title)
            screen.print(f"[dim]watching {', '.join(lab.writes)}; Ctrl-C ends[/]")
        return verdict

    again()
    try:
        for _ in saves(ctx, lab):
            verdict = again()
            if verdict.state == "pass":
                following = _next_lab(ctx, entry)
                if following.id != lab.id and not as_json:
                    screen.print(f"[bold]{glyph('next')}[/] just watch {following.id}")
    except KeyboardInterrupt:
        raise SystemExit(0) from None


def _next_lab(ctx: Context, entry: Phase) -> Lab:
    from cortex.standing.progress import progress

    lines = progress(ctx, entry).of("lab")
    todo = next((line.id for line in lines if line.mark != "done"), lines[-1].id)
    return ctx.curriculum.lab(todo)[1]
