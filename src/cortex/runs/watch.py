"""Re-runs a lab whenever one of its files is saved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from cortex.context import Context
from cortex.formats.phase import Lab
from cortex.runs.sources import check_files


def saves(ctx: Context, lab: Lab, *, stop: threading.Event | None = None) -> Iterator[list[str]]:
    """Yields the files that changed, each time something the lab stands on is saved.

    Folders are watched rather than files, because editors save by writing a new file and renaming it.
    """
    from watchfiles import watch

    names = [*lab.writes, *check_files(ctx.repo, lab)]
    wanted = {ctx.repo.root / name for name in names} | {
        (ctx.repo.root / name).resolve() for name in names
    }
    folders = sorted({_existing(path.parent) for path in wanted})
    for changes in watch(
        *folders,
        watch_filter=lambda _, path: Path(path) in wanted,
        debounce=100,
        step=20,
        rust_timeout=500,
        stop_event=stop,
        raise_interrupt=True,
        recursive=False,
    ):
        yield sorted({ctx.repo.relative(Path(path)) for _, path in changes})


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
