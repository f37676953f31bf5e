"""Runs a lab's checks in a child process and says what happened in the learner's terms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files import groups
from cortex.files.digests import file_digest, inside
from cortex.files.packages import NAMES
from cortex.files.repo import HOUSE, Repo
from cortex.formats.checkpoint import LabRecord
from cortex.formats.phase import Lab, Phase
from cortex.record import log
from cortex.runs import canaries, child, sandbox, scratch
from cortex.runs.sources import checks_digest, module_digests, source_files, unreadable

State = Literal["pass", "fail", "not-started", "crash", "timeout", "unready"]
_CONFIG = "[pytest]\naddopts =\n"
_ERROR = re.compile(r"^[\w.]*(Error|Exception)\b(: .*)?$")


@dataclass(frozen=True)
class TestResult:
    """One check: its name as a sentence and, if it failed, what to know about that."""

    __test__ = False

    name: str
    passed: bool
    seconds: float = 0.0
    kind: str = ""
    message: str = ""
    what: str = ""
    expected: str = ""
    got: str = ""
    idea: str = ""
    page: str = ""
    place: str = ""
    not_started: bool = False


@dataclass(frozen=True)
class Verdict:
    """What a lab's checks said.

    Attributes:
        state: pass, fail, not-started (NotImplementedError), crash, timeout, or unready (its group isn't set up).
        message: one sentence, for everything but a pass.
        modules: a digest for each file of the implementation that the verdict stands on; for a pass where it lies.
        checks: the digest of the files that judged.
        output: what the learner's code printed, at most a page.
        advice: what a linter says about code that passes; nothing waits for it.
    """

    lab: str
    state: State
    message: str = ""
    tests: list[TestResult] = field(default_factory=list)
    seconds: float = 0.0
    modules: dict[str, str] = field(default_factory=dict)
    checks: str = ""
    output: str = ""
    advice: list[str] = field(default_factory=list)

    @property
    def passed(self) -> int:
        """How many checks passed."""
        return sum(test.passed for test in self.tests)

    @property
    def first_failure(self) -> TestResult | None:
        """The check that stops the learner now."""
        return next((test for test in self.tests if not test.passed), None)


def environment(repo: Repo, impl: str = "learner", packages: Path | None = None) -> dict[str, str]:
    """What checks read to find what they judge."""
    scripts = repo.root / "scripts" if impl == "learner" else repo.solutions / "scripts"
    if packages is not None and (packages / "scripts").is_dir():  # a copy that has its own
        scripts = packages / "scripts"
    just = sandbox.just()
    return ({"JUST": str(just)} if just else {}) | {
        "CORTEX_PACKAGES": str(packages or repo.implementation(impl)),
        "CORTEX_SCRIPTS": str(scripts),
        "CORTEX_IMPL": impl,
    }


def path(repo: Repo, impl: str = "learner", packages: Path | None = None) -> list[Path]:
    """Where a child finds packages: one implementation, and behind it what this program brings (`given`)."""
    return [packages or repo.implementation(impl), HOUSE]


def check_lab(
    ctx: Context, lab: Lab, *, impl: str = "learner", packages: Path | None = None, only: str = ""
) -> Verdict:
    """Runs the checks of one lab now.

    Args:
        impl: `learner` (src) or `reference` (solutions).
        packages: another folder that holds the packages (a copy with a fault in it).
        only: a pytest node id, to run a single check.
    """
    repo = ctx.repo
    checks = checks_digest(repo, lab)

    def verdict(state: State, message: str = "", **rest: Any) -> Verdict:
        return Verdict(lab.id, state, message, checks=checks, **rest)

    if not (repo.root / lab.checks).is_file():
        raise CortexError(
            "the check file isn't there", file=lab.checks, todo=f"git checkout -- {lab.checks}"
        )
    if packages is None:
        told = unreadable(repo, source_files(lab, impl))
        if told:
            return verdict("crash", told)
    why = groups.missing(repo, lab.group)
    if why:
        return verdict("unready", why)
    before = _written(repo, lab, impl)
    try:
        source = inside(repo, lab.checks).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CortexError(f"can't be read: {error}", file=lab.checks) from None
    birds = canaries.make(source)
    with scratch.scratch() as folder:
        (folder / "work" / "pytest.ini").write_text(_CONFIG, encoding="utf-8")
        seen = sandbox.checkout(repo, impl=impl, group=lab.group)
        if packages is not None:
            seen = replace(seen, reads=(*seen.reads, packages))
        ended = child.run(
            repo,
            child.Program(
                "checks",
                _pytest_words(repo, folder, lab.checks),
                path(repo, impl, packages),
                birds.made,
                only,
            ),
            view=seen,
            limits=child.Limits(lab.timeout, lab.memory_mb, processes=lab.processes),
            scratch=folder,
            env=environment(repo, impl, packages)
            | {
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "tmp" / "hypothesis"),
            },
            must_read=[
                repo.root / lab.checks,
                *(repo.root / name for name in source_files(lab, impl)),
                *([packages] if packages else []),
            ],
        )
    mine, events = birds.split(ended.events)
    tests = [_test(repo, event) for event in events if event["event"] == "result"]
    state, message = _judge(events, tests, ended, lab, repo)
    if state == "pass":
        state, message = _believed(birds, mine, events, message, only)
    if state == "pass" and _written(repo, lab, impl) != before:
        state, message = (
            "crash",
            "a file of this lab was saved while it was checked: check it again.",
        )
    modules = {}
    if state == "pass" and packages is None:
        imported = _imported(repo, events, impl)
        of_learner = impl == "learner"
        modules = module_digests(repo, lab, imported) if of_learner else _digests(repo, imported)
    return verdict(
        state,
        message,
        modules=modules,
        tests=tests,
        seconds=round(ended.seconds, 3),
        output=_own_output(ended.output),
    )


def _pytest_words(repo: Repo, folder: Path, what: str) -> list[str]:
    # The terminal plugin is off and nothing is captured: what the child prints is the learner's own output.
    off = (
        "terminal",
        "cacheprovider",
        "faulthandler",
        "unraisableexception",
        "threadexception",
        "debugging",
    )
    words = [word for name in off for word in ("-p", f"no:{name}")]
    words += ["-c", str(folder / "work" / "pytest.ini"), "--rootdir", str(repo.root)]
    # pytest lists every folder down to the file, and those above the checks can't be listed behind every wall.
    words += ["--confcutdir", str((repo.root / what.partition("::")[0]).parent)]
    return [*words, "--noconftest", "--import-mode=append", "-s", str(repo.root / what)]


def _written(repo: Repo, lab: Lab, impl: str) -> list[str]:
    return [file_digest(inside(repo, name)) for name in source_files(lab, impl)]


def _believed(
    birds: canaries.Canaries,
    mine: list[dict[str, Any]],
    events: list[dict[str, Any]],
    note: str,
    only: str,
) -> tuple[State, str]:
    """A pass, if the checks that must fail failed, and those that must run ran."""
    silent = birds.silent(mine)
    if silent:
        told = (
            f"{len(silent)} of {len(birds.kinds)} checks that must fail didn't ({', '.join(silent)}): "
            "your code changes how checks are run or compared."
        )
        return "crash", told
    missing = set() if only else birds.unasked(events)
    if missing:
        return "crash", f"{len(missing)} checks never ran, such as '{_sentence(min(missing))}'."
    return "pass", note


def _digests(repo: Repo, names: list[str]) -> dict[str, str]:
    return {name: file_digest(repo.root / name) for name in names}


def _imported(repo: Repo, events: list[dict[str, Any]], impl: str) -> list[str]:
    """The implementation's files that the child imported, relative to the root."""
    told: list[str] = next(
        (event["imported"] for event in events if event["event"] == "finished"), []
    )
    files = [Path(name) for name in told]
    homes = [repo.src / name for name in NAMES] + [repo.root / "scripts"]
    homes = homes if impl == "learner" else [repo.solutions]
    return [
        repo.relative(file) for file in files if any(file.is_relative_to(home) for home in homes)
    ]


def _sentence(nodeid: str) -> str:
    return nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")


def _test(repo: Repo, event: dict[str, Any]) -> TestResult:
    place = event.get("place") or []
    return TestResult(
        name=_sentence(event["name"]),
        passed=event["outcome"] == "passed",
        seconds=event.get("seconds", 0.0),
        place=f"{repo.relative(Path(place[0]))}:{place[1]}" if place else "",
        **{
            key: event.get(key, "")
            for key in ("kind", "message", "what", "expected", "got", "idea", "page")
        },
        not_started=event.get("not_started", False),
    )


def _judge(
    events: list[dict[str, Any]], tests: list[TestResult], ended: child.Ended, lab: Lab, repo: Repo
) -> tuple[State, str]:
    started = [event["name"] for event in events if event["event"] == "test"]
    inside = (
        f" in the check '{_sentence(started[-1])}'" if started else " while your code was imported"
    )
    for event in events:
        if event["event"] == "collect":
            return _import_failure(event, lab, repo)
    failed = [test for test in tests if not test.passed]
    status = next((event["status"] for event in events if event["event"] == "finished"), None)
    if status == 1 and tests and not failed:  # only the canaries failed, as they must
        status = 0
    if status is not None and (tests or status == 0):
        note = _leftovers(ended)
        if failed:
            return _failure(failed[0], lab, note)
        if status == 0 and tests:
            return "pass", note.strip()
    if status is not None:
        if status == 2:
            return "crash", f"KeyboardInterrupt was raised, or pytest.exit called,{inside}."
        if "SystemExit" in ended.output:
            return "crash", f"something called exit{inside}."
        stumbled = _stumbled(ended.output, inside)
        told = f"pytest ended with status {status}{inside}: is the check file whole?"
        return "crash", stumbled or told
    if ended.why == "timeout":
        return (
            "timeout",
            f"no end after {lab.timeout} s{inside}: an endless loop, or work that grows too fast.",
        )
    if ended.why == "memory":
        return (
            "crash",
            f"it and what it started took more than {lab.memory_mb} MB of memory{inside}.",
        )
    if ended.why == "disk":
        return "crash", f"it wrote more than {child.SCRATCH_MB} MB{inside}."
    if ended.why == "output":
        return "crash", f"more than 1 MB was printed{inside}: remove the print from the loop."
    return "crash", _death(ended, inside, lab)


def _leftovers(ended: child.Ended) -> str:
    note = ""
    if ended.strays:
        note += f" It left {ended.strays} process{'es' if ended.strays > 1 else ''} running (ended now)."
    if ended.why == "lingered":
        note += f" {child.GRACE:g} s after its last check it still ran, a thread of it perhaps (ended now)."
    return note


def _failure(first: TestResult, lab: Lab, note: str) -> tuple[State, str]:
    if first.not_started:
        return "not-started", first.message + note
    if first.kind == "MemoryError":
        return (
            "crash",
            f"more than {lab.memory_mb} MB of memory was asked for in the check '{first.name}'.{note}",
        )
    if first.kind == "SystemExit":
        return "crash", f"something called exit({first.message}) in the check '{first.name}'.{note}"
    return "fail", f"{first.name}: {first.kind}: {_one_line(first.message)}{note}"


def _death(ended: child.Ended, inside: str, lab: Lab) -> str:
    if "MemoryError" in ended.output or ended.code == -9:
        return f"more than {lab.memory_mb} MB of memory was asked for{inside}."
    if ended.code == -11:
        return f"the interpreter itself crashed{inside} (segmentation fault): too deep a recursion is the usual cause."
    if ended.code is not None and ended.code < 0:
        return f"the process was ended by signal {-ended.code}{inside}."
    stumbled = _stumbled(ended.output, inside) if ended.code == 1 else ""
    return stumbled or f"the process left with code {ended.code}{inside}: something called exit."


def _stumbled(output: str, inside: str) -> str:
    """What to say where the error is none of the learner's own lines; nothing if the output shows no error at its end."""
    lines = [line.removeprefix("INTERNALERROR>").strip() for line in output.splitlines()]
    errors = [line for line in lines if _ERROR.match(line)]
    if not errors or not any("Traceback" in line or "File " in line for line in lines):
        return ""
    return (
        f"what runs the checks stumbled{inside}: {errors[-1][:200]}. "
        "Does your code replace something that Python itself uses?"
    )


def _import_failure(event: dict[str, Any], lab: Lab, repo: Repo) -> tuple[State, str]:
    kind = event.get("kind", "")
    text = str(event.get("message", "") if kind else event.get("text", ""))
    place = event.get("place") or []
    where = f"{repo.relative(Path(place[0]))}:{place[1]}: " if place else ""
    if event.get("not_started"):
        return "not-started", text
    if not kind:
        kind, text = _from_traceback(text)
    if kind == "MemoryError":
        return (
            "crash",
            f"{where}more than {lab.memory_mb} MB of memory was asked for while your code was imported.",
        )
    if kind in ("SyntaxError", "IndentationError", "TabError") and where:
        text = re.sub(r" \([^()]*, line \d+\)$", "", _one_line(text))
    return "crash", f"{where}the import fails: {kind}: {_one_line(text)}"


def _from_traceback(text: str) -> tuple[str, str]:
    """The last `E   Kind: message` line of pytest's report on a file that couldn't be imported."""
    lines = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    last = (
        lines[-1] if lines else text.strip().splitlines()[-1] if text.strip() else "unknown error"
    )
    kind, _, message = last.partition(":")
    return kind.strip(), message.strip()


def _one_line(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[0] if lines else "(no message)"


def _own_output(text: str) -> str:
    """What the learner's code printed: the output without pytest's words on its own failures."""
    noise = ("INTERNALERROR>", "mainloop:", "Fatal Python error", "Exception ignored in")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(noise)]
    return "\n".join(lines[-40:])


def record(ctx: Context, phase: Phase, lab: Lab, verdict: Verdict) -> LabRecord:
    """Keeps a learner's verdict. Every run is logged; only a pass that stands on something new changes the record."""
    attempted = verdict.state not in ("not-started", "unready") or verdict.passed > 0
    run = log.note(ctx.learner, phase.number, lab.id, verdict.state, attempted=attempted)
    known = ctx.learner.checkpoint(phase.number)
    entry = known.labs.get(lab.id, LabRecord()) if known else LabRecord()
    stands_on = (verdict.state, verdict.modules, verdict.checks)
    if verdict.state != "pass" or (entry.verdict, entry.modules, entry.checks) == stands_on:
        return entry
    with ctx.learner.recording(phase.number) as checkpoint:
        entry = checkpoint.labs.setdefault(lab.id, LabRecord())
        entry.verdict, entry.at, entry.passed_at = verdict.state, run.at, run.at
        entry.sources, entry.modules, entry.checks = "", verdict.modules, verdict.checks
        entry.runs = max(entry.runs + 1, run.runs)
        entry.attempted_at = entry.attempted_at or run.attempted_at
    return entry


def packages_present(folder: Path) -> list[str]:
    """The learner packages that exist below `folder`, lowest first."""
    return [name for name in NAMES if (folder / name).is_dir()]
