"""Single keys, as they are typed: no Enter, and the terminal as it was before however the command ends."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from functools import partial

from cortex.terminal.prompts import interactive

_ENDED = "q"
# Of an arrow or a function key several bytes come, and letters are among them.
_SPECIAL = re.compile(rb"\x1b(?:\[[0-9;]*[A-Za-z~]|O.)?")


@contextlib.contextmanager
def keys() -> Iterator[Callable[[], str] | None]:
    """Yields what returns the key that was typed since it was last asked, "" for none; None without a terminal."""
    try:
        import termios
        import tty
    except ImportError:  # Windows
        yield None
        return
    if not interactive():
        yield None
        return
    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    try:
        tty.setcbreak(handle)
        yield partial(_typed, handle)
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def _typed(handle: int) -> str:
    if not select.select([handle], [], [], 0)[0]:
        return ""
    try:
        data = os.read(handle, 64)
    except OSError:  # the terminal was closed
        return _ENDED
    return _SPECIAL.sub(b"", data)[:1].decode("ascii", "replace").lower() if data else _ENDED
