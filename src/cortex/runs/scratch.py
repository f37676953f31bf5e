"""Folders for one run each, thrown away afterwards, and by a later command where this one was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "cortex-run-"
_PARTS = ("root", "tmp", "home", "work", "out")
_PARENT = "of"  # the lock lies beside what a child can write


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder with `root`, `tmp`, `home`, `work` and `out` in it."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    folder.chmod(0o711)
    try:
        with (folder / _PARENT).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in _PARTS:
                (folder / name).mkdir()
            yield folder
    finally:
        remove(folder)


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
    """Removes a folder, also one whose parts were made unreadable."""
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        for place, names, _files in os.walk(folder):
            for name in names:
                part = Path(place, name)
                with contextlib.suppress(OSError):
                    if not part.is_symlink():
                        part.chmod(0o700)


def hand_over(folder: Path, user: int) -> None:
    """Gives what a child may write to another user; for root."""
    for place, names, files in os.walk(folder):
        for name in [*names, *files]:
            os.chown(Path(place, name), user, user, follow_symlinks=False)


def take(source: Path, target: Path) -> list[str]:
    """Moves the regular files below `source`, links and special files left out, to `target`. Returns what was left."""
    left = []
    for place, names, files in os.walk(source):
        names[:] = [name for name in names if not Path(place, name).is_symlink()]
        for name in files:
            path = Path(place, name)
            inner = path.relative_to(source)
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                left.append(inner.as_posix())
                continue
            to = target / inner
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to, follow_symlinks=False)
    return sorted(left)
