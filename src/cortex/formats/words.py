"""Text as people type and read it: languages, folding, numbers, and answers that say nothing."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cortex.formats.phase import Words
    from cortex.formats.quiz import Choice

Language = Literal["en", "es"]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def say(words: Words | Choice, lang: Language) -> str:
    """The text in one language."""
    return words.es if lang == "es" else words.en


def fold(text: str) -> str:
    """Lower case without accents, runs of blanks as one space, none outside; typographic quotes and minus plain."""
    plain = text.translate({0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"', 0x2212: "-"})
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)
    ).casefold()
    return " ".join(bare.split())


def as_number(answer: object) -> Fraction:
    """A recorded `numeric` answer as an exact number: 0.1 is one tenth. Raises ValueError."""
    top, slash, bottom = str(answer).replace("\u2212", "-").partition("/")
    parts = [top.strip(), bottom.strip()] if slash else [top.strip()]
    if not all(_NUMBER.fullmatch(part) and len(part) <= 60 for part in parts):
        raise ValueError(f"{answer} isn't a number")
    value = Fraction(parts[0])
    return value / Fraction(parts[1]) if slash else value


# Words that carry no claim by themselves: without accents, as `fold` leaves them.
_LITTLE = (
    "a about all an and any anything are as at be been but by can cant could did do does doesnt dont else for from had "
    "happen happens has have here honestly how i if ill im in is isnt it its just know me might my no not of on "
    "or our perhaps really see should sir so some something sorry sure that thats the there this to us very was we well "
    "were what whatever when where which who why will with wont would yet you "
    "al algo ante aqui asi aun con cosa cual cuando de del donde e el ella en es esa ese eso esta este esto ha haber hay "
    "he la las le lo los mas me mi muy ni no o para pasa pasar pasara pero por porque pues que quien quiza quizas se "
    "seguro ser si sin sobre su tal te tengo todo tu un una unas unos va ver vera vere y ya yo"
)
# What people say in place of an answer.
_SHRUGS = (
    "answer blah clue dunno guess guessing idea ideas idk lorem maybe na none prediction predict skip tbd test todo "
    "unknown unsure x adivina idea imagino ns nose prediccion prueba respuesta sabe saber supongo"
)
_EMPTY = frozenset((_LITTLE + " " + _SHRUGS).split())
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SLIPS = frozenset(
    row[i : i + 4] for line in _ROWS for row in (line, line[::-1]) for i in range(len(line) - 3)
)
_WORD = re.compile(r"[^\W_]+(?:['.,/][^\W_]+)*")


def says_nothing(text: str) -> bool:
    """Whether an answer in words makes no claim: a shrug in either language, one word over and over, keys at random.

    What is left after little words, shrugs and slips of the hand must be two different words or numbers.
    """
    words = {word.replace("'", "") for word in _WORD.findall(fold(text))}
    return len({word for word in words - _EMPTY if not _slipped(word)}) < 2


def _slipped(word: str) -> bool:
    """Four keys in a row of the keyboard, or one letter again and again."""
    if word.replace(".", "").isdigit():
        return False
    return len(set(word)) < 2 or any(word[i : i + 4] in _SLIPS for i in range(len(word) - 3))
