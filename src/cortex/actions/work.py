"""Working: status, open, phase, check, watch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from cortex.actions.answer import Answer, Told
from cortex.actions.common import find_phase
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, WRONG, CortexError
from cortex.formats.phase import Lab, Phase, Planned
from cortex.record.learner import others, remember
from cortex.runs import advice, checks
from cortex.runs.checks import Verdict
from cortex.standing.calibration import Calibration, calibration
from cortex.standing.overview import overview, write_progress
from cortex.standing.progress import Progress, Task, progress

Wish = Literal["", "run", "next", "quit"]
_POLLING = "this system tells of no more files, so they are looked at ten times a second instead"


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
    def calibration(self) -> Calibration:
        """How well the learner predicts."""
        return calibration(now.foreseen for now in self.phases)

    @property
    def broken(self) -> list[Task]:
        """Records that can't be read."""
        return [line for now in self.phases for line in now.of("record")]

    def json(self) -> dict[str, Any]:
        """Phases with their lines."""
        return {
            "learner": self.learner,
            "closed": self.closed,
            "calibration": asdict(self.calibration),
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
    """One run of a lab that is watched; `notes` say what else is to be known, such as why it is open again."""

    lab: Lab
    verdict: Verdict
    notes: list[str]

    def json(self) -> dict[str, Any]:
        """The verdict and the notes."""
        return {**_verdict_json(self.verdict), "notes": self.notes}


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
    return Answer(Opened(ctx.learner.name, now, _requirements(ctx, phase)), next=now.next_step)


def work_phase(number: str, learner: str = "") -> Answer[Worked]:
    """Opens a phase and runs its checks."""
    ctx = Context(learner)
    phase = _open(ctx, number)
    verdicts = [_check(ctx, phase, lab, "learner") for lab in phase.labs]
    now = progress(ctx, phase)
    write_progress(ctx)
    notes = _requirements(ctx, phase)
    worked = Worked(ctx.learner.name, now, notes, list(phase.labs), verdicts)
    return Answer(worked, next=now.next_step)


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


def watch(
    target: str = "", learner: str = "", wish: Callable[[], Wish] = lambda: ""
) -> Iterator[Answer[Watched]]:
    """Runs a lab's checks now and again on every save, without end; `next` says what comes once the lab passes.

    Args:
        wish: asked several times a second what the learner wants beside that: "run" the checks again, go to the
            "next" open lab, "quit", or nothing ("").
    """
    ctx = Context(learner)
    phase, labs = _targets(ctx, target)
    lab: Lab | None = labs[0] if len(labs) == 1 else _next_lab(ctx, phase)
    while lab is not None:
        lab = yield from _watch(ctx, phase, lab, wish)


def _watch(
    ctx: Context, phase: Phase, lab: Lab, wish: Callable[[], Wish]
) -> Generator[Answer[Watched], None, Lab | None]:
    """Watches one lab; returns the one to go on with, None to quit."""
    from cortex.runs.watch import saves

    notes = _reopened(line for line in progress(ctx, phase).of("lab") if line.id == lab.id)
    last: Answer[Watched] | None = None
    for beat in saves(ctx, lab):
        if last is None and beat.polling:
            notes.append(_POLLING)
        wanted = "run" if last is None or beat.saved else wish()
        if wanted == "quit":
            break
        if wanted == "next" and last is not None:
            other = _other_lab(ctx, phase, lab, passed=last.data.verdict.state == "pass")
            if other is not None:
                return ctx.curriculum.lab(other.id)[1]
            note = f"no other lab of phase {phase.number:02d} is open"
            yield replace(last, data=replace(last.data, notes=[note]))
        elif wanted == "run":
            last = _watched(ctx, phase, lab, notes)
            notes = []
            yield last
    return None


def _watched(ctx: Context, phase: Phase, lab: Lab, notes: list[str]) -> Answer[Watched]:
    verdict = _check(ctx, phase, lab, "learner")
    if verdict.state != "pass":
        return Answer(Watched(lab, verdict, notes), NOT_YET)
    other = _other_lab(ctx, phase, lab, passed=True)
    if other is None:
        return Answer(Watched(lab, verdict, notes), next=progress(ctx, phase).next_step)
    notes = notes + _reopened([other])
    return Answer(Watched(lab, verdict, notes), next=f"just watch {other.id}")


def _other_lab(ctx: Context, phase: Phase, lab: Lab, *, passed: bool) -> Task | None:
    """The first open lab beside this one; while this one is open too, the first after it, so that all can be reached."""
    lines = [line for line in progress(ctx, phase).of("lab") if line.id != lab.id]
    waiting = [line for line in lines if line.mark != "done"]
    if not passed:
        listed = [other.id for other in phase.labs]
        waiting.sort(key=lambda line: listed.index(line.id) < listed.index(lab.id))
    return next(iter(waiting), None)


def _reopened(lines: Iterable[Task]) -> list[str]:
    """Why labs that had passed are open again."""
    return [f"lab {line.id} is open again: {line.note}" for line in lines if line.mark == "stale"]


def _phase_json(now: Progress) -> dict[str, Any]:
    return {
        "number": now.phase.number,
        "title": now.phase.title.en,
        "folder": now.phase.folder,
        "opened": now.opened,
        "closed": now.closed,
        "newer": now.newer,
        "foreseen": now.foreseen,
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


def _check(ctx: Context, phase: Phase, lab: Lab, impl: str) -> Verdict:
    """Runs a lab's checks; the learner's verdict is recorded, and a failed check becomes a review card."""
    verdict = checks.check_lab(ctx, lab, impl=impl)
    if impl != "learner":
        return verdict
    checks.record(ctx, phase, lab, verdict)
    if verdict.state == "pass":
        return replace(verdict, advice=advice.of(ctx.repo, lab))
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
