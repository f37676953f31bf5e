"""What a learner sees of evidence: the gate's lines, a fault before and after, a run."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from cortex.terminal.card import heading, rule, sign
from cortex.terminal.output import escape, glyph
from cortex.terminal.prompts import word

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.evidence import BreakAsked, BreakSeen, Gated, Ran, RunAsked
    from cortex.formats.words import Language
    from cortex.runs.predictions import Scored
    from cortex.standing.gate import Line
    from cortex.standing.progress import Mark

_WIDTH = 78  # fits an 80-column terminal
_LABEL, _SAYS = 9, 31
_GROUPS = {
    "requires": "Requires",
    "files": "Files",
    "labs": "Labs",
    "solutions": "Opened",
    "breaks": "Breaks",
    "quiz": "Quiz",
    "journal": "Journal",
    "done": "Done",
}


def show_gate(screen: Console, told: Gated) -> None:
    """All lines with their evidence, then what became of the gate."""
    phase, found, outcome = told.phase, told.found, told.outcome
    heading(screen, f"Gate {phase.number:02d}  {phase.title.en}", told.learner)
    rule(screen)
    group = ""
    for line in found.lines:
        label = _GROUPS.get(line.group, "") if line.group != group else ""
        group = line.group
        _row(screen, label, line)
    rule(screen)
    held, whole = sum(line.ok for line in found.lines), len(found.lines)
    newer = "; what doesn't hold was asked later" if outcome.newer else ""
    state = {
        "closed": f"[bold green]All {whole} lines hold: phase {phase.number:02d} is closed[/]",
        "still-closed": f"[bold green]{'All' if held == whole else held} {'' if held == whole else 'of '}"
        f"{whole} lines hold[/]",
        "reopened": f"[bold red]{held} of {whole} lines hold: the gate is open again[/]",
        "shut": f"[bold]{held} of {whole} lines hold: the gate stays shut[/]",
    }[outcome.state]
    note = {
        "closed": f", at {outcome.sha[:7]}.",
        "still-closed": f": closed since {outcome.since[:10]}, at {outcome.sha[:7]}{newer}.",
        "reopened": f". It was closed on {outcome.since[:10]}.",
        "shut": ".",
    }[outcome.state]
    screen.print(f"{state}{note}  [dim]{found.seconds:.1f} s[/]", soft_wrap=True)
    if told.files:
        screen.print(f"{glyph('done')} {escape(told.files[0])}", soft_wrap=True)


def _row(screen: Console, label: str, line: Line) -> None:
    marks = max(len(glyph("done")), len(glyph("fail")))
    room = min(screen.width, _WIDTH) - _LABEL - marks - 2
    column = min(_SAYS, room * 4 // 9)
    says = textwrap.wrap(line.says, column) or [""]
    evidence = _clipped(textwrap.wrap(line.evidence, room - column), 6)
    color = "dim" if line.ok else "red"
    name: Mark = "done" if line.ok else "fail"
    for i, (left, right) in enumerate(zip_longest(says, evidence, fillvalue="")):
        mark = sign(name) + " " * (marks - len(glyph(name))) if i == 0 else " " * marks
        start = f"[bold]{label if i == 0 else '':<{_LABEL}}[/]{mark} "
        body = escape(left)
        if right:
            body = f"{escape(f'{left:<{column}}')} [{color}]{escape(right)}[/]"
        screen.print(start + body, soft_wrap=True)
    if line.todo and not line.ok:
        pad = " " * (_LABEL + 2)
        # Commands are printed whole, so that they can be copied from the terminal.
        screen.print(f"{pad}[bold]{glyph('next')}[/] {escape(line.todo)}", soft_wrap=True)


def _clipped(rows: list[str], most: int) -> list[str]:
    return rows if len(rows) <= most else [*rows[: most - 1], rows[most - 1][:20] + "..."]


def show_break(screen: Console, told: BreakAsked) -> None:
    """The fault's page up to what it shows, so that the prediction comes first."""
    heading(screen, f"Break {told.phase.number:02d}  {told.item.title}", told.item.id)
    rule(screen)
    for block in told.asks:
        rows = textwrap.wrap(block, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for row in rows:
            screen.print(escape(row), soft_wrap=True)
        screen.print()


def show_observation(screen: Console, told: BreakSeen) -> None:
    """Before and after, side by side, with what the phase expects."""
    seen = told.seen
    where = "your code" if seen.impl == "learner" else "the reference"
    note = f" ({told.why})" if told.why else ""
    _wrapped(screen, f"Injected into a copy of {where}{note}; nothing of yours was touched.", "dim")
    if told.prediction:
        _wrapped(screen, f"You predicted: {told.prediction}", "")
    screen.print()
    if told.scored and not seen.problem:
        show_scored(screen, told.scored, told.lang)
        screen.print()
    if seen.problem:
        _wrapped(screen, seen.problem, "red")
        return
    wide = max([len(row.key) for row in seen.rows] + [5])
    wide = min(wide, 26)
    screen.print(f"[bold]  {'value':<{wide}}  {'sound':<14}  {'broken':<14}  expected[/]")
    for row in seen.rows:
        cells = (_cell(row.before), _cell(row.after), _cell(row.expected_after))
        mark = sign("done" if row.ok else "fail")
        left, middle, right = cells
        screen.print(
            f"{mark} {escape(f'{row.key:<{wide}}')}  {escape(f'{left:<14}')}  "
            f"{escape(f'{middle:<14}')}  [dim]{escape(right)}[/]",
            soft_wrap=True,
        )
    screen.print()
    if seen.matched:
        screen.print(f"{sign('done')} The symptom is the one that the page names.")
    else:
        screen.print(f"{sign('fail')} This isn't the symptom that the page names.")
    if seen.caught is not None:
        says = "passes before and fails after" if seen.caught else "doesn't tell the two apart"
        screen.print(f"{sign('done' if seen.caught else 'fail')} The named check {says}.")


def show_scored(screen: Console, scored: list[Scored], lang: Language) -> None:
    """What was said of each value, what came, and whether that was near enough."""
    wide = min(max(len(one.key) for one in scored), 34)
    said, came = word("said", lang), word("came", lang)
    screen.print(f"[bold]  {'':<{wide}}  {said:<14}  {came}[/]")
    for one in scored:
        mark = sign("todo" if one.right is None else "done" if one.right else "fail")
        cells = f"{one.key:<{wide}}  {_cell(one.said):<14}  {_cell(one.came)}"
        screen.print(f"{mark} {escape(cells)}", soft_wrap=True)


def show_run_asks(screen: Console, told: RunAsked) -> None:
    """What an experiment asks before it runs, for a reader who isn't asked one by one."""
    heading(screen, told.title, told.experiment)
    rule(screen)
    for question in told.questions:
        _wrapped(screen, f"{question.id}: {question.prompt} ({question.how})", "")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 34 else text[:31] + "..."


def _wrapped(screen: Console, text: str, style: str) -> None:
    for row in textwrap.wrap(text, _WIDTH):
        screen.print(f"[{style}]{escape(row)}[/]" if style else escape(row), soft_wrap=True)


def show_run(screen: Console, told: Ran) -> None:
    """How a run went, what it proves, and why it may be no evidence yet."""
    rule(screen)
    mark = glyph("fail" if told.problems else "done")
    heading(screen, f"{mark} {told.experiment}", f"{told.seconds:.1f} s")
    for problem in told.problems:
        screen.print(f"  {sign('fail')} {escape(problem)}", soft_wrap=True)
    if not told.ok:
        return
    screen.print(f"  [dim]{escape(told.folder)}[/]", soft_wrap=True)
    for held in told.proves:
        values = ", ".join(held.values) or "it ran"
        screen.print(
            f"  {sign('done' if held.holds else 'fail')} {escape(held.line.says)}: "
            f"[dim]{escape(values)}[/]",
            soft_wrap=True,
        )
    if told.scored:
        show_scored(screen, told.scored, told.lang)
    for doubt in told.doubts:
        screen.print(f"  {sign('stale')} no evidence yet: {escape(doubt)}", soft_wrap=True)
    if not told.problems and not told.doubts:
        screen.print(f"  {sign('done')} counts as evidence: clean, at {told.sha[:7]}")
