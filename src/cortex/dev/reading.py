"""Parses a page as GitHub does: CommonMark with tables, and formulas between dollar signs, which hold no Markdown."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_FORMULA = re.compile(r"\$\$.+?\$\$|\$(?=\S)[^$\n]*?(?<=\S)\$(?!\d)", re.DOTALL)


@cache
def tokens(text: str) -> list[Token]:
    """The page's tokens in markdown-it's form; the links that it defines come last, as `definition`."""
    env: dict[str, dict[str, dict[str, object]]] = {}
    found = _parser().parse(text, env)
    for entry in env.get("references", {}).values():
        token = Token("definition", "", 0, attrs={"href": str(entry["href"])})
        token.map = list(entry["map"]) if isinstance(entry["map"], list) else None
        found.append(token)
    return found


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.block.ruler.before(
        "fence",
        "formula_block",
        _formula_block,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    parser.inline.ruler.before("escape", "formula", _formula)
    return parser


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """From a line that begins with `$$` to the next that holds it."""

    def line(number: int) -> str:
        return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]

    if state.is_code_block(start) or not line(start).startswith("$$"):
        return False
    last = start
    if line(start).count("$$") == 1:
        last = next((n for n in range(start + 1, end) if "$$" in line(n)), end - 1)
    if not silent:
        state.push("formula_block", "", 0).map = [start, last + 1]
        state.line = last + 1
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$" or state.src[state.pos - 1 : state.pos] == "$":
        return False
    found = _FORMULA.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = found[0]
    state.pos = found.end()
    return True
