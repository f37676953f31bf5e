"""What a quiz knows of text: phrasings that must stand in an answer, and answers that are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cortex.formats.quiz import Idea
from cortex.formats.words import fold

_TOKEN = re.compile(r"\w+|[^\w\s]")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")


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
