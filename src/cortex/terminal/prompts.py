"""Asking one question on a terminal or down a pipe: how it is shown, how an answer is read, how a grade is told."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING

from cortex.errors import CortexError
from cortex.files.digests import text_digest
from cortex.formats.quiz import Item
from cortex.quiz.answers import Answer, letters, read_answer
from cortex.quiz.grading import ItemGrade, Language, say
from cortex.terminal.output import glyph

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WIDTH = 78  # an 80-column terminal shows it without breaking
SKIP = "?"
_CODE = re.compile(r"`([^`]+)`")

_WORDS: dict[str, dict[Language, str]] = {
    "single": {"en": "One choice, 1 to {n}", "es": "Una opción, de 1 a {n}"},
    "multi": {
        "en": "All that are right, such as 1 3 (all or nothing)",
        "es": "Todas las correctas, como 1 3 (todas o nada)",
    },
    "numeric": {"en": "A number: 12, -0.5, 1e-3, 1/3", "es": "Un número: 12, -0.5, 1e-3, 1/3"},
    "order": {
        "en": "First to last, such as {letters}",
        "es": "Del primero al último, como {letters}",
    },
    "short": {"en": "A word or two", "es": "Una o dos palabras"},
    "free": {"en": "A sentence or two, then Enter", "es": "Una o dos frases y luego Intro"},
    "right": {"en": "right", "es": "correcto"},
    "wrong": {"en": "wrong", "es": "incorrecto"},
    "skipped": {"en": "skipped", "es": "sin responder"},
    "waits": {
        "en": "every idea is there, to be confirmed",
        "es": "están todas las ideas, por confirmar",
    },
    "missing": {"en": "an idea is missing", "es": "falta una idea"},
    "answer": {"en": "the answer:", "es": "la respuesta:"},
    "question": {"en": "question {k} of {n}", "es": "pregunta {k} de {n}"},
    "help": {
        "en": "? skips a question. Ctrl-C stops, and what you answered is kept.",
        "es": "? salta una pregunta. Ctrl-C para, y lo respondido se guarda.",
    },
    "confirm": {
        "en": "Does your answer say all of this?",
        "es": "¿Dice todo esto tu respuesta?",
    },
    "card": {"en": "card {k} of {n}", "es": "tarjeta {k} de {n}"},
    "recall": {
        "en": "Say it to yourself, then Enter",
        "es": "Dilo para ti y luego Intro",
    },
    "rate": {
        "en": "How was it? again, hard, good, easy (Enter: {suggested})",
        "es": "¿Qué tal? again, hard, good, easy (Intro: {suggested})",
    },
    "yes-no": {"en": "y or n", "es": "s o n"},
}


def word(name: str, lang: Language, **values: object) -> str:
    """One of the session's own phrases."""
    return _WORDS[name][lang].format(**values)


def styled(screen: Console, text: str, style: str = "") -> Text:
    """Text whose `code` is colored where there is color, and keeps its backticks where there is none."""
    from rich.text import Text

    if not screen.is_terminal or screen.no_color or screen.color_system is None:
        return Text(text, style=style)
    result = Text(style=style)
    end = 0
    for found in _CODE.finditer(text):
        result.append(text[end : found.start()])
        result.append(found[1], style="cyan")
        end = found.end()
    result.append(text[end:])
    return result


def tell(
    screen: Console, text: str, *, first: str = "", rest: str | None = None, style: str = ""
) -> None:
    """Prints text that is broken at the session's width, `first` before its first line and `rest` before the others."""
    from rich.cells import cell_len
    from rich.text import Text

    rest = " " * cell_len(first) if rest is None else rest
    room = max(min(screen.width, WIDTH) - max(cell_len(first), cell_len(rest)), 10)
    start = first
    for part in text.split("\n") or [""]:
        for line in styled(screen, part, style).wrap(screen, room):
            line.rstrip()
            screen.print(Text(start) + line, soft_wrap=True)
            start = rest


