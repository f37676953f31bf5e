"""Working: status, open, phase, check, watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from cortex.actions.answer import Answer, Told
from cortex.actions.common import find_phase
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, WRONG, CortexError
from cortex.formats.phase import Lab, Phase, Planned
from cortex.record.learner import others, remember
from cortex.runs import checks
from cortex.runs.checks import Verdict
from cortex.standing.overview import overview, write_progress
from cortex.standing.progress import Progress, Task, progress


@dataclass(frozen=True)
class Status(Told):
    """Where a learner stands in every shipped phase, and what is planned."""

    learner: str
    phases: list[Progress]
    planned: list[Planned]

    @property
    def closed(self) -> int:
        """How many phases are closed."""
        return sum(bool(now.closed) for now in self.phases)

    @property
    def broken(self) -> list[Task]:
        """Records that can't be read."""
        return [line for now in self.phases for line in now.of("record")]

    def json(self) -> dict[str, Any]:
        """Phases with their lines."""
        return {
            "learner": self.learner,
            "closed": self.closed,
            "phases": [_phase_json(now) for now in self.phases],
            "planned": [asdict(entry) for entry in self.planned],
        }


@dataclass(frozen=True)
class Opened(Told):
    """An open phase: where its learner stands, and what to know about required phases before starting."""

    learner: str
    now: Progress
    notes: list[str]

    def json(self) -> dict[str, Any]:
        """The phase with its lines."""
        return {**_phase_json(self.now), "learner": self.learner, "notes": self.notes}


@dataclass(frozen=True)
class Checked(Told):
    """What the checks of some labs of one phase said."""

    phase: int
    impl: str
    labs: list[Lab]
    verdicts: list[Verdict]

    def json(self) -> dict[str, Any]:
        """A verdict a lab."""
        verdicts = [_verdict_json(verdict) for verdict in self.verdicts]
        return {"phase": self.phase, "impl": self.impl, "labs": verdicts}


@dataclass(frozen=True)
class Worked(Opened):
    """An open phase whose checks have just run."""

    labs: list[Lab] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def worst(self) -> tuple[Lab, Verdict] | None:
        """The first lab that was begun and doesn't pass."""
        for lab, verdict in zip(self.labs, self.verdicts, strict=True):
            if verdict.state not in ("pass", "not-started", "unready"):
                return lab, verdict
        return None

    def json(self) -> dict[str, Any]:
        """The phase with its lines and verdicts."""
        return {**super().json(), "verdicts": [_verdict_json(v) for v in self.verdicts]}


@dataclass(frozen=True)
class Watched(Told):
    """One run of a lab that is watched."""

    lab: Lab
    verdict: Verdict

    def json(self) -> dict[str, Any]:
        """The verdict."""
        return _verdict_json(self.verdict)


def status(learner: str = "") -> Answer[Status]:
    """Where the learner stands in every phase."""
    ctx = Context(learner)
    shipped = overview(ctx)
    unfinished = [now for now in shipped if not now.closed]
    current = next((now for now in unfinished if now.opened), next(iter(unfinished), None))
    told = Status(ctx.learner.name, shipped, list(ctx.curriculum.planned.values()))
    if told.broken:
        return Answer(told, WRONG, told.broken[0].todo.partition("\n")[0])
    return Answer(told, next=f"just phase{current.phase.number:02d}" if current else "")


def open_phase(number: str, learner: str = "") -> Answer[Opened]:
    """Opens a phase: the first time it makes the record."""
    ctx = Context(learner)
    phase = _open(ctx, number)
    now = progress(ctx, phase)
    write_progress(ctx)
    return Answer(Opened(ctx.learner.name, now, _requirements(ctx, phase)), next=_first(now))


def work_phase(number: str, learner: str = "") -> Answer[Worked]:
    """Opens a phase and runs its checks."""
    ctx = Context(learner)
    phase = _open(ctx, number)
    verdicts = [_check(ctx, phase, lab, "learner") for lab in phase.labs]
    now = progress(ctx, phase)
    write_progress(ctx)
    notes = _requirements(ctx, phase)
    worked = Worked(ctx.learner.name, now, notes, list(phase.labs), verdicts)
    return Answer(worked, next=_first(now))


