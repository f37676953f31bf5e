"""Says when a file of a lab is saved, whatever becomes of the folders that the files lie in."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cortex.context import Context
from cortex.formats.phase import Lab
from cortex.runs.sources import check_files

_BEAT = 100  # milliseconds

Place = tuple[int, int]
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Beat:
    """What a moment brought: the files that were saved, mostly none; `polling` where the system tells of none."""

    saved: list[str]
    polling: bool = False


def saves(ctx: Context, lab: Lab) -> Iterator[Beat]:
    """Yields without end, several times a second, what was saved of the files that a lab stands on.

    From the first beat on no save is missed, however long the caller takes between two of them.
    """
    try:
        yield from _told(ctx, lab)
    except (OSError, RuntimeError):  # the limit of watches, of watchers, or a system without any
        yield from _polled(ctx, lab)


def _told(ctx: Context, lab: Lab) -> Iterator[Beat]:
    """What the system tells. Raises OSError or RuntimeError where it doesn't.

    Folders are watched rather than files, because editors save by writing a new file and renaming it. A folder that
    was replaced (by git, by `mv`) is another one under the same name: it is watched anew, and counts as saved.
    """
    from watchfiles import watch

    replaced = False
    while True:
        try:
            wanted = _wanted(ctx, lab)
            places = _places(wanted)
            for changes in watch(
                *sorted(places),
                watch_filter=None,
                debounce=_BEAT,
                step=20,
                rust_timeout=_BEAT,
                yield_on_timeout=True,
                raise_interrupt=True,
                recursive=False,
            ):
                paths = {Path(path) for _, path in changes}
                # A new folder may have the number of the one that was removed, but its removal was told.
                if paths & places.keys() or _places(wanted) != places:
                    replaced = True
                    break
                saved = wanted if replaced and _whole(wanted) else paths & wanted
                replaced = False
                yield Beat(sorted({ctx.repo.relative(path) for path in saved}))
        except FileNotFoundError:  # it went away before it was watched
            replaced = True


def _polled(ctx: Context, lab: Lab) -> Iterator[Beat]:
    """What looking at the files again and again tells; watchfiles' own polling sees one save a second."""
    before = _stamps(_wanted(ctx, lab))
    yield Beat([], polling=True)
    while True:
        time.sleep(_BEAT / 1000)
        now = _stamps(_wanted(ctx, lab))
        changed = {path for path in now.keys() | before.keys() if now.get(path) != before.get(path)}
        if _whole(changed):
            before = now
        else:  # in the middle of a replacement
            changed = set()
        yield Beat(sorted({ctx.repo.relative(path) for path in changed}), polling=True)


def _wanted(ctx: Context, lab: Lab) -> set[Path]:
    paths = [ctx.repo.root / name for name in [*lab.writes, *check_files(ctx.repo, lab)]]
    return {*paths, *(path.resolve() for path in paths)}


def _whole(paths: Iterable[Path]) -> bool:
    """Whether every folder is there: what comes back in a moment needn't be reported as missing."""
    return all(path.parent.is_dir() for path in paths)


def _places(paths: Iterable[Path]) -> dict[Path, Place]:
    """The folders to watch, each with what tells it from another of its name."""
    found = {}
    for path in paths:
        folder = path.parent
        while not folder.is_dir():
            folder = folder.parent
        status = folder.stat()
        found[folder] = status.st_dev, status.st_ino
    return found


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    found = {}
    for path in paths:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            status = path.stat()
            found[path] = status.st_mtime_ns, status.st_size, status.st_ino
    return found
