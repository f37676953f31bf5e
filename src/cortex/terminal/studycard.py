"""What a learner sees of hints, solutions, the journal and attestations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cortex.terminal.output import glyph, typed
from cortex.terminal.prompts import tell

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.study import Attestable, Attested, Hinted, JournalPage, SolutionShown


def show_hints(screen: Console, told: Hinted, *, again: bool) -> None:
    """The hints that were asked for; after the last one, where else to look."""
    first = told.opened - len(told.hints) + 1
    for number, text in enumerate(told.hints, start=first):
        screen.print(f"[bold]Lab {told.lab}[/]  [dim]hint {number} of {told.count}[/]")
        tell(screen, text, first="  ")
    if again:
        if not told.hints:
            screen.print(f"No hint of lab {told.lab} is open yet; there are {told.count}.")
    elif told.elsewhere:
        if told.new:
            screen.print("That was the last. Then look here:")
        else:
            screen.print(f"All {told.count} hints of lab {told.lab} are open (--again shows them).")
            screen.print("Look elsewhere now:")
        for page in told.elsewhere:
            screen.print(f"  {page}", markup=False, soft_wrap=True)


def show_solution(screen: Console, told: SolutionShown) -> None:
    """The page, where the reference lies, and what an early opening costs."""
    screen.print(f"[bold]{told.path}[/]", soft_wrap=True)
    for name in told.reference:
        screen.print(f"[dim]reference: {name}[/]", soft_wrap=True)
    screen.print()
    _markdown(screen, told.text)
    screen.print()
    if told.early:
        screen.print("Opened before an attempt: the gate stays shut until you say why.")


def _markdown(screen: Console, text: str) -> None:
    """The page as it reads on a terminal; down a pipe the Markdown itself, unbroken, for other programs."""
    if not screen.is_terminal or screen.is_dumb_terminal:
        screen.print(text.rstrip(), markup=False, soft_wrap=True)
        return
    from rich.markdown import Markdown

    screen.print(Markdown(typed(text), code_theme="ansi_dark", hyperlinks=False))


def show_journal(screen: Console, told: JournalPage, *, added: bool) -> None:
    """The day's page, and whether something is written there."""
    screen.print(told.shown_path, markup=False, soft_wrap=True)
    if added:
        count = len(told.days)
        tell(screen, f"Added. {count} day{'s' if count != 1 else ''} in your journal.")
    elif not told.today:
        tell(
            screen,
            "Nothing is written there yet: what failed first, what did you understand, what is next? "
            'Open the file, or: just journal --add "..."',
        )


def show_attested(screen: Console, told: Attested) -> None:
    """A word that was recorded, and the one that it replaces."""
    tell(screen, f"{told.id}: recorded.", first=f"{glyph('done')} ")
    if told.replaced is not None:
        before = f"{told.replaced.at[:10]}: {told.replaced.says}"
        tell(screen, f"It replaces what you said on {before}", first="  ")


def show_attestable(screen: Console, told: Attestable) -> None:
    """What can be attested, with the words given so far."""
    if not told.claims:
        screen.print(f"Phase {told.phase:02d} has nothing to attest.")
    for claim in told.claims:
        mark = glyph("done" if claim.attested else "todo")
        tell(screen, f"{claim.id}: {claim.says}", first=f"{mark} ")
        if claim.attested:
            word = f"{claim.attested.at[:10]}  {claim.attested.says}"
            tell(screen, word, first="    ", style="dim")
