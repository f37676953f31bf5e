"""Refuses a test run in which a test was skipped: a skipped test proves nothing.

usage: no_skips.py JUNIT_XML
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree  # nosec B405


def skipped(junit: Path) -> list[str]:
    """One `where::name: why` for each skipped test of a JUnit report by pytest; an expected failure isn't a skip."""
    return [
        f"{case.get('classname')}::{case.get('name')}: {mark.get('message')}"
        for case in ElementTree.parse(junit).iter("testcase")  # nosec B314
        for mark in case.iter("skipped")
        if mark.get("type") != "pytest.xfail"
    ]


def main(argv: list[str]) -> int:
    """Exit code: 0 nothing skipped, 1 something was, 2 no report to read."""
    try:
        found = skipped(Path(argv[0]))
    except (IndexError, OSError, ElementTree.ParseError) as error:
        print(f"no_skips: no report to read ({error})", file=sys.stderr)
        return 2
    if found:
        print("Skipped tests, and in CI none may be:", *found, sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
