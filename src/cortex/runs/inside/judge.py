"""The pytest plugin of the child that runs a lab's checks: it tells what happened, one event after the other.

{"event": "test", "name": ...} before a test runs, {"event": "result", ...} after it, {"event": "collect", ...} for a
file that couldn't be imported, {"event": "finished", ...} at the end. Where a child dies, "finished" is missing and the
last "test" says where.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import random
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

Tell = Callable[[dict[str, Any]], None]
_seed = random.seed  # held here: code that patches the module seeds nothing else

_SOURCE = Path(__file__).parents[3]
_OURS = (f"{_SOURCE / 'cortex'}{os.sep}", f"{_SOURCE / 'given'}{os.sep}")


def judge(words: list[str], tell: Tell, asked: dict[str, Any]) -> int:
    """Runs pytest with `words` and returns its exit code.

    Args:
        asked: `canaries`, checks to slip in, each {"name", "source", "at"}; `at` is a share of the file's definitions.
            `only`, the one check that is asked for; empty for all.
    """
    sys.breakpointhook = _no_terminal
    return int(pytest.main(words, plugins=[Judge(tell, **asked)]))


def _no_terminal(*_args: object, **_kwargs: object) -> NoReturn:
    raise RuntimeError("breakpoint() was called, and checks have no terminal: take it out")


class Checks(pytest.Module):
    """A file of checks, with the canaries among them."""

    canaries: list[dict[str, Any]]

    def _getobj(self) -> ModuleType:
        package = self.path.parent.name
        _import_from(self.path.parent)
        sys.path.append(str(self.path.parents[1]))
        source = self.path.read_bytes()
        tree = ast.parse(source, str(self.path))
        for canary in self.canaries:
            _slip_in(tree, canary)
        rewrite_asserts(tree, source, str(self.path), self.config)
        module = ModuleType(f"{package}.{self.path.stem}", ast.get_docstring(tree))
        module.__dict__.update(__file__=str(self.path), __package__=package)
        sys.modules[module.__name__] = module
        exec(compile(tree, str(self.path), "exec", dont_inherit=True), module.__dict__)  # nosec B102
        return module


def _import_from(folder: Path) -> None:
    """Imports the checks' package by its place: by its name, a learner's package of that name would be asked first."""
    file = folder / "__init__.py"
    if file.is_file():
        found = importlib.util.spec_from_file_location(
            folder.name, file, submodule_search_locations=[str(folder)]
        )
    else:
        found = importlib.machinery.ModuleSpec(folder.name, None, is_package=True)
        found.submodule_search_locations = [str(folder)]
    if found is not None:
        module = sys.modules[folder.name] = importlib.util.module_from_spec(found)
        if found.loader is not None:
            found.loader.exec_module(module)


def _slip_in(tree: ast.Module, canary: dict[str, Any]) -> None:
    """Puts a canary in front of one of the checks, on its line, or behind all of them."""
    places = [at for at, node in enumerate(tree.body) if isinstance(node, ast.FunctionDef)]
    places.append(len(tree.body))
    at = places[int(canary["at"] * (len(places) - 1))]
    (made,) = ast.parse(canary["source"]).body
    line = tree.body[min(at, len(tree.body) - 1)].lineno if tree.body else 1
    for node in ast.walk(made):
        if isinstance(node, ast.expr | ast.stmt):
            node.lineno = node.end_lineno = line
    tree.body.insert(at, made)


class Judge:
    """Seeds, slips canaries in, tells."""

    def __init__(self, tell: Tell, canaries: list[dict[str, Any]], only: str) -> None:
        self._tell, self._canaries, self._only = tell, canaries, only

    @pytest.fixture(autouse=True)
    def _seeded(self) -> None:
        _seed(0)
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(0)

    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: pytest.Collector
    ) -> pytest.Module:
        """Checks that must fail, made like the others: their module's, in its file, somewhere among them."""
        module: Checks = Checks.from_parent(parent, path=module_path)
        module.canaries = self._canaries
        return module

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leaves the one check that is asked for, and the canaries."""
        if self._only:
            kept = {self._only.rpartition("::")[2], *(one["name"] for one in self._canaries)}
            items[:] = [i for i in items if {i.name, i.name.partition("[")[0]} & kept]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Before a test."""
        self._tell({"event": "test", "name": nodeid})

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """After each part of a test; only the call, or a part that failed, is worth a line."""
        report = (yield).get_result()
        if report.when == "call" or report.outcome != "passed":
            told = {"event": "result", "name": item.nodeid, "seconds": round(report.duration, 4)}
            self._tell(told | _outcome(call.excinfo))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Any:
        """A check file that can't be imported."""
        report = (yield).get_result()
        if report.outcome == "failed":
            call = getattr(report, "call", None)
            found = call.excinfo if call is not None else None
            text = str(report.longrepr)[-4000:]
            told = {"event": "collect", "name": report.nodeid, "text": text}
            self._tell(told | _outcome(found))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The end, if it is reached."""
        self._tell({"event": "finished", "status": int(exitstatus), "imported": _imported()})


def _imported() -> list[str]:
    """The Python files of every module that is loaded."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return sorted({os.path.realpath(file) for file in files if isinstance(file, str)})


def _outcome(excinfo: pytest.ExceptionInfo[BaseException] | None) -> dict[str, Any]:
    if excinfo is None:
        return {"outcome": "passed"}
    error = _root(excinfo.value)
    told = {
        "outcome": "failed",
        "kind": type(error).__name__,
        "message": _text(error),
        "not_started": isinstance(error, NotImplementedError),
        "place": _place(error),
    }
    for name in ("what", "expected", "got", "idea", "page"):
        if hasattr(error, name) and type(error).__name__ == "CheckFailed":
            told[name] = getattr(error, name)
    return told


def _root(error: BaseException) -> BaseException:
    """What the learner's code raised, if a check or pytest's import only passed it on."""
    cause = error.__cause__
    passed_on = isinstance(cause, NotImplementedError) or type(error).__name__ == "CollectError"
    return cause if cause is not None and passed_on else error


def _text(error: BaseException) -> str:
    try:
        return str(error)[:4000]
    except Exception:
        return "(its message can't be shown)"


def _place(error: BaseException) -> list[Any]:
    """The deepest frame outside pytest and what checks are made with: [file, line]."""
    if isinstance(error, SyntaxError) and error.filename:
        return [error.filename, error.lineno or 0]
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
        and not frame.filename.startswith(_OURS)
        and not frame.filename.startswith("<")
        and f"{os.sep}lib{os.sep}python" not in frame.filename
    ]
    return [frames[-1].filename, frames[-1].lineno] if frames else []
