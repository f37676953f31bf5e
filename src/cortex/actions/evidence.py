"""Proving: break, run, gate, report, manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from cortex.actions.answer import Answer, Told
from cortex.actions.common import find_phase, keep_progress, next_step
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, CortexError
from cortex.formats.load import read_text
from cortex.formats.phase import Break, Phase
from cortex.runs import breaks, experiments
from cortex.runs import evidence as runs
from cortex.runs import manifests as provenance
from cortex.runs.breaks import Observation
from cortex.standing import gate as gates
from cortex.standing import report as reports


@dataclass(frozen=True)
class BreakTold(Told):
    """What there is to say of one fault of a phase."""

    phase: Phase
    item: Break


@dataclass(frozen=True)
class BreakAsked(BreakTold):
    """A fault that waits for a prediction, with what its page asks, and how many characters one must have."""

    asks: list[str]
    at_least: int

    def json(self) -> dict[str, Any]:
        """The page up to what it shows."""
        return {
            "phase": self.phase.number,
            "break": self.item.id,
            "title": self.item.title,
            "page": f"{self.phase.folder}/{self.item.page}",
            "asks": "\n\n".join(self.asks),
        }


@dataclass(frozen=True)
class BreakLearnt(BreakTold):
    """A fault that was observed, with the lesson that was recorded now."""

    prediction: str
    lesson: str

    def json(self) -> dict[str, Any]:
        """The learner's words."""
        return {
            "phase": self.phase.number,
            "break": self.item.id,
            "title": self.item.title,
            "prediction": self.prediction,
            "lesson": self.lesson,
        }


@dataclass(frozen=True)
class BreakSeen(BreakLearnt):
    """A fault that was observed now.

    Attributes:
        seen: before and after.
        why: why the reference was broken, empty if it was the learner's code.
        stands: whether an earlier prediction stands, since it was made before the fault was seen first.
    """

    seen: Observation
    why: str
    stands: bool

    def json(self) -> dict[str, Any]:
        """The learner's words and what was observed."""
        seen = {"observation": asdict(self.seen), "matched": self.seen.matched, "why": self.why}
        return {**super().json(), **seen}


@dataclass(frozen=True)
class Ran(Told):
    """An experiment that ran.

    Attributes:
        folder: of the run, relative to the root.
        ok: whether the program ended well.
        problems: what is wrong with the run; without any it may be evidence.
        doubts: why it is no evidence yet.
        proves: the lines of definitions of done that it speaks to.
        sha: the commit it was made at, empty if it isn't known.
    """

    experiment: str
    impl: str
    folder: str
    seconds: float
    ok: bool
    problems: list[str]
    doubts: list[str]
    metrics: dict[str, Any]
    proves: list[runs.HeldLine]
    output: list[str]
    sha: str

    def json(self) -> dict[str, Any]:
        """The run, and whether it is evidence."""
        return {
            "experiment": self.experiment,
            "impl": self.impl,
            "folder": self.folder,
            "seconds": self.seconds,
            "problems": self.problems,
            "evidence": not self.problems and not self.doubts,
            "doubts": self.doubts,
            "metrics": self.metrics,
            "proves": [
                {
                    "phase": held.phase,
                    "id": held.line.id,
                    "says": held.line.says,
                    "holds": held.holds,
                    "values": held.values,
                }
                for held in self.proves
            ],
            "output": self.output,
        }


@dataclass(frozen=True)
class Gated(Told):
    """What the gate found, and what became of it."""

    phase: Phase
    learner: str
    found: gates.Examination
    outcome: gates.Outcome
    files: list[str] = field(
        default_factory=list
    )  # of the report, itself first; where the gate closed just now

    def json(self) -> dict[str, Any]:
        """Every line with its evidence."""
        return {
            "phase": self.phase.number,
            "learner": self.learner,
            "state": self.outcome.state,
            "since": self.outcome.since,
            "git_sha": self.outcome.sha,
            "newer": self.outcome.newer,
            "held": sum(line.ok for line in self.found.lines),
            "of": len(self.found.lines),
            "lines": [asdict(line) for line in self.found.lines],
            "seconds": self.found.seconds,
            "report": self.files[0] if self.files else "",
            "files": self.files,
        }


@dataclass(frozen=True)
class Reported(Told):
    """A report and everything that was written with it, relative to the root."""

    phase: int
    report: str
    files: list[str]


@dataclass(frozen=True)
class Compared(Told):
    """What differs between two manifests, and the categories in which nothing does."""

    differences: list[provenance.Difference]
    same: list[str]


@dataclass(frozen=True)
class Noted(Told):
    """A manifest that was begun, relative to the root."""

    manifest: str


def break_phase(
    number: str, break_id: str = "", predict: str = "", lesson: str = "", learner: str = ""
) -> Answer[BreakAsked] | Answer[BreakSeen] | Answer[BreakLearnt]:
    """Predict, observe, learn: as far as the words given and those recorded allow.

    Without a prediction nothing runs, and the fault's page is told. With one the fault is injected into a throw-away
    copy. A lesson alone, of a fault that was seen, is recorded.

    Args:
        break_id: the fault; else the next one that isn't done.
    """
    ctx = Context(learner)
    phase = find_phase(ctx, number)
    item = ctx.curriculum.find_break(phase, break_id) if break_id else breaks.pending(ctx, phase)
    record = ctx.learner.checkpoint(phase.number)
    entry = record.breaks.get(item.id) if record else None
    predicted = entry.prediction if entry else ""
    if lesson and not predict and (entry is None or not predicted or entry.observed_at):
        learnt = breaks.learn(ctx, phase, item, lesson)
        keep_progress(ctx)
        told = BreakLearnt(phase, item, learnt.prediction, learnt.lesson)
        return Answer(told, next=next_step(ctx, phase))
    if not predict and not predicted:
        return _asked(ctx, phase, item)
    return _observed(ctx, phase, item, predict or predicted, lesson)


