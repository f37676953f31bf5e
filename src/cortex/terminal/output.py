"""How every command answers: one JSON object, or text that looks good on a terminal and in a pipe."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

    from cortex.actions.answer import Answer

_JUST = re.compile(
    r"(?<![\w./-])just (?=(?:phase\d\d|attest|audit-deps|break|changelog|check|clean|dev|docs|docs-serve|doctor|exp|"
    r"figures|fmt|gate|hint|journal|lint|lock|manifest|no-magic|oracle|quiz|report|reset|review|run|setup|solution|"
    r"status|test|test-all|types|update|watch)(?![\w-]))"
)
_CORTEX = re.compile(
    r"(?<![\w./-])cortex ((?:phase|open) \d\d|attest|break|check|dev|doctor|gate|hint|journal|manifest (?:diff|new)|"
    r"quiz|report|reset|review|run|solution|status|update|watch)(?![\w-])"
)
# Commands whose recipe has another name, or that have none.
_RECIPES = {
    "manifest diff": ".venv/bin/cortex manifest diff",
    "manifest new": "just manifest",
}

# Glyphs and their plain stand-ins, for terminals that can't show them.
_GLYPHS = {
    "done": ("✓", "ok"),
    "fail": ("✗", "x"),
    "todo": ("·", "-"),
    "stale": ("~", "~"),
    "next": ("→", "->"),
    "bar": ("━", "#"),
    "rest": ("─", "."),
}


def plain() -> bool:
    """Whether glyphs must be ASCII: a dumb terminal, or an output encoding that isn't Unicode."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return os.environ.get("TERM") == "dumb" or not encoding.startswith("utf")


def glyph(name: str) -> str:
    """One of the marks of the cards."""
    return _GLYPHS[name][1 if plain() else 0]


def console(*, stderr: bool = False) -> Console:
    """A Rich console: colors only on a terminal, NO_COLOR honored, at most 100 columns, 80 in a pipe."""
    from rich.console import Console

    class Screen(Console):
        """Shows commands as this person can type them, whoever wrote the message."""

        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*(typed(o) if isinstance(o, str) else o for o in objects), **options)

    probe = Console(stderr=stderr, highlight=False, emoji=False, soft_wrap=False)
    width = min(probe.width, 100) if probe.is_terminal else 80
    return Screen(stderr=stderr, highlight=False, emoji=False, width=width, safe_box=plain())


def typed(text: str) -> str:
    """A message with its commands as this person can type them.

    `cortex` is on no PATH, so its commands become recipes; `just` becomes `./just` where PATH has none that will do.
    """
    text = _CORTEX.sub(lambda found: _recipe(found[1]), text)
    return _JUST.sub(lambda _: f"{_just()} ", text)


def _recipe(command: str) -> str:
    if command.startswith(("phase ", "open ")):
        return f"just phase{command[-2:]}"
    return _RECIPES.get(command, f"just {command}")


def _just() -> str:
    """`just` or `./just`: ./just has found out already, whoever types .venv/bin/cortex gets an answer of their own."""
    return os.environ.get("CORTEX_JUST") or _just_on_path()


@cache
def _just_on_path() -> str:
    from cortex.upkeep.doctor import new_enough

    place = shutil.which("just")
    return "just" if place and new_enough("just", place) else "./just"


def bar(part: int, whole: int, width: int = 20) -> str:
    """A progress bar in text."""
    full = round(width * part / whole) if whole else 0
    return glyph("bar") * full + glyph("rest") * (width - full)


@contextlib.contextmanager
def looking(as_json: bool) -> Iterator[Callable[[str], None] | None]:
    """A line on a terminal's standard error that says what is looked at; yields what changes it, None elsewhere."""
    screen = console(stderr=True)
    if as_json or not screen.is_terminal or screen.is_dumb_terminal:
        yield None
        return
    with screen.status("looking") as status:
        yield lambda text: status.update(escape(text))


def write_json(told: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n")


def show_next(screen: Console, step: str) -> None:
    """The step that comes next."""
    screen.print(f"[bold]{glyph('next')}[/] {escape(step)}", soft_wrap=True)


def finish(
    answer: Answer[Any],
    *,
    as_json: bool,
    show: Callable[[Console], None],
    tell_next: bool = True,
) -> NoReturn:
    """Prints the answer and leaves with its code.

    Args:
        as_json: prints one JSON object instead of text.
        show: prints the text.
        tell_next: ends the text with the next step, if there is one.
    """
    if as_json:
        write_json(answer.json())
    else:
        screen = console()
        show(screen)
        if answer.next and tell_next:
            show_next(screen, answer.next)
    sys.stdout.flush()
    raise SystemExit(answer.code)


def escape(text: str) -> str:
    """Text that Rich prints as it stands."""
    from rich.markup import escape as rich_escape

    return rich_escape(text)
