"""Makes a skeleton of a reference file: what `cortex dev skeleton` ships, and what `cortex reset` brings back.

In `solutions/`, what a learner writes stands between `# lab NN.M - what` and `# end lab`. Inside a function that region
becomes one `raise NotImplementedError`; at class or module level, where only private helpers may stand, one comment.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from cortex.errors import CortexError
from cortex.files.regions import (
    FUNCTION,
    TODO,
    Block,
    Region,
    Scope,
    bound,
    enclosing,
    first_line,
    parse,
    regions,
)

LINE_LENGTH = 100  # ruff's, in pyproject.toml: what is generated must already be formatted


def render(text: str, file: Path | str) -> str:
    """The skeleton of a reference file.

    Args:
        text: the reference.
        file: its name, for messages; its suffix decides whether it is read as Python.

    Returns:
        The same text with every region replaced; a text without markers as it stands.

    Raises:
        CortexError: with file and line, for a marker or a region that can't be replaced.
    """
    marked = regions(text, file)
    if not marked:
        return text
    lines = text.rstrip("\n").split("\n")
    for region in marked:
        inside = [line.strip() for line in lines[region.first : region.last - 1]]
        if not any(line and not line.startswith("#") for line in inside):
            raise CortexError(
                f"nothing stands between the markers of lab {region.lab}",
                file=file,
                line=region.first,
                todo=TODO,
            )
    if Path(file).suffix != ".py":
        for region in reversed(marked):
            lines[region.first - 1 : region.last] = [
                note(region, f"what lab {region.lab} asks for")
            ]
        return "\n".join(lines) + "\n"
    tree = parse(text, file, "isn't Python")
    for region in marked:
        block, scope, _ = enclosing(tree, region, file)
        _refuse(region, block, scope, lines, file)
    for region in reversed(marked):
        block, scope, name = enclosing(tree, region, file)
        first = region.first - 1
        if isinstance(scope, FUNCTION):
            lines[first : region.last] = _raising(region, name)
            while block[0] is scope.body[0] and not lines[first - 1].strip():
                first -= 1  # ruff wants no blank line below a signature without docstring
                del lines[first]
        else:
            names = ", ".join(bound(block))
            lines[first : region.last] = [note(region, names)]
    result = "\n".join(lines) + "\n"
    made = parse(result, file, "the skeleton made of it isn't Python")
    _compare(tree, made, marked, file)
    return result


def _refuse(region: Region, block: Block, scope: Scope, lines: list[str], file: Path | str) -> None:
    """Raises CortexError for a region whose removal would take away what the learner must keep."""
    first = lines[first_line(block[0]) - 1]
    if first[: len(first) - len(first.lstrip())] != region.indent:
        raise CortexError(
            f"the marker of lab {region.lab} isn't indented like the code below it",
            file=file,
            line=region.first,
            todo=TODO,
        )
    if not isinstance(scope, ast.Module) and block[0] is scope.body[0] and _is_text(block[0]):
        raise CortexError(
            "the docstring is inside the region and would be lost",
            file=file,
            line=region.first,
            todo="Put the marker below the docstring.",
        )
    if isinstance(scope, FUNCTION):
        return
    public = [name for name in bound(block) if not name.startswith("_") or name.endswith("__")]
    if public:
        raise CortexError(
            f"{public[0]} is public and would be gone from the skeleton",
            file=file,
            line=region.first,
            todo="Mark the body of the function instead: signature and docstring stay.",
        )


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _raising(region: Region, name: str) -> list[str]:
    message = _quoted(f"Lab {region.lab} - {region.what or name}")
    line = f"{region.indent}raise NotImplementedError({message})"
    if len(line) <= LINE_LENGTH:
        return [line]
    inner = f"{region.indent}    {message}"
    return [f"{region.indent}raise NotImplementedError(", inner, f"{region.indent})"]


def _quoted(text: str) -> str:
    """A string literal in ruff's style: double quotes unless single ones need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def note(region: Region, default: str) -> str:
    """The comment that stands in for private helpers, or for what isn't Python."""
    return f"{region.indent}# Lab {region.lab} - {region.what or default}: write it here"


def _compare(tree: ast.Module, made: ast.Module, marked: list[Region], file: Path | str) -> None:
    """Raises CortexError unless every function outside the regions kept its signature and docstring."""
    kept = {
        name: shape
        for name, line, shape in _signatures(tree)
        if not any(region.first < line < region.last for region in marked)
    }
    found = {name: shape for name, _, shape in _signatures(made)}
    for name, shape in kept.items():
        if found.get(name) != shape:
            raise CortexError(
                f"the skeleton would change {name}'s signature or docstring", file=file
            )


def _signatures(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, int, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FUNCTION):
                parts = [child.args, child.returns, *child.decorator_list]
                shape = " ".join(ast.dump(part) for part in parts if part is not None)
                yield prefix + child.name, child.lineno, f"{shape} {ast.get_docstring(child)}"
            inner = (
                f"{prefix}{child.name}." if isinstance(child, (*FUNCTION, ast.ClassDef)) else prefix
            )
            yield from walk(child, inner)

    return walk(tree, "")
