"""What a learner sees: a phase's card, a failed check, the list of all phases."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from cortex.terminal.output import bar, escape, glyph, typed

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.work import Checked, Opened, Status, Watched, Worked
    from cortex.runs.checks import TestResult, Verdict
    from cortex.standing.progress import Mark, Progress

_COLORS: dict[Mark, str] = {"done": "green", "fail": "red", "stale": "yellow", "todo": "dim"}
_SECTIONS = (
    ("lab", "Labs"),
    ("experiment", "Runs"),
    ("break", "Breaks"),
    ("quiz", "Quiz"),
    ("journal", "Journal"),
    ("attest", "Claims"),
)
_WIDTH = 78  # of a card, at most: it must fit an 80-column terminal
_LABEL = 9


def sign(mark: Mark) -> str:
    """A colored mark."""
    return f"[{_COLORS[mark]}]{glyph(mark)}[/]"


def rule(screen: Console) -> None:
    """A line as wide as the card."""
    screen.print(f"[dim]{glyph('rest') * min(screen.width, _WIDTH)}[/]")


def heading(screen: Console, left: str, right: str = "") -> None:
    """A bold line with something quiet at its right end."""
    room = min(screen.width, _WIDTH) - len(left) - len(right)
    screen.print(
        f"[bold]{escape(left)}[/]{' ' * max(room, 2)}[dim]{escape(right)}[/]", soft_wrap=True
    )


def show_status(screen: Console, told: Status, *, everything: bool) -> None:
    """All shipped phases, a line each, and with `everything` the planned ones."""
    count = len(told.phases) + len(told.planned)
    heading(screen, f"Lynx Cortex  {told.closed} of {count} phases closed", told.learner)
    rule(screen)
    rows = {now.phase.number: _standing_row(now) for now in told.phases}
    if everything:
        for entry in told.planned:
            title = f"{entry.number:02d}  {entry.title.en}"
            rows[entry.number] = f"  [dim]{glyph('todo')} {escape(title):<46} planned[/]"
    for _, row in sorted(rows.items()):
        screen.print(row, soft_wrap=True)
    for line in told.broken:
        _wrapped(screen, f"{line.title}\n{line.todo}", "  ", "red")
    foreseen = str(told.calibration)
    if foreseen:
        screen.print(f"  [dim]predictions: {foreseen}[/]", soft_wrap=True)
    if not everything:
        screen.print(f"  [dim]{len(told.planned)} more are planned: cortex status --all[/]")
    rule(screen)


def _standing_row(now: Progress) -> str:
    title = f"{now.phase.number:02d}  {now.phase.title.en}"
    labs, all_labs = now.count("lab")
    if now.of("record"):
        return f"  {sign('fail')} {escape(title[:46]):<46} [red]{now.lines[0].note}[/]"
    note = (
        f"closed {now.closed}{', checks newer' if now.newer else ''}"
        if now.closed
        else f"{bar(labs, all_labs, 10)} labs {labs} of {all_labs}"
    )
    mark = sign("done" if now.closed else "todo")
    return f"  {mark} {escape(title[:46]):<46} [dim]{note}[/]"


def show_opened(screen: Console, told: Opened) -> None:
    """A phase's card, and what to know of the phases that it requires."""
    show_phase(screen, told.now, told.learner)
    for note in told.notes:
        screen.print(f"[dim]{escape(note)}[/]")


def show_worked(screen: Console, told: Worked) -> None:
    """A phase's card, and the first lab that was begun and doesn't pass."""
    show_opened(screen, told)
    if told.worst is not None:
        lab, verdict = told.worst
        show_verdict(screen, verdict, lab.title)


def show_checked(screen: Console, told: Checked, *, verbose: bool) -> None:
    """Each lab's verdict."""
    for lab, verdict in zip(told.labs, told.verdicts, strict=True):
        show_verdict(screen, verdict, lab.title, verbose=verbose)


def show_phase(screen: Console, now: Progress, name: str) -> None:
    """The card of one phase: what is done, what isn't."""
    state = f"closed {now.closed}" if now.closed else f"{now.phase.hours:g} h"
    heading(screen, f"Phase {now.phase.number:02d}  {now.phase.title.en}", f"{name}  {state}")
    rule(screen)
    for kind, label in _SECTIONS:
        lines = now.of(kind)
        if kind == "lab":
            done, whole = now.count(kind)
            screen.print(f"[bold]{label:<{_LABEL}}[/]{bar(done, whole, 24)}  {done} of {whole}")
            label = ""
        for i, line in enumerate(lines):
            title = f"{line.id}  {line.title}" if kind == "lab" else line.title
            _row(screen, label if i == 0 else "", line.mark, title, line.note)
    rule(screen)


