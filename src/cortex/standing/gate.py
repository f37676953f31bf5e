"""The gate: holds every line of a phase against evidence made or verified now, and closes it if all hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import git, store
from cortex.formats.checkpoint import Attestation, Checkpoint, Closure, LabRecord
from cortex.formats.conditions import Condition
from cortex.formats.phase import Break, Done, Lab, Phase
from cortex.runs import breaks, checks, experiments
from cortex.runs import manifests as provenance
from cortex.standing import seal

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
    cited: dict[str, experiments.Run] = field(default_factory=dict)
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
    return _Examiner(ctx, phase, record, say or (lambda text: None)).all()


class _Examiner:
    def __init__(self, ctx: Context, phase: Phase, record: Checkpoint, say: Say) -> None:
        self.ctx, self.phase, self.record, self.say = ctx, phase, record, say
        self.nn = f"{phase.number:02d}"
        self.lines: list[Line] = []
        self.verdicts: dict[str, checks.Verdict] = {}
        self.cited: dict[str, experiments.Run] = {}
        self.replays: dict[tuple[str, int], experiments.Finished] = {}
        self.sha = ""

    def all(self) -> Examination:
        started = datetime.now(UTC)
        for number in self.phase.requires:
            self._guarded("requires", f"{number:02d}", partial(required, self.ctx, number))
        self._guarded("files", "shipped-files", self._shipped)
        for lab in self.phase.labs:
            self._guarded("labs", lab.id, partial(self._lab, lab), lab.title)
        self._guarded("labs", "commit", self._committed)
        early = [solution_line(self.phase, lab, self.record) for lab in self.phase.labs]
        self.lines += [line for line in early if line]
        for item in self.phase.breaks:
            self._guarded("breaks", item.id, partial(self._break, item), item.title)
        self._guarded("quiz", "quiz", self._quiz)
        self._guarded("journal", "journal", self._journal)
        for claim in self.phase.done:
            self._guarded("done", claim.id, partial(self._done, claim), claim.says)
        seconds = (datetime.now(UTC) - started).total_seconds()
        return Examination(
            self.phase.number, self.lines, self.sha, self.verdicts, self.cited, round(seconds, 2)
        )

    def _guarded(self, group: str, name: str, look: Callable[[], Line], says: str = "") -> None:
        """A broken file keeps the gate shut by its own line; it doesn't hide the others."""
        self.say(f"{name} {says}".strip())
        try:
            line = look()
        except CortexError as error:
            where = f"{error.where}: " if error.where else ""
            line = Line(name, says or name, False, f"{where}{error.problem}", error.todo, group)
        self.lines.append(line)

    def _shipped(self) -> Line:
        says = "Checks, quiz and phase files are the shipped ones"
        wrong = seal.edited(self.ctx.repo, self.phase)
        if not wrong:
            count = _count(len(seal.relied_on(self.ctx.repo, self.phase)), "file")
            return Line("shipped-files", says, True, f"{count}, as sealed", "", "files")
        told = "; ".join(f"{name} {what}" for name, what in wrong)
        added = [name for name, what in wrong if what == "isn't a shipped file"]
        others = [name for name, _ in wrong if name not in added]
        todo = f"git checkout -- {' '.join(others)}" if others else f"rm {' '.join(added)}"
        return Line("shipped-files", says, False, told, todo, "files")

    def _lab(self, lab: Lab) -> Line:
        verdict = checks.check_lab(self.ctx, lab)
        self.verdicts[lab.id] = verdict
        title = f"{lab.id} {lab.title}"
        if verdict.state == "pass":
            return Line(lab.id, title, True, _ran(verdict), "", "labs")
        was = self.record.labs.get(lab.id, LabRecord())
        note = (
            f" (it passed on {was.passed_at[:10]}; that counts no more)"
            if was.verdict == "pass" and was.passed_at
            else ""
        )
        told = f"{verdict.state}: {verdict.message}{note}"
        return Line(lab.id, title, False, told, f"just check {lab.id}", "labs")

    def _committed(self) -> Line:
        says = "Your files are committed"
        repo = self.ctx.repo
        self.sha, _ = provenance.git_state(repo)
        files = sorted({name for lab in self.phase.labs for name in lab.writes})
        tracked = git.text(repo.root, "ls-files", "-z", "--", *files).split("\0")
        loose = set(provenance.changed_files(repo, *files)) | (set(files) - set(tracked))
        if loose:
            names = " ".join(sorted(loose))
            todo = f'git add {names} && git commit -m "lab: phase {self.nn}"'
            return Line("commit", says, False, f"not committed: {names}", todo, "labs")
        return Line(
            "commit", says, True, f"{_count(len(files), 'file')} at {self.sha[:7]}", "", "labs"
        )

    def _break(self, item: Break) -> Line:
        todo = f"just break {self.nn} {item.id}"

        def shut(why: str, more: str = "") -> Line:
            return Line(item.id, item.title, False, why, todo + more, "breaks")

        entry = self.record.breaks.get(item.id)
        if entry is None or len(entry.prediction) < breaks.MIN_CHARACTERS or not entry.predicted_at:
            return shut("no prediction yet")
        if not entry.observed_at:
            return shut("predicted, but not observed")
        if entry.predicted_at > entry.observed_at:
            return shut("the prediction is dated after the observation: predict first")
        off = [row for row in breaks.compare(item, entry.before, entry.observed) if not row.ok]
        if off:
            return shut(f"what was recorded isn't the symptom: {_off(off[0])}")
        if len(entry.lesson) < breaks.MIN_CHARACTERS:
            return shut("seen, but the lesson isn't written", ' --lesson "..."')
        lab = breaks.catching_lab(self.ctx, item)
        seen, why = breaks.demonstrate(
            self.ctx, self.phase, item, verdict=self.verdicts.get(lab.id), ask_check=False
        )
        if not seen.matched:
            told = seen.problem or "; ".join(_off(row) for row in seen.rows if not row.ok)
            return shut(f"observed again now, the symptom doesn't show: {told}")
        whose = "in your code" if seen.impl == "learner" else f"in the reference, since {why}"
        told = f"predicted {entry.predicted_at[:10]}, seen again now {whose}, explained"
        return Line(item.id, item.title, True, told, "", "breaks")

    def _quiz(self) -> Line:
        from cortex.quiz import grading as quiz

        now = quiz.standing(self.ctx, self.phase)
        todo = now.todo or ("" if now.passed else f"just quiz {self.nn}")
        told = now.why if now.best is None else f"graded again: {now.why}"
        return Line("quiz", "Quiz passed", now.passed, told, todo, "quiz")

    def _journal(self) -> Line:
        from cortex.record import journal

        says = "Journal kept while you worked"
        since = self.record.opened_at[:10]
        days = journal.entries_since(self.ctx.learner, self.record.opened_at)
        if days:
            entries = f"{len(days)} entr{'y' if len(days) == 1 else 'ies'}"
            return Line("journal", says, True, f"{entries}, the last of {days[-1]}", "", "journal")
        todo = 'just journal --add "..."'
        return Line("journal", says, False, f"no entry since {since}", todo, "journal")

    def _done(self, claim: Done) -> Line:
        kind, subject, parts = claim.proof()
        if kind == "lab":
            verdict = self.verdicts.get(subject)
            ok = verdict is not None and verdict.state == "pass"
            state = verdict.state if verdict else "couldn't run"
            told = (
                f"lab {subject}: {_ran(verdict)}" if ok and verdict else f"lab {subject}: {state}"
            )
            return Line(
                claim.id, claim.says, ok, told, "" if ok else f"just check {subject}", "done"
            )
        if kind == "attest":
            said = self.record.attestations.get(claim.id)
            if said and said.says.strip():
                told = f"your word of {said.at[:10]}: {said.says}"
                return Line(claim.id, claim.says, True, told, "", "done")
            todo = f'just attest {self.nn} {claim.id} --says "..."'
            return Line(claim.id, claim.says, False, "not attested yet", todo, "done")
        return self._experiment(claim, subject, parts)

    def _experiment(self, claim: Done, name: str, parts: list[Condition]) -> Line:
        first = ""
        for run in experiments.runs(self.ctx, self.phase.number, name)[:_RUNS_TRIED]:
            why = experiments.doubts(self.ctx, name, run)
            told: list[str] = []
            if not why:
                ok, told = experiments.conditions(parts, run.manifest)
                why = [] if ok else told
            replayed, differs = ("", []) if why else self._replay(name, run)
            why = why or differs
            if not why:
                self.cited[name] = run
                sha = run.manifest["git_sha"][:7]
                evidence = f"{', '.join(told) or 'ran'}; run {run.stamp}, clean at {sha}{replayed}"
                return Line(claim.id, claim.says, True, evidence, "", "done")
            first = first or f"run {run.stamp}: {'; '.join(why)}"
        todo = f"just exp {name}"
        if "git_dirty" in first:
            todo = f"commit your work, then: {todo}"
        return Line(claim.id, claim.says, False, first or "no run yet", todo, "done")

    def _replay(self, name: str, run: experiments.Run) -> tuple[str, list[str]]:
        """What to say of the replay, and where it disagrees with the record."""
        keys = next((entry.replay for entry in self.phase.experiments if entry.id == name), [])
        if not keys:
            return "", []
        seed = run.manifest["seed"]
        if (name, seed) not in self.replays:
            self.say(f"replaying {name}")
            self.replays[name, seed] = experiments.replay(self.ctx, name, seed)
        again = self.replays[name, seed]
        if not again.ok:
            return "", [f"its replay failed: {again.why}"]
        return ", replayed", experiments.disagreements(keys, run.manifest, again.run.manifest)


