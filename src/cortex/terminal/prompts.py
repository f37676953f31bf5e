"""Asking one question on a terminal or down a pipe: how it is shown, how an answer is read, how a grade is told."""

from __future__ import annotations

import contextlib
import re
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cortex.errors import CortexError
from cortex.terminal.output import glyph

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from cortex.formats.words import Language
    from cortex.quiz.kind import ItemGrade, Shown

WIDTH = 78  # an 80-column terminal shows it without breaking
SKIP = "?"
_CODE = re.compile(r"`([^`]+)`")
T = TypeVar("T")

_WORDS: dict[str, dict[Language, str]] = {
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
    "guess": {
        "en": "a prediction can't be skipped. A guess is fine: being wrong holds no gate",
        "es": "una predicción no se salta. Vale adivinar: equivocarse no cierra ninguna puerta",
    },
    "said": {"en": "you said", "es": "dijiste"},
    "came": {"en": "came", "es": "salió"},
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


def show_item(screen: Console, shown: Shown) -> None:
    """The prompt and its choices."""
    tell(screen, shown.prompt, style="bold")
    if shown.choices:
        screen.print()
    for choice in shown.choices:
        tell(screen, choice.text, first=f"  {choice.label}  ")
    screen.print()


def ask(screen: Console, shown: Shown, give: Callable[[str | None], T]) -> T:
    """Asks until `give` takes what is typed; it gets None where the question is skipped.

    Raises:
        EOFError: no more input. KeyboardInterrupt: Ctrl-C. CortexError: what is no matter of the answer.
    """
    while True:
        typed = read_line(f"{shown.how}{'' if shown.how.endswith('?') else ':'} ").strip()
        try:
            return give(None if typed == SKIP else typed)
        except CortexError as error:
            if error.field != shown.id:
                raise
            told = f"{error.problem}. {error.todo}".rstrip()
            tell(screen, told, first=f"  {glyph('todo')} ", style="yellow")


def predict(
    screen: Console, questions: list[Shown], lang: Language, give: Callable[[list[str]], T]
) -> T:
    """Asks for the first of what is to be predicted, until it is taken. Raises EOFError."""
    shown = questions[0]
    if shown.prompt:
        tell(screen, shown.prompt, style="bold")
    for choice in shown.choices:
        if choice.text not in shown.how:
            tell(screen, choice.text, first=f"  {choice.label}  ")

    def take(typed: str | None) -> T:
        if typed is None:
            raise CortexError(word("guess", lang), field=shown.id)
        return give([typed if shown.type == "words" else f"{shown.id}={typed}"])

    answer = ask(screen, shown, take)
    screen.print()
    return answer


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


def end_asking(screen: Console) -> None:
    """After Ctrl-C or the end of the input: a new line, and a second Ctrl-C doesn't hide what was kept."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    screen.print()


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
        name = "missing" if result.incomplete else "wrong" if result.answered else "skipped"
        mark, color, verdict = "fail", "red", word(name, lang)
    tell(screen, verdict, first=f"  {glyph(mark)} ", style=color)
    if not result.correct and not result.ideas:
        if len(result.right) == 1:
            tell(screen, f"{word('answer', lang)} {result.right[0]}", first="    ")
        else:
            tell(screen, word("answer", lang), first="    ")
        for number, text in enumerate(result.right if len(result.right) > 1 else [], start=1):
            tell(screen, text, first=f"    {f'{number}.' if result.ordered else '-'} ")
    for idea in result.ideas:
        sign = glyph("done" if idea.found else "todo")
        tell(screen, idea.idea, first=f"    {sign} ", rest="      ")
    if result.why:
        tell(screen, result.why, first="    ")
