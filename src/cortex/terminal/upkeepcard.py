"""What a learner sees of an update, of a reset and of the doctor's examination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cortex.terminal.output import console, escape, glyph
from cortex.terminal.prompts import ask_yes

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.upkeep import Examined, Moved, Reset

_SHOWN = 12  # names of files, before "and 30 more"


def show_update(screen: Console, told: Moved) -> None:
    """What came in, what is left to the learner, and the way back."""
    done = told.done
    for note in done.notes:
        screen.print(escape(note), soft_wrap=True)
    if not told.moved:
        screen.print(f"{glyph('done')} Nothing new in {escape(done.ref)}.")
        return
    _listed(screen, "new", done.added)
    _listed(screen, "updated", done.updated)
    _listed(screen, "merged with your changes", done.merged)
    _listed(screen, "moved", [f"{move.old} -> {move.new}" for move in done.renamed])
    _listed(screen, "gone", done.removed)
    for left in done.left:
        moved_to = f"upstream moved {escape(left.folder)}/ to {escape(left.moved_to)}/"
        _listed(screen, "of yours not moved", left.files, f": {moved_to}")
    if told.conflicts:
        count = len(told.conflicts)
        screen.print(f"[bold]{count} left to you[/]: both sides changed them, yours stands")
    for conflict, todo in told.conflicts:
        screen.print(
            f"  {glyph('fail')} {escape(conflict.path)}: {escape(conflict.why)}", soft_wrap=True
        )
        screen.print(f"    {escape(todo)}", soft_wrap=True, style="dim")
    screen.print(f"To go back to before the update: {told.undo}", soft_wrap=True, style="dim")


def _listed(screen: Console, title: str, names: list[str], why: str = "") -> None:
    if names:
        screen.print(f"[bold]{len(names)} {title}[/]{why}", soft_wrap=True)
    for name in names[:_SHOWN]:
        screen.print(f"  {escape(name)}", soft_wrap=True)
    if len(names) > _SHOWN:
        screen.print(f"  and {len(names) - _SHOWN} more")


def confirm_reset(told: Reset) -> bool:
    """Says what would be taken out of which files, and asks."""
    screen = console()
    for name in told.files:
        what = "the whole file" if name in told.whole else f"your code of lab {told.lab}"
        screen.print(f"  {escape(name)}: {what} makes room for the skeleton", soft_wrap=True)
    return ask_yes("It is kept beside your record. Go on? y or n: ")


def show_reset(screen: Console, told: Reset) -> None:
    """What came back, and where the old text is kept."""
    if not told.files:
        screen.print(f"{glyph('done')} Lab {told.lab} stands as it was shipped: nothing to reset.")
    elif not told.done:
        screen.print("Nothing was changed.")
    else:
        names = escape(", ".join(told.files))
        screen.print(
            f"{glyph('done')} Lab {told.lab} is a skeleton again in {names}.", soft_wrap=True
        )
        screen.print(f"What you had is in {escape(told.kept)}", soft_wrap=True, style="dim")


def show_examined(screen: Console, told: Examined) -> None:
    """Each finding, and what to do where something is missing."""
    for finding in told.findings:
        mark = "done" if finding.ok else "fail" if finding.required else "todo"
        color = {"done": "green", "fail": "red", "todo": "yellow"}[mark]
        kind = "" if finding.required else " [dim](optional)[/]"
        screen.print(
            f"[{color}]{glyph(mark)}[/] [bold]{escape(finding.name)}[/]{kind}  {escape(finding.found)}",
            soft_wrap=True,
        )
        if finding.todo:
            screen.print(f"    {escape(finding.todo)}", soft_wrap=True, style="dim")