def _command(phase: Phase, item: Break) -> str:
    return f"just break {phase.number:02d} {item.id}"


def _asked(ctx: Context, phase: Phase, item: Break) -> Answer[BreakAsked]:
    text = read_text(ctx.repo.root / phase.folder / item.page)
    told = BreakAsked(phase, item, breaks.opening(text), breaks.MIN_CHARACTERS)
    return Answer(told, NOT_YET, f'predict first: {_command(phase, item)} --predict "..."')


def _observed(
    ctx: Context, phase: Phase, item: Break, predict: str, lesson: str
) -> Answer[BreakSeen]:
    kept = breaks.predict(ctx, phase, item, predict)
    seen, why = breaks.demonstrate(ctx, phase, item)
    if not seen.problem:
        kept = breaks.keep(ctx, phase, item, seen)
        if lesson:
            kept = breaks.learn(ctx, phase, item, lesson)
    keep_progress(ctx)
    if not seen.matched:
        step = f"look at {phase.folder}/{item.page}, then again: {_command(phase, item)}"
    elif not kept.lesson:
        step = f'{_command(phase, item)} --lesson "..."'
    else:
        step = next_step(ctx, phase)
    stands = kept.prediction != " ".join(predict.split())
    told = BreakSeen(phase, item, kept.prediction, kept.lesson, seen, why, stands)
    return Answer(told, DONE if seen.matched else NOT_YET, step)


def run(
    name: str,
    seed: int | None = None,
    impl: str = "learner",
    learner: str = "",
    echo: IO[str] | None = None,
) -> Answer[Ran]:
    """Runs an experiment; it leaves a manifest.

    Args:
        seed: another one than the phase's.
        echo: where the program's output goes while it runs.
    """
    ctx = Context(learner)
    if not name:
        known = ", ".join(experiments.names(ctx.repo)) or "none yet"
        raise CortexError("which experiment?", todo=f"There are: {known}.")
    experiments.script(ctx.repo, name)
    ctx.repo.implementation(impl)
    done = experiments.run(ctx, name, seed=seed, impl=impl, echo=echo)
    problems = done.run.problems if done.ok else [done.why]
    doubts = [] if problems else runs.doubts(ctx, name, done.run)
    if impl == "reference":
        doubts = [*doubts, "it ran the reference, which proves nothing about your code"]
    held = [] if problems else runs.held_lines(ctx, name, done.run.manifest)
    if impl == "learner" and ctx.learner.folder.exists():
        keep_progress(ctx)
    step = ""
    if problems:
        step = f"mend it, then: just run {name}"
    elif any("git_dirty" in doubt for doubt in doubts):
        step = f"commit your work, then: just run {name}"
    elif held and all(line.holds for line in held) and not doubts:
        step = f"just gate {held[0].phase:02d}"
    told = Ran(
        experiment=name,
        impl=impl,
        folder=ctx.repo.relative(done.run.folder),
        seconds=done.seconds,
        ok=done.ok,
        problems=problems,
        doubts=doubts,
        metrics=done.run.manifest.get("metrics", {}),
        proves=held,
        output=done.tail,
        sha=done.run.manifest.get("git_sha", ""),
    )
    return Answer(told, NOT_YET if problems else DONE, step)


def gate(number: str, learner: str = "", say: Callable[[str], None] | None = None) -> Answer[Gated]:
    """Holds every line of a phase against evidence; closes it if all hold.

    Args:
        say: told what is looked at, since that takes a while.
    """
    ctx = Context(learner)
    phase = find_phase(ctx, number)
    found = gates.examine(ctx, phase, say)
    outcome = gates.settle(ctx, phase, found)
    written = reports.write(ctx, phase, found, outcome) if outcome.state == "closed" else []
    keep_progress(ctx)
    files = [ctx.repo.relative(path) for path in written]
    told = Gated(phase, ctx.learner.name, found, outcome, files)
    if found.closed or outcome.newer:
        return Answer(told, next=_commit_report(phase) if files else "just status")
    return Answer(told, NOT_YET, found.next_step)


def report(number: str, learner: str = "") -> Answer[Reported]:
    """Writes the report of a closed phase from the gate's evidence."""
    ctx = Context(learner)
    phase = find_phase(ctx, number)
    files = [ctx.repo.relative(path) for path in reports.examined(ctx, phase)]
    return Answer(Reported(phase.number, files[0], files), next=_commit_report(phase))


def _commit_report(phase: Phase) -> str:
    return f"git add learners && git commit -m 'phase: phase-{phase.number:02d} report'"


def manifest_diff(a: Path, b: Path) -> Answer[Compared]:
    """What differs between two runs; `code` is 1 if code or versions do."""
    found = provenance.diff(provenance.read(a), provenance.read(b))
    code = NOT_YET if provenance.explains(found) else DONE
    return Answer(Compared(found, provenance.quiet_categories(found)), code)


def manifest_new(topic: str, seed: int = 42) -> Answer[Noted]:
    """Writes a manifest for a run made by hand: experiments/<date>-<topic>/."""
    ctx = Context()
    path = ctx.repo.relative(provenance.new_manifest(ctx.repo, topic, seed))
    return Answer(Noted(path), next="fill in config and metrics, list your artifacts")
