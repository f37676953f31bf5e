"""Commands for those who write the curriculum: `cortex dev ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
) -> None:
    """Write the skeletons in src/ and scripts/ from solutions/."""
    from cortex import skeleton as room
    from cortex.output import escape, finish
    from cortex.repo import find_repo

    repo = find_repo()
    if only_check:
        wrong = {repo.relative(path): what for path, what in room.differing(repo).items()}

        def tell(screen: Console) -> None:
            for name, what in wrong.items():
                screen.print(f"{escape(name)}: {what}", soft_wrap=True)
            if not wrong:
                screen.print("The skeletons are what the reference makes.")

        finish(
            {"differing": wrong},
            as_json=as_json,
            show=tell,
            code=2 if wrong else 0,
            next_step="cortex dev skeleton" if wrong else "",
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
        {
            "written": done.written,
            "removed": done.removed,
            "refused": done.refused,
            "same": done.same,
        },
        as_json=as_json,
        show=show,
        code=2 if done.refused else 0,
        next_step="compare them, then `cortex dev skeleton --force` throws these changes away"
        if done.refused
        else "",
    )


@app.command()
def site(
    only_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what is out of step.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write tables, quiz pages, map, navigation, schemas and seal from the files that they repeat."""
    from cortex.dev import site as room
    from cortex.output import escape, finish
    from cortex.repo import find_repo

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
        {"out_of_step": wrong, "problems": problems, "written": not only_check},
        as_json=as_json,
        show=show,
        code=2 if problems or (wrong and only_check) else 0,
        next_step="cortex dev site" if wrong and only_check else "",
    )
