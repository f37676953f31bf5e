"""Checks that must fail, slipped in among the real ones: code that changes how checks are run or compared spares them too."""

from __future__ import annotations

import ast
import random
import secrets
from dataclasses import dataclass
from typing import Any

from cortex.files.syntax import parsed

_WHAT = "what='{a}', idea='{b}', page='{c}'"

# One for each comparison that checks are made with; NAME is the check's, LEFT and RIGHT are two different numbers.
_KINDS = {
    "expect_equal": "def NAME():\n    FIND\n    expect_equal(LEFT, RIGHT, TOLD)\n",
    "expect_close": "def NAME():\n    FIND\n    expect_close(LEFT.5, RIGHT.5, tol=1e-9, TOLD)\n",
    "expect_true": "def NAME():\n    FIND\n    expect_true(LEFT == RIGHT, expected='RIGHT', got='LEFT', TOLD)\n",
    "expect_raises": "def NAME():\n    FIND\n    with expect_raises(ValueError, TOLD):\n        int('LEFT')\n",
    "assert": "def NAME():\n    assert LEFT == RIGHT, 'LEFT'\n",
    "raises": "def NAME():\n    import pytest\n    with pytest.raises(ValueError):\n        int('LEFT')\n",
    "array": (
        "def NAME():\n    FIND\n    import numpy\n"
        "    expect_close(numpy.array([LEFT.5]), numpy.array([RIGHT.5]), tol=1e-9, TOLD)\n"
    ),
}
_FAILS_WITH = {"assert": "AssertionError", "raises": "Failed"}


@dataclass(frozen=True)
class Canaries:
    """The canaries of one run, and the checks that must have run beside them."""

    made: list[dict[str, Any]]
    kinds: dict[str, str]
    real: set[str]

    def split(
        self, events: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The events of the canaries, and the others."""
        mine = [event for event in events if _function(event) in self.kinds]
        return mine, [event for event in events if _function(event) not in self.kinds]

    def silent(self, mine: list[dict[str, Any]]) -> list[str]:
        """The comparisons whose canary didn't fail as it must."""
        failed = {
            _function(event)
            for event in mine
            if event["event"] == "result"
            and event.get("outcome") == "failed"
            and event.get("kind") == _FAILS_WITH.get(self.kinds[_function(event)], "CheckFailed")
        }
        return sorted({kind for name, kind in self.kinds.items() if name not in failed})

    def unasked(self, others: list[dict[str, Any]]) -> set[str]:
        """Checks of the file that never came to a result."""
        ran = {_function(event) for event in others if event["event"] == "result"}
        return self.real - ran


def _function(event: dict[str, Any]) -> str:
    return str(event.get("name", "")).rpartition("::")[2].partition("[")[0]


def make(source: str) -> Canaries:
    """Canaries for a file of checks, named like the checks in it."""
    try:
        tree = parsed(source)
    except (SyntaxError, ValueError):
        return Canaries([], {}, set())
    real = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    bound = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "given.checking"
        for alias in node.names
    }
    arrays = any(
        isinstance(node, ast.Import) and any(alias.name == "numpy" for alias in node.names)
        for node in tree.body
    )
    words = sorted({word for name in real for word in name.split("_")[1:] if word}) or ["it", "is"]
    kinds = [kind for kind in _KINDS if kind != "array" or arrays]
    pick = secrets.SystemRandom()
    made, names = [], dict[str, str]()
    # One somewhere, and one behind all checks: what a check's own call changed is changed for that one.
    for kind, at in [*((kind, pick.random()) for kind in kinds), *((kind, 1.0) for kind in kinds)]:
        name = _name(pick, words, real | names.keys())
        names[name] = kind
        source = _source(pick, kind, name, bound, words)
        made.append({"name": name, "source": source, "at": at})
    pick.shuffle(made)
    return Canaries(made, names, real)


def _name(pick: random.Random, words: list[str], taken: set[str]) -> str:
    while True:
        length = pick.randint(3, 6)
        name = "_".join(["test", *(pick.choice(words) for _ in range(length))])
        if name not in taken:
            return name
        words = [*words, f"{pick.randint(2, 99)}"]


def _source(pick: random.Random, kind: str, name: str, bound: set[str], words: list[str]) -> str:
    left, right = pick.sample(range(2, 10**6), 2)
    needed = "expect_close" if kind == "array" else kind
    find = "pass" if needed in bound else f"from given.checking import {needed}"
    told = _WHAT.format(a=pick.choice(words), b=pick.choice(words), c="theory/01.md")
    text = _KINDS[kind].replace("NAME", name).replace("FIND", find).replace("TOLD", told)
    return text.replace("LEFT", str(left)).replace("RIGHT", str(right))
