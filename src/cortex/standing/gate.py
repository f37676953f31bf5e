"""The gate: holds every line of a phase against evidence made or verified now, and closes it if all hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import git, store
from cortex.files.repo import Repo
from cortex.formats.checkpoint import Attestation, Checkpoint, Closure, ExperimentRecord, LabRecord
from cortex.formats.conditions import Condition
from cortex.formats.load import parse_json
from cortex.formats.phase import Phase
from cortex.record import attestations
from cortex.runs import breaks, checks, evidence, experiments, export, predictions
from cortex.runs import manifests as provenance
from cortex.standing import lines, seal
from cortex.standing.lines import Asked, Proof

_RUNS_TRIED = 10  # newest runs of an experiment that are looked at before giving up
Say = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """One claim: what it says, whether it holds, by what evidence, and what to do if it doesn't."""

    id: str
    says: str
    ok: bool
    evidence: str
    todo: str = ""
    group: str = ""


@dataclass(frozen=True)
class Examination:
    """What the gate found. `closed` says that every line holds, so that the gate may close.

    Attributes:
        sha: the commit that was examined, empty without git.
        verdicts: the labs' checks as they ran just now.
        cited: the runs that prove something.
        seconds: wall-clock time.
    """

    phase: int
    lines: list[Line]
    sha: str = ""
    verdicts: dict[str, checks.Verdict] = field(default_factory=dict)
    cited: dict[str, evidence.Run] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def closed(self) -> bool:
        """Whether every line holds."""
        return all(line.ok for line in self.lines)

    @property
    def next_step(self) -> str:
        """What to do about the first line that doesn't hold."""
        return next((line.todo for line in self.lines if not line.ok and line.todo), "")


def examine(ctx: Context, phase: Phase, say: Say | None = None) -> Examination:
    """Runs and verifies everything that phase `phase` asks for. Believes nothing that is only recorded.

    Raises:
        CortexError: the phase isn't open, or its record can't be read.
    """
    record = ctx.learner.checkpoint(phase.number)
    if record is None:
        raise CortexError(
            f"phase {phase.number:02d} isn't open for {ctx.learner.name}",
            todo=f"just phase{phase.number:02d}",
            code=1,
        )
    if record.learner and record.learner != ctx.learner.name:
        raise CortexError(
            f"is the record of {record.learner}, in the folder of {ctx.learner.name}: "
            "a copy proves nothing of yours",
            file=ctx.learner.checkpoint_path(phase.number),
            field="learner",
            todo=f"Work as {record.learner} (--learner), or remove it and begin: rm -r "
            f"{ctx.repo.relative(ctx.learner.phase_folder(phase.number))}",
            code=1,
        )
    with ExitStack() as stack:
        at = ctx
        if ctx.repo.is_git and provenance.has_commit(ctx.repo):
            code = stack.enter_context(export.head(ctx.repo))
            at = Context(ctx.learner.name, code, recorded_in=ctx.repo)
            ctx = Context(ctx.learner.name, ctx.repo, taught_in=code)
            phase = at.curriculum.phase(phase.number)
        return _Examiner(ctx, at, phase, record, say or (lambda text: None)).all()


