"""The pytest plugin of the child that runs a lab's checks: it writes what happened, line by line, to a file.

Lines are JSON objects: {"event": "test", "name": ...} before a test runs, {"event": "result", ...} after it,
{"event": "collect", ...} for a file that couldn't be imported, {"event": "finished"} at the end. A child that dies
leaves a file without "finished", and the last "test" says where.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

RESULTS = "CORTEX_RESULTS"
FINISHED = "CORTEX_FINISHED"
IMPL = "CORTEX_PACKAGES"


def _write(**event: Any) -> None:
    with Path(os.environ[RESULTS]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Puts the packages under test first on the path and keeps their modules honest."""
    packages = os.environ.get(IMPL)
    if packages:
        sys.path.insert(0, packages)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


def pytest_runtest_logstart(nodeid: str) -> None:
    """Before a test."""
    _write(event="test", name=nodeid)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """After each part of a test; only the call, or a part that failed, is worth a line."""
    report = (yield).get_result()
    if report.when == "call" or report.outcome != "passed":
        _write(
            event="result",
            name=item.nodeid,
            seconds=round(report.duration, 4),
            **_outcome(call.excinfo),
        )


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """A check file that can't be imported."""
    report = (yield).get_result()
    if report.outcome == "failed":
        excinfo = report.longrepr
        call = getattr(report, "call", None)
        found = call.excinfo if call is not None else None
        _write(event="collect", name=report.nodeid, text=str(excinfo)[-4000:], **_outcome(found))


def pytest_sessionfinish(exitstatus: int) -> None:
    """The end, if it is reached."""
    _write(event="finished", status=int(exitstatus), imported=_imported())
    if FINISHED in os.environ:
        Path(os.environ[FINISHED]).touch()


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
    source = Path(__file__).parents[2]
    ours = (f"{source / 'cortex'}{os.sep}", f"{source / 'given'}{os.sep}")
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
        and not frame.filename.startswith(ours)
        and not frame.filename.startswith("<")
        and f"{os.sep}lib{os.sep}python" not in frame.filename
    ]
    return [frames[-1].filename, frames[-1].lineno] if frames else []


importlib.invalidate_caches()
