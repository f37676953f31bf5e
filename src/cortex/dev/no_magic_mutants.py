"""Broken lines of the no-magic scripts: each goes into a throw-away copy, and the criterion that it names must fail.

A criterion that stays green over a broken algorithm is no proof of it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cortex.dev import no_magic
from cortex.dev.planted import plant
from cortex.dev.problem import Problem
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.load import line_of, load, read_text
from cortex.formats.mutants import BrokenLine, BrokenLinesFile

FILE = no_magic.FOLDER / "mutants.yaml"
LEAST = 2  # broken lines of each script
_NAMES = Path("data/names.txt")


@dataclass(frozen=True)
class Outcome:
    """What became of a broken line; `problem` is empty when its criterion went red."""

    id: str
    script: str
    seconds: float
    problem: str = ""


def listed(repo: Repo, names: Iterable[str] = ()) -> list[BrokenLine]:
    """The broken lines, of the named scripts or of all, in the order of the file. Raises CortexError."""
    wanted = set(names)
    found = load(repo.root / FILE, BrokenLinesFile).mutants
    return [line for line in found if not wanted or line.script in wanted]


def problems(repo: Repo) -> Iterator[Problem]:
    """The broken lines that can't be run as they are written, and the scripts that have too few."""
    lines = listed(repo)
    scripts = {script.name: script for script in no_magic.scripts(repo)}
    text = read_text(repo.root / FILE)
    for at, line in enumerate(lines):
        try:
            _changed(scripts, line)
        except CortexError as error:
            yield Problem(
                FILE.as_posix(), error.problem, error.todo, line_of(text, ["mutants", at])
            )
    for name in scripts:
        if sum(line.script == name for line in lines) < LEAST:
            yield Problem(
                FILE.as_posix(),
                f"{name} has fewer than {LEAST} broken lines",
                "Break a key line of it, and name the criterion that goes red.",
            )


def run(repo: Repo, names: Iterable[str] = (), *, jobs: int = 1) -> list[Outcome]:
    """Run the broken lines of the named scripts, or of all, `jobs` at a time, and tell of each as it ends."""
    scripts = {script.name: script for script in no_magic.scripts(repo)}
    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for outcome in pool.map(lambda line: judge(repo, scripts, line), listed(repo, names)):
            says = outcome.problem or "red"
            print(
                f"{outcome.script:<18} {outcome.id:<32} {outcome.seconds:>7.1f} s  {says}",
                flush=True,
            )
            outcomes.append(outcome)
    green = [outcome.id for outcome in outcomes if outcome.problem]
    print(f"{len(outcomes)} broken lines; {', '.join(green) or 'none'} survived")
    return outcomes


def judge(repo: Repo, scripts: dict[str, no_magic.Script], line: BrokenLine) -> Outcome:
    """Put one broken line into a copy of its script, and run the copy in full."""
    try:
        text = _changed(scripts, line)
    except CortexError as error:
        return Outcome(line.id, line.script, 0.0, error.problem)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        copy = root / scripts[line.script].path.relative_to(repo.root)
        copy.parent.mkdir(parents=True)
        copy.write_text(text, encoding="utf-8")
        # The copy looks for the names where the script does, so that a run needs no network.
        if (repo.root / _NAMES).is_file():
            (root / _NAMES).parent.mkdir()
            shutil.copy(repo.root / _NAMES, root / _NAMES)
        ran = no_magic.execute(copy)
    return Outcome(line.id, line.script, round(ran.seconds, 1), _missed(line, ran))


def _missed(line: BrokenLine, ran: no_magic.Run) -> str:
    if line.ends == "crash":
        return "" if ran.broke else "doesn't crash"
    if ran.broke:
        return ran.broke
    if any(row.startswith(f"{line.red} ") for row in ran.failed):
        return ""
    return f"stays green: {line.red}" + (f" (red: {'; '.join(ran.failed)})" if ran.failed else "")


def _changed(scripts: dict[str, no_magic.Script], line: BrokenLine) -> str:
    """The script's text with the change in it. Raises CortexError."""
    if line.script not in scripts:
        raise CortexError(
            f"mutant {line.id}: there is no script {line.script}",
            todo="`just no-magic` lists them.",
        )
    text = read_text(scripts[line.script].path)
    changed = plant(text, line.replace, whose=f"mutant {line.id}: ", where=line.script)
    if line.red and f'"{line.red}"' not in text:
        raise CortexError(
            f"mutant {line.id}: {line.script} has no criterion {line.red!r}",
            todo="Copy it from the rows of its verdict.",
        )
    return changed
