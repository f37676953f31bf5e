"""Commands for those who write the curriculum: `cortex dev ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cortex.options import Json

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(no_args_is_help=True, help="For those who write the curriculum.")


@app.command()
def skeleton(
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what is out of step.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that a person has changed.")
    ] = False,
    as_json: Json = False,
) -> NoReturn:
    """Write the skeletons in src/ and scripts/ from solutions/."""
    from cortex.actions.answer import Answer
    from cortex.dev import skeleton as room
    from cortex.files.repo import find_repo
    from cortex.terminal.output import escape, finish

    repo = find_repo()
    if only_check:
        wrong = {repo.relative(path): what for path, what in room.differing(repo).items()}

        def tell(screen: Console) -> None:
            for name, what in wrong.items():
                screen.print(f"{escape(name)}: {what}", soft_wrap=True)
            if not wrong:
                screen.print("The skeletons are what the reference makes.")

        finish(
            Answer({"differing": wrong}, 2 if wrong else 0, "cortex dev skeleton" if wrong else ""),
            as_json=as_json,
            show=tell,
        )
    done = room.write(repo, force=force)

    def show(screen: Console) -> None:
        for name in done.written:
            screen.print(f"wrote    {escape(name)}", soft_wrap=True)
        for name in done.removed:
            screen.print(f"removed  {escape(name)}", soft_wrap=True)
        for name in done.refused:
            screen.print(
                f"kept     {escape(name)}: it holds changes that no generator made", soft_wrap=True
            )
        screen.print(f"{done.same} were in step.")

    finish(
        Answer(
            {
                "written": done.written,
                "removed": done.removed,
                "refused": done.refused,
                "same": done.same,
            },
            2 if done.refused else 0,
            "compare them, then `cortex dev skeleton --force` throws these changes away"
            if done.refused
            else "",
        ),
        as_json=as_json,
        show=show,
    )


@app.command()
def check(
    phases: Annotated[
        list[str] | None, typer.Argument(metavar="[NN]...", help="Phases; all if none is named.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Leave out whatever runs the curriculum's code.")
    ] = False,
    as_json: Json = False,
) -> NoReturn:
    """Hold the curriculum against itself: markers, checks, breaks, pages, links, quizzes, figures, site."""
    from dataclasses import asdict

    from cortex.actions.answer import Answer
    from cortex.context import Context
    from cortex.dev.check import problems
    from cortex.files.curriculum import parse_number
    from cortex.terminal.output import escape, finish, glyph

    numbers = [parse_number(text) for text in phases or []]
    found = problems(Context(), numbers, fast=fast)

    def show(screen: Console) -> None:
        for problem in found:
            screen.print(
                f"[red]{glyph('fail')}[/] [bold]{escape(problem.where)}[/]: {escape(problem.what)}",
                soft_wrap=True,
            )
            if problem.todo:
                screen.print(f"    {escape(problem.todo)}", soft_wrap=True, style="dim")
        count = f"{len(found)} problem{'s' if len(found) > 1 else ''}"
        screen.print(count if found else "No problem: the curriculum says one thing everywhere.")

    finish(
        Answer(
            {"fast": fast, "problems": [asdict(problem) for problem in found]},
            2 if found else 0,
            found[0].todo if found else "",
        ),
        as_json=as_json,
        show=show,
    )


@app.command()
def figures(
    phases: Annotated[
        list[str] | None, typer.Argument(metavar="[NN]...", help="Phases; all if none is named.")
    ] = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say which figures would change.")
    ] = False,
    as_json: Json = False,
) -> NoReturn:
    """Draw every figure again with its script, and write those that changed."""
    from dataclasses import asdict

    from cortex.actions.answer import Answer
    from cortex.context import Context
    from cortex.dev import figures as room
    from cortex.files.curriculum import parse_number
    from cortex.terminal.output import escape, finish

    ctx = Context()
    chosen = [ctx.curriculum.phase(parse_number(text)) for text in phases or []]
    changed: list[str] = []
    found = []
    for phase in chosen or ctx.curriculum.shipped.values():
        if only_check:
            found += room.compare(ctx.repo, phase)
        else:
            new, wrong = room.write(ctx.repo, phase)
            changed += new
            found += wrong

    def show(screen: Console) -> None:
        for name in changed:
            screen.print(f"wrote {escape(name)}", soft_wrap=True)
        for problem in found:
            screen.print(f"{escape(problem.where)}: {escape(problem.what)}", soft_wrap=True)
        if not changed and not found:
            screen.print("Every figure is what its script draws.")

    finish(
        Answer(
            {"changed": changed, "problems": [asdict(problem) for problem in found]},
            2 if found else 0,
            found[0].todo if found else "",
        ),
        as_json=as_json,
        show=show,
    )


@app.command()
def site(
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what is out of step.")
    ] = False,
    as_json: Json = False,
) -> NoReturn:
    """Write tables, quiz pages, map, navigation, recipes, schemas and seals from the files that they repeat."""
    from cortex.actions.answer import Answer
    from cortex.dev import site as room
    from cortex.files.repo import find_repo
    from cortex.terminal.output import escape, finish

    repo = find_repo()
    wrong = {repo.relative(path): why for path, why in room.out_of_step(repo).items()}
    problems = [str(problem) for problem in room.page_problems(repo)]
    if not only_check:
        room.write(repo)

    def show(screen: Console) -> None:
        for name, why in wrong.items():
            did = why if only_check else "written again" if why != "stray" else "removed"
            screen.print(f"{escape(name)}: {did}", soft_wrap=True)
        for problem in problems:
            screen.print(escape(problem), soft_wrap=True)
        if not wrong and not problems:
            screen.print("The site is in step with its sources.")

    finish(
        Answer(
            {"out_of_step": wrong, "problems": problems, "written": not only_check},
            2 if problems or (wrong and only_check) else 0,
            "cortex dev site" if wrong and only_check else "",
        ),
        as_json=as_json,
        show=show,
    )


@app.command()
def rehearse(
    phases: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NN...",
            help="Phases; those whose rehearsal isn't remembered if none is named.",
        ),
    ] = None,
    chain: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Walk what they require too, one after the other, for real; all phases if none is named.",
        ),
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Phases at a time.")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the clone for a look.")] = False,
    as_json: Json = False,
) -> NoReturn:
    """Walk a scripted learner with the reference from `open` to a closed gate, in a throw-away clone."""
    from dataclasses import asdict

    from cortex.actions.answer import Answer
    from cortex.context import Context
    from cortex.dev import prove
    from cortex.dev import rehearse as room
    from cortex.terminal.output import console, escape, finish, glyph

    ctx = Context()
    every = room.parse_numbers(ctx.curriculum, phases or [])
    numbers = every if phases or chain else prove.unrehearsed(ctx, every)
    held = sorted(set(every) - set(numbers))
    screen = console()

    def tell(step: room.Step) -> None:
        if as_json:
            return
        color, mark = ("green", "done") if step.ok else ("red", "fail")
        says = f"{step.phase:02d}  {step.says}"
        screen.print(
            f"[{color}]{glyph(mark)}[/] {escape(f'{says:<64}')} [dim]{step.seconds:6.1f} s[/]",
            soft_wrap=True,
        )
        if step.detail:
            screen.print(escape(step.detail), soft_wrap=True)

    if chain:
        result = room.rehearse(ctx.repo, numbers, chain=True, keep=keep, tell=tell)
    else:
        result = prove.rehearsed(ctx, numbers, jobs=jobs, keep=keep, tell=tell)
    ok = (result.ok or not numbers) and set(numbers) <= set(result.closed)
    seconds = sum(step.seconds for step in result.steps)

    def show(screen: Console) -> None:
        names = ", ".join(f"{number:02d}" for number in result.closed) or "none"
        if held:
            screen.print(f"remembered: {', '.join(f'{number:02d}' for number in held)}")
        screen.print(f"closed: {names}  [dim]{len(result.steps)} steps, {seconds:.0f} s[/]")
        if result.folder:
            screen.print(f"the clones: {escape(result.folder)}", soft_wrap=True)

    answer = {
        "closed": result.closed,
        "remembered": held,
        "steps": [asdict(step) for step in result.steps],
        "seconds": round(seconds, 1),
        "folder": result.folder,
    }
    finish(Answer(answer, 0 if ok else 1), as_json=as_json, show=show)


@app.command()
def mutants(
    which: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NN[.M]]...",
            help="Phases or labs; phases whose mutants aren't remembered if none is named.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Mutants at a time.")] = 2,
    as_json: Json = False,
) -> NoReturn:
    """Put wrong implementations into copies of the reference: each lab's checks must catch all of its own."""
    from dataclasses import asdict

    from cortex.actions.answer import Answer
    from cortex.context import Context
    from cortex.dev import mutants as room
    from cortex.dev import prove
    from cortex.terminal.output import console, escape, finish, glyph

    ctx = Context()
    screen = console()

    def tell(outcome: room.Outcome) -> None:
        if as_json:
            return
        color, mark = ("green", "done") if outcome.ok else ("red", "fail")
        says = f"{outcome.lab}  {outcome.id:<40} {outcome.state}"
        screen.print(
            f"[{color}]{glyph(mark)}[/] {escape(f'{says:<64}')} [dim]{outcome.seconds:6.1f} s[/]",
            soft_wrap=True,
        )
        if not outcome.ok:
            screen.print(f"    {escape(outcome.says)}", soft_wrap=True)

    done, held = prove.mutated(ctx, which or [], jobs=jobs, tell=tell)
    states = [outcome.state for outcome in done]
    counts = {str(state): states.count(state) for state in room.STATES}
    bad = [outcome for outcome in done if not outcome.ok]

    def show(screen: Console) -> None:
        told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        if held:
            screen.print(f"remembered: {', '.join(f'{number:02d}' for number in held)}")
        if told or not held:
            screen.print(told or "No mutant is listed there.")

    answer = {**counts, "remembered": held, "mutants": [asdict(outcome) for outcome in done]}
    code = 2 if counts["refused"] else 1 if bad else 0
    todo = "Strengthen the checks, or say why no check can tell (`equivalent`)." if bad else ""
    finish(Answer(answer, code, todo), as_json=as_json, show=show)


