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
    # lab 00.2
    tree = ast.parse(source)
    excused = {
        token.start[0]
        for token in tokenize.tokenize(io.BytesIO(source).readline)
        if token.type == tokenize.COMMENT and REASON.match(token.string)
    }
    modules, functions = set[str](), dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {a.asname or a.name for a in node.names if a.name == "pickle"}
        elif isinstance(node, ast.ImportFrom) and node.module == "pickle":
            functions |= {a.asname or a.name: a.name for a in node.names if a.name in LOADERS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.attr if node.value.id in modules and node.attr in LOADERS else ""
        elif isinstance(node, ast.Name):
            name = functions.get(node.id, "")
        else:
            continue
        if name and node.lineno not in excused:
            yield node.lineno, node.col_offset + 1, f"pickle.{name}"
    # end lab


def exempt(path: str) -> bool:
    """Whether the file is left alone: not a .py file, or inside the repository's own tests/ folder.

    The path is relative to the repository's root, as pre-commit gives it; `./tests/x.py` is inside too, and
    `src/tests/x.py` or `tests_old/x.py` isn't.
    """
    # lab 00.2
    parts = Path(path).parts
    return not path.endswith(".py") or parts[:1] == ("tests",)
    # end lab


def main(argv: list[str]) -> int:
    """Prints `path:line:col: message` for each finding, in the order of the files and of their lines.

    The message names the function and says what to use instead: safetensors. A file that can't be read or parsed
    is a finding too (line and column as far as known, else 1): what can't be judged doesn't pass.

    Returns:
        0 if there was no finding (no files is fine), else 1.
    """
    # lab 00.2
    bad = 0
    for path in argv:
        if exempt(path):
            continue
        try:
            found = sorted(findings(Path(path).read_bytes()))
        except SyntaxError as error:
            print(f"{path}:{error.lineno or 1}:{error.offset or 1}: can't be parsed: {error.msg}")
            bad += 1
            continue
        except (OSError, ValueError) as error:
            print(f"{path}:1:1: can't be read: {error}")
            bad += 1
            continue
        for line, column, name in found:
            print(
                f"{path}:{line}:{column}: {name} runs whatever program the data holds; "
                "store tensors with safetensors"
            )
        bad += len(found)
    return 1 if bad else 0
    # end lab


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
