"""The no-magic scripts: what each proves, which phase builds it, its runs, and what its last full run gave.

What a script proves and where it's built properly is read off the script; seconds and criteria come from
`experiments/no-magic/results.json`, which `tools/no_magic.py all --write` keeps.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.files.syntax import parsed
from cortex.formats.load import parse_json, read_text

FOLDER = Path("experiments/no-magic")
# Each tier, and within it the order of reading; a script that isn't named here comes last.
TIERS = {
    "01-foundations": (
        "Foundations",
        "microtokenizer microembedding microgpt micrornn microrag microdiffusion microvae",
    ),
    "02-alignment": ("Alignment and training", "microlora microdpo microppo micromoe"),
    "03-systems": (
        "Systems",
        "microrope microattention microkv micropaged microprefix microflash microcheckpoint "
        "microprecision microparallel microbatching microquant microssm microbeam "
        "microspeculative",
    ),
}
LIMIT_S = 900.0
_MET = re.compile(r"^(\d+) of (\d+) criteria met$", re.MULTILINE)
_ROW = re.compile(r"(pass|FAIL|not judged)$", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    """One script, as its own text describes it.

    Attributes:
        proves: the first sentence of the file.
        phases: numbers of the phases that build properly what it proves.
        code: digest of everything but comments, docstrings and blank lines.
        surprise: what surprised in its numbers, in its own words; empty when it doesn't say.
    """

    name: str
    tier: str
    path: Path
    proves: str
    phases: tuple[int, ...]
    code: str
    surprise: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one run gave; `problem` is empty when all is well."""

    met: int
    criteria: int
    seconds: float
    problem: str = ""


def scripts(repo: Repo) -> list[Script]:
    """The shipped scripts, tier by tier, each in the order of reading.

    Raises:
        CortexError: a script is no Python, or doesn't say what it proves.
    """
    order = [name for _, names in TIERS.values() for name in names.split()]
    found = [_read(repo, path) for path in (repo.root / FOLDER).glob("*/*.py")]
    late = len(order)
    return sorted(
        found,
        key=lambda s: (s.tier, order.index(s.name) if s.name in order else late, s.name),
    )


def _read(repo: Repo, path: Path) -> Script:
    text = read_text(path)
    try:
        tree = parsed(text)
    except SyntaxError as error:
        raise CortexError(f"not Python: {error.msg}", file=path, line=error.lineno) from None
    told = ast.get_docstring(tree) or ""
    first = re.match(r"\w+: (.+?[.?])(?=\s|$)", " ".join(told.split("\n\n")[0].split()))
    if first is None:
        raise CortexError(
            "the file doesn't say what it proves",
            file=repo.relative(path),
            line=1,
            todo=f"Begin its docstring with `{path.stem}: one sentence.`",
        )
    built = re.search(r"Built properly in phases? ([^.]*)", " ".join(told.split()))
    phases = tuple(int(n) for n in re.findall(r"\b\d\d\b", built[1])) if built else ()
    digest = _digest(text, tree)
    told_of = re.search(r"^Surprise: (.+?)(?:\n\n|\Z)", told, re.MULTILINE | re.DOTALL)
    surprise = " ".join(told_of[1].split()) if told_of else ""
    return Script(path.stem, path.parent.name, path, first[1], phases, digest, surprise)