class _Examiner:
    """Looks at one line after the other.

    Attributes:
        ctx: the checkout, for its records, its runs and git's answers.
        at: what is judged: the commit that is checked out; without git, the checkout.
    """

    def __init__(
        self, ctx: Context, at: Context, phase: Phase, record: Checkpoint, say: Say
    ) -> None:
        self.ctx, self.at, self.phase, self.record, self.say = ctx, at, phase, record, say
        self.lines: list[Line] = []
        self.verdicts: dict[str, checks.Verdict] = {}
        self.cited: dict[str, evidence.Run] = {}
        self.replays: dict[tuple[str, str], experiments.Finished] = {}
        self.sha = ""

    def all(self) -> Examination:
        started = datetime.now(UTC)
        for asked in lines.of(self.phase, self.record):
            self._guarded(asked)
        seconds = (datetime.now(UTC) - started).total_seconds()
        return Examination(
            self.phase.number, self.lines, self.sha, self.verdicts, self.cited, round(seconds, 2)
        )

    def _guarded(self, asked: Asked) -> None:
        """A broken file keeps the gate shut by its own line; it doesn't hide the others."""
        self.say(f"{asked.id} {asked.says}")
        try:
            line = self._look(asked)
        except CortexError as error:
            where = f"{error.where}: " if error.where else ""
            line = _shut(asked, f"{where}{error.problem}", error.todo)
        except Exception as error:  # a file that nobody thought of costs one line, not the others
            told = f"can't be told: {type(error).__name__}: {error}"
            line = _shut(asked, told, "Report it, with the file that it is about.")
        self.lines.append(line)

    def _look(self, asked: Asked) -> Line:
        looks: dict[Proof, Callable[[Asked], Line]] = {
            "closure": self._required,
            "seal": self._shipped,
            "lab": self._proven if asked.group == "done" else self._lab,
            "git": self._committed,
            "break": self._break,
            "quiz": self._quiz,
            "journal": self._journal,
            "experiment": self._experiment,
            "prediction": self._predicted,
            "attest": partial(solution_line, self.record)
            if asked.group == "solutions"
            else self._attested,
        }
        return looks[asked.by](asked)

    def _required(self, asked: Asked) -> Line:
        """Whether a required phase is closed; one that isn't shipped yet is shown and doesn't hold the gate."""
        number = int(asked.subject)
        asked = replace(asked, says=f"{asked.subject} {self.at.curriculum.title(number)}")
        if number not in self.at.curriculum.shipped:
            return _held(asked, "not shipped yet: doesn't hold the gate")
        why = self._not_closed(self.at.curriculum.phase(number))
        if why:
            return _shut(asked, why, asked.todo)
        record = self.ctx.learner.checkpoint(number)
        closed = record.closed if record else None
        if not self._keeps(number, closed):
            todo = f"git add learners && git commit -m 'phase: phase-{asked.subject} report'"
            return _shut(asked, "closed, but its record isn't committed", todo)
        return _held(asked, f"closed {closed.at[:10]} at {closed.git_sha[:7]}" if closed else "")

    def _keeps(self, number: int, closed: Closure | None) -> bool:
        """Whether the last commit holds this closure; what was recorded since doesn't matter."""
        path = self.ctx.learner.checkpoint_path(number)
        name = self.ctx.repo.relative(path)
        text = git.optional(self.ctx.repo.root, "show", f"HEAD:{name}")
        try:
            kept = parse_json(text or "{}", path)["closed"]
            same = (kept["at"], kept["git_sha"])
        except (CortexError, LookupError, TypeError):
            return False
        return closed is not None and same == (closed.at, closed.git_sha)

    def _not_closed(self, phase: Phase) -> str:
        from cortex.quiz import grading as quiz

        learner = self.ctx.learner
        record = learner.checkpoint(phase.number)
        if record is None or record.closed is None:
            return "still open"
        if record.learner not in ("", learner.name):
            return f"its record is that of {record.learner}"
        if not learner.intact(phase.number):
            return "its record was changed after the gate closed, so the closure counts no more"
        if not provenance.knows_commit(self.ctx.repo, record.closed.git_sha):
            return f"closed at {record.closed.git_sha[:7]}, which isn't a commit of this repository"
        newer = lines.newer(self.at.repo, phase, record) if record.labs else set()
        unproven = [
            lab.id
            for lab in phase.labs
            if lab.id not in newer and record.labs.get(lab.id, LabRecord()).verdict != "pass"
        ]
        if unproven:
            return f"its record shows no pass of lab {', '.join(unproven)}"
        now = quiz.standing(self.at, phase)
        return "" if now.passed else f"its quiz, graded again, isn't passed: {now.why}"

    def _shipped(self, asked: Asked) -> Line:
        wrong = seal.edited(self.at.repo, self.phase)
        wrong += [found for found in seal.edited(self.ctx.repo, self.phase) if found not in wrong]
        if not wrong:
            count = _count(len(seal.relied_on(self.at.repo, self.phase)), "file")
            return _held(asked, f"{count}, as sealed")
        told = "; ".join(f"{name} {what}" for name, what in wrong)
        added = [name for name, what in wrong if what == "isn't a shipped file"]
        others = [name for name, _ in wrong if name not in added]
        todo = f"git checkout -- {' '.join(others)}" if others else f"rm {' '.join(added)}"
        return _shut(asked, told, todo)

    def _lab(self, asked: Asked) -> Line:
        lab = next(lab for lab in self.phase.labs if lab.id == asked.subject)
        verdict = checks.check_lab(self.at, lab)
        self.verdicts[lab.id] = verdict
        if verdict.state == "pass":
            return _held(asked, _ran(verdict))
        was = self.record.labs.get(lab.id, LabRecord())
        note = (
            f" (it passed on {was.passed_at[:10]}; that counts no more)"
            if was.verdict == "pass" and was.passed_at
            else ""
        )
        return _shut(asked, f"{verdict.state}: {verdict.message}{note}", asked.todo)

    def _committed(self, asked: Asked) -> Line:
        repo = self.ctx.repo
        self.sha, _ = provenance.git_state(repo)
        files = sorted({name for lab in self.phase.labs for name in lab.writes})
        loose = _uncommitted(repo, files)
        if loose:
            names = " ".join(loose)
            return _shut(asked, f"not committed: {names}", asked.todo.replace("...", names))
        return _held(asked, f"{_count(len(files), 'file')} at {self.sha[:7]}")

    def _break(self, asked: Asked) -> Line:
        item = next(item for item in self.phase.breaks if item.id == asked.subject)
        entry = self.record.breaks.get(item.id)
        if entry is None or not breaks.predicted(item, entry):
            return _shut(asked, "no prediction yet", asked.todo)
        if not entry.observed_at:
            return _shut(asked, "predicted, but not observed", asked.todo)
        said = max([entry.predicted_at, *(one.at for one in entry.predictions.values())])
        if not said or said > entry.observed_at:
            told = "the prediction is dated after the observation: predict first"
            return _shut(asked, told, asked.todo)
        # A value that the phase names since then wasn't recorded; it is looked at below, with the others.
        off = [
            row
            for row in breaks.compare(item, entry.before, entry.observed)
            if not row.ok and not (entry.observed and row.before is None and row.after is None)
        ]
        if off:
            told = f"what was recorded isn't the symptom: {_off(off[0])}"
            return _shut(asked, told, asked.todo)
        if not breaks.says_enough(entry.lesson):
            told = "seen, but the lesson isn't written"
            return _shut(asked, told, f'{asked.todo} --lesson "..."')
        lab = breaks.catching_lab(self.at, item)
        seen, why = breaks.demonstrate(
            self.at, self.phase, item, verdict=self.verdicts.get(lab.id), ask_check=False
        )
        if not seen.matched:
            told = seen.problem or "; ".join(_off(row) for row in seen.rows if not row.ok)
            return _shut(asked, f"observed again now, the symptom doesn't show: {told}", asked.todo)
        whose = "in your code" if seen.impl == "learner" else f"in the reference, since {why}"
        told = _foreseen(said, predictions.tally(entry.predictions.values()))
        return _held(asked, f"{told}, seen again now {whose}, explained")

    def _quiz(self, asked: Asked) -> Line:
        from cortex.quiz import grading as quiz

        now = quiz.standing(self.at, self.phase)
        told = now.why if now.best is None else f"graded again: {now.why}"
        if now.passed:
            return _held(asked, told)
        return _shut(asked, told, now.todo or asked.todo)

    def _journal(self, asked: Asked) -> Line:
        from cortex.record import journal

        days = journal.entries_since(self.ctx.learner, self.record.opened_at)
        if days:
            entries = f"{len(days)} entr{'y' if len(days) == 1 else 'ies'}"
            return _held(asked, f"{entries}, the last of {days[-1]}")
        return _shut(asked, f"no entry since {self.record.opened_at[:10]}", asked.todo)

    def _proven(self, asked: Asked) -> Line:
        verdict = self.verdicts.get(asked.subject)
        if verdict is not None and verdict.state == "pass":
            return _held(asked, f"lab {asked.subject}: {_ran(verdict)}")
        state = verdict.state if verdict else "couldn't run"
        return _shut(asked, f"lab {asked.subject}: {state}", asked.todo)

    def _attested(self, asked: Asked) -> Line:
        said = self.record.attestations.get(asked.id)
        if said and attestations.stands(said.says):
            return _held(asked, f"your word of {said.at[:10]}: {said.says}")
        told = "what is attested is no sentence" if said else "not attested yet"
        return _shut(asked, told, asked.todo)

    def _experiment(self, asked: Asked) -> Line:
        name, first = asked.subject, ""
        for run in islice(evidence.runs(self.ctx, self.phase.number, name), _RUNS_TRIED):
            why = evidence.doubts(self.ctx, name, run)
            told: list[str] = []
            if not why:
                ok, told = evidence.conditions(asked.parts, run.manifest)
                why = [] if ok else told
            replayed, differs = ("", []) if why else self._replay(name, run, asked.parts)
            why = why or differs
            if not why:
                self.cited[name] = run
                sha = run.manifest["git_sha"][:7]
                return _held(
                    asked,
                    f"{', '.join(told) or 'ran'}; run {run.stamp}, clean at {sha}{replayed}",
                )
            first = first or f"run {run.stamp}: {'; '.join(why)}"
        todo = f"commit your work, then: {asked.todo}" if "git_dirty" in first else asked.todo
        return _shut(asked, first or "no run yet", todo)

    def _predicted(self, asked: Asked) -> Line:
        """Whether the run that counts came after the predictions; being wrong never holds the gate."""
        entry = self.record.experiments.get(asked.subject, ExperimentRecord())
        right, of = predictions.tally(entry.predictions.values())
        if not entry.predictions:
            return _shut(asked, "nothing was predicted", asked.todo)
        if not of:
            return _shut(asked, "predicted, but not run since", asked.todo)
        said = max(one.at for one in entry.predictions.values())
        cited = self.cited.get(asked.subject)
        if cited and _moment(cited.manifest["started_at"]) < _moment(said):
            told = f"run {cited.stamp} is older than the predictions: run it again"
            return _shut(asked, told, asked.todo)
        return _held(asked, _foreseen(said, (right, of)))

    def _replay(
        self, name: str, run: evidence.Run, parts: list[Condition]
    ) -> tuple[str, list[str]]:
        """What to say of the replay, and where it disagrees with the record.

        What a line asks for must hold on the replay as well; bits are compared where nothing else may change them.
        """
        keys = next((entry.replay for entry in self.phase.experiments if entry.id == name), [])
        told = json.dumps([run.manifest["seed"], run.manifest.get("inputs", [])], sort_keys=True)
        if (name, told) not in self.replays:  # runs that were told the same are replayed once
            self.say(f"replaying {name}")
            self.replays[name, told] = experiments.replay(self.ctx, name, run, self.at)
        again = self.replays[name, told]
        if not again.ok:
            return "", [f"its replay failed: {again.why}"]
        now = again.run.manifest
        if again.measured is not None:
            now = {**now, "metrics": again.measured}
        same = all(run.manifest[key] == now[key] for key in ("hardware", "versions"))
        differs = evidence.disagreements(keys, run.manifest, now) if same else []
        holds, values = evidence.conditions(parts, now)
        if not differs and not holds:
            differs = [f"replayed, it doesn't hold: {', '.join(values)}"]
        return ", replayed" if same else ", replayed elsewhere or with other versions", differs


