"""A quiz as a page: each prompt in English with the Spanish beneath, answers folded until they are opened."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from cortex.formats.phase import Phase, Words
from cortex.formats.quiz import Choice, Item, Quiz

_ASKS = {
    "single": "Choose one.",
    "multi": "Choose every one that is right.",
    "numeric": "Give a number.",
    "order": "Put them in order.",
    "short": "Answer in a word or two.",
    "free": "Answer in your own words.",
}
_CODE = re.compile(r"(`+)(?:(?!\1).|\n)+?\1")
_SPECIAL = re.compile(r"([\\*_\[\]<>$~|])")
_BLOCK = re.compile(r"^(\s*\d*)([-+#.)]\s)", re.MULTILINE)


def quiz_page(quiz: Quiz, phase: Phase, source: str) -> str:
    """The whole page."""
    number = f"{phase.number:02d}"
    parts = [
        f"# Quiz {number}: {plain(quiz.title.en)}",
        f"<!-- Generated from {source} by `cortex dev site`: change it there. -->",
        f"> **ES** {plain(quiz.title.es)}. Responde antes de abrir cada respuesta.",
        f"Take it with `just quiz {number}`: that one is graded and recorded, {quiz.pass_mark:.0%} passes. "
        "This page is for reading again afterwards. Each answer stays folded until you open it.",
    ]
    for i, item in enumerate(quiz.items, 1):
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
    asked, answer = {
        "single": _choice,
        "multi": _choice,
        "order": _order,
        "numeric": _numeric,
        "short": _short,
        "free": _free,
    }[item.type](item)
    why = [_both(item.why)] if item.why else []
    page = PurePosixPath(item.page)
    reread = [f"Reread: [{page.stem}]({item.page})"] if item.page else []
    return [
        f"## Question {position}",
        _both(item.prompt),
        _ASKS[item.type],
        *asked,
        "\n\n".join(
            [
                '<details markdown="1">\n<summary>Answer</summary>',
                *answer,
                *why,
                *reread,
                "</details>",
            ]
        ),
    ]


def _letter(i: int) -> str:
    return chr(ord("A") + i)


def _list(rows: list[str]) -> list[str]:
    return ["\n".join(f"- {row}" for row in rows)]


def _choice(item: Item) -> tuple[list[str], list[str]]:
    asked = [f"**{_letter(i)}.** {_both(choice)}" for i, choice in enumerate(item.choices)]
    told = [
        f"**{_letter(i)}** {'is right' if choice.correct else 'is wrong'}. "
        + (_both(choice.why) if choice.why else "")
        for i, choice in enumerate(item.choices)
    ]
    return _list(asked), _list(told)


def shuffled(item: Item) -> list[int]:
    """Positions of an order item's choices in an order that is fixed, mixed, and not the right one."""
    right = list(range(len(item.choices)))
    mixed = sorted(
        right, key=lambda i: hashlib.sha256(f"{item.id}{item.choices[i].en}".encode()).digest()
    )
    return mixed if mixed != right else mixed[1:] + mixed[:1]


def _order(item: Item) -> tuple[list[str], list[str]]:
    order = shuffled(item)
    asked = [f"**{_letter(i)}.** {_both(item.choices[at])}" for i, at in enumerate(order)]
    right = ", ".join(_letter(order.index(at)) for at in range(len(order)))
    return _list(asked), [f"**{right}**"]


def _numeric(item: Item) -> tuple[list[str], list[str]]:
    within = f" (within {item.tolerance:g})" if item.tolerance else ""
    return [], [f"**{item.answer:.12g}**{within}"]


def _short(item: Item) -> tuple[list[str], list[str]]:
    return [], ["Accepted: " + ", ".join(f"**{plain(text)}**" for text in item.accept)]


def _free(item: Item) -> tuple[list[str], list[str]]:
    return [], ["An answer holds these ideas:", *_list([_both(row.idea) for row in item.rubric])]