@app.command()
def prove(
    phases: Annotated[
        list[str] | None, typer.Argument(metavar="[NN]...", help="Phases; all if none is named.")
    ] = None,
    again: Annotated[bool, typer.Option("--all", help="Prove what holds anew, too.")] = False,
    sample: Annotated[
        int,
        typer.Option(
            "--sample", min=0, help="Prove so many phases anew, chosen by the commit's hash."
        ),
    ] = 0,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Runs at a time.")] = 2,
    as_json: Json = False,
) -> NoReturn:
    """Prove what isn't remembered: labs, breaks, figures, mutants, claims, and the walk from `open` to a closed gate."""
    from dataclasses import asdict

    from cortex.actions.answer import Answer
    from cortex.context import Context
    from cortex.dev import prove as room
    from cortex.dev.rehearse import parse_numbers
    from cortex.terminal.output import console, escape, finish, glyph

    ctx = Context()
    numbers = parse_numbers(ctx.curriculum, phases or [])
    screen = console()
    anew = set(numbers if again else room.sample(ctx.repo, numbers, sample))
    if not phases:
        anew |= set(room.witnesses(ctx, numbers))

    def tell(row: room.Row) -> None:
        if as_json:
            return
        color, mark = ("green", "done") if row.state == "proved" else ("red", "fail")
        why = row.why[0] + (f" and {len(row.why) - 1} more" if row.why[1:] else "")
        says = f"{row.phase:02d}  {row.part:<10} {why}"
        screen.print(
            f"[{color}]{glyph(mark)}[/] {escape(f'{says:<72}')} [dim]{row.seconds:6.1f} s[/]",
            soft_wrap=True,
        )
        for problem in row.problems:
            screen.print(f"    {escape(f'{problem.where}: {problem.what}')}", soft_wrap=True)

    rows = room.prove(ctx, numbers, again=anew, jobs=jobs, tell=tell)
    written = room.uncommitted(ctx, numbers)
    held = sum(row.state == "holds" for row in rows)

    def show(screen: Console) -> None:
        failed = sum(row.state == "failed" for row in rows)
        screen.print(f"{held} held, {len(rows) - held - failed} proved, {failed} failed")
        if written:
            screen.print(f"Commit what was proved: git add {' '.join(written)}", soft_wrap=True)

    answer = {"parts": [asdict(row) for row in rows], "anew": sorted(anew), "written": written}
    bad = [row for row in rows if row.state == "failed"]
    todo = bad[0].problems[0].todo if bad and bad[0].problems else ""
    if not bad and written:
        todo = f"git add {' '.join(written)}"
    finish(Answer(answer, 1 if bad else 0, todo), as_json=as_json, show=show)


@app.command()
def oracle(
    again: Annotated[bool, typer.Option("--all", help="Run what holds anew, too.")] = False,
    as_json: Json = False,
) -> NoReturn:
    """Hold minitorch against PyTorch, its results and its times, where that isn't remembered."""
    from cortex.actions.answer import Answer
    from cortex.dev import oracle as room
    from cortex.files.repo import find_repo
    from cortex.terminal.output import escape, finish

    repo = find_repo()
    why = room.stale(repo) or (["asked for"] if again else [])
    if why:
        room.run(repo)

    def show(screen: Console) -> None:
        told = (
            f"It was run ({why[0]}); commit {room.PROOF}." if why else "What is remembered holds."
        )
        screen.print(escape(told))

    answer = {"why": why, "written": [room.PROOF] if why else []}
    finish(Answer(answer, next=f"git add {room.PROOF}" if why else ""), as_json=as_json, show=show)
