"""Python's parser, one thread at a time.

Before 3.11.8 and 3.12.1 the depth at which `ast.parse` builds its nodes is counted once for the whole process (CPython's
issue 106905). A collection of garbage in the midst of it may run a finalizer, and that lets another thread in: if this one
parses too, either may fail with `SystemError`. Rehearsals, checks and proofs of two phases at once do that.
"""

from __future__ import annotations

import ast
import threading

_PARSING = threading.RLock()


def parsed(source: str | bytes) -> ast.Module:
    """The tree of a program. Raises SyntaxError, or ValueError for a NUL, as `ast.parse` does."""
    with _PARSING:
        return ast.parse(source)
