"""Conditions on numbers, as phase.yaml writes them: `metrics.final_loss < 0.5`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_CONDITION = re.compile(r"^\s*(?P<key>[\w.\-]+)?\s*(?P<op><=|>=|==|!=|<|>)\s*(?P<value>\S.*?)\s*$")


@dataclass(frozen=True)
class Condition:
    """One comparison; `key` is a dotted path, empty where the caller already has the value.

    `value` may name another metric, `metrics.worst > metrics.best`: `against` puts its number in.
    """

    key: str
    op: str
    value: float | bool | str | None

    def holds(self, got: object) -> bool:
        """Whether `got` satisfies the comparison; a missing or NaN value never does, on either side."""
        for side in (got, self.value):
            if side is None or (isinstance(side, float) and math.isnan(side)):
                return False
        try:
            return _OPERATORS[self.op](got, self.value)
        except TypeError:
            return False

    def against(self, data: Mapping[str, Any]) -> Condition:
        """The same condition, with the number of a metric that it is compared with."""
        if not (isinstance(self.value, str) and self.value.startswith("metrics.")):
            return self
        found = lookup(data, self.value)
        return replace(self, value=found if isinstance(found, float | int | str) else None)

    def __str__(self) -> str:
        return f"{self.key} {self.op} {self.value}".strip()


def parse_condition(text: str) -> Condition:
    """Reads `key < 3`, `key == true` or, without a key, `> 1`. Raises ValueError."""
    match = _CONDITION.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a condition: write it as `metrics.final_loss < 0.5`")
    raw = match["value"]
    value: float | bool | str
    if raw in ("true", "false"):
        value = raw == "true"
    else:
        try:
            value = float(raw)
        except ValueError:
            value = raw.strip("\"'")
    return Condition(match["key"] or "", match["op"], value)


def lookup(data: Mapping[str, Any], dotted: str) -> object:
    """The value at a dotted path, or None. A literal key that holds dots is tried first."""
    if dotted in data:
        return data[dotted]
    here: object = data
    for part in dotted.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here


def matches(expected: object, got: object, tolerance: float = 1e-9) -> bool:
    """Whether a break's observed value is the expected one.

    `expected` is a number (compared within `tolerance`, relative or absolute), a bool, a string
    compared as it stands, or a string that is a condition without a key, such as `"> 1"`.
    """
    if isinstance(expected, str) and expected.lstrip()[:1] in "<>=!":
        return parse_condition(expected).holds(got)
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return math.isclose(expected, got, rel_tol=tolerance, abs_tol=tolerance)
    return expected == got
