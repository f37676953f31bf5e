"""Outcomes on pages: what a reader is to predict stands folded, and out of the site's search."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cortex.dev.problem import Problem
from cortex.runs.breaks import OUTCOME

OPEN = '<details markdown="1" data-search-exclude>'
SUMMARY = "<summary>Run it first; then open this</summary>"
_STARTS = re.compile(rf"\s*{re.escape(OPEN)}\n<summary>[^<]+</summary>\n")
_TAG = re.compile(r"</?details\b")


def problems(file: str, text: str, *, whole: bool) -> Iterator[Problem]:
    """What isn't folded below the line that parts question from outcome.

    Args:
        whole: whether everything below that line is outcome, as on the page of a fault.
    """
    above, marker, below = text.partition(OUTCOME)
    line = above.count("\n") + 1
    if not marker:
        yield Problem(
            file,
            f"has no line {OUTCOME}, so what is to be predicted can be read before",
            f"Write it above what comes, and fold that: {OPEN}",
        )
    elif not _STARTS.match(below):
        yield Problem(
            file,
            "what comes after the outcome's mark isn't folded",
            f"Begin it with {OPEN}, then {SUMMARY}",
            line,
        )
    elif not (end := _end(below)) or (whole and below[end:].strip()):
        yield Problem(
            file,
            "the fold of the outcome isn't closed"
            if not end
            else "something stands below the fold",
            "End the page with </details>." if whole else "Close it with </details>.",
            line if not end else line + below[:end].count("\n") + 1,
        )


def _end(below: str) -> int:
    """Where the first fold ends, 0 if it doesn't."""
    depth = 0
    for tag in _TAG.finditer(below):
        depth += -1 if tag[0].startswith("</") else 1
        if depth == 0:
            return below.index(">", tag.end()) + 1
    return 0
