"""What reads one way on GitHub and another on the site: found in the pages before a reader does.

The site's Markdown wants an empty line before a list or a table, four spaces (not two) for what belongs to a list
item, and closed fences; GitHub's doesn't mind. A page that keeps these rules looks the same in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cortex.dev import reading

_QUOTE = re.compile(r"^(?: {0,3}> ?)*")
_LIST_ENDS = ("bullet_list_close", "ordered_list_close")


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
    lines = [_QUOTE.sub("", line) for line in text.split("\n")]

    def add(line: int, says: str) -> None:
        found.append(PageProblem(file, line + 1, says))

    depth = 0  # of lists around the token
    before = ""  # the type of the token in front of it
    for token in reading.tokens(text):
        after_list = before in _LIST_ENDS
        before = token.type
        if token.map is None:
            depth -= token.type in _LIST_ENDS
            continue
        start, end = token.map
        indent = len(lines[start]) - len(lines[start].lstrip(" "))
        after_text = start > 0 and lines[start - 1].strip() != ""
        if token.type in ("bullet_list_open", "ordered_list_open"):
            if after_text and not depth and not after_list:
                add(start, "a list needs an empty line before it")
            depth += 1
        elif token.type == "list_item_open":
            if 0 < indent < 4 or indent < 4 * (depth - 1):
                add(start, "a list inside a list needs four spaces before it")
        elif token.type == "fence":
            if (depth or after_list) and (0 < indent < 4 or indent < 4 * depth):
                add(start, "a fence inside a list item needs four spaces before it")
            if end - start == token.content.count("\n") + 1:
                add(start, "this fence is never closed")
        elif token.type == "table_open" and after_text:
            add(start, "a table needs an empty line before it")
    return found
