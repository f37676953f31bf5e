"""What `phase.yaml` says of a phase, as Markdown: the block in its README, the tables of all phases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cortex.files.curriculum import Curriculum
from cortex.formats.phase import Done, Lab, Phase, Planned, TheoryPage
from cortex.formats.quiz import Quiz


def duration(minutes: float) -> str:
    """`50 min`, `1 h`, `2 h 30`, with spaces that don't break."""
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return f"{rest}&nbsp;min"
    return f"{hours}&nbsp;h&nbsp;{rest:02d}" if rest else f"{hours}&nbsp;h"


def phase_block(phase: Phase, curriculum: Curriculum, quiz: Quiz) -> str:
    """The table of a phase's README: what to do, where it is, how long, which command."""
    number = f"{phase.number:02d}"
    needs = [_requirement(curriculum, other) for other in phase.requires]
    facts = [
        f"**Requires** {', '.join(needs)}" if needs else "**Requires** nothing",
        f"**Takes** {phase.hours}",
        f"**Teaches** {', '.join(phase.teaches)}",
    ]
    rows = [("do", "page", "time", "command")]
    rows += [_step(phase, step) for step in phase.path()]
    only = len(phase.breaks) == 1
    rows += [
        (
            "break",
            f"[{cell(item.title)}]({item.page})",
            "",
            f"`just break {number}`" if only else f"`just break {number} {item.id}`",
        )
        for item in phase.breaks
    ]
    rows += [
        ("experiment", cell(run.title), f"{run.seconds} s", f"`just run {run.id}`")
        for run in phase.experiments
    ]
    asked = f"{len(quiz.sitting(1).items)} questions, {quiz.pass_mark:.0%} to pass"
    rows += [
        ("quiz", f"[{asked}](quiz.md)", "", f"`just quiz {number}`"),
        ("gate", "everything above, run again", "", f"`just gate {number}`"),
    ]
    done = [f"- {cell(line.says)} ({_proof(line)})" for line in phase.done]
    return "\n".join(
        [
            " · ".join(facts),
            "",
            *table(rows),
            "",
            "**Done when**, beyond the labs, breaks, quiz and a journal entry that every gate asks for:",
            "",
            *done,
        ]
    )


def _step(phase: Phase, step: TheoryPage | Lab) -> tuple[str, str, str, str]:
    link = f"[{cell(step.title)}]({step.page})"
    if isinstance(step, TheoryPage):
        return f"read {phase.theory.index(step) + 1}", link, "", ""
    return f"lab {step.id}", link, duration(step.minutes), f"`just check {step.id}`"


def _proof(line: Done) -> str:
    kind, subject, _ = line.proof()
    return {"attest": "you attest it", "lab": f"lab {subject}", "experiment": f"`{subject}`"}[kind]


def _requirement(curriculum: Curriculum, number: int) -> str:
    if number in curriculum.shipped:
        phase = curriculum.shipped[number]
        return f"[{number:02d} {phase.title.en}](../phase-{number:02d}-{phase.slug}/README.md)"
    return f"{number:02d} {curriculum.planned[number].title.en} (planned)"


def phase_table(phases: Iterable[Phase | Planned], *, folder: str, anchors: bool) -> str:
    """Phases as rows: number, title with link where shipped, what you can do after it.

    Args:
        folder: how the page reaches `docs/`: empty from inside it, `docs/` from the root.
        anchors: gives each row an id, `phase-NN`, for the map to point at.
    """
    rows = [("phase", "", "hours", "after it")]
    for phase in phases:
        number = f"{phase.number:02d}"
        link = f"{folder}phase-{number}-{phase.slug}/README.md"
        shipped = isinstance(phase, Phase)
        title = f"**[{phase.title.en}]({link})**" if shipped else phase.title.en
        mark = f'<a id="phase-{number}"></a>{number}' if anchors else number
        hours = f"{phase.hours.total:g}" if isinstance(phase, Phase) else ""
        rows.append((mark, title, hours, cell(phase.about.en)))
    return "\n".join(table(rows))


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A Markdown table; the first row is its head."""
    head, *body = rows
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in body),
    ]


def cell(text: str) -> str:
    """Text that can stand in a table: one line, no bar."""
    return text.replace("|", "\\|").replace("\n", " ")
