"""A quiz as a page: each prompt in English with the Spanish beneath, answers folded until they are opened."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from cortex.dev import folds
from cortex.formats.phase import Phase, Words
from cortex.formats.quiz import Choice, Item, Quiz
from cortex.quiz import items
from cortex.quiz.kind import FIRST, Key, Row

_CODE = re.compile(r"(`+)(?:(?!\1).|\n)+?\1")
_SPECIAL = re.compile(r"([\\*_\[\]<>$~|])")
_BLOCK = re.compile(r"^(\s*\d*)([-+#.)]\s)", re.MULTILINE)


def quiz_page(quiz: Quiz, phase: Phase, source: str) -> str:
    """The whole page."""
    number = f"{phase.number:02d}"
    others = len({item.instead_of for item in quiz.items} - {""})
    parts = [
        f"# Quiz {number}: {plain(quiz.title.en)}",
        f"<!-- Generated from {source} by `cortex dev site`: change it there. -->",
        f"> **ES** {plain(quiz.title.es)}. Responde antes de abrir cada respuesta.",
        f"Take it with `just quiz {number}`: that one is graded and recorded, {quiz.pass_mark:.0%} passes. "
        "This page is for reading again afterwards. Each answer stays folded until you open it."
        + (f" A second sitting asks {others} of them otherwise." if others else ""),
    ]
    for i, item in enumerate(quiz.sitting(1).items, 1):
        parts += _item(i, item)
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Text that reads the same in Markdown as on the terminal: only code between backticks keeps a meaning."""
    result, at = "", 0
    for code in _CODE.finditer(text):
        result += _escape(text[at : code.start()]) + code.group()
        at = code.end()
    return result + _escape(text[at:])


def _escape(text: str) -> str:
    return _BLOCK.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", text))


def _both(words: Words | Choice) -> str:
    """English, and beneath it Spanish, unless it is the same (a name, a number, code)."""
    if words.en.strip() == words.es.strip():
        return _line(words.en)
    return f"{_line(words.en)}<br><em lang=es>{_line(words.es)}</em>"


def _line(text: str) -> str:
    return "<br>".join(plain(row) for row in text.strip().splitlines())


def _item(position: int, item: Item) -> list[str]:
    kind = items.of(item)
    page = PurePosixPath(item.page)
    asked = [
        f"- **{label}.** {_both(item.choices[place])}"
        for label, place in kind.arranged(FIRST).items()
    ]
    answer = [
        *_key(kind.key()),
        *([_both(item.why)] if item.why else []),
        *([f"Reread: [{page.stem}]({item.page})"] if item.page else []),
    ]
    return [
        f"## Question {position}",
        _both(item.prompt),
        kind.page_how,
        *(["\n".join(asked)] if asked else []),
        "\n\n".join([f"{folds.OPEN}\n<summary>Answer</summary>", *answer, "</details>"]),
    ]


def _key(key: Key) -> list[str]:
    """The answer's paragraphs: a line, then a list."""
    strong = ", ".join(f"**{plain(text)}**" for text in key.strong)
    line = " ".join(part for part in (key.says, strong, key.note) if part)
    rows = "\n".join(f"- {_row(row)}" for row in key.rows)
    return [part for part in (line, rows) if part]


def _row(row: Row) -> str:
    words = _both(row.words) if row.words else ""
    if not row.label:
        return words
    return f"**{row.label}** is {'right' if row.right else 'wrong'}. {words}"
