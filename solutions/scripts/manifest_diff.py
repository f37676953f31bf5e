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
    # lab 00.5
    head, _, rest = key.partition(".")
    if rest and head in ("versions", "hardware", "env"):
        return head.upper(), rest
    if key in CODE:
        return "CODE", key
    return ("TIME" if key in TIME else "OTHER"), key
    # end lab


def differences(old: object, new: object) -> dict[str, list[tuple[str, str, str]]]:
    """For each of `CATEGORIES`, in that order: (printed key, old value, new value), sorted by key.

    A key that only one side has shows `MISSING` on the other. A category without differences has an empty list.
    """
    # lab 00.5
    before, after = flatten(old), flatten(new)
    found: dict[str, list[tuple[str, str, str]]] = {name: [] for name in CATEGORIES}
    for key in sorted(before.keys() | after.keys()):
        a, b = before.get(key, MISSING), after.get(key, MISSING)
        if a != b:
            kind, name = category(key)
            found[kind].append((name, a, b))
    return found
    # end lab


def report(found: dict[str, list[tuple[str, str, str]]]) -> list[str]:
    """The lines to print: `[VERSIONS] numpy: 2.0.1 -> 2.0.2` for each difference, in the order of `CATEGORIES`, then,
    if any category has none, one line `(no differences: HARDWARE, ENV)` that names those.
    """
    # lab 00.5
    lines = [f"[{kind}] {key}: {a} -> {b}" for kind in CATEGORIES for key, a, b in found[kind]]
    same = [kind for kind in CATEGORIES if not found[kind]]
    if same:
        lines.append(f"(no differences: {', '.join(same)})")
    return lines
    # end lab


def main(argv: list[str]) -> int:
    """Compares the files argv[0] and argv[1]; `--quiet`, anywhere, prints nothing and keeps the exit code.

    Returns:
        1 if CODE or VERSIONS differ, else 0. 2, with one line on standard error that names the file, for a wrong
        number of arguments or a file that is missing, isn't JSON or isn't an object.
    """
    # lab 00.5
    quiet = "--quiet" in argv
    paths = [Path(argument) for argument in argv if argument != "--quiet"]
    if len(paths) != 2:
        print("usage: manifest_diff.py OLD NEW [--quiet]", file=sys.stderr)
        return 2
    try:
        found = differences(_load(paths[0]), _load(paths[1]))
    except LabkitError as error:
        print(f"manifest_diff.py: {error}", file=sys.stderr)
        return 2
    if not quiet:
        print("\n".join(report(found)))
    return 1 if found["CODE"] or found["VERSIONS"] else 0
    # end lab


# lab 00.5 - a helper that reads one manifest, if you want one
def _load(path: Path) -> dict[str, object]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabkitError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise LabkitError(f"{path}: not JSON: {error}") from error
    if not isinstance(data, dict):
        raise LabkitError(f"{path}: not a manifest, which is a JSON object")
    return data


# end lab

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
