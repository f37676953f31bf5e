"""State on disk: every write is atomic, every read-modify-write is locked.

A write goes to a temporary file in the same folder, is synced, then renamed over the old one, and the folder is
synced: at any moment the name holds the whole old content or the whole new one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cortex.errors import CortexError

LOCK_SECONDS = 10.0


def now() -> str:
    """The time as ISO-8601 UTC to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        # What was typed at a terminal with another encoding arrives as such characters.
        found = error.object[error.start]
        told = (
            f"byte {ord(found) - 0xDC00:#04x}" if 0xDC80 <= ord(found) <= 0xDCFF else ascii(found)
        )
        raise CortexError(
            f"{told} isn't valid UTF-8, so it isn't written; nothing was changed",
            todo="Type it in a terminal that uses UTF-8, or write it into a file in UTF-8.",
        ) from None


def write_atomic(path: Path, text: str) -> None:
    """Replaces `path` by `text` (UTF-8), whole or not at all. Raises CortexError; the old content is then kept."""
    write_bytes(path, _encoded(text))


def write_bytes(path: Path, data: bytes) -> None:
    """Replaces `path` by `data`, whole or not at all. Raises CortexError; the old content is then kept."""
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"
        )
        try:
            _write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.chmod(temporary, 0o644)  # noqa: PTH101
        os.replace(temporary, path)  # noqa: PTH105
        temporary = None
        _sync_folder(path.parent)
    except OSError as error:
        raise CortexError(
            f"can't be written: {error.strerror or error}; what it held before is untouched",
            file=path,
            todo="Free some space or make the folder writable, then run the command again.",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder's lock; a second process waits up to ten seconds, then is told who to wait for."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise CortexError(
            "another cortex process is writing here",
            file=folder,
            todo="Let it finish (or stop it), then run the command again.",
        ) from None
    except PermissionError as error:
        raise CortexError(
            f"can't be written: {error.strerror}",
            file=folder,
            todo="Make the folder writable: `chmod u+w <folder>`.",
        ) from None
