"""The regions of the reference: which lab asks for which part of a file, read off the markers in `solutions/`."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.syntax import parsed

_BEGIN = re.compile(r"^# lab (?P<id>\d\d\.\d{1,2})(?: - (?P<what>\S.*?))?$")
_END = "# end lab"
_NEARLY = re.compile(r"^#+\s*(lab\s*[\d:-]|end\s*-?\s*lab\b)", re.IGNORECASE)
TODO = "Write `# lab NN.M - what to write` above the body and `# end lab` below it, indented like the body."

Block = list[ast.stmt]
Place = Callable[[str], tuple[int, ...]]
Scope = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Region:
    """What one lab asks for in one place: `first` and `last` are the marker lines, counted from 1."""

    lab: str
    what: str
    first: int
    last: int
    indent: str


def regions(text: str, file: Path | str) -> list[Region]:
    """The marked regions of a source file, in order. Raises CortexError for a marker that doesn't parse or pair up."""
    found: list[Region] = []
    opened: tuple[int, str, re.Match[str]] | None = None
    for line, indent, comment, alone in _comments(text, file):
        begin = _BEGIN.match(comment)
        if begin is None and comment != _END:
            if _NEARLY.match(comment):
                raise CortexError(
                    f"{comment!r} is almost a marker", file=file, line=line, todo=TODO
                )
            continue
        if not alone:
            raise CortexError(
                "a marker stands on a line of its own", file=file, line=line, todo=TODO
            )
        if begin is not None:
            if opened is not None:
                raise CortexError(
                    f"lab {begin['id']} opens inside lab {opened[2]['id']} of line {opened[0]}",
                    file=file,
                    line=line,
                    todo="Regions don't nest: close the first one with `# end lab`.",
                )
            opened = line, indent, begin
        elif opened is None:
            raise CortexError("`# end lab` closes nothing", file=file, line=line, todo=TODO)
        else:
            start, start_indent, match = opened
            if indent != start_indent:
                raise CortexError(
                    f"`# end lab` isn't indented like the marker of line {start}",
                    file=file,
                    line=line,
                    todo=TODO,
                )
            found.append(Region(match["id"], match["what"] or "", start, line, indent))
            opened = None
    if opened is not None:
        raise CortexError(
            f"lab {opened[2]['id']} is never closed", file=file, line=opened[0], todo=TODO
        )
    return found


def _comments(text: str, file: Path | str) -> Iterator[tuple[int, str, str, bool]]:
    """Every comment: line, indentation, text, and whether it has the line for itself."""
    if Path(file).suffix != ".py":
        for number, line in enumerate(text.split("\n"), 1):
            bare = line.strip()
            if bare.startswith("#"):
                yield number, line[: len(line) - len(line.lstrip())], bare, True
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                before = token.line[: token.start[1]]
                yield token.start[0], before, token.string.rstrip(), not before.strip()
    except (tokenize.TokenError, SyntaxError) as error:
        parse(text, file, "isn't Python")  # the parser's own complaint names the better line
        raise CortexError(f"isn't Python: {error.args[0]}", file=file) from None


def parse(text: str, file: Path | str, complaint: str) -> ast.Module:
    try:
        return parsed(text)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise CortexError(f"{complaint}: {error.args[0]}", file=file, line=line) from None


def enclosing(tree: ast.Module, region: Region, file: Path | str) -> tuple[Block, Scope, str]:
    """The statements of a region, the function, class or module whose they are, and its qualified name."""
    scope: Scope = tree
    names: list[str] = []
    block = tree.body
    while True:
        touched = _touched(block, region)
        if touched and all(
            region.first < first_line(s) and last_line(s) < region.last for s in touched
        ):
            return touched, scope, ".".join(names)
        inner = [b for b in _blocks(touched[0]) if _touched(b, region)] if touched else []
        if len(touched) != 1 or len(inner) != 1:
            raise CortexError(
                "the region cuts a statement in two",
                file=file,
                line=region.first,
                todo=TODO,
            )
        if isinstance(touched[0], (*FUNCTION, ast.ClassDef)):
            scope = touched[0]
            names.append(scope.name)
        block = inner[0]


def _touched(block: Block, region: Region) -> Block:
    return [s for s in block if first_line(s) < region.last and last_line(s) > region.first]


def first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _blocks(statement: ast.stmt) -> list[Block]:
    """The lists of statements inside a compound statement."""
    blocks: list[Block] = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    blocks += [handler.body for handler in getattr(statement, "handlers", [])]
    return blocks + [case.body for case in getattr(statement, "cases", [])]


def bound(block: Block) -> list[str]:
    """The names that statements bind."""
    found = []
    for statement in block:
        if isinstance(statement, (*FUNCTION, ast.ClassDef)):
            found.append(statement.name)
        else:
            found += [
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ]
    return found


@dataclass(frozen=True)
class Layout:
    """Which names a reference file has at module and class level, and the labs that ask for each.

    Attributes:
        known: every qualified name, such as `Tensor.backward`; a learner's own helpers aren't among them.
        labs: those that have a region in it.
    """

    known: frozenset[str]
    labs: dict[str, frozenset[str]]


@lru_cache(maxsize=64)
def layout(text: str, file: Path | str) -> Layout:
    """The layout of a reference file. Raises CortexError for a file that isn't Python or a marker that is broken."""
    tree = parse(text, file, "isn't Python")
    labs: dict[str, set[str]] = {}
    for region in regions(text, file):
        block, scope, name = enclosing(tree, region, file)
        if isinstance(scope, FUNCTION):
            labs.setdefault(outermost(tree, name), set()).add(region.lab)
        else:
            prefix = f"{name}." if name else ""
            for local in bound(block):
                labs.setdefault(prefix + local, set()).add(region.lab)
    known = frozenset(name for name, _ in definitions(tree.body, ""))
    return Layout(known, {name: frozenset(some) for name, some in labs.items()})


