"""The plotting library's list of this machine's fonts: made once, since every run begins with an empty home."""

from __future__ import annotations

import contextlib
import importlib.util

from cortex.errors import CortexError
from cortex.files import store
from cortex.files.repo import Repo
from cortex.runs import child, sandbox, scratch

_LIST = "fontlist-*.json"
_PROGRAM = "import matplotlib.font_manager\n"


def ready(repo: Repo) -> None:
    """Makes the list unless it is there; where that fails, a run makes its own and takes half a second longer."""
    kept = sandbox.fonts()
    if any(kept.glob(_LIST)) or importlib.util.find_spec("matplotlib") is None:
        return
    with scratch.scratch() as folder:
        program = folder / "work" / "fonts.py"
        program.write_text(_PROGRAM, encoding="utf-8")
        child.run(
            repo,
            child.Program("script", [str(program)]),
            view=sandbox.View(repo.root),
            limits=child.Limits(seconds=60, memory_mb=2048),
            scratch=folder,
        )
        for path in (folder / "home" / "matplotlib").glob(_LIST):
            with contextlib.suppress(CortexError, OSError, ValueError):
                store.write_atomic(kept / path.name, path.read_text(encoding="utf-8"))
