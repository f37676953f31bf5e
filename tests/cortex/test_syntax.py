"""Python's parser from several threads at once, as two rehearsals beside each other use it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cortex.files.syntax import parsed

CORTEX = Path(__file__).parents[2] / "src/cortex"

# Garbage whose finalizer runs Python lets another thread in while a tree is being built.
RACE = """
import sys, threading
from cortex.files.syntax import parsed

sys.setswitchinterval(1e-6)
text = open(sys.argv[1], encoding="utf-8").read()
overlaps, within, failed = [], [], []
real = PARSE

class Garbage:
    def __init__(self):
        self.itself = self
    def __del__(self):
        for _ in range(100):
            pass

def parse(source):
    within.append(threading.get_ident())
    overlaps.extend(set(within) - {threading.get_ident()})
    try:
        return real(source)
    finally:
        within.remove(threading.get_ident())

def many():
    for _ in range(15):
        for _ in range(200):
            Garbage()
        try:
            CALL(text)
        except SystemError as error:
            failed.append(str(error))

import ast
ast.parse = parse
threads = [threading.Thread(target=many) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(overlaps), failed)
"""


def race(call: str) -> str:
    source = "import ast\n" + RACE.replace("PARSE", "ast.parse").replace("CALL", call)
    return subprocess.run(
        [sys.executable, "-c", source, str(CORTEX / "files/regions.py")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_two_threads_never_parse_at_once() -> None:
    assert race("parsed") == "0 []\n"


def test_without_the_lock_they_do() -> None:
    assert any(not race("parse").startswith("0 ") for _ in range(5))


def test_nothing_else_of_the_gatekeeper_calls_the_parser() -> None:
    calls = [
        f"{path.relative_to(CORTEX)}:{node.lineno}"
        for path in sorted(CORTEX.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("parse", "literal_eval")
        and isinstance(node.value, ast.Name)
        and node.value.id == "ast"
    ]
    alone = "runs/inside/judge.py"  # it runs in a child of its own, which has one thread
    assert [call for call in calls if not call.startswith(alone)] == ["files/syntax.py:19"]


def test_a_program_that_is_none_is_still_told() -> None:
    with pytest.raises(SyntaxError):
        parsed("def")