def _foreseen(said: str, tally: tuple[int, int]) -> str:
    right, of = tally
    return f"predicted {said[:10]}" + (f" ({right} of {of} right)" if of else "")


def _moment(stamp: str) -> datetime:
    """A time to the second: manifests may have parts of seconds, records have none."""
    return datetime.fromisoformat(stamp).replace(microsecond=0)


def _held(asked: Asked, evidence: str) -> Line:
    return Line(asked.id, asked.says, True, evidence, "", asked.group)


def _uncommitted(repo: Repo, files: list[str]) -> list[str]:
    """Those of the files that the last commit doesn't hold as they are; ignored ones are among them."""
    tracked = git.text(repo.root, "ls-files", "-z", "--", *files).split("\0")
    return sorted({*provenance.changed_files(repo, *files)} | (set(files) - set(tracked)))


def _shut(asked: Asked, evidence: str, todo: str) -> Line:
    return Line(asked.id, asked.says, False, evidence, todo, asked.group)


def solution_line(record: Checkpoint, asked: Asked) -> Line:
    """A solution that was opened before any attempt: only the learner's own word lets it pass."""
    lab_id = asked.id.removeprefix("solution-")
    told = f"opened {record.labs[lab_id].solution_at[:10]}, before any attempt"
    said = record.attestations.get(asked.id, Attestation("", ""))
    if attestations.stands(said.says):
        return _held(asked, f"{told}; your word of {said.at[:10]}: {said.says}")
    return _shut(asked, told, asked.todo)