def required(ctx: Context, number: int) -> Line:
    """Whether a required phase is closed; one that isn't shipped yet is shown and doesn't hold the gate."""
    nn = f"{number:02d}"
    if number in ctx.curriculum.planned:
        title = ctx.curriculum.planned[number].title.en
        return Line(
            nn, f"{nn} {title}", True, "not shipped yet: doesn't hold the gate", "", "requires"
        )
    phase = ctx.curriculum.phase(number)
    why = _not_closed(ctx, phase)
    if why:
        return Line(nn, f"{nn} {phase.title.en}", False, why, f"just gate {nn}", "requires")
    record = ctx.learner.checkpoint(number)
    closed = record.closed if record else None
    told = f"closed {closed.at[:10]} at {closed.git_sha[:7]}" if closed else ""
    return Line(nn, f"{nn} {phase.title.en}", True, told, "", "requires")


def _not_closed(ctx: Context, phase: Phase) -> str:
    from cortex.quiz import grading as quiz

    record = ctx.learner.checkpoint(phase.number)
    if record is None or record.closed is None:
        return "still open"
    if not ctx.learner.intact(phase.number):
        return "its record was changed after the gate closed, so the closure counts no more"
    if not provenance.knows_commit(ctx.repo, record.closed.git_sha):
        return f"closed at {record.closed.git_sha[:7]}, which isn't a commit of this repository"
    unproven = [
        lab.id for lab in phase.labs if record.labs.get(lab.id, LabRecord()).verdict != "pass"
    ]
    if unproven:
        return f"its record shows no pass of lab {', '.join(unproven)}"
    now = quiz.standing(ctx, phase)
    return "" if now.passed else f"its quiz, graded again, isn't passed: {now.why}"


