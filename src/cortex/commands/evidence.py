"""Proving: break, run, gate, report, manifest."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cortex.options import Impl, Json, LearnerName, PhaseNumber
from cortex.terminal.output import escape, finish, glyph

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.context import Context
    from cortex.formats.phase import Break, Phase
    from cortex.runs.breaks import Observation
    from cortex.runs.experiments import Finished

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
) -> None:
    """Predict what a fault does, then watch it in a throw-away copy."""
    from cortex.context import Context
    from cortex.files.curriculum import parse_number
    from cortex.runs import breaks

    ctx = Context(learner)
    phase = ctx.curriculum.phase(parse_number(number))
    item = ctx.curriculum.fault(phase, break_id) if break_id else breaks.pending(ctx, phase)
    record = ctx.learner.checkpoint(phase.number)
    entry = record.breaks.get(item.id) if record else None
    command = f"just break {phase.number:02d} {item.id}"
    if lesson and not predict and (entry is None or not entry.prediction or entry.observed_at):
        learnt = breaks.learn(ctx, phase, item, lesson)
        _keep_progress(ctx)
        finish(
            _break_json(phase, item, learnt.prediction, None, learnt.lesson),
            as_json=as_json,
            show=lambda screen: screen.print(f"{glyph('done')} The lesson is in your record."),
            next_step=_after_break(ctx, phase),
        )
    asks = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    said = predict or (entry.prediction if entry else "")
    if not said:
        said = _ask_prediction(ctx, phase, item, asks, command, as_json)
    kept = breaks.predict(ctx, phase, item, said)
    seen, why = breaks.demonstrate(ctx, phase, item)
    if not seen.problem:
        kept = breaks.keep(ctx, phase, item, seen)
    if asks and seen.matched and not lesson and not kept.lesson:
        _show(seen, why, kept.prediction)
        lesson = typer.prompt(
            "What did it teach you? (empty: later)", default="", show_default=False
        )
    shown = asks and seen.matched and not kept.lesson
    if lesson and not seen.problem:
        kept = breaks.learn(ctx, phase, item, lesson)
    _keep_progress(ctx)
    if not seen.matched:
        step = f"look at {phase.folder}/{item.page}, then again: {command}"
    elif not kept.lesson:
        step = f'{command} --lesson "..."'
    else:
        step = _after_break(ctx, phase)

    def show(screen: Console) -> None:
        from cortex.terminal.proofcard import show_observation

        if not shown:
            show_observation(screen, seen, why, kept.prediction)
        if predict and kept.prediction != " ".join(predict.split()):
            screen.print("[dim]Your first prediction stands: it was made before the fault ran.[/]")

    answer = _break_json(phase, item, kept.prediction, seen, kept.lesson) | {"why": why}
    finish(answer, as_json=as_json, show=show, code=0 if seen.matched else 1, next_step=step)


def _keep_progress(ctx: Context) -> None:
    """Regenerates progress.md; a file that can't be read there never hides this command's own answer."""
    import contextlib

    from cortex.errors import CortexError
    from cortex.standing.overview import write_progress

    with contextlib.suppress(CortexError):
        write_progress(ctx)


def _show(seen: Observation, why: str, prediction: str) -> None:
    from cortex.terminal.output import console
    from cortex.terminal.proofcard import show_observation

    show_observation(console(), seen, why, prediction)


def _after_break(ctx: Context, phase: Phase) -> str:
    from cortex.standing.progress import progress

    return progress(ctx, phase).next_step


def _ask_prediction(
    ctx: Context, phase: Phase, item: Break, asks: bool, command: str, as_json: bool
) -> str:
    """The prediction from the terminal; without one, shows the page and leaves with 1."""
    from cortex.formats.load import read_text
    from cortex.runs.breaks import MIN_WORDS
    from cortex.terminal.output import console
    from cortex.terminal.proofcard import opening, show_page

    text = read_text(ctx.repo.root / phase.folder / item.page)
    if not asks:
        answer = {
            "phase": phase.number,
            "break": item.id,
            "title": item.title,
            "page": f"{phase.folder}/{item.page}",
            "asks": "\n\n".join(opening(text)),
        }
        finish(
            answer,
            as_json=as_json,
            show=lambda screen: show_page(screen, phase, item, text),
            code=1,
            next_step=f'predict first: {command} --predict "..."',
        )
    show_page(console(), phase, item, text)
    said = str(typer.prompt("What do you expect to see?"))
    while len(" ".join(said.split())) < MIN_WORDS:
        said = str(typer.prompt("A little more: which values change, and to what?"))
    return said


def _break_json(
    phase: Phase, item: Break, prediction: str, seen: Observation | None, lesson: str
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "phase": phase.number,
        "break": item.id,
        "title": item.title,
        "prediction": prediction,
        "lesson": lesson,
    }
    if seen is not None:
        answer |= {"observation": asdict(seen), "matched": seen.matched}
    return answer


def run(
    name: Annotated[str, typer.Argument(metavar="[EXPERIMENT]", help="Its folder's name.")] = "",
    seed: Annotated[
        int, typer.Option("--seed", help="Another seed than the phase's.", show_default=False)
    ] = -1,
    impl: Impl = "learner",
    learner: LearnerName = "",
    as_json: Json = False,
) -> None:
    """Run an experiment; it leaves a manifest."""
    from cortex.context import Context
    from cortex.errors import CortexError
    from cortex.runs import experiments

    ctx = Context(learner)
    if not name:
        known = ", ".join(experiments.names(ctx.repo)) or "none yet"
        raise CortexError("which experiment?", todo=f"There are: {known}.")
    experiments.script(ctx.repo, name)
    ctx.repo.implementation(impl)
    if seed < -1:
        raise CortexError(f"a seed is a whole number from 0 to {2**32 - 1}, not {seed}")
    done = experiments.run(
        ctx,
        name,
        seed=None if seed == -1 else seed,
        impl=impl,
        echo=None if as_json else sys.stdout,
    )
    _told_run(ctx, name, impl, done, as_json)


def _told_run(ctx: Context, name: str, impl: str, done: Finished, as_json: bool) -> None:
    from cortex.runs import experiments

    problems = done.run.problems if done.ok else [done.why]
    doubts = experiments.doubts(ctx, name, done.run) if done.ok and not problems else []
    if impl == "reference":
        doubts.append("it ran the reference, which proves nothing about your code")
    claims = experiments.claims(ctx, name, done.run.manifest) if not problems else []
    if impl == "learner" and ctx.learner.folder.exists():
        _keep_progress(ctx)
    step = ""
    if problems:
        step = f"mend it, then: just exp {name}"
    elif any("git_dirty" in doubt for doubt in doubts):
        step = f"commit your work, then: just exp {name}"
    elif claims and all(claim.holds for claim in claims) and not doubts:
        step = f"just gate {claims[0].phase:02d}"

    def show(screen: Console) -> None:
        from cortex.terminal.card import heading, rule, sign

        rule(screen)
        mark = glyph("fail" if problems else "done")
        heading(screen, f"{mark} {name}", f"{done.seconds:.1f} s")
        for problem in problems:
            screen.print(f"  {sign('fail')} {escape(problem)}", soft_wrap=True)
        if not done.ok:
            return
        screen.print(f"  [dim]{escape(ctx.repo.relative(done.run.folder))}[/]", soft_wrap=True)
        for claim in claims:
            sign_ = sign("done" if claim.holds else "fail")
            values = ", ".join(claim.values) or "it ran"
            screen.print(
                f"  {sign_} {escape(claim.line.says)}: [dim]{escape(values)}[/]", soft_wrap=True
            )
        if doubts:
            for doubt in doubts:
                screen.print(f"  {sign('stale')} no evidence yet: {escape(doubt)}", soft_wrap=True)
        elif not problems:
            sha = done.run.manifest["git_sha"][:7]
            screen.print(f"  {sign('done')} counts as evidence: clean, at {sha}")

    answer = {
        "experiment": name,
        "impl": impl,
        "folder": ctx.repo.relative(done.run.folder),
        "seconds": done.seconds,
        "problems": problems,
        "evidence": not problems and not doubts,
        "doubts": doubts,
        "metrics": done.run.manifest.get("metrics", {}),
        "proves": [
            {
                "phase": claim.phase,
                "id": claim.line.id,
                "says": claim.line.says,
                "holds": claim.holds,
                "values": claim.values,
            }
            for claim in claims
        ],
        "output": done.tail,
    }
    finish(answer, as_json=as_json, show=show, code=1 if problems else 0, next_step=step)


def gate(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> None:
    """Hold every line of a phase against evidence; close it if all hold."""
    from cortex.context import Context
    from cortex.files.curriculum import parse_number
    from cortex.standing import gate as gates
    from cortex.standing import report as reports
    from cortex.terminal.output import console

    ctx = Context(learner)
    phase = ctx.curriculum.phase(parse_number(number))
    screen = console(stderr=True)
    if screen.is_terminal and not screen.is_dumb_terminal and not as_json:
        with screen.status("looking") as status:
            found = gates.examine(ctx, phase, lambda text: status.update(escape(text)))
    else:
        found = gates.examine(ctx, phase)
    outcome = gates.settle(ctx, phase, found)
    written = reports.write(ctx, phase, found, outcome) if outcome.state == "closed" else []
    _keep_progress(ctx)

    def show(screen: Console) -> None:
        from cortex.terminal.proofcard import show_gate

        show_gate(screen, phase, found, outcome, ctx.learner.name)
        if written:
            report = ctx.repo.relative(written[0])
            screen.print(f"{glyph('done')} {escape(report)}", soft_wrap=True)

    answer = {
        "phase": phase.number,
        "learner": ctx.learner.name,
        "state": outcome.state,
        "since": outcome.since,
        "git_sha": outcome.sha,
        "held": sum(line.ok for line in found.lines),
        "of": len(found.lines),
        "lines": [asdict(line) for line in found.lines],
        "seconds": found.seconds,
        "report": ctx.repo.relative(written[0]) if written else "",
        "files": [ctx.repo.relative(path) for path in written],
    }
    step = found.next_step
    if found.closed:
        step = _commit_report(phase) if written else "just status"
    finish(answer, as_json=as_json, show=show, code=0 if found.closed else 1, next_step=step)


def report(number: PhaseNumber, learner: LearnerName = "", as_json: Json = False) -> None:
    """Write the report of a closed phase from the gate's evidence."""
    from cortex.context import Context
    from cortex.files.curriculum import parse_number
    from cortex.standing import report as reports

    ctx = Context(learner)
    phase = ctx.curriculum.phase(parse_number(number))
    written = reports.examined(ctx, phase)
    files = [ctx.repo.relative(path) for path in written]
    finish(
        {"phase": phase.number, "report": files[0], "files": files},
        as_json=as_json,
        show=lambda screen: screen.print(f"{glyph('done')} {escape(files[0])}", soft_wrap=True),
        next_step=_commit_report(phase),
    )


