"""Brings the skeleton of one lab back into a learner's files: `cortex reset`.

What the lab asks for is read off the reference's markers and found by name in the learner's file. Everything else in that
file stays as it is: other labs' code, and helpers under names of the learner's own.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cortex.errors import NOT_YET, CortexError
from cortex.files import store
from cortex.files.digests import inside
from cortex.files.packages import reference
from cortex.files.regions import (
    FUNCTION,
    bound,
    definitions,
    enclosing,
    first_line,
    last_line,
    outermost,
    parse,
    regions,
)
from cortex.files.repo import Repo
from cortex.files.skeleton import note, render
from cortex.formats.load import read_text

_MARK = "\ufeff"  # some editors put a byte order mark in front


@dataclass(frozen=True)
class Fresh:
    """A file that a reset changes.

    Attributes:
        path: relative to the root.
        old: what it holds; None if it isn't there.
        new: what it will hold.
        whole: whether all of it comes back, not the lab's part alone.
    """

    path: str
    old: str | None
    new: str
    whole: bool


def plan(repo: Repo, lab: str, writes: list[str]) -> list[Fresh]:
    """What a reset of a lab would change; nothing is written.

    Raises:
        CortexError: the lab's part can't be found in a file that other labs write too; the message says what to do.
    """
    found = []
    for name in writes:
        model = reference(name)
        old = _current(inside(repo, name), name)
        new, whole = _restored(old or "", read_text(repo.root / model), name, lab)
        if new != old:
            found.append(Fresh(name, old, new, whole))
    return found


def write(repo: Repo, lab: str, files: list[Fresh], log: Path) -> Path:
    """Keeps what the files hold under `log`, then writes them; returns the folder that keeps it. Raises CortexError."""
    with store.locked(repo.cache / "reset"):
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        kept, count = log / "reset" / f"{stamp}-{lab}", 1
        while kept.exists():
            count += 1
            kept = log / "reset" / f"{stamp}-{lab}-{count}"
        for file in files:
            if file.old is not None:
                store.write_bytes(kept / file.path, _bytes(file.old))
        for file in files:
            store.write_bytes(repo.root / file.path, _bytes(file.new))
    return kept


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _current(path: Path, name: str) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CortexError(f"can't be read: {error.strerror}", file=name) from None


def _restored(mine: str, model: str, name: str, lab: str) -> tuple[str, bool]:
    """The learner's text with the lab's skeleton in it, and whether it is the skeleton of the whole file."""
    skeleton = render(model, name)
    if not mine.strip():
        return skeleton, True
    mark = _MARK if mine.startswith(_MARK) else ""
    end = "\r\n" if "\r\n" in mine else "\n"
    try:
        text = _spliced(mine.removeprefix(mark).replace("\r\n", "\n"), model, skeleton, name, lab)
    except CortexError as error:
        others = sorted({region.lab for region in regions(model, name)} - {lab})
        if not others:
            return skeleton, True
        also = f"{', '.join(others)} {'writes' if len(others) == 1 else 'write'} this file too"
        raise CortexError(
            f"{error.problem}, so lab {lab}'s part can't be told from the rest, and {also}; nothing was changed",
            file=name,
            line=error.line,
            todo=f"{error.todo or 'Mend that line'}, then: just reset {lab}",
            code=NOT_YET,
        ) from None
    return mark + text.replace("\n", end), False


def _spliced(mine: str, model: str, skeleton: str, name: str, lab: str) -> str:
    """The learner's text with this lab's functions as the skeleton has them. Raises CortexError where one isn't found."""
    if Path(name).suffix != ".py":
        raise CortexError(
            "it isn't Python",
            file=name,
            todo="Keep a copy and empty the file (an empty one comes back whole)",
        )
    tree, fresh = parse(mine, name, "isn't Python"), parse(skeleton, name, "isn't Python")
    lines, shipped = mine.split("\n"), skeleton.split("\n")
    whole = parse(model, name, "isn't Python")
    edits: dict[int, tuple[int, list[str]]] = {}
    touched: set[str] = set()
    for region in regions(model, name):
        if region.lab != lab:
            continue
        block, scope, inside_of = enclosing(whole, region, name)
        if isinstance(scope, FUNCTION):
            wanted = outermost(whole, inside_of)
            found, body = _named(tree, wanted), _named(fresh, wanted)
            if not found:
                raise CortexError(
                    f"{wanted} isn't there any more",
                    file=name,
                    todo=f"Write {wanted} back, with any body",
                )
            names = {wanted}
            instead = shipped[first_line(body[0]) - 1 : last_line(body[0])]
        else:
            prefix = f"{inside_of}." if inside_of else ""
            names = {prefix + local for local in bound(block)}
            found = [statement for wanted in names for statement in _named(tree, wanted)]
            comment = note(region, ", ".join(bound(block)))
            instead = [] if comment in lines else [comment]
        touched |= names
        for statement in sorted(found, key=first_line):
            edits[first_line(statement)] = (_end(lines, statement), instead)
            instead = []
    for first in sorted(edits, reverse=True):
        last, instead = edits[first]
        lines[first - 1 : last] = instead
    text = "\n".join(lines)
    if _others(tree, touched) != _others(parse(text, name, "isn't Python"), touched):
        raise CortexError(
            "it is laid out in another way than the skeleton",
            file=name,
            todo="Indent it by four spaces",
        )
    return text


def _named(tree: ast.Module, name: str) -> list[ast.stmt]:
    return [statement for known, statement in definitions(tree.body, "") if known == name]


def _end(lines: list[str], statement: ast.stmt) -> int:
    """The last line of a statement, with the comments that still belong to its body."""
    end = number = last_line(statement)
    while number < len(lines):
        bare = lines[number].lstrip()
        if bare.startswith("#") and len(lines[number]) - len(bare) > statement.col_offset:
            end = number + 1
        elif bare:
            break
        number += 1
    return end


def _others(tree: ast.Module, touched: set[str]) -> list[tuple[str, str]]:
    """Every definition but those that were reset, to see that it is still what it was."""
    return [
        (name, ast.dump(statement))
        for name, statement in definitions(tree.body, "")
        if name not in touched and not isinstance(statement, ast.ClassDef)
    ]
