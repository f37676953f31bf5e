"""SHA-256 of the files that a verdict stands on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.plain import opened


def inside(repo: Repo, relative: str) -> Path:
    """`root/relative`, refused when it, or what it links to, lies outside the checkout."""
    path = repo.root / relative
    try:
        path.resolve().relative_to(repo.root.resolve())
    except (ValueError, RuntimeError, OSError):
        raise CortexError(
            "leads out of the checkout (a symbolic link?)",
            file=relative,
            todo="Replace the link by the file itself.",
        ) from None
    return path


def file_digest(path: Path) -> str:
    """Hex SHA-256 of a file; the empty string if it isn't there."""
    try:
        with opened(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise CortexError(f"can't be read: {error.strerror}", file=path) from None


def digest(repo: Repo, relatives: Iterable[str]) -> str:
    """Hex SHA-256 over several files, names included; a missing one counts as empty."""
    whole = hashlib.sha256()
    for relative in sorted(relatives):
        whole.update(f"{relative}\0{file_digest(inside(repo, relative))}\n".encode())
    return whole.hexdigest()


def text_digest(text: str) -> str:
    """Hex SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