def solution_line(phase: Phase, lab: Lab, record: Checkpoint) -> Line | None:
    """A line for a solution that was opened before any attempt: only the learner's own word lets it pass."""
    entry = record.labs.get(lab.id)
    if entry is None or not entry.solution_at:
        return None
    early = entry.solution_early or not entry.attempted_at or entry.solution_at < entry.attempted_at
    if not early:
        return None
    name = f"solution-{lab.id}"
    said = record.attestations.get(name, Attestation("", ""))
    told = f"opened {entry.solution_at[:10]}, before any attempt"
    if said.says.strip():
        told += f"; your word of {said.at[:10]}: {said.says}"
        return Line(name, f"Solution of {lab.id}", True, told, "", "solutions")
    todo = f'just attest {phase.number:02d} {name} --says "..."'
    return Line(name, f"Solution of {lab.id}", False, told, todo, "solutions")


@dataclass(frozen=True)
class Outcome:
    """What became of the gate: `state` is closed (now), still-closed, reopened, or shut; `since` when it closed."""

    state: str
    since: str
    sha: str


def settle(ctx: Context, phase: Phase, found: Examination) -> Outcome:
    """Closes the gate if all lines hold, opens it again if they no longer do."""
    record = ctx.learner.checkpoint(phase.number)
    before = record.closed if record else None
    intact = ctx.learner.intact(phase.number)
    if not found.closed:
        if before is None:
            return Outcome("shut", "", found.sha)
        with ctx.learner.recording(phase.number) as checkpoint:
            checkpoint.closed = None
        return Outcome("reopened", before.at, found.sha)
    if before is not None and intact and provenance.knows_commit(ctx.repo, before.git_sha):
        return Outcome("still-closed", before.at, before.git_sha)
    _record_passes(ctx, phase, found)
    with ctx.learner.recording(phase.number) as checkpoint:
        checkpoint.closed = Closure(at=store.now(), git_sha=found.sha, digest="")
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