def outermost(tree: ast.Module, name: str) -> str:
    """The function at module or class level that holds the function `name`."""
    parts = name.split(".")
    block, path = tree.body, list[str]()
    for part in parts:
        path.append(part)
        found = next(
            (s for s in block if isinstance(s, (*FUNCTION, ast.ClassDef)) and s.name == part), None
        )
        if not isinstance(found, ast.ClassDef):
            break
        block = found.body
    return ".".join(path)


def definitions(block: Block, prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    """Every statement that binds a name, at module and class level, by qualified name."""
    for statement in block:
        if isinstance(statement, ast.ClassDef):
            yield prefix + statement.name, statement
            yield from definitions(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                yield prefix + (alias.asname or alias.name.partition(".")[0]), statement
        else:
            for name in bound([statement]):
                yield prefix + name, statement


def order(lab: str) -> tuple[int, ...]:
    """`07.10` after `07.9`."""
    return tuple(int(part) for part in lab.split("."))


def relevant(text: str, plan: Layout | None, lab: str, place: Place = order) -> str:
    """What of a learner's file a lab stands on, as text without comments, docstrings and layout.

    `place` says where in the course a lab stands: by its number, unless its phase lists it elsewhere.

    Left out are the definitions that only later labs ask for, and helpers and imports of the learner's own that nothing
    else of it uses. A file that isn't Python, or has no reference (`plan` is None), counts whole.
    """
    if plan is None:
        return _relevant(text, None, frozenset())
    return _relevant(text, plan.known, _left_out(plan, lab, place))


# Many labs stand on the same part of a file: all that come after its last one.
@lru_cache(maxsize=64)
def _relevant(text: str, known: frozenset[str] | None, later: frozenset[str]) -> str:
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError):
        return text
    _drop_docstrings(tree)
    if known is not None:
        _drop_later(tree, known, later)
    return ast.unparse(tree)


def relevant_lines(text: str, plan: Layout | None, lab: str) -> str:
    """The same as the file's own lines, which every version of Python tells alike; comments and empty lines are gone."""
    try:
        tree = parsed(text)
        comments = _before_comments(text)
    except (SyntaxError, ValueError, CortexError):
        return text
    told = _drop_docstrings(tree)
    if plan is not None:
        _drop_later(tree, plan.known, _left_out(plan, lab))
    chosen: set[int] = set()
    for statement in tree.body:
        chosen |= _lines(statement)
    lines = enumerate(text.split("\n"), 1)
    kept = (comments.get(at, line).rstrip() for at, line in lines if at in chosen - told)
    return "\n".join(line for line in kept if line)


@lru_cache(maxsize=1024)
def _before_comments(text: str) -> dict[int, str]:
    """What stands before the comment on each line of a Python source that has one."""
    return {line: before for line, before, _, _ in _comments(text, "x.py")}


def _lines(statement: ast.stmt) -> set[int]:
    """The lines of a statement; of a class without those of members that were dropped."""
    if not hasattr(statement, "lineno"):  # the `pass` that stands in where nothing was left
        return set()
    if not isinstance(statement, ast.ClassDef):
        return set(range(first_line(statement), last_line(statement) + 1))
    head = [*statement.bases, *(keyword.value for keyword in statement.keywords)]
    last = max([statement.lineno, *(node.end_lineno or 0 for node in head)])
    lines = set(range(first_line(statement), last + 1))
    return lines.union(*(_lines(member) for member in statement.body))


def _drop_later(tree: ast.Module, known: frozenset[str], later: frozenset[str]) -> None:
    """Takes out what only later labs ask for, and what nothing else then uses."""
    kept: Block = []
    waiting: list[tuple[set[str], ast.stmt]] = []
    for statement in tree.body:
        names = {name for name, _ in definitions([statement], "") if "." not in name}
        if names and names <= later:
            continue
        if isinstance(statement, ast.ClassDef):
            statement.body = [
                inner
                for inner in statement.body
                if not (own := bound([inner]))
                or not all(f"{statement.name}.{name}" in later for name in own)
            ] or [ast.Pass()]
        imports = isinstance(statement, ast.Import | ast.ImportFrom) and "*" not in names
        if imports or (names and not names & known):
            waiting.append((names, statement))
        else:
            kept.append(statement)
    used = _used(kept)
    while wanted := [pair for pair in waiting if pair[0] & used]:
        waiting = [pair for pair in waiting if pair not in wanted]
        kept += [statement for _, statement in wanted]
        used |= _used([statement for _, statement in wanted])
    chosen = {id(statement) for statement in kept}
    tree.body = [statement for statement in tree.body if id(statement) in chosen]


def _left_out(plan: Layout, lab: str, place: Place = order) -> frozenset[str]:
    return frozenset(name for name in plan.labs if _later(plan, name, lab, place))


def _later(plan: Layout, name: str, lab: str, place: Place) -> bool:
    """Whether only labs after `lab` ask for this name."""
    labs = plan.labs.get(name)
    return bool(labs) and all(place(other) > place(lab) for other in labs or ())


def _drop_docstrings(tree: ast.Module) -> set[int]:
    """Takes the docstrings out, and returns the lines that they stood on."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (*FUNCTION, ast.ClassDef, ast.Module)):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                lines |= set(range(first.lineno, last_line(first) + 1))
                node.body = node.body[1:] or [ast.Pass()]
    return lines


def _used(block: Block) -> set[str]:
    """The names that statements read, as variables or as attributes."""
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for statement in block
        for node in ast.walk(statement)
        if isinstance(node, ast.Name | ast.Attribute)
    }
