"""A pre-commit hook: no `pickle.load` and no `pickle.loads` outside tests/. Arguments are the staged files.

A pickle is a program for a small stack machine, and loading it runs that program. Checkpoints of this curriculum
are safetensors, which hold numbers and nothing else. Only the standard library.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

LOADERS = {"load", "loads"}
REASON = re.compile(r"#\s*nosec safe-source:\s*\S")
"""The comment, on the line that names the function, that lets one use pass: it must give a reason."""


def findings(source: bytes) -> Iterator[tuple[int, int, str]]:
    """Where a module uses `pickle.load` or `pickle.loads`: (line, column, "pickle.load" or "pickle.loads").

    Lines and columns count from 1. Every mention counts, called or not, under whatever name the module gives it:
    `import pickle as p`, `from pickle import loads as read`. An import alone is no use. A line whose comment matches
    `REASON` is left out; text inside a string is no comment, and no use either.

    Raises:
        SyntaxError, ValueError: the source can't be parsed, so nothing can be said about it.
    """
    raise NotImplementedError("Lab 00.2 - findings")


def exempt(path: str) -> bool:
    """Whether the file is left alone: not a .py file, or inside the repository's own tests/ folder.

    The path is relative to the repository's root, as pre-commit gives it; `./tests/x.py` is inside too, and
    `src/tests/x.py` or `tests_old/x.py` isn't.
    """
    raise NotImplementedError("Lab 00.2 - exempt")


def main(argv: list[str]) -> int:
    """Prints `path:line:col: message` for each finding, in the order of the files and of their lines.

    The message names the function and says what to use instead: safetensors. A file that can't be read or parsed
    is a finding too (line and column as far as known, else 1): what can't be judged doesn't pass.

    Returns:
        0 if there was no finding (no files is fine), else 1.
    """
    raise NotImplementedError("Lab 00.2 - main")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
