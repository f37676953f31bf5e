"""The seal: SHA-256 of every shipped file that decides whether a phase's gate closes, so that an edited one shows.

Each phase has its own, in its folder: a gate reads no other, and a phase that is added changes no other.
"""

from __future__ import annotations

import json
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.digests import file_digest
from cortex.files.repo import Repo
from cortex.formats import load as reading
from cortex.formats.phase import Phase
from cortex.runs import folders


def generate(repo: Repo, phase: Phase) -> dict[Path, str]:
    """The phase's seal and its text; `cortex dev site` writes it. A file that isn't there yet is left out."""
    seals = {name: file_digest(repo.root / name) for name in relied_on(repo, phase)}
    there = {name: seal for name, seal in seals.items() if seal}
    return {repo.root / phase.seal: json.dumps(there, indent=1, ensure_ascii=False) + "\n"}


def load(repo: Repo, phase: Phase) -> dict[str, str]:
    """The phase's seal as it is committed. Raises CortexError."""
    path = repo.root / phase.seal
    if not path.exists():
        raise CortexError(
            "the list of the shipped files' digests isn't there, so nothing vouches for the checks",
            file=phase.seal,
            todo=f"git checkout -- {phase.seal}",
            code=1,
        )
    data = reading.parse_json(reading.read_text(path), path)
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise CortexError(
            "should map each file to its SHA-256",
            file=phase.seal,
            todo=f"git checkout -- {phase.seal}",
        )
    return data


def relied_on(repo: Repo, phase: Phase) -> list[str]:
    """The files that a phase's gate relies on, relative to the root, whether they are there or not.

    Experiments are among them unless a lab has the learner write them, and so is what checks and experiments import of
    ours: `given`, and what it reads in `data`.
    """
    files = {f"{phase.folder}/phase.yaml", phase.quiz}
    files |= {lab.checks for lab in phase.labs}
    files |= {item.caught_by.partition("::")[0] for item in phase.breaks}
    places = [repo.root / phase.folder / "break"]
    places += [(repo.root / lab.checks).parent for lab in phase.labs]
    places += [folders.folder(repo, run.id) for run in phase.experiments]
    written = {name for lab in phase.labs for name in lab.writes}
    for folder in places:
        files |= {repo.relative(path) for path in folder.glob("*.py")} - written
    files |= {repo.relative(path) for path in (repo.src / "given").glob("*.py")}
    for pattern in ("verbs.yaml", "text/*.txt"):
        files |= {repo.relative(path) for path in (repo.root / "data").glob(pattern)}
    return sorted(files)


def edited(repo: Repo, phase: Phase) -> list[tuple[str, str]]:
    """Relied-on files that aren't as shipped, each with what is wrong: edited, missing, or added."""
    seals = load(repo, phase)
    wrong = []
    for name in sorted({*relied_on(repo, phase), *seals}):
        now = file_digest(repo.root / name)
        if name not in seals:
            wrong.append((name, "isn't a shipped file"))
        elif not now:
            wrong.append((name, "is missing"))
        elif now != seals[name]:
            wrong.append((name, "was edited"))
    return wrong
