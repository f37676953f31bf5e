"""Reads files that somebody else made: never one that blocks, has no end, or isn't a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from cortex.errors import CortexError

TEXT_MB = 16  # more than any text of the curriculum or of a learner
_LIMIT_MB = 4096


@contextmanager
def opened(path: Path, limit_mb: int = _LIMIT_MB) -> Iterator[BufferedReader]:
    """The file for reading.

    Raises:
        CortexError: it isn't a plain file, or larger than the limit.
        OSError: it can't be opened.
    """
    # A pipe without a writer would hold us here for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
        raise CortexError(f"is {kind}, not a plain file", file=path, todo="Move it away.")
    with os.fdopen(descriptor, "rb") as stream:
        if status.st_size > limit_mb * 1024 * 1024:
            size = status.st_size // (1024 * 1024)
            raise CortexError(
                f"has {size:,} MiB; at most {limit_mb:,} are read", file=path, todo="Move it away."
            )
        yield stream


def read_bytes(path: Path, limit_mb: int = TEXT_MB) -> bytes:
    """The whole file. Raises as `opened` does."""
    with opened(path, limit_mb) as stream:
        return stream.read()
