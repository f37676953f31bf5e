"""Proving: break, run, gate, report, manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from cortex.actions.answer import Answer, Told
from cortex.actions.common import find_phase, keep_progress, next_step
from cortex.actions.predicting import language, open_questions, to_type
from cortex.context import Context
from cortex.errors import DONE, NOT_YET, WRONG, CortexError
from cortex.formats.checkpoint import BreakRecord
from cortex.formats.load import read_text
from cortex.formats.phase import Break, Experiment, Phase
from cortex.formats.words import Language
from cortex.quiz.kind import Shown
from cortex.runs import breaks, experiments, predictions
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
    """A fault that waits for predictions, with what its page asks.

    Attributes:
        asks: the page up to what it shows, by paragraphs.
        lang: in which language the values are asked for.
        questions: what is still to be predicted.
    """

    asks: list[str]
    lang: Language
    questions: list[Shown]

    def json(self) -> dict[str, Any]:
        """The page up to what it shows."""
        return {
            "phase": self.phase.number,
            "break": self.item.id,
            "title": self.item.title,
            "page": f"{self.phase.folder}/{self.item.page}",
            "asks": "\n\n".join(self.asks),
            "predict": [asdict(question) for question in self.questions],
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
        scored: the predictions beside what came.
    """

    seen: Observation
    why: str
    stands: bool
    lang: Language
    scored: list[predictions.Scored]

    def json(self) -> dict[str, Any]:
        """The learner's words and what was observed."""
        seen = {"observation": asdict(self.seen), "matched": self.seen.matched, "why": self.why}
        return {**super().json(), **seen, "predictions": [asdict(one) for one in self.scored]}


@dataclass(frozen=True)
class RunAsked(Told):
    """An experiment that waits for predictions: those that are still to be made, and in which language."""

    experiment: str
    title: str
    lang: Language
    questions: list[Shown]

    def json(self) -> dict[str, Any]:
        """What is asked."""
        return {
            "experiment": self.experiment,
            "title": self.title,
            "predict": [asdict(question) for question in self.questions],
        }


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
        scored: the predictions beside what came.
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
    lang: Language
    scored: list[predictions.Scored]

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
            "predictions": [asdict(one) for one in self.scored],
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
    number: str,
    break_id: str = "",
    predict: Sequence[str] = (),
    lesson: str = "",
    learner: str = "",
) -> Answer[BreakAsked] | Answer[BreakSeen] | Answer[BreakLearnt]:
    """Predict, observe, learn: as far as the words given and those recorded allow.

    While predictions are missing nothing runs, and the fault's page is told. With them the fault is injected into a
    throw-away copy. A lesson alone, of a fault that was seen, is recorded.

    Args:
        break_id: the fault; else the next one that isn't done.
        predict: KEY=VALUE for each value that the fault asks for; a sentence where it asks for none.
    """
    ctx = Context(learner)
    phase = find_phase(ctx, number)
    item = ctx.curriculum.find_break(phase, break_id) if break_id else breaks.pending(ctx, phase)
    record = ctx.learner.checkpoint(phase.number)
    entry = record.breaks.get(item.id) if record else None
    if lesson and not predict and (not breaks.predicted(item, entry) or _observed(entry)):
        learnt = breaks.learn(ctx, phase, item, lesson)
        keep_progress(ctx)
        told = BreakLearnt(phase, item, learnt.prediction, learnt.lesson)
        return Answer(told, next=next_step(ctx, phase))
    stands = _keep_said(ctx, phase, item, predict) if predict else False
    record = ctx.learner.checkpoint(phase.number)
    if not breaks.predicted(item, record.breaks.get(item.id) if record else None):
        return _asked(ctx, phase, item)
    return _seen(ctx, phase, item, lesson, stands)


def _observed(entry: BreakRecord | None) -> bool:
    return entry is not None and bool(entry.observed_at)


def _keep_said(ctx: Context, phase: Phase, item: Break, predict: Sequence[str]) -> bool:
    """Keeps what was said; whether something said earlier stands instead."""
    if item.predict:
        said = predictions.given(item.predict, predict, language(ctx))
        kept = predictions.keep(ctx, phase, item, said)
        return any(key not in kept or kept[key].said != said[key] for key in said)
    words = " ".join(" ".join(predict).split())
    return breaks.predict(ctx, phase, item, words).prediction != words


def _command(phase: Phase, item: Break) -> str:
    return f"just break {phase.number:02d} {item.id}"


