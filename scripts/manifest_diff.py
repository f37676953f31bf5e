"""What differs between two manifests, sorted by what it means: `python scripts/manifest_diff.py A B [--quiet]`.

Exit code 0: same code and same versions. 1: one of these differs, so the numbers needn't agree. 2: wrong call, or
a file that isn't a manifest.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from labkit.errors import LabkitError
from labkit.manifest import flatten

CATEGORIES = ("CODE", "VERSIONS", "HARDWARE", "ENV", "TIME", "OTHER")
CODE = {"git_sha", "git_dirty"}
TIME = {"started_at", "finished_at", "wall_seconds"}
MISSING = "<missing>"


def category(key: str) -> tuple[str, str]:
    """The category of a flattened key, and the key as it is printed: without its category's prefix.

    `git_sha`, `git_dirty` are CODE; `versions.*`, `hardware.*`, `env.*` are what they say and lose the prefix;
    `started_at`, `finished_at`, `wall_seconds` are TIME; all else is OTHER. `category("versions.numpy")` is
    `("VERSIONS", "numpy")`, `category("metrics.loss")` is `("OTHER", "metrics.loss")`.
    """
    raise NotImplementedError("Lab 00.5 - category")


def differences(old: object, new: object) -> dict[str, list[tuple[str, str, str]]]:
    """For each of `CATEGORIES`, in that order: (printed key, old value, new value), sorted by key.

    A key that only one side has shows `MISSING` on the other. A category without differences has an empty list.
    """
    raise NotImplementedError("Lab 00.5 - differences")


def report(found: dict[str, list[tuple[str, str, str]]]) -> list[str]:
    """The lines to print: `[VERSIONS] numpy: 2.0.1 -> 2.0.2` for each difference, in the order of `CATEGORIES`, then,
    if any category has none, one line `(no differences: HARDWARE, ENV)` that names those.
    """
    raise NotImplementedError("Lab 00.5 - report")


def main(argv: list[str]) -> int:
    """Compares the files argv[0] and argv[1]; `--quiet`, anywhere, prints nothing and keeps the exit code.

    Returns:
        1 if CODE or VERSIONS differ, else 0. 2, with one line on standard error that names the file, for a wrong
        number of arguments or a file that is missing, isn't JSON or isn't an object.
    """
    raise NotImplementedError("Lab 00.5 - main")


# Lab 00.5 - a helper that reads one manifest, if you want one: write it here

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
