"""What a learner sees of evidence: the gate's lines, a fault before and after, a run."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from cortex.terminal.card import heading, rule, sign
from cortex.terminal.output import escape, glyph

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.formats.phase import Break, Phase
    from cortex.runs.breaks import Observation
    from cortex.standing.gate import Examination, Line, Outcome
    from cortex.standing.progress import Mark

_WIDTH = 78  # fits an 80-column terminal
OUTCOME = "<!-- outcome -->"  # above it a break's page asks, below it tells
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


def show_gate(
    screen: Console, phase: Phase, found: Examination, outcome: Outcome, name: str
) -> None:
    """All lines with their evidence, then what became of the gate."""
    heading(screen, f"Gate {phase.number:02d}  {phase.title.en}", name)
    rule(screen)
    group = ""
    for line in found.lines:
        label = _GROUPS.get(line.group, "") if line.group != group else ""
        group = line.group
        _row(screen, label, line)
    rule(screen)
    held, whole = sum(line.ok for line in found.lines), len(found.lines)
    told = {
        "closed": f"[bold green]All {whole} lines hold: phase {phase.number:02d} is closed[/]",
        "still-closed": f"[bold green]All {whole} lines hold[/]",
        "reopened": f"[bold red]{held} of {whole} lines hold: the gate is open again[/]",
        "shut": f"[bold]{held} of {whole} lines hold: the gate stays shut[/]",
    }[outcome.state]
    note = {
        "closed": f", at {outcome.sha[:7]}.",
        "still-closed": f": closed since {outcome.since[:10]}, at {outcome.sha[:7]}.",
        "reopened": f". It was closed on {outcome.since[:10]}.",
        "shut": ".",
    }[outcome.state]
    screen.print(f"{told}{note}  [dim]{found.seconds:.1f} s[/]", soft_wrap=True)


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


def show_page(screen: Console, phase: Phase, item: Break, text: str) -> None:
    """The fault's page up to what it shows, so that the prediction comes first."""
    heading(screen, f"Break {phase.number:02d}  {item.title}", item.id)
    rule(screen)
    for block in opening(text):
        rows = textwrap.wrap(block, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for row in rows:
            screen.print(escape(row), soft_wrap=True)
        screen.print()


def opening(text: str) -> list[str]:
    """The paragraphs of a break's page above its outcome, without Markdown's marks."""
    blocks: list[str] = []
    for block in text.partition(OUTCOME)[0].split("\n\n"):
        plain = block.strip()
        if plain.startswith(("# ", "> ")) or not plain:
            continue
        lines = plain.splitlines()
        listed = [
            line
            for line in lines
            if line.lstrip()[:2].rstrip(".").isdigit() or line.startswith("- ")
        ]
        parts = lines if listed else [" ".join(lines)]
        blocks += [part.replace("**", "").lstrip("# ").strip() for part in parts]
    return blocks


def show_observation(screen: Console, seen: Observation, why: str, prediction: str) -> None:
    """Before and after, side by side, with what the phase expects."""
    where = "your code" if seen.impl == "learner" else "the reference"
    note = f" ({why})" if why else ""
    _wrapped(screen, f"Injected into a copy of {where}{note}; nothing of yours was touched.", "dim")
    if prediction:
        _wrapped(screen, f"You predicted: {prediction}", "")
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
        told = (
            "The named check passes before and fails after."
            if seen.caught
            else ("The named check doesn't tell the two apart.")
        )
        screen.print(f"{sign('done' if seen.caught else 'fail')} {told}")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 34 else text[:31] + "..."


def _wrapped(screen: Console, text: str, style: str) -> None:
    for row in textwrap.wrap(text, _WIDTH):
        screen.print(f"[{style}]{escape(row)}[/]" if style else escape(row), soft_wrap=True)
