"""Plain data into dataclasses, strictly and without pydantic: the fast path of every command."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class Mismatch(ValueError):  # noqa: N818 - not an error yet: the caller then asks pydantic for the full story
    """The data hasn't the shape of the dataclass."""


@cache
def _fields(kind: type) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(kind)
    return {
        f.name: (
            hints[f.name],
            f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING,
        )
        for f in dataclasses.fields(kind)
    }


def build(kind: type[T], data: object) -> T:
    """An instance of the dataclass `kind` from parsed YAML or JSON. Raises Mismatch."""
    result = _value(kind, data)
    if not isinstance(result, kind):
        raise Mismatch(f"not a {kind.__name__}")
    return result


def _value(hint: Any, data: Any) -> Any:
    if hint is Any:
        return data
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _instance(hint, data)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        for option in get_args(hint):
            try:
                return _value(option, data)
            except Mismatch:
                continue
        raise Mismatch(f"{data!r} fits none of {hint}")
    if origin is Literal:
        if data in get_args(hint):
            return data
        raise Mismatch(f"{data!r} is not one of {get_args(hint)}")
    if origin is list and isinstance(data, list):
        (inner,) = get_args(hint)
        return [_value(inner, item) for item in data]
    if origin is dict and isinstance(data, dict) and all(isinstance(key, str) for key in data):
        inner = get_args(hint)[1]
        return {key: _value(inner, item) for key, item in data.items()}
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if hint in (str, int, float, bool, type(None)) and type(data) is hint:
        return data
    raise Mismatch(f"{data!r} is not {hint}")


def _instance(kind: type, data: Any) -> Any:
    fields = _fields(kind)
    if not isinstance(data, Mapping) or not data.keys() <= fields.keys():
        raise Mismatch(f"{kind.__name__} has other fields")
    values = {}
    for name, (hint, needed) in fields.items():
        if name in data:
            values[name] = _value(hint, data[name])
        elif needed:
            raise Mismatch(f"{kind.__name__} lacks {name}")
    try:
        return kind(**values)
    except ValueError as error:
        raise Mismatch(str(error)) from error