def _digest(text: str, tree: ast.Module) -> str:
    told: set[int] = set()
    for node in ast.walk(tree):
        holds = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if holds and ast.get_docstring(node) is not None:  # type: ignore[arg-type]
            first = node.body[0]  # type: ignore[attr-defined]
            told |= set(range(first.lineno, (first.end_lineno or 0) + 1))
    lines = [
        line
        for number, line in enumerate(text.splitlines(), 1)
        if number not in told and line.strip() and not line.lstrip().startswith("#")
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def loads_names(script: Script) -> bool:
    """Whether the script trains on the shared list of names, so that another list changes its run."""
    return "def load_names(" in read_text(script.path)


# -- Runs -------------------------------------------------------------------------------------


def run(script: Script, *, smoke: bool = False, names: str = "") -> Outcome:
    """Run a script in a process of its own; `names` is what NO_MAGIC_NAMES is to be."""
    ran = execute(script.path, smoke=smoke, names=names)
    judged = _MET.search(ran.said)
    met, criteria = (int(judged[1]), int(judged[2])) if judged else (0, len(_ROW.findall(ran.said)))
    problem = ran.broke
    if not problem and (not criteria or (judged is None) is not smoke):
        problem = "prints no table of criteria"
    elif not problem and (ran.code or (met != criteria and not smoke)):
        problem = "; ".join(ran.failed) or "exit code 1"
    return Outcome(met, criteria, round(ran.seconds, 1), problem)


@dataclass(frozen=True)
class Run:
    """What one process said, and how it ended; `broke` says why it didn't come to its verdict, if it didn't."""

    said: str
    code: int
    seconds: float
    broke: str

    @property
    def failed(self) -> list[str]:
        """The rows of criteria that weren't met."""
        return [line.strip() for line in self.said.splitlines() if line.endswith(" FAIL")]


def execute(path: Path, *, smoke: bool = False, names: str = "") -> Run:
    """Start the script at `path` and wait for its end, LIMIT_S at most."""
    foreign = ("NO_MAGIC_", "PYTHONPATH", "PYTHONHOME")
    env = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    env |= {"PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
    env |= {"NO_MAGIC_SMOKE": "1"} if smoke else {}
    env |= {"NO_MAGIC_NAMES": names} if names else {}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            [sys.executable, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=env,
        )
        seconds, late = _wait(process, LIMIT_S)
        out.seek(0)
        err.seek(0)
        said = out.read().decode("utf-8", "replace")
        complained = err.read().decode("utf-8", "replace").strip()
    broke = ""
    if late:
        broke = f"stopped after {LIMIT_S:.0f} s"
    elif complained:
        broke = complained.splitlines()[-1]
    elif process.returncode not in (0, 1):
        broke = f"exit code {process.returncode}"
    return Run(said, process.returncode, seconds, broke)


def _wait(process: subprocess.Popen[bytes], limit: float) -> tuple[float, bool]:
    """The child's user seconds (where the system doesn't tell, the clock's), and whether it had to be stopped."""
    started = time.perf_counter()
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        process.kill()

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        if sys.platform == "win32":
            process.wait()
            return time.perf_counter() - started, stopped.is_set()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime, stopped.is_set()
    finally:
        timer.cancel()


def run_all(
    chosen: Iterable[Script],
    *,
    smoke: bool = False,
    names: str = "",
    jobs: int = 1,
) -> dict[str, Outcome]:
    """Run scripts, `jobs` at a time, and tell of each as it ends."""
    listed = list(chosen)
    outcomes = {}
    tell = partial(print, flush=True)
    tell(f"{'script':<18} {'criteria met':>12} {'user time':>10}")
    with ThreadPoolExecutor(jobs) as pool:
        for script, outcome in zip(
            listed, pool.map(partial(run, smoke=smoke, names=names), listed), strict=True
        ):
            outcomes[script.name] = outcome
            met = f"{outcome.met} of {outcome.criteria}" if not smoke else "not judged"
            tell(
                f"{script.name:<18} {met:>12} {outcome.seconds:>8.1f} s  {outcome.problem}".rstrip()
            )
    total = sum(outcome.seconds for outcome in outcomes.values())
    failed = [name for name, outcome in outcomes.items() if outcome.problem]
    tell(f"{len(outcomes)} scripts, {total:.1f} s; {', '.join(failed) or 'none'} failed")
    return outcomes


# -- Results ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """The kept outcome of a full run on the shipped names."""

    date: str
    seconds: float
    criteria: int
    met: int
    code: str


@dataclass(frozen=True)
class Results:
    """All of them, and the machine."""

    python: str
    machine: str
    scripts: dict[str, Result]


def results_file(repo: Repo) -> Path:
    """Where the results are kept."""
    return repo.root / FOLDER / "results.json"


def results(repo: Repo) -> Results:
    """The kept results; none where the file isn't there."""
    path = results_file(repo)
    if not path.is_file():
        return Results("", "", {})
    data = parse_json(read_text(path), path)
    try:
        kept = {name: Result(**row) for name, row in data["scripts"].items()}
        return Results(data["python"], data["machine"], kept)
    except (KeyError, TypeError, AttributeError) as error:
        raise CortexError(
            f"isn't what a full run writes ({error})",
            file=repo.relative(path),
            todo="just no-magic all --write",
        ) from None


def machine() -> str:
    """The class of this machine: cores, processor, system."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text("utf-8", "replace"), re.M)
        model = found[1].strip() if found else model
    return f"{os.cpu_count()} cores, {model}, {platform.system()}"


def with_outcomes(
    kept: Results, ran: Iterable[Script], outcomes: dict[str, Outcome], *, everything: bool
) -> str:
    """The text of results.json once these outcomes are in it.

    Raises:
        CortexError: only some scripts ran, on another machine or Python than the rest.
    """
    python, here = platform.python_version(), machine()
    if not everything and kept.scripts and (kept.python, kept.machine) != (python, here):
        raise CortexError(
            f"the kept results are of Python {kept.python} on {kept.machine}",
            todo="Run all scripts on this machine: `just no-magic all --write`.",
        )
    today = time.strftime("%Y-%m-%d", time.gmtime())
    new = {
        script.name: Result(today, o.seconds, o.criteria, o.met, script.code)
        for script in ran
        for o in [outcomes[script.name]]
    }
    rows = new if everything else kept.scripts | new
    data = {
        "python": python,
        "machine": here,
        "scripts": {name: asdict(rows[name]) for name in sorted(rows)},
    }
    return json.dumps(data, indent=2) + "\n"


def stale(repo: Repo) -> dict[str, str]:
    """Scripts whose kept result isn't of the code as it is, and results of no script."""
    kept = results(repo).scripts
    here = {script.name: script for script in scripts(repo)}
    wrong = {name: "no result is kept" for name in here if name not in kept}
    wrong |= {
        n: "the code has changed since" for n in here if n in kept and kept[n].code != here[n].code
    }
    wrong |= {name: "there is no such script" for name in kept if name not in here}
    return wrong
