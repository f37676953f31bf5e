"""The seal: SHA-256 of every shipped file that decides whether a gate closes, so that an edited one shows."""

from __future__ import annotations

import json
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.curriculum import load_curriculum
from cortex.files.digests import file_digest
from cortex.files.repo import Repo
from cortex.formats import load as reading
from cortex.formats.phase import Phase
from cortex.runs import folders

FILE = "data/seal.json"
_PATTERNS = (
    "tests/labs/**/*.py",
    "data/quizzes/*.yaml",
    "data/planned.yaml",
    "docs/phase-*/phase.yaml",
    "docs/phase-*/break/*.py",
)


def sealed_files(repo: Repo) -> list[str]:
    """What the seal covers, relative to the root. Experiments are covered unless a lab has the learner write them."""
    found = {path for pattern in _PATTERNS for path in repo.root.glob(pattern)}
    for phase in load_curriculum(repo).shipped.values():
        written = {name for lab in phase.labs for name in lab.writes}
        for run in phase.experiments:
            found |= {
                path
                for path in folders.folder(repo, run.id).glob("*.py")
                if repo.relative(path) not in written
            }
    return sorted(
        repo.relative(path) for path in found if path.is_file() and "__pycache__" not in path.parts
    )


def generate(repo: Repo) -> dict[Path, str]:
    """The seal's file and its text; `cortex dev site` writes it."""
    seals = {name: file_digest(repo.root / name) for name in sealed_files(repo)}
    return {repo.root / FILE: json.dumps(seals, indent=1, ensure_ascii=False) + "\n"}


def load(repo: Repo) -> dict[str, str]:
    """The seal as it is committed. Raises CortexError."""
    path = repo.root / FILE
    if not path.exists():
        raise CortexError(
            "the list of the shipped files' digests isn't there, so nothing vouches for the checks",
            file=FILE,
            todo=f"git checkout -- {FILE}",
            code=1,
        )
    data = reading.parse_json(reading.read_text(path), path)
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise CortexError(
            "should map each file to its SHA-256", file=FILE, todo=f"git checkout -- {FILE}"
        )
    return data


def relied_on(repo: Repo, phase: Phase) -> list[str]:
    """The files that a phase's gate relies on, relative to the root, whether they are there or not."""
    files = {f"{phase.folder}/phase.yaml", phase.quiz}
    files |= {lab.checks for lab in phase.labs}
    files |= {item.caught_by.partition("::")[0] for item in phase.breaks}
    places = [repo.root / phase.folder / "break"]
    places += [(repo.root / lab.checks).parent for lab in phase.labs]
    places += [folders.folder(repo, run.id) for run in phase.experiments]
    written = {name for lab in phase.labs for name in lab.writes}
    for folder in places:
        files |= {repo.relative(path) for path in folder.glob("*.py")} - written
    return sorted(files)


def edited(repo: Repo, phase: Phase) -> list[tuple[str, str]]:
    """Relied-on files that aren't as shipped, each with what is wrong: edited, missing, or added."""
    seals = load(repo)
    wrong = []
    expected = {name for name in seals if name.startswith(_prefixes(repo, phase))}
    for name in sorted({*relied_on(repo, phase), *expected}):
        now = file_digest(repo.root / name)
        if name not in seals:
            wrong.append((name, "isn't a shipped file"))
        elif not now:
            wrong.append((name, "is missing"))
        elif now != seals[name]:
            wrong.append((name, "was edited"))
    return wrong


def _prefixes(repo: Repo, phase: Phase) -> tuple[str, ...]:
    places = {lab.checks.rpartition("/")[0] for lab in phase.labs}
    places |= {repo.relative(folders.folder(repo, run.id)) for run in phase.experiments}
    return (f"{phase.folder}/", *(f"{place}/" for place in places))
