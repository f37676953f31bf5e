"""What a verdict stands on: the files that a lab writes, the modules that its checks imported, the checks themselves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from cortex.errors import CortexError
from cortex.files import store
from cortex.files.curriculum import remembered as in_memory
from cortex.files.digests import digest, file_digest, inside, text_digest
from cortex.files.packages import reference
from cortex.files.regions import Layout, Place, layout, order, relevant
from cortex.files.repo import Repo
from cortex.formats.checkpoint import LabRecord
from cortex.formats.load import read_text, remembered
from cortex.formats.phase import Lab, Phase
from cortex.formats.plain import read_bytes

_CONFLICT = (b"<<<<<<< ", b">>>>>>> ")


def source_files(lab: Lab, impl: str = "learner") -> list[str]:
    """The files that a lab writes, relative to the root."""
    return list(lab.writes) if impl == "learner" else [reference(name) for name in lab.writes]


def check_files(repo: Repo, lab: Lab) -> list[str]:
    """The lab's check file and the helpers beside it, relative to the root."""
    folder = (repo.root / lab.checks).parent
    helpers = [path.relative_to(repo.root).as_posix() for path in folder.glob("_*.py")]
    return [lab.checks, *sorted(helpers)]


def checks_digest(repo: Repo, lab: Lab) -> str:
    """Hex SHA-256 over the files that judge a lab."""
    return digest(repo, check_files(repo, lab))


def unreadable(repo: Repo, names: Iterable[str]) -> str:
    """What keeps Python from reading one of these files at all, in one sentence; empty if nothing does."""
    for name in names:
        try:
            data = read_bytes(inside(repo, name))
        except (FileNotFoundError, NotADirectoryError):
            return f"{name} isn't there: it was deleted or renamed. Get it back: git checkout -- {name}"
        except OSError as error:
            return f"{name} can't be read: {error.strerror}."
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return f"{name} is UTF-16: save it as UTF-8."
        if b"\0" in data:
            line = data[: data.index(b"\0")].count(b"\n") + 1
            return f"{name}:{line}: a NUL byte, which no Python file may hold: delete it, or save as UTF-8."
        marks = [at for at, line in enumerate(data.splitlines(), 1) if line.startswith(_CONFLICT)]
        if len(marks) > 1:
            return f"{name}:{marks[0]}: git's conflict marks: keep one of the two sides, delete the marks."
    return ""


def module_digests(repo: Repo, lab: Lab, imported: Iterable[str] = ()) -> dict[str, str]:
    """A digest for each file that the lab stands on: what it writes, and what its checks `imported`.

    Each is over what the file holds for this lab and those before it: a later lab's code in the same file changes
    nothing, a fault in an imported module does.
    """
    names = sorted({*lab.writes, *imported})
    memory = repo.cache / "regions" / f"{lab.id}.json"
    known = _remembered(memory)
    fresh: dict[str, str] = {}
    found = {}
    for name in names:
        model = reference(name)
        key = f"{file_digest(inside(repo, name))} {file_digest(repo.model(model))}"
        fresh[key] = known.get(key) or _digest(repo, name, model, lab.id)
        found[name] = fresh[key]
    if not fresh.keys() <= known.keys():
        with contextlib.suppress(CortexError):  # a read-only checkout only costs speed
            store.write_atomic(memory, json.dumps(known | fresh))
    return found


def _digest(repo: Repo, name: str, model: str, lab: str) -> str:
    path = repo.root / name
    if not path.is_file():
        return ""
    if path.suffix != ".py":
        return file_digest(path)
    return text_digest(
        relevant(read_text(path), _layout(repo.model(model)), lab, _place(repo, lab))
    )


def _place(repo: Repo, lab: str) -> Place:
    """Where a lab stands: its phase lists its labs in the order of the work, which needn't be that of their numbers."""
    file = next(repo.docs.glob(f"phase-{order(lab)[0]:02d}-*/phase.yaml"), None)
    listed = _listed(repo, file, file.stat().st_mtime_ns) if file else []
    return lambda other: (order(other)[0], listed.index(other)) if other in listed else order(other)


@lru_cache(maxsize=64)  # asked for by every lab and file
def _listed(repo: Repo, phase: Path, changed: int) -> list[str]:
    return [lab.id for lab in in_memory(repo, phase, Phase).labs]


def _layout(path: Path) -> Layout | None:
    return layout(read_text(path), path) if path.is_file() else None


def _remembered(path: Path) -> dict[str, str]:
    data = remembered(path)
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def stale(repo: Repo, lab: Lab, entry: LabRecord) -> bool:
    """Whether a recorded pass stands on other code, or other checks, than those of today."""
    return entry.verdict == "pass" and (changed(repo, lab, entry) or newer_checks(repo, lab, entry))


def changed(repo: Repo, lab: Lab, entry: LabRecord) -> bool:
    """Whether the code that a verdict stands on has changed since."""
    if not entry.modules:  # schema 1
        return entry.sources != digest(repo, lab.writes)
    return entry.modules != module_digests(repo, lab, entry.modules)


def newer_checks(repo: Repo, lab: Lab, entry: LabRecord) -> bool:
    """Whether a lab's checks have changed since its verdict."""
    return entry.checks != checks_digest(repo, lab)
