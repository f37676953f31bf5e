"""The learner's own editor, as VISUAL or EDITOR names it."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess  # nosec B404
from pathlib import Path

from cortex.errors import CortexError


def editor() -> list[str]:
    """The command that VISUAL or EDITOR names, empty if neither does."""
    for name in ("VISUAL", "EDITOR"):
        with contextlib.suppress(ValueError):
            command = shlex.split(os.environ.get(name, ""))
            if command:
                return command
    return []


def edit(path: Path, command: list[str]) -> None:
    """Opens the page in the editor and waits. Raises CortexError if it can't be started or fails."""
    try:
        code = subprocess.run([*command, str(path)], check=False).returncode  # nosec B603
    except OSError as error:
        raise CortexError(
            f"{command[0]} can't be started: {error.strerror}",
            todo=f"Set EDITOR to one that can, or open {path} yourself.",
        ) from None
    if code:
        raise CortexError(f"{command[0]} ended with code {code}", file=path)
