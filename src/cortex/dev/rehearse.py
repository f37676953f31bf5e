"""Rehearses phases: a scripted learner walks from `open` to a closed gate in a throw-away clone, with the reference.

Every step is a real command in a process of its own, as a learner would type it. The walk ends at the first step that
doesn't do what it should. The gate is examined twice: before any work, and when it closes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cortex.context import Context
from cortex.dev import seeding
from cortex.files import git
from cortex.files.curriculum import Curriculum, load_curriculum
from cortex.files.regions import regions
from cortex.files.repo import Repo
from cortex.files.skeleton import render
from cortex.formats.load import load, read_text
from cortex.formats.phase import Lab, Phase, Question
from cortex.formats.quiz import Quiz
from cortex.quiz import items
from cortex.runs import evidence
from cortex.runs import manifests as provenance
from cortex.runs.sources import source_files
from cortex.standing import lines

LEARNER = "ada"
_WORDS = "Rehearsed: a script says this in place of a learner."
_PATIENCE = 900  # seconds for one command
_NO_WORK = ("closure", "seal", "git")  # lines that hold before anything was done


@dataclass(frozen=True)
class Step:
    """One thing that was done, and whether it went as it should."""

    phase: int
    says: str
    ok: bool
    seconds: float
    detail: str = ""


@dataclass
class Rehearsal:
    """All steps, in order; `closed` are the phases whose gates closed."""

    steps: list[Step] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    folder: str = ""

    @property
    def ok(self) -> bool:
        """Whether every step went as it should."""
        return bool(self.steps) and all(step.ok for step in self.steps)


class _Deviation(Exception):  # noqa: N818 - it ends a walk, it is no error of this program
    """A step did something else than it should."""


Tell = Callable[[Step], None]


def rehearse(
    repo: Repo,
    numbers: list[int],
    *,
    chain: bool = False,
    jobs: int = 1,
    keep: bool = False,
    tell: Tell | None = None,
    closed: Callable[[int], None] | None = None,
) -> Rehearsal:
    """Walks each phase on its own, in a clone of the working tree where what it requires is solved and closed.

    Args:
        chain: walks them one after the other in one clone instead, what they require first.
        jobs: how many phases are walked at a time; a chain is walked by one.
        keep: leaves the clones where they are, below `folder`.
        tell: called after every step.
        closed: called with the number of each phase that closes, right then.
    """
    curriculum = load_curriculum(repo)
    order = in_order(curriculum, numbers)
    scratch = Path(tempfile.mkdtemp(prefix="cortex-rehearse-"))
    result = Rehearsal(folder=str(scratch) if keep else "")
    try:
        started = time.monotonic()
        clone(repo, scratch / "clone", curriculum)
        repo = Repo(scratch / "clone")
        walker = _Walker(repo, result, tell or (lambda step: None), closed or (lambda number: None))
        walker.done(order[0], "a clean clone, with skeletons", started)
        if chain:
            walker.follow(order)
        else:
            with ThreadPoolExecutor(jobs) as pool:
                list(pool.map(walker.alone, sorted(set(numbers))))
    finally:
        if not keep:
            shutil.rmtree(scratch, ignore_errors=True)
    result.closed.sort()
    return result


def in_order(curriculum: Curriculum, numbers: list[int]) -> list[int]:
    """The phases with the shipped ones that they build on, each after what it requires.

    A phase that isn't shipped yet can't be walked, but what it requires in turn can: its code is needed all the same.
    """
    for number in numbers:
        curriculum.phase(number)
    requires = {entry.number: entry.requires for entry in curriculum.everything}
    order: list[int] = []

    seen: set[int] = set()

    def visit(number: int) -> None:
        if number not in seen:
            seen.add(number)
            for needed in requires[number]:
                visit(needed)
            order.append(number)

    for number in sorted(set(numbers)):
        visit(number)
    return [number for number in order if number in curriculum.shipped]


def clone(repo: Repo, target: Path, curriculum: Curriculum) -> None:
    """Clones HEAD, lays what isn't committed over it, takes solved files back to skeletons, and commits that."""
    provenance.need_git(repo)
    git.run(repo.root, "clone", "--quiet", "--no-hardlinks", str(repo.root), str(target))
    listed = git.run(
        repo.root, "ls-files", "-z", "--modified", "--others", "--deleted", "--exclude-standard"
    )
    for name in {part for part in listed.decode("utf-8", "surrogateescape").split("\0") if part}:
        if name.startswith("learners/") and not name.startswith("learners/_template/"):
            continue
        source, copy = repo.root / name, target / name
        if source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)
        else:
            copy.unlink(missing_ok=True)
    shutil.rmtree(target / "learners" / LEARNER, ignore_errors=True)
    for phase in curriculum.shipped.values():
        for lab in phase.labs:
            write(Repo(target), lab, solved=set())
    commit(target, "chore: the tree that is rehearsed")


