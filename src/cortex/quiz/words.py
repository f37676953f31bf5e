"""What a quiz knows of text: languages, folding, numbers as they are written, phrasings that must stand in an answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from cortex.formats.phase import Words
from cortex.formats.quiz import Choice, Idea

Language = Literal["en", "es"]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")


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


def holds(answer: str, idea: Idea) -> bool:
    """Whether one of the idea's accepted phrasings stands in the answer, as whole words next to each other.

    Case and accents don't matter. Punctuation between words doesn't either, unless the phrasing has some itself.
    """
    tokens = _tokens(answer)
    words = [token for token in tokens if token[0].isalnum() or token[0] == "_"]
    for phrasing in idea.accept:
        wanted = _tokens(phrasing)
        spoken = all(token[0].isalnum() or token[0] == "_" for token in wanted)
        if wanted and _contains(words if spoken else tokens, wanted):
            return True
    return False


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(_HYPHEN.sub(" ", fold(text)))


def _contains(whole: Sequence[str], part: Sequence[str]) -> bool:
    n = len(part)
    return any(list(whole[i : i + n]) == list(part) for i in range(len(whole) - n + 1))


def same_text(given: str, accepted: str) -> bool:
    """Whether a `short` answer is an accepted one: case, accents, blanks and quotes around it don't count."""

    def bare(text: str) -> str:
        return fold(text).strip("`'\" ")

    return bare(given) == bare(accepted)


def short(given: object) -> str:
    """What was given, as a message repeats it."""
    text = "nothing" if given is None else repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