def check(target: str = "", learner: str = "", impl: str = "learner") -> Answer[Checked]:
    """Runs the checks of a lab (`07.1`), of a phase (`07`), or of the open phase's next lab.

    Args:
        impl: `learner` records the verdicts; `reference` runs on solutions/ and records nothing.
    """
    ctx = Context(learner)
    phase, labs = _targets(ctx, target)
    if impl != "learner":
        ctx.repo.implementation(impl)
    verdicts = [_check(ctx, phase, lab, impl) for lab in labs]
    bad = next((verdict for verdict in verdicts if verdict.state != "pass"), None)
    step = ""
    if impl == "learner":
        now = progress(ctx, phase)
        write_progress(ctx)
        step = now.next_step
        if bad is not None and bad.state not in ("not-started", "unready"):
            step = f"mend it, then: just check {bad.lab} (or: just hint {bad.lab})"
    code = NOT_YET if bad else DONE
    return Answer(Checked(phase.number, impl, labs, verdicts), code, step)


def watch(target: str = "", learner: str = "") -> Iterator[Answer[Watched]]:
    """Runs a lab's checks now and again on every save, without end; `next` names another lab once this one passes."""
    from cortex.runs.watch import saves

    ctx = Context(learner)
    phase, labs = _targets(ctx, target)
    lab = labs[0] if len(labs) == 1 else _next_lab(ctx, phase)
    yield _watched(ctx, phase, lab)
    for _ in saves(ctx, lab):
        yield _watched(ctx, phase, lab)


def _watched(ctx: Context, phase: Phase, lab: Lab) -> Answer[Watched]:
    verdict = _check(ctx, phase, lab, "learner")
    if verdict.state != "pass":
        return Answer(Watched(lab, verdict), NOT_YET)
    following = _next_lab(ctx, phase)
    step = f"just watch {following.id}" if following.id != lab.id else ""
    return Answer(Watched(lab, verdict), next=step)


def _phase_json(now: Progress) -> dict[str, Any]:
    return {
        "number": now.phase.number,
        "title": now.phase.title.en,
        "folder": now.phase.folder,
        "opened": now.opened,
        "closed": now.closed,
        "newer": now.newer,
        "requires": now.phase.requires,
        "lines": [asdict(line) for line in now.lines],
        "next": now.next_step,
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "passed": verdict.passed}


def _open(ctx: Context, number: str) -> Phase:
    phase = find_phase(ctx, number)
    if ctx.learner.checkpoint(phase.number) is None:
        with ctx.learner.recording(phase.number):
            pass
    remember(ctx.learner, named=bool(ctx.learner_name))
    return phase


def _requirements(ctx: Context, phase: Phase) -> list[str]:
    notes = []
    beside = others(ctx.learner)
    if beside:
        notes.append(
            f"src/ belongs to everybody who works in this clone ({', '.join(beside)} too): "
            "a clone each keeps your code apart"
        )
    for number in phase.requires:
        named = f"{number:02d} ({ctx.curriculum.title(number)})"
        if number not in ctx.curriculum.shipped:
            notes.append(f"builds on {named}, not shipped yet")
            continue
        record = ctx.learner.checkpoint(number)
        if record is None or record.closed is None:
            notes.append(f"needs phase {named}, still open: the gate will wait for it")
    return notes


def _first(now: Progress) -> str:
    """The next step; before any attempt, the page to read."""
    labs = now.of("lab")
    if labs and all(line.note == "not started" for line in labs):
        return f"read {now.phase.start}, then {labs[0].todo}"
    return now.next_step


def _check(ctx: Context, phase: Phase, lab: Lab, impl: str) -> Verdict:
    """Runs a lab's checks; the learner's verdict is recorded, and a failed check becomes a review card."""
    verdict = checks.check_lab(ctx, lab, impl=impl)
    if impl != "learner":
        return verdict
    checks.record(ctx, phase, lab, verdict)
    failed = verdict.first_failure
    # A check that merely isn't reached yet makes no card.
    if verdict.state == "fail" and failed is not None and not failed.not_started:
        from cortex.quiz import review

        card = review.lab_card(
            lab.id, failed.name, what=failed.what, idea=failed.idea, page=failed.page
        )
        review.put_aside(ctx.learner, card)
    return verdict


def _targets(ctx: Context, target: str) -> tuple[Phase, list[Lab]]:
    if "." in target:
        phase, lab = ctx.curriculum.lab(target)
        return phase, [lab]
    if target:
        phase = find_phase(ctx, target)
        return phase, list(phase.labs)
    for now in reversed(overview(ctx)):
        if now.opened and not now.closed:
            phase = ctx.curriculum.phase(now.phase.number)
            return phase, [_next_lab(ctx, phase)]
    raise CortexError("no phase is open", todo="Open one: `just phase00`.", code=NOT_YET)


def _next_lab(ctx: Context, phase: Phase) -> Lab:
    """The first lab that isn't done, else the last."""
    lines = progress(ctx, phase).of("lab")
    todo = next((line.id for line in lines if line.mark != "done"), lines[-1].id)
    return ctx.curriculum.lab(todo)[1]
