"""git, as this program uses it: plumbing commands, no prompt, no pager, messages in English."""

from __future__ import annotations

import os
import shlex
import subprocess  # nosec B404
from collections.abc import Mapping
from pathlib import Path

from cortex.errors import CortexError

# What makes git look at another repository, or at more than one.
_ELSEWHERE = {
    *(
        "GIT_DIR",
        "GIT_COMMON_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_PREFIX",
        "GIT_NAMESPACE",
    ),
    *(
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_GRAFT_FILE",
        "GIT_SHALLOW_FILE",
    ),
}


class GitFailed(CortexError):  # noqa: N818 - reads as a sentence where it is caught
    """A git command that ended with an error; `says` is git's own last line, `status` its exit code."""

    def __init__(self, arguments: tuple[str, ...], status: int, says: str) -> None:
        self.status, self.says = status, says
        super().__init__(f"`git {' '.join(arguments[:3])}` failed: {says or f'exit code {status}'}")


class GitRefuses(CortexError):  # noqa: N818 - reads as a sentence where it is caught
    """git won't look into a clone of somebody else: no answer, so never the answer "there is none"."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"git refuses {root}, since it belongs to somebody else",
            todo=f"If you trust it: git config --global --add safe.directory {shlex.quote(str(root))}",
        )


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what a hook leaves in it, and with nothing that could wait for a person."""
    env = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    env |= {"LC_ALL": "C.UTF-8", "LANGUAGE": "", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}
    env["GIT_NO_REPLACE_OBJECTS"] = "1"  # history as it is, not as a replacement tells it
    env.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=10")
    return env | dict(extra or {})


def run(
    root: Path,
    *arguments: str,
    feed: bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> bytes:
    """What `git <arguments>` in `root` prints. Raises GitFailed, or CortexError where there is no git."""
    try:
        done = subprocess.run(  # nosec B603 B607
            ["git", *arguments],
            cwd=root,
            input=feed,
            capture_output=True,
            env=environment(env),
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise CortexError(
            "git isn't installed (or not on PATH)", todo="Install git, then try again."
        ) from None
    except subprocess.TimeoutExpired:
        raise GitFailed(arguments, 124, f"no answer within {timeout:g} s") from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if any("safe.directory" in line for line in lines):
            raise GitRefuses(root)
        raise GitFailed(arguments, done.returncode, lines[-1] if lines else "")
    return done.stdout


def text(root: Path, *arguments: str) -> str:
    """What `git <arguments>` prints, as text without the last newline."""
    return run(root, *arguments).decode("utf-8", "replace").rstrip("\n")


def optional(root: Path, *arguments: str) -> str | None:
    """Like `text`, but None where git fails or isn't there: for questions that may have no answer."""
    try:
        return text(root, *arguments)
    except GitRefuses:
        raise
    except CortexError:
        return None
