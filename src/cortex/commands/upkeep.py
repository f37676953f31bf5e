"""Keeping a clone well: update, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cortex.options import Json

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.upkeep.threeway import Conflict

_SHOWN = 12  # names of files, before "and 30 more"


def register(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command()(update)
    app.command()(doctor)


def update(
    source: Annotated[
        str, typer.Option("--from", metavar="REF", help="Else upstream/main, else origin/main.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Bring the curriculum's changes into your branch; your code stays yours."""
    from dataclasses import asdict

    from cortex.errors import DONE, NOT_YET
    from cortex.files.repo import find_repo
    from cortex.terminal.output import escape, finish, glyph
    from cortex.upkeep import update as room

    done = room.update(find_repo(), source)
    moved = done.commit != done.head
    back = f"git reset --keep {done.backup}" if done.backup else ""

    def show(screen: Console) -> None:
        def listed(title: str, names: list[str], why: str = "") -> None:
            if names:
                screen.print(f"[bold]{len(names)} {title}[/]{why}", soft_wrap=True)
                for name in names[:_SHOWN]:
                    screen.print(f"  {escape(name)}", soft_wrap=True)
                if len(names) > _SHOWN:
                    screen.print(f"  and {len(names) - _SHOWN} more")

        for note in done.notes:
            screen.print(escape(note), soft_wrap=True)
        if not moved:
            screen.print(f"{glyph('done')} Nothing new in {escape(done.ref)}.")
            return
        listed("new", done.added)
        listed("updated", done.updated)
        listed("merged with your changes", done.merged)
        listed("moved", [f"{move.old} -> {move.new}" for move in done.renamed])
        listed("gone", done.removed)
        for left in done.left:
            moved_to = f"upstream moved {escape(left.folder)}/ to {escape(left.moved_to)}/"
            listed("of yours not moved", left.files, f": {moved_to}")
        if done.conflicts:
            screen.print(
                f"[bold]{len(done.conflicts)} left to you[/]: both sides changed them, yours stands"
            )
            for conflict in done.conflicts:
                screen.print(
                    f"  {glyph('fail')} {escape(conflict.path)}: {escape(conflict.why)}",
                    soft_wrap=True,
                )
                screen.print(f"    {escape(_todo(conflict))}", soft_wrap=True, style="dim")
        screen.print(f"To go back to before the update: {back}", soft_wrap=True, style="dim")

    conflicts = [asdict(conflict) | {"todo": _todo(conflict)} for conflict in done.conflicts]
    finish(
        asdict(done) | {"moved": moved, "undo": back, "conflicts": conflicts},
        as_json=as_json,
        show=show,
        code=NOT_YET if conflicts else DONE,
        next_step=_todo(done.conflicts[0]) if done.conflicts else "just status" if moved else "",
    )


def _todo(conflict: Conflict) -> str:
    """What the learner does about one conflict."""
    from shlex import quote

    mine, beside = quote(conflict.path), quote(conflict.beside)
    if not conflict.beside:
        return f"Keep it, or: git rm {mine}"
    if conflict.entry is None:
        return f"git diff --no-index {mine} {beside}, keep one of the two, and commit"
    if conflict.why.startswith("you removed"):
        return f"Keep it removed (rm {beside}), or take upstream's: mv {beside} {mine}"
    return (
        f"git diff --no-index {mine} {beside}, take over what you need, then rm {beside} and commit"
    )


def doctor(as_json: Json = False) -> None:
    """Whether this machine and this clone have what the course needs, and what to do where they don't."""
    from dataclasses import asdict

    from cortex.terminal.output import escape, finish, glyph
    from cortex.upkeep import doctor as room

    found = room.examine()
    sick = [finding for finding in found if finding.required and not finding.ok]

    def show(screen: Console) -> None:
        for finding in found:
            mark = "done" if finding.ok else "fail" if finding.required else "todo"
            color = {"done": "green", "fail": "red", "todo": "yellow"}[mark]
            kind = "" if finding.required else " [dim](optional)[/]"
            screen.print(
                f"[{color}]{glyph(mark)}[/] [bold]{escape(finding.name)}[/]{kind}  {escape(finding.found)}",
                soft_wrap=True,
            )
            if finding.todo:
                screen.print(f"    {escape(finding.todo)}", soft_wrap=True, style="dim")

    finish(
        {"findings": [asdict(finding) for finding in found]},
        as_json=as_json,
        show=show,
        code=1 if sick else 0,
        next_step=sick[0].todo if sick else "",
    )