def _asked(ctx: Context, phase: Phase, item: Break) -> Answer[BreakAsked]:
    text = read_text(ctx.repo.root / phase.folder / item.page)
    lang = language(ctx)
    questions = open_questions(ctx, phase, item, lang)
    told = BreakAsked(phase, item, breaks.opening(text), lang, questions)
    return Answer(told, NOT_YET, f"predict first: {_command(phase, item)} {to_type(questions)}")


def _seen(ctx: Context, phase: Phase, item: Break, lesson: str, stands: bool) -> Answer[BreakSeen]:
    seen, why = breaks.demonstrate(ctx, phase, item)
    if not seen.problem:
        breaks.keep(ctx, phase, item, seen)
        predictions.score(ctx, phase, item, seen.observed, seen.before)
        if lesson:
            breaks.learn(ctx, phase, item, lesson)
    keep_progress(ctx)
    record = ctx.learner.checkpoint(phase.number)
    kept = record.breaks[item.id] if record else BreakRecord()
    if not seen.matched:
        step = f"look at {phase.folder}/{item.page}, then again: {_command(phase, item)}"
    elif not kept.lesson:
        step = f'{_command(phase, item)} --lesson "..."'
    else:
        step = next_step(ctx, phase)
    lang = language(ctx)
    scored = predictions.scored(item.predict, kept.predictions, lang)
    told = BreakSeen(phase, item, kept.prediction, kept.lesson, seen, why, stands, lang, scored)
    return Answer(told, DONE if seen.matched else NOT_YET, step)


def run(
    name: str,
    seed: int | None = None,
    impl: str = "learner",
    learner: str = "",
    echo: IO[str] | None = None,
    predict: Sequence[str] = (),
) -> Answer[Ran] | Answer[RunAsked]:
    """Runs an experiment; it leaves a manifest. While predictions are missing it is told what is asked, and nothing runs.

    Args:
        seed: another one than the phase's.
        impl: the reference asks for no predictions: nothing that it shows is scored.
        echo: where the program's output goes while it runs.
        predict: KEY=VALUE for each value that the experiment asks for.
    """
    ctx = Context(learner)
    if not name:
        known = ", ".join(experiments.names(ctx.repo)) or "none yet"
        raise CortexError("which experiment?", todo=f"There are: {known}.")
    experiments.script(ctx.repo, name)
    ctx.repo.implementation(impl)
    found = runs.declared(ctx, name) if impl == "learner" else None
    lang = language(ctx)
    asked = _run_asks(ctx, name, found, predict, lang)
    if asked is not None:
        words = f"just run {name} {to_type(asked.questions)}"
        return Answer(asked, WRONG, f"say what you expect before it runs: {words}")
    done = experiments.run(ctx, name, seed=seed, impl=impl, echo=echo)
    problems = done.run.problems if done.ok else [done.why]
    doubts = [] if problems else runs.doubts(ctx, name, done.run)
    if impl == "reference":
        doubts = [*doubts, "it ran the reference, which proves nothing about your code"]
    held = [] if problems else runs.held_lines(ctx, name, done.run.manifest)
    scored: list[predictions.Scored] = []
    if found and found[1].predict and not problems:
        kept = predictions.score(ctx, *found, done.run.manifest["metrics"])
        scored = predictions.scored(found[1].predict, kept, lang)
    if impl == "learner" and ctx.learner.folder.exists():
        keep_progress(ctx)
    step = ""
    if problems:
        step = f"mend it, then: just run {name}"
    elif any("git_dirty" in doubt for doubt in doubts):
        step = f"commit your work, then: just run {name}"
    elif held and all(line.holds for line in held) and not doubts:
        phase = ctx.curriculum.phase(held[0].phase)
        step = next_step(ctx, phase) if ctx.learner.checkpoint(phase.number) else ""
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
        lang=lang,
        scored=scored,
    )
    return Answer(told, NOT_YET if problems else DONE, step)


def _run_asks(
    ctx: Context,
    name: str,
    found: tuple[Phase, Experiment] | None,
    predict: Sequence[str],
    lang: Language,
) -> RunAsked | None:
    """Keeps what is predicted of a run; what is still to be predicted, None if nothing is."""
    if found is None or not found[1].predict:
        if predict:
            raise CortexError(f"nothing of {name} is predicted", todo="Leave out --predict.")
        return None
    phase, item = found
    if predict:
        predictions.keep(ctx, phase, item, predictions.given(item.predict, predict, lang))
    questions = open_questions(ctx, phase, item, lang)
    return RunAsked(name, item.title, lang, questions) if questions else None


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
