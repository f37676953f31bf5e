"""Proofs that are remembered: reads and writes `proof.json`, and says which parts don't hold any more, and why.

The checksum shows an edit by hand and a merge that mixed two files. It defends against nobody who wants to forge one:
the weekly run proves everything anew.
"""

from __future__ import annotations

import json
import platform
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from importlib import metadata
from pathlib import Path

from cortex.errors import CortexError
from cortex.files import store
from cortex.files.digests import text_digest
from cortex.files.regions import relevant_lines
from cortex.files.repo import HOUSE
from cortex.formats.load import load, read_text, refuse_newer
from cortex.formats.proof import SCHEMA, PartProof, ProofFile

_ENOUGH = 16  # hex digits
_WRITING = threading.Lock()


def read(path: Path) -> dict[str, PartProof]:
    """The parts that are remembered; none where there is no file. Raises CortexError for a file that isn't as written."""
    if not path.is_file():
        return {}
    found = load(path, ProofFile, validate=False)
    refuse_newer({"schema": found.schema}, SCHEMA, path)
    if found.checksum != _checksum(found):
        raise CortexError(
            "its checksum is wrong: it was edited, or merged, so it proves nothing",
            file=path,
            field="checksum",
            todo="cortex dev prove",
        )
    return found.parts


def remember(path: Path, part: str, seconds: float, inputs: Mapping[str, str]) -> None:
    """Keeps that a part holds, now and on these inputs."""
    made = PartProof(store.now(), round(seconds, 1), _versions(), gatekeeper(), dict(inputs))
    with _WRITING:
        _write(path, {**_known(path), part: made})


def forget(path: Path, part: str) -> None:
    """Forgets a part that doesn't hold."""
    with _WRITING:
        known = _known(path)
        if known.pop(part, None) is not None:
            _write(path, known)


def _known(path: Path) -> dict[str, PartProof]:
    try:
        return read(path)
    except CortexError:
        return {}


def _write(path: Path, parts: dict[str, PartProof]) -> None:
    bare = ProofFile(SCHEMA, "", dict(sorted(parts.items())))
    whole = replace(bare, checksum=_checksum(bare))
    store.write_atomic(path, json.dumps(asdict(whole), indent=1, ensure_ascii=False) + "\n")


def _checksum(proof: ProofFile) -> str:
    parts = {name: asdict(part) for name, part in proof.parts.items()}
    return text_digest(json.dumps([proof.schema, parts], sort_keys=True, ensure_ascii=False))


def changes(known: PartProof | None, now: Mapping[str, str]) -> list[str]:
    """Why a part doesn't hold: what changed since; empty if it holds."""
    if known is None:
        return ["nothing is remembered"]
    before = known.inputs
    return [
        f"{name} {'is new' if name not in before else 'is gone' if name not in now else 'changed'}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]


@cache
def gatekeeper() -> str:
    """The digest of this program's core."""
    return digest_of_core(HOUSE / "cortex")


def digest_of_core(home: Path) -> str:
    """A digest of cortex without what only authors run; comments, docstrings and empty lines don't count."""
    files = {path.relative_to(home).as_posix(): path for path in home.rglob("*.py")}
    whole = [
        f"{name} {text_digest(relevant_lines(read_text(files[name]), None, ''))}"
        for name in sorted(files)
        if not name.startswith("dev/") and name != "commands/dev.py"
    ]
    return text_digest("\n".join(whole))[:_ENOUGH]


@cache
def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "numpy": metadata.version("numpy")}
