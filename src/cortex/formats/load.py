"""Reads YAML and JSON files into dataclasses; a bad file is refused with its line and field."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cortex.errors import CortexError
from cortex.formats.build import Mismatch, build
from cortex.formats.plain import read_bytes

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
_JUDGES: dict[type, TypeAdapter[Any]] = {}

_DEPTH = 200
_VALUES = 500_000


def read_text(path: Path) -> str:
    """The file as UTF-8, or a CortexError that says what is wrong with it."""
    try:
        data = read_bytes(path)
        # Some editors put a byte order mark in front; line ends are read as Python reads a text file's.
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise CortexError(
            "the file isn't there", file=path, todo="Restore it: `git checkout -- <file>`."
        ) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CortexError(
            f"byte {error.object[error.start]:#04x} isn't UTF-8",
            file=path,
            line=line,
            todo="Save the file as UTF-8.",
        ) from None
    except OSError as error:
        raise CortexError(f"can't be read: {error.strerror}", file=path) from None


def parse_yaml(text: str, path: Path) -> Any:
    """Parsed YAML, with the parser's own complaint turned into file and line."""
    import yaml

    from cortex.formats.strict import loader

    _refuse_depth(text, path)
    try:
        data = yaml.load(text, loader())  # nosec B506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise CortexError(
            f"not valid YAML: {error.problem or error.context}",
            file=path,
            line=mark.line + 1 if mark else None,
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise CortexError(f"not valid YAML: {error}", file=path) from None
    except RecursionError:
        raise CortexError("not valid YAML: nested too deeply", file=path) from None
    _refuse_size(data, path)
    return data


def parse_json(text: str, path: Path) -> Any:
    """Parsed JSON, with the parser's own complaint turned into file and line."""
    try:
        data = json.loads(
            text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_each_once
        )
    except json.JSONDecodeError as error:
        raise CortexError(f"not valid JSON: {error.msg}", file=path, line=error.lineno) from None
    except RecursionError:
        raise CortexError("not valid JSON: nested too deeply", file=path) from None
    except ValueError as error:
        raise CortexError(f"not valid JSON: {error}", file=path) from None
    if "\\ud" in text.lower():
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise CortexError(
                "not valid JSON: half a surrogate pair, which is no character", file=path
            ) from None
    return data


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is there twice")
    return data


def _refuse_depth(text: str, path: Path) -> None:
    """The parser recurses in C, where too deep a nesting ends the process."""
    if text.count("[") + text.count("{") <= _DEPTH:
        return
    depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            if depth > _DEPTH:
                raise CortexError("not valid YAML: nested too deeply", file=path)
        elif character in "]}":
            depth = max(0, depth - 1)


def _refuse_size(data: Any, path: Path) -> None:
    """Aliases let a short file stand for more than fits in memory, or for itself."""
    left, todo = _VALUES, [(data, 0)]
    while todo:
        value, depth = todo.pop()
        left -= 1
        if left < 0 or depth > _DEPTH:
            raise CortexError("stands for too many values (aliases?)", file=path)
        if isinstance(value, dict):
            todo += [(part, depth + 1) for part in value.values()]
        elif isinstance(value, list):
            todo += [(part, depth + 1) for part in value]


def remembered(path: Path) -> Any:
    """What a file holds that only saves time, as JSON; None where it is missing or damaged in any way."""
    try:
        return json.loads(read_text(path))
    except (CortexError, ValueError, RecursionError):
        return None


def refuse_newer(data: Any, newest: int, path: Path) -> None:
    """Raises CortexError for data whose `schema` a later version wrote; the file stays as it is."""
    schema = data.get("schema") if isinstance(data, dict) else None
    if isinstance(schema, int) and schema > newest:
        raise CortexError(
            f"written by a newer cortex (schema {schema}, this one knows {newest}); it is kept as it is",
            file=path,
            field="schema",
            todo="Bring your clone up to date: `cortex update`.",
        )


def load(path: Path, kind: type[T], *, validate: bool = True) -> T:
    """The file at `path` as an instance of the dataclass `kind`.

    Args:
        path: a `.json` file, or else YAML.
        validate: False takes the fast path, which checks structure and the classes' own rules but not the
            constraints of their annotations; for files that this program wrote itself.

    Raises:
        CortexError: with file, line and field.
    """
    text = read_text(path)
    data = parse_json(text, path) if path.suffix == ".json" else parse_yaml(text, path)
    judge = check if validate else shaped
    return judge(data, kind, text=text, path=path)


def shaped(data: Any, kind: type[T], *, text: str, path: Path) -> T:
    """Parsed data as a `kind`, by the fast path of `load`; pydantic is only asked what is wrong, and where."""
    try:
        return build(kind, data)
    except Mismatch:
        return check(data, kind, text=text, path=path)


def check(data: Any, kind: type[T], *, text: str, path: Path) -> T:
    """Validates parsed data with pydantic; the first problem becomes a CortexError."""
    from pydantic import ValidationError

    try:
        return _judge(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = [
            part
            for part in first["loc"]
            if not (isinstance(part, str) and part.startswith("function-"))
        ]
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        message = first["msg"].removeprefix("Value error, ")
        raise CortexError(
            f"{message}{more}",
            file=path,
            line=line_of(text, where),
            field=_dotted(where) or None,
            todo="See docs/schemas/ for what the file may hold." if path.suffix != ".json" else "",
        ) from None


def _judge(kind: type[T]) -> TypeAdapter[T]:
    """Pydantic's validator, made once a kind: making one costs more than most files do."""
    from pydantic import TypeAdapter

    if kind not in _JUDGES:
        _JUDGES[kind] = TypeAdapter(kind)
    return _JUDGES[kind]


def _dotted(where: list[int | str]) -> str:
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


@lru_cache(maxsize=2)
def _composed(text: str) -> Any:
    """The nodes of a document, None where it is none: many places of one file are asked for, one after the other."""
    import yaml

    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return None


def line_of(text: str, where: list[int | str]) -> int | None:
    """The line of the deepest part of `where` that the document really has (JSON is YAML enough for this)."""
    import yaml

    node = _composed(text)
    line = node.start_mark.line + 1 if node is not None else None
    for part in where:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                break
        elif (
            isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value)
        ):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