def shown_order(item: Item, seed: str) -> list[int]:
    """The places (from 1) of the choices in the order in which they are shown; the same for the same seed."""
    places = range(1, len(item.choices) + 1)
    return sorted(places, key=lambda place: text_digest(f"{seed}:{item.id}:{place}"))


def show_item(screen: Console, item: Item, lang: Language, shown: list[int]) -> None:
    """The prompt and its choices."""
    tell(screen, say(item.prompt, lang), style="bold")
    if item.choices:
        screen.print()
    if item.type == "order":
        for letter, place in letters(item).items():
            tell(screen, say(item.choices[place], lang), first=f"  {letter}  ")
    elif item.choices:
        for number, place in enumerate(shown, start=1):
            tell(screen, say(item.choices[place - 1], lang), first=f"  {number}  ")
    screen.print()


def ask(screen: Console, item: Item, lang: Language, shown: list[int]) -> Answer | None:
    """Asks until there is an answer that can be one; None where the question is skipped.

    Raises:
        EOFError: no more input. KeyboardInterrupt: Ctrl-C.
    """
    how = word(item.type, lang, n=len(item.choices), letters=" ".join(letters(item)))
    while True:
        typed = read_line(f"{how}: ").strip()
        if typed == SKIP:
            return None
        try:
            return read_answer(item, _unshuffled(item, typed, shown))
        except CortexError as error:
            tell(
                screen,
                f"{error.problem}. {error.todo}",
                first=f"  {glyph('todo')} ",
                style="yellow",
            )


def ask_yes(prompt: str) -> bool:
    """A yes (y, s) or a no (n). Raises EOFError and KeyboardInterrupt."""
    while True:
        typed = read_line(prompt).strip().lower()[:1]
        if typed in ("y", "s", "n"):
            return typed != "n"


def read_line(prompt: str) -> str:
    """A line from standard input, with line editing on a terminal. Raises EOFError and KeyboardInterrupt."""
    if sys.stdin is None:
        raise EOFError
    if sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - gives input() its line editing
    if sys.stdin.errors != "replace" and hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="replace")
    line = input(prompt)
    if not sys.stdin.isatty():
        sys.stdout.write(f"{line}\n")  # nobody's typing showed it
    return line


def interactive() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def show_grade(screen: Console, result: ItemGrade, lang: Language) -> None:
    """Right or wrong, and why."""
    if result.correct:
        mark, color, verdict = "done", "green", word("right", lang)
    elif result.provisional:
        mark, color, verdict = "stale", "yellow", word("waits", lang)
    else:
        missing = result.type == "free" and result.answered and result.confirmed is None
        name = "missing" if missing else "wrong" if result.answered else "skipped"
        mark, color, verdict = "fail", "red", word(name, lang)
    tell(screen, verdict, first=f"  {glyph(mark)} ", style=color)
    if not result.correct and result.type != "free":
        if len(result.right) == 1:
            tell(screen, f"{word('answer', lang)} {result.right[0]}", first="    ")
        else:
            tell(screen, word("answer", lang), first="    ")
        for number, text in enumerate(result.right if len(result.right) > 1 else [], start=1):
            tell(screen, text, first=f"    {f'{number}.' if result.type == 'order' else '-'} ")
    for idea in result.ideas:
        sign = glyph("done" if idea.found else "todo")
        tell(screen, idea.idea, first=f"    {sign} ", rest="      ")
    if result.why:
        tell(screen, result.why, first="    ")


def _unshuffled(item: Item, typed: str, shown: list[int]) -> object:
    """Numbers as they were shown, back to places in the file; anything else as it was typed."""
    if item.type not in ("single", "multi") or not re.fullmatch(r"[\d\s,;]+", typed):
        return typed
    numbers = [int(digits[:9]) for digits in re.findall(r"[0-9]+", typed)]
    places = [shown[n - 1] if 1 <= n <= len(shown) else n for n in numbers]
    return places[0] if item.type == "single" and len(places) == 1 else places