def commit(root: Path, message: str) -> None:
    """Commits everything; no change is no error."""
    git.run(root, "add", "--all")
    words = ["-c", f"user.name={LEARNER}", "-c", f"user.email={LEARNER}@example.org"]
    words += ["-c", "commit.gpgsign=false", "-c", f"core.hooksPath={os.devnull}"]
    git.run(root, *words, "commit", "--quiet", "--allow-empty", "-m", message)


def write(repo: Repo, lab: Lab, *, solved: set[str]) -> list[str]:
    """Writes a lab's files as they are once the labs `solved` are done and the others aren't. Returns their names."""
    for name, source in zip(lab.writes, source_files(lab, "reference"), strict=True):
        text = read_text(repo.root / source)
        lines = text.split("\n")
        for region in reversed(regions(text, source)):
            if region.lab in solved:
                del lines[region.last - 1], lines[region.first - 1]
        target = repo.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(render("\n".join(lines), source), encoding="utf-8")
    return lab.writes


class _Walker:
    """The scripted learner."""

    def __init__(
        self, repo: Repo, result: Rehearsal, tell: Tell, closed: Callable[[int], None]
    ) -> None:
        self.repo, self.result, self.tell, self.closed = repo, result, tell, closed
        self.solved: set[str] = set()
        self.ran: set[str] = set()
        self.journaled = False  # all phases are walked on one day, and its entry counts for each

    def follow(self, order: list[int]) -> None:
        """Walks phases one after the other, as a learner does; ends at the first that doesn't close."""
        with contextlib.suppress(_Deviation):
            for number in order:
                self.walk(load_curriculum(self.repo).phase(number))

    def alone(self, number: int) -> None:
        """Walks one phase in a clone of its own."""
        started = time.monotonic()
        target = self.repo.root.with_name(f"phase-{number:02d}")
        git.run(self.repo.root, "clone", "--quiet", str(self.repo.root), str(target))
        walker = _Walker(Repo(target), self.result, self.tell, self.closed)
        curriculum = load_curriculum(walker.repo)
        *required, _ = in_order(curriculum, [number])
        walker.settle([curriculum.phase(other) for other in required])
        names = ", ".join(f"{other:02d}" for other in required) or "nothing"
        walker.done(number, f"a clone in which {names} is solved and closed", started)
        walker.follow([number])

    def settle(self, phases: list[Phase]) -> None:
        """The learner's code and record as the gates of these phases left them."""
        labs = [lab for phase in phases for lab in phase.labs]
        self.solved |= {lab.id for lab in labs}
        for lab in labs:
            write(self.repo, lab, solved=self.solved)
        commit(self.repo.root, "lab: what is required")
        ctx = Context(LEARNER, self.repo)
        for phase in phases:
            seeding.close(ctx, phase)
        commit(self.repo.root, "phase: what is required is closed")

    def walk(self, phase: Phase) -> None:
        nn = f"{phase.number:02d}"
        answer = self.command(phase, "opens", "phase", nn)
        fresh = all(verdict["state"] == "not-started" for verdict in answer["verdicts"])
        self.expect(phase, "no lab is started", fresh, answer["verdicts"])
        self.gate_is_shut(phase)
        self.labs(phase)
        self.runs(phase)
        self.breaks(phase)
        self.quiz(phase)
        self.command(phase, "writes the journal", "journal", "--add", _WORDS)
        self.journaled = True
        for asked in lines.of(phase):
            if asked.by == "attest":
                words = ("attest", nn, asked.id, "--says", _WORDS)
                self.command(phase, f"attests {asked.id}", *words)
        answer = self.command(phase, "the gate closes", "gate", nn)
        self.expect(phase, "it closed now", answer["state"] == "closed", answer)
        there = (self.repo.root / answer["report"]).is_file()
        self.expect(phase, "its report is there", there, answer)
        commit(self.repo.root, f"phase: phase-{nn} closed")
        self.result.closed.append(phase.number)
        self.closed(phase.number)

    def labs(self, phase: Phase) -> None:
        """Each lab is solved, committed and passes, while those after it aren't started."""
        first = phase.labs[0].id
        self.command(phase, f"a hint for {first}", "hint", first)
        for lab in phase.labs:
            self.solved.add(lab.id)
            write(self.repo, lab, solved=self.solved)
            commit(self.repo.root, f"lab: {lab.id}")
            self.command(phase, f"{lab.id} passes", "check", lab.id)

    def runs(self, phase: Phase) -> None:
        asked = [asked.subject for asked in lines.of(phase) if asked.by == "experiment"]
        for run in dict.fromkeys(asked):
            self.experiment(phase, run)

    def experiment(self, phase: Phase, run: str) -> None:
        """Runs an experiment once, and first those that it uses: where they belong may not have been walked here."""
        if run in self.ran:
            return
        found = evidence.declared(Context(LEARNER, self.repo), run)
        for used in found[1].uses if found else ():
            self.experiment(phase, used)
        foreseen = _guesses(found[1].predict) if found else []
        answer = self.command(phase, f"runs {run}", "run", run, *foreseen)
        self.scored(phase, run, answer)
        self.expect(phase, f"{run} is evidence", answer["evidence"] is True, answer)
        holds = all(claim["holds"] for claim in answer["proves"])
        self.expect(phase, f"{run} proves its claims", holds, answer["proves"])
        self.ran.add(run)

    def breaks(self, phase: Phase) -> None:
        for item in phase.breaks:
            said = _guesses(item.predict) or ["--predict", _WORDS]
            words = ("break", f"{phase.number:02d}", item.id, *said)
            answer = self.command(phase, f"{item.id} shows", *words, "--lesson", _WORDS)
            self.scored(phase, item.id, answer)
            seen = answer["observation"]
            whose = seen["impl"] == "learner"
            self.expect(phase, f"{item.id} is in the learner's code", whose, answer)
            self.expect(phase, f"{item.id} is caught by its check", seen["caught"] is True, answer)

    def scored(self, phase: Phase, name: str, answer: dict[str, Any]) -> None:
        """Everything that was predicted can be told right or wrong."""
        open_ones = [one for one in answer["predictions"] if one["right"] is None]
        self.expect(phase, f"what was predicted of {name} is scored", not open_ones, open_ones)

    def quiz(self, phase: Phase) -> None:
        nn = f"{phase.number:02d}"
        asked = load(self.repo.root / phase.quiz, Quiz).sitting(1).items
        sheet = self.repo.cache / f"answers-{nn}.json"
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_text(json.dumps({item.id: items.of(item).right() for item in asked}))
        answer = self.command(
            phase, "answers the quiz", "quiz", nn, "--answers", str(sheet), code=None
        )
        free = [item.id for item in asked if item.type == "free"]
        sure = answer["right"] == len(asked) - len(free) and answer["waiting"] == free
        self.expect(phase, "all right, free answers wait", sure, answer)
        for item in free:
            words = ("--confirm", item, "--verdict", "yes", "--by", "self")
            answer = self.command(phase, f"confirms {item}", "quiz", nn, *words, code=None)
        if free:
            self.expect(phase, "the quiz is passed", answer["passed"] is True, answer)

    def gate_is_shut(self, phase: Phase) -> None:
        """Before any work the gate must be shut, by everything that is work and by nothing else."""
        says = "the gate is shut before any work"
        answer = self.command(phase, says, "gate", f"{phase.number:02d}", code=1)
        shut = {line["id"] for line in answer["lines"] if not line["ok"]}
        work = {asked.id for asked in lines.of(phase) if asked.by not in _NO_WORK}
        work -= {"journal"} if self.journaled else set()
        wrong = [line for line in answer["lines"] if line["id"] in shut ^ work]
        self.expect(phase, f"{says} by what is missing", shut == work, wrong)

    def command(self, phase: Phase, says: str, *words: str, code: int | None = 0) -> dict[str, Any]:
        """Runs `cortex WORDS --json` in the clone; the walk ends here if it leaves with another code."""
        started = time.monotonic()
        done = subprocess.run(  # nosec B603
            [sys.executable, "-m", "cortex", *words, "--json"],
            cwd=self.repo.root,
            env=_environment(self.repo),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
        typed = f"cortex {' '.join(words)}"
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or (code is not None and done.returncode != code):
            wanted = "a JSON answer" if code is None else f"exit code {code}"
            told = (
                f"`{typed}` left with {done.returncode}, not {wanted}:\n{done.stdout}{done.stderr}"
            )
            self.fail(phase, says, started, told)
        self.done(phase.number, says, started)
        return answer or {}

    def expect(self, phase: Phase, says: str, ok: bool, answer: object) -> None:
        """Ends the walk unless `ok`."""
        if not ok:
            told = json.dumps(answer, indent=2, ensure_ascii=False, default=str)
            self.fail(phase, says, time.monotonic(), told)

    def fail(self, phase: Phase, says: str, started: float, told: str) -> None:
        """Records a failed step and ends the walk."""
        self._add(Step(phase.number, says, False, time.monotonic() - started, told.strip()))
        raise _Deviation

    def done(self, phase: int, says: str, started: float) -> None:
        """Records a step that went well."""
        self._add(Step(phase, says, True, time.monotonic() - started))

    def _add(self, step: Step) -> None:
        self.result.steps.append(step)
        self.tell(step)


def _guesses(asked: list[Question]) -> list[str]:
    """Something valid for each value that is to be predicted: a script doesn't know better."""
    said = [f"{question.key}={(*question.choices, '0')[0]}" for question in asked]
    return [word for one in said for word in ("--predict", one)]


def _environment(repo: Repo) -> dict[str, str]:
    """A fresh learner's environment: nothing that this process was told by its own shell."""
    dropped = ("CORTEX_", "PYTEST_", "GIT_", "COV", "PYTHONHASHSEED", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return env | {"PYTHONPATH": str(repo.src), "CORTEX_LEARNER": LEARNER, "PYTHONUTF8": "1"}


def parse_numbers(curriculum: Curriculum, words: list[str]) -> list[int]:
    """Phase numbers from the command line; every shipped phase if none is named. Raises CortexError."""
    from cortex.files.curriculum import parse_number

    numbers = [curriculum.phase(parse_number(word)).number for word in words]
    return numbers or sorted(curriculum.shipped)
