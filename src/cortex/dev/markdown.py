"""What reads one way on GitHub and another on the site: found in the pages before a reader does.

The site's Markdown wants an empty line before a list or a table, four spaces (not two) for what belongs to a list
item, and closed fences; GitHub's doesn't mind. A page that keeps these rules looks the same in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LIST = re.compile(r"^(?P<indent> *)(?P<mark>[-*+]|\d{1,3}[.)])\s+\S")
_FENCE = re.compile(r"^(?P<indent> *)(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
_TABLE_RULE = re.compile(r"^ *\|?[ :|-]*-{3,}[ :|-]*$")


@dataclass(frozen=True)
class PageProblem:
    """One line of a page that the two readers see differently."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"


def problems(text: str, file: str) -> list[PageProblem]:
    """All such lines of one page."""
    found: list[PageProblem] = []

    def add(number: int, says: str) -> None:
        found.append(PageProblem(file, number, says))

    fence, opened = "", 0
    previous = ""
    in_list = False
    for number, line in enumerate(text.split("\n"), 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark["mark"].startswith(fence) and not mark["info"].strip():
                fence = ""
            previous = line
            continue
        if mark:
            fence, opened = mark["mark"], number
            indent = len(mark["indent"])
            if in_list and 0 < indent < 4:
                add(number, "a fence inside a list item needs four spaces before it")
            previous = line
            continue
        item = _LIST.match(line)
        if item and previous.strip() and not in_list and item["mark"][:-1] not in ("", "1"):
            item = (
                None  # a wrapped line that begins with a number; only 1. can interrupt a paragraph
            )
        if not line.strip():
            pass
        elif item:
            indent = len(item["indent"])
            if previous.strip() and not in_list:
                add(number, "a list needs an empty line before it")
            if 0 < indent < 4:
                add(number, "a list inside a list needs four spaces before it")
            in_list = True
        elif not line.startswith(" ") and not previous.strip():
            in_list = False
        if (
            line.startswith("|")
            and previous.strip()
            and not previous.startswith("|")
            and not _TABLE_RULE.match(line)
        ):
            add(number, "a table needs an empty line before it")
        previous = line
    if fence:
        add(opened, "this fence is never closed")
    return found
