"""Makes the skeletons that learners fill from the reference: one source, two trees.

In `solutions/`, what a learner writes stands between `# lab NN.M - what` and `# end lab`. Inside a function that region
becomes one `raise NotImplementedError`; at class or module level, where only private helpers may stand, one comment.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cortex.errors import CortexError
from cortex.files import git, store
from cortex.files.digests import text_digest
from cortex.files.packages import NAMES, learners, reference
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
from cortex.files.repo import Repo

LINE_LENGTH = 100  # ruff's, in pyproject.toml: what is generated must already be formatted
_NOT_TEXT = {".md", ".pyc", ".so", ".png", ".svg", ".npz"}


@dataclass
class Written:
    """What `write` did, as paths relative to the root."""

    written: list[str]
    removed: list[str]
    refused: list[str]
    same: int


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
                _note(region, f"what lab {region.lab} asks for")
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
            lines[first : region.last] = [_note(region, names)]
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


def _note(region: Region, default: str) -> str:
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


def sources(repo: Repo) -> list[Path]:
    """All files of the reference, absolute, in order, without caches."""
    return [
        path
        for path in sorted(repo.solutions.rglob("*"))
        if path.is_file()
        and path.suffix not in _NOT_TEXT
        and not any(
            part.startswith(".") or part == "__pycache__"
            for part in path.relative_to(repo.solutions).parts
        )
    ]


def generate(repo: Repo) -> dict[Path, str]:
    """Every skeleton: absolute path and text. Raises CortexError with file (relative to the root) and line."""
    from cortex.formats.load import read_text

    made: dict[Path, str] = {}
    for path in sources(repo):
        text = read_text(path)
        name = Path(repo.relative(path))
        relative = path.relative_to(repo.solutions)
        if relative.parts[0] in NAMES or regions(text, name):
            made[repo.root / learners(name.as_posix())] = render(text, name)
    return made


def differing(repo: Repo) -> dict[Path, str]:
    """The skeletons that aren't what the generator makes, with what is wrong: "missing" or "differs"."""
    wrong = {}
    for path, text in generate(repo).items():
        try:
            if path.read_bytes() != text.encode():
                wrong[path] = "differs"
        except OSError:
            wrong[path] = "missing"
    return wrong


def write(repo: Repo, *, force: bool = False) -> Written:
    """Brings the skeletons in step with the reference, without ever overwriting what a person wrote.

    A file is replaced only if its text is one that this generator made: from the reference as it is in HEAD, as it was
    at the file's own last commit, or in an earlier call here. `force` replaces it whatever it holds.
    """
    memory = repo.cache / "skeletons.json"
    known = _remembered(memory)
    made = generate(repo)
    done = Written([], [], [], 0)
    for path, text in made.items():
        name = repo.relative(path)
        current = _current(path)
        if current == text:
            done.same += 1
        elif (
            current is None or not current.strip() or force or _is_ours(repo, path, current, known)
        ):
            store.write_atomic(path, text)
            done.written.append(name)
        else:
            done.refused.append(name)
            continue
        known[name] = text_digest(text)
    for name in [name for name in known if repo.root / name not in made]:
        current = _current(repo.root / name)
        if current is not None and text_digest(current) == known[name]:
            (repo.root / name).unlink()
            done.removed.append(name)
        del known[name]
    store.write_atomic(memory, json.dumps(known, indent=1))
    return done


def _current(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CortexError(f"can't be read: {error.strerror}", file=path) from None


def _remembered(memory: Path) -> dict[str, str]:
    try:
        data = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in data.items()} if isinstance(data, dict) else {}


def _is_ours(repo: Repo, path: Path, current: str, known: dict[str, str]) -> bool:
    """Whether `current` was generated: remembered, or what an earlier state of the reference makes."""
    name = repo.relative(path)
    if known.get(name) == text_digest(current):
        return True
    last = git.optional(repo.root, "log", "-1", "--format=%H", "--", name)
    for revision in ("HEAD", last):
        old = revision and git.optional(repo.root, "show", f"{revision}:{reference(name)}")
        if old:
            try:
                if render(old + "\n", name).rstrip("\n") == current.rstrip("\n"):
                    return True
            except CortexError:
                continue
    return False
