"""Which scripts run: in the fast tests those that changed here and a few others; in the slow ones all, or those that changed
lately and as many others as `NO_MAGIC_SAMPLE` says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import lately
import pytest

from .standards import ROOT, shipped

FEW = 3
Changes = Callable[[Path], tuple[str, ...]]


def chosen(
    names: list[str], count: int, root: Path = ROOT, changes: Changes = lately.changed
) -> set[str]:
    """The scripts that changed, and so many others."""
    try:
        ours = [name for name in changes(root) if name.startswith("experiments/no-magic/")]
        changed = {Path(name).stem for name in ours if name.endswith(".py")} & set(names)
        return changed | lately.others(set(names) - changed, count, root)
    except lately.SILENT:
        return set(names)


@pytest.hookimpl(tryfirst=True)  # before `-m` deselects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    now = chosen(sorted(shipped()), FEW, changes=lately.changed_here)
    for item in items:
        if (
            item.path.stem == "test_runs"
            and item.path.parent.name == "no_magic"
            and _about(item) not in now
        ):
            item.add_marker(pytest.mark.slow)
    count = os.environ.get("NO_MAGIC_SAMPLE")
    if not count:
        return
    asked = chosen(sorted(shipped()), int(count))
    out = [item for item in items if (name := _script(item)) and name not in asked]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in set(out)]


def _script(item: pytest.Item) -> str:
    """The script that a slow test is about, if it is about one."""
    return _about(item) if item.get_closest_marker("slow") else ""


def _about(item: pytest.Item) -> str:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return ""
    given = item.callspec.params
    return given["path"].stem if "path" in given else getattr(given.get("line"), "script", "")
