"""Folders for one run each, thrown away afterwards, and by a later command where this one was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import subprocess  # nosec B404
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "cortex-run-"
_NEW = "cortex-new-"
_PARTS = ("root", "tmp", "home", "work", "out")
_PARENT = "of"  # the lock lies beside what a child can write


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder with `root`, `tmp`, `home`, `work` and `out` in it."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_NEW)).resolve()
    try:
        with (folder / _PARENT).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Under its own name only once it is locked: till then another command's sweep mustn't see it.
            folder = folder.rename(folder.with_name(PREFIX + folder.name.removeprefix(_NEW)))
            folder.chmod(0o711)
            for name in _PARTS:
                (folder / name).mkdir()
            yield folder
    finally:
        remove(folder)


def written(folder: Path) -> list[str]:
    """What a child can write of it: not the lock, which says that the run isn't over."""
    return [str(folder / name) for name in _PARTS if name != "root"]


def sweep() -> None:
    """Removes what killed commands of this user left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            with (folder / _PARENT).open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(folder)


def remove(folder: Path) -> None:
    """Removes a folder, also one whose parts were made unreadable, or lie deeper than Python can follow."""
    for _ in range(2):
        with contextlib.suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        for part in _below(folder):
            with contextlib.suppress(OSError):
                if part.is_dir() and not part.is_symlink():
                    part.chmod(0o700)
    program = shutil.which("rm")
    if program is not None:
        subprocess.run([program, "-rf", "--", str(folder)], check=False, capture_output=True)  # nosec B603


def _below(folder: Path) -> Iterator[Path]:
    """Everything below a folder, a folder before what is in it; no link is followed, and no depth is too much."""
    left = [folder]
    while left:
        place = left.pop()
        found = []
        with contextlib.suppress(OSError):  # unreadable, or a path longer than the system takes
            found = [Path(entry.path) for entry in os.scandir(place)]
        for path in found:
            yield path
            with contextlib.suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    left.append(path)


def size(folder: Path) -> int:
    """Bytes on disk below a folder, as far as they can be seen."""
    total = 0
    for path in _below(folder):
        with contextlib.suppress(OSError):
            total += path.lstat().st_blocks * 512
    return total


def hand_over(folder: Path, user: int) -> None:
    """Gives what a child may write to another user; for root."""
    for place, names, files in os.walk(folder):
        for name in [*names, *files]:
            os.chown(Path(place, name), user, user, follow_symlinks=False)


def take(source: Path, target: Path) -> list[str]:
    """Moves the regular files below `source`, links and special files left out, to `target`. Returns what was left."""
    left = []
    for path in _below(source):
        inner = path.relative_to(source)
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            left.append(inner.as_posix())
            continue
        to = target / inner
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to, follow_symlinks=False)
    return sorted(left)