def _commit_report(phase: Phase) -> str:
    return f"git add learners && git commit -m 'phase: phase-{phase.number:02d} report'"


def manifest_diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A manifest, or its folder.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The one to compare it with.")],
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
    as_json: Json = False,
) -> None:
    """What differs between two runs; exit code 1 if code or versions do."""
    from cortex.runs import manifests as provenance

    found = provenance.diff(provenance.read(a), provenance.read(b))
    same = provenance.quiet_categories(found)

    def show(screen: Console) -> None:
        if quiet:
            return
        for item in found:
            screen.print(escape(str(item)), soft_wrap=True)
        if same:
            screen.print(f"(no differences: {', '.join(same)})", soft_wrap=True)

    answer = {"differences": [asdict(item) for item in found], "same": same}
    code = 1 if provenance.explains(found) else 0
    finish(answer, as_json=as_json, show=show, code=code)


def manifest_new(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Lower-case words joined by -.")],
    seed: Annotated[int, typer.Option("--seed", help="The seed to note.")] = 42,
    as_json: Json = False,
) -> None:
    """Write a manifest for a run made by hand: experiments/<date>-<topic>/."""
    from cortex.files.repo import find_repo
    from cortex.runs import manifests as provenance

    repo = find_repo()
    path = repo.relative(provenance.new_manifest(repo, topic, seed))
    finish(
        {"manifest": path},
        as_json=as_json,
        show=lambda screen: screen.print(escape(path), soft_wrap=True),
        next_step="fill in config and metrics, list your artifacts" if as_json else "",
    )
