"""The pytest plugin of the child that runs a lab's checks: it tells what happened, one event after the other.

{"event": "test", "name": ...} before a test runs, {"event": "result", ...} after it, {"event": "collect", ...} for a
file that couldn't be imported, {"event": "finished", ...} at the end. Where a child dies, "finished" is missing and the
last "test" says where.
"""

from __future__ import annotations

import os
import random
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Tell = Callable[[dict[str, Any]], None]

_SOURCE = Path(__file__).parents[3]
_OURS = (f"{_SOURCE / 'cortex'}{os.sep}", f"{_SOURCE / 'given'}{os.sep}")


def judge(words: list[str], tell: Tell, asked: dict[str, Any]) -> int:
    """Runs pytest with `words` and returns its exit code.

    Args:
        asked: `packages`, the folder under test, and `canaries`: checks to slip in, each {"name", "source", "at"}.
    """
    return int(pytest.main(words, plugins=[Judge(tell, asked)]))


class Judge:
    """Seeds, slips canaries in, tells."""

    def __init__(self, tell: Tell, asked: dict[str, Any]) -> None:
        self._tell, self._asked = tell, asked

    @pytest.fixture(autouse=True)
    def _seeded(self) -> None:
        random.seed(0)
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(0)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Checks that must fail, made like the others: their module's, in its file, somewhere among them."""
        for canary in self._asked["canaries"]:
            module = next((i for i in items if isinstance(i.parent, pytest.Module)), None)
            parent = module.parent if module is not None else None
            if not isinstance(parent, pytest.Module):
                return
            space: dict[str, Any] = parent.obj.__dict__
            code = compile(canary["source"], str(parent.path), "exec", dont_inherit=True)
            made: dict[str, Any] = {}
            exec(code, {**space, "pytest": pytest}, made)  # nosec B102 - our own text
            item = pytest.Function.from_parent(
                parent, name=canary["name"], callobj=made[canary["name"]]
            )
            items.insert(int(canary["at"] * (len(items) + 1)), item)

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
