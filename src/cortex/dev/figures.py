"""Draws the figures of a phase with their scripts, in a scratch folder, and compares or replaces what is committed."""

from __future__ import annotations

import math
import re
from pathlib import Path

from cortex.dev.problem import Problem
from cortex.files import store
from cortex.files.repo import HOUSE, Repo
from cortex.formats.phase import Phase
from cortex.runs import child, fonts, sandbox
from cortex.runs import scratch as scratches

SECONDS = 120
_NUMBER = re.compile(rb"(-?\d+\.\d+)")
_SEEN = 1e-5  # in the drawing's units: a hundredth of a pixel would be seen by nobody


def draw(repo: Repo, phase: Phase) -> tuple[dict[str, bytes], list[Problem]]:
    """Runs every figure script of a phase, with the reference on its path.

    Returns:
        The listed figures that came out, by path relative to the root, and what went wrong with the others.
    """
    drawn: dict[str, bytes] = {}
    problems: list[Problem] = []
    scripts = dict.fromkeys(figure.script for figure in phase.figures)
    for script in scripts:
        name = f"{phase.folder}/{script}"
        listed = {figure.file for figure in phase.figures if figure.script == script}
        if not (repo.root / name).is_file():
            problems.append(
                Problem(
                    name,
                    "the figure script isn't there",
                    f"Write it, or take it out of {phase.folder}/phase.yaml.",
                )
            )
            continue
        made, complaint = _run(repo, name)
        if complaint:
            problems.append(
                Problem(
                    name, complaint, f"Run it: PYTHONPATH=solutions .venv/bin/python {name} /tmp"
                )
            )
            continue
        by_name = {Path(file).name: file for file in listed}
        problems += [
            Problem(
                name,
                f"draws no {Path(file).name}",
                "Make the script write it into the folder that it is given.",
            )
            for file in sorted(listed)
            if Path(file).name not in made
        ]
        problems += [
            Problem(
                f"{phase.folder}/phase.yaml",
                f"{script} draws {other}, which isn't listed under figures",
                f"List it: {{file: figures/{other}, script: {script}}}.",
            )
            for other in sorted(made.keys() - by_name.keys())
        ]
        drawn |= {f"{phase.folder}/{by_name[n]}": data for n, data in made.items() if n in by_name}
    return drawn, problems


def _run(repo: Repo, script: str) -> tuple[dict[str, bytes], str]:
    """The SVGs that one script writes into an empty folder, and a complaint if it fails."""
    fonts.ready(repo)
    with scratches.scratch() as place:
        ended = child.run(
            repo,
            child.Program(
                "script", [str(repo.root / script), str(place / "out")], [repo.solutions, HOUSE]
            ),
            view=sandbox.checkout(repo, impl="reference"),
            limits=child.Limits(seconds=SECONDS, memory_mb=4096),
            scratch=place,
            cwd=repo.root,
        )
        drawn = {file.name: file.read_bytes() for file in sorted((place / "out").glob("*.svg"))}
    if ended.code != 0:
        lines = [line for line in ended.output.splitlines() if line.strip()]
        why = f"had to be ended ({ended.why})" if ended.why else f"fails (exit {ended.code})"
        return {}, f"{why}: {lines[-1].strip() if lines else 'it printed nothing'}"
    return drawn, ""


def compare(repo: Repo, phase: Phase) -> list[Problem]:
    """What is wrong with a phase's committed figures."""
    drawn, problems = draw(repo, phase)
    redo = f"cortex dev figures {phase.number:02d}, look at the picture, commit it."
    for name, data in drawn.items():
        path = repo.root / name
        if not path.is_file():
            problems.append(Problem(name, "the figure isn't there", redo))
        elif not _same(path.read_bytes(), data):
            problems.append(
                Problem(name, f"its script draws another one: {_difference(path, data)}", redo)
            )
    return problems


def _same(old: bytes, new: bytes) -> bool:
    """Whether two drawings are one: processors round a last digit differently, which no eye can see."""
    if old == new:
        return True
    left, right = _NUMBER.split(old), _NUMBER.split(new)
    if left[::2] != right[::2]:  # what stands between the numbers
        return False
    return all(
        a == b or math.isclose(float(a), float(b), abs_tol=_SEEN)
        for a, b in zip(left[1::2], right[1::2], strict=True)
    )


def _difference(path: Path, data: bytes) -> str:
    """The first line in which two drawings differ, shortened to what a person can read."""
    old, new = path.read_bytes().split(b"\n"), data.split(b"\n")
    for number, (a, b) in enumerate(zip(old, new, strict=False), 1):
        if a != b:
            at = next(
                (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y),
                min(len(a), len(b)),
            )
            left, right = (
                line[max(0, at - 20) : at + 20].decode("utf-8", "replace") for line in (a, b)
            )
            return f"line {number} has {left!r}, the script draws {right!r}"
    return f"{len(old)} lines, the script draws {len(new)}"


def write(repo: Repo, phase: Phase) -> tuple[list[str], list[Problem]]:
    """Draws a phase's figures into its folder. Returns the names of those that changed, and what went wrong."""
    drawn, problems = draw(repo, phase)
    changed = []
    for name, data in drawn.items():
        path = repo.root / name
        if not path.is_file() or not _same(path.read_bytes(), data):
            store.write_atomic(path, data.decode("utf-8"))
            changed.append(name)
    return changed, problems
