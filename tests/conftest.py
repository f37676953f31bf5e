"""For every test run: how long it still takes, `--mine`, which phases the fast tests take, and a folder for what the workers
build once and share."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import lately
import pytest
from pace import Pace

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--mine", action="store_true", help="src/, not the reference; what isn't written is skipped"
    )


FEW = 3  # phases
_OF_A_PHASE = re.compile(r"tests/(?:labs|reference|docs)/.*phase[-_](\d\d)")


@pytest.hookimpl(tryfirst=True)  # before `-m` deselects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The checks and pages of phases that didn't change are slow tests, so that forty phases take no longer than ten.

    Not where somebody names what to run, or runs the checks on code of their own.
    """
    if config.getoption("--mine") or config.args_source is pytest.Config.ArgsSource.ARGS:
        return
    now = lately.phases(FEW)
    for item in items:
        if (of := _OF_A_PHASE.match(item.nodeid)) and of[1] not in now:
            item.add_marker(pytest.mark.slow)


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    os.environ["PYTEST_SHARED"] = tempfile.mkdtemp(prefix="pytest-shared-")
    if config.get_verbosity() >= 0:
        config.pluginmanager.register(_Clock(config), "pace")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ["PYTEST_SHARED"], ignore_errors=True)


class _Clock:
    """Tells pytest's events to the clock, and its lines to the terminal."""

    def __init__(self, config: pytest.Config) -> None:
        self.pace = Pace(ROOT / ".cache" / "tests" / "seconds.json")
        self.config = config

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.pace.collected([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self.pace.collected(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.pace.ran(report.nodeid, report.duration)
        line = self.pace.due() if report.when == "teardown" else ""
        if line:
            # Asked for now: the reporter may be registered after this clock.
            screen: Any = self.config.pluginmanager.get_plugin("terminalreporter")
            screen.ensure_newline()
            screen.write_line(line)

    def pytest_sessionfinish(self) -> None:
        self.pace.keep()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    error = call.excinfo.value if call.excinfo else None
    while error is not None and not isinstance(error, NotImplementedError):
        error = error.__cause__  # a check passes on what the learner's code raised
    if error is not None and item.config.getoption("--mine"):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), None, f"not written yet: {error}")