def _row(screen: Console, label: str, mark: Mark, title: str, note: str) -> None:
    room = min(screen.width, _WIDTH) - _LABEL - 2
    tail = _cut(typed(note), 30)
    head = _cut(typed(title), room - len(tail) - 2)
    color = "dim" if mark == "todo" else _COLORS[mark]
    gap = " " * (room - len(head) - len(tail))
    screen.print(
        f"[bold]{label:<{_LABEL}}[/]{sign(mark)} {escape(head)}{gap}[{color}]{escape(tail)}[/]",
        soft_wrap=True,
    )


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 3].rstrip() + "..."


def show_verdict(screen: Console, verdict: Verdict, title: str, *, verbose: bool = False) -> None:
    """One lab's verdict; of several failures the first is shown whole, since the checks are in order."""
    mark: Mark = "fail"
    if verdict.state in ("pass", "not-started", "unready"):
        mark = "done" if verdict.state == "pass" else "todo"
    count = (
        f"{verdict.passed} of {len(verdict.tests)} checks"
        if len(verdict.tests) > 0
        else verdict.state
    )
    if verdict.state == "not-started" and not verdict.passed:
        count = "not started"
    heading(
        screen, f"{glyph(mark)} Lab {verdict.lab}  {title}", f"{count}  {verdict.seconds:.1f} s"
    )
    if verbose or verdict.state in ("fail", "not-started"):
        for test in verdict.tests:
            if verbose or test.passed:
                screen.print(f"  {sign('done' if test.passed else 'fail')} {escape(test.name)}")
    failure = verdict.first_failure
    if verdict.state == "fail" and failure is not None:
        _failure(screen, failure)
        more = sum(not test.passed for test in verdict.tests) - 1
        if more:
            screen.print(f"  [dim]and {more} more after it[/]")
    elif verdict.message:
        _wrapped(screen, verdict.message, "  ")
    if verdict.output and verdict.state in ("fail", "crash", "timeout"):
        screen.print("  [dim]your code printed:[/]")
        for line in verdict.output.splitlines()[-8:]:
            screen.print(
                f"  [dim]{glyph('todo')} {escape(line[: screen.width - 5])}[/]", soft_wrap=True
            )
    if verdict.advice:
        screen.print("  [dim]advice, which nothing waits for (just fmt mends some of it):[/]")
        for line in verdict.advice:
            _wrapped(screen, line, "  ")


def show_watched(screen: Console, told: Watched, *, keys: bool) -> None:
    """The verdict of a lab that is watched, on a clean screen; and the keys where they are read."""
    if screen.is_terminal:
        screen.clear()
    show_verdict(screen, told.verdict, told.lab.title)
    ends = "n next lab, h hint, r run again, q quit" if keys else "Ctrl-C ends"
    screen.print(f"[dim]watching {', '.join(told.lab.writes)}; {ends}[/]", soft_wrap=True)
    for note in told.notes:
        screen.print(f"[dim]{escape(note)}[/]")


def _failure(screen: Console, test: TestResult) -> None:
    screen.print(f"  {sign('fail')} [bold]{escape(test.name)}[/]")
    if test.expected or test.what:
        rows = [("what", test.what), ("expected", test.expected), ("got", test.got)]
        rows += [("idea", test.idea), ("reread", test.page)]
    else:
        rows = [("error", f"{test.kind}: {test.message}")]
    if test.place:
        rows.append(("at", test.place))
    for label, text in rows:
        if text:
            color = {"expected": "green", "got": "red"}.get(label, "")
            _wrapped(screen, text, f"      {label:<9} ", color)


def _wrapped(screen: Console, text: str, indent: str, color: str = "") -> None:
    """Text below a label, broken at the card's width."""
    room = min(screen.width, _WIDTH) - len(indent)
    rows = [piece for line in text.splitlines() for piece in textwrap.wrap(line, room) or [""]]
    for i, row in enumerate(rows[:12]):
        start = f"[dim]{escape(indent)}[/]" if i == 0 else " " * len(indent)
        body = f"[{color}]{escape(row)}[/]" if color else escape(row)
        screen.print(start + body, soft_wrap=True)