@dataclass(frozen=True)
class Outcome:
    """What became of the gate: `state` is closed (now), still-closed, reopened, or shut; `since` when it closed.

    `newer` are the lines that don't hold and that a closed gate wasn't asked about.
    """

    state: str
    since: str
    sha: str
    newer: list[str] = field(default_factory=list)


def settle(ctx: Context, phase: Phase, found: Examination) -> Outcome:
    """Closes the gate if all lines hold, opens it again if they no longer do."""
    record = ctx.learner.checkpoint(phase.number)
    before = record.closed if record else None
    intact = ctx.learner.intact(phase.number)
    if not found.closed:
        if record is None or before is None:
            return Outcome("shut", "", found.sha)
        newer = lines.newer(ctx.repo, phase, record)
        open_ones = [line.id for line in found.lines if not line.ok]
        if intact and newer.issuperset(open_ones):
            return Outcome("still-closed", before.at, before.git_sha, open_ones)
        with ctx.learner.recording(phase.number) as checkpoint:
            checkpoint.closed = None
        return Outcome("reopened", before.at, found.sha)
    if before is not None and intact and provenance.knows_commit(ctx.repo, before.git_sha):
        return Outcome("still-closed", before.at, before.git_sha)
    _record_passes(ctx, phase, found)
    with ctx.learner.recording(phase.number) as checkpoint:
        held = [line.id for line in found.lines]
        checkpoint.closed = Closure(at=store.now(), git_sha=found.sha, digest="", lines=held)
        since = checkpoint.closed.at
    return Outcome("closed", since, found.sha)


def _record_passes(ctx: Context, phase: Phase, found: Examination) -> None:
    """The record must tell of the passes on which the closure stands, also where nobody typed `check`."""
    record = ctx.learner.checkpoint(phase.number)
    for lab in phase.labs:
        verdict = found.verdicts[lab.id]
        entry = record.labs.get(lab.id) if record else None
        if entry is None or (entry.verdict, entry.modules) != (verdict.state, verdict.modules):
            checks.record(ctx, phase, lab, verdict)


def _ran(verdict: checks.Verdict) -> str:
    return f"{_count(len(verdict.tests), 'check')} in {verdict.seconds:.1f} s"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


def _off(row: breaks.Row) -> str:
    if row.expected_before is not None and row.expected_after is None:
        return f"{row.key} is {row.before!r} before the fault, not {row.expected_before!r}"
    return f"{row.key} is {row.after!r}, not {row.expected_after!r}"
