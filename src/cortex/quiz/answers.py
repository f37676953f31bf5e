"""Reading quiz answers: what a learner gives, brought into the form in which it is recorded and graded.

A recorded answer is an int (`single`: the choice's place in the file, from 1), a sorted list of ints (`multi`), a list
of letters (`order`), a number as it was written (`numeric`), or a text (`short`, `free`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from string import ascii_uppercase

from cortex.errors import CortexError
from cortex.files.digests import text_digest
from cortex.formats.quiz import Idea, Item

Answer = int | float | str | list[int] | list[str]

LONGEST = 4000  # characters in one answer
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")


def fold(text: str) -> str:
    """Lower case without accents, runs of blanks as one space, none outside; typographic quotes and minus plain."""
    plain = text.translate({0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"', 0x2212: "-"})
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)
    ).casefold()
    return " ".join(bare.split())


def letters(item: Item) -> dict[str, int]:
    """The letters by which an `order` item's choices are named, each with its place in the right order (from 0).

    They depend on the item's id and the number of choices only, and never spell the right order.
    """
    places = list(range(len(item.choices)))
    if item.type != "order":
        return {}
    salt = 0
    mixed = places
    while mixed == places:
        mixed = sorted(places, key=lambda i: text_digest(f"{item.id}:{salt}:{i}"))
        salt += 1
    return dict(zip(ascii_uppercase, mixed, strict=False))


def read_answer(item: Item, given: object) -> Answer:
    """The answer in its recorded form.

    Raises:
        CortexError: names the item (as `field`), what is wrong, and what is accepted.
    """
    if item.type == "single":
        return _choice(item, given)
    if item.type == "multi":
        return _choices(item, given)
    if item.type == "order":
        return _order(item, given)
    if item.type == "numeric":
        return _number(item, given)
    return _text(item, given)


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


def _choice(item: Item, given: object) -> int:
    count = len(item.choices)
    todo = f"Give the number of one choice, 1 to {count}, or its text."
    if isinstance(given, str):
        named = _place(item, given)
        if re.fullmatch(r"\s*[0-9]{1,9}\s*", given) is None:
            if named:
                return named
        elif named and 1 <= int(given) <= count and named != int(given):
            raise CortexError(
                f"{_short(given)} is the text of choice {named}, and a choice's number",
                field=item.id,
                todo=f"Give the number, without quotes: 1 to {count}.",
            )
        else:
            given = named or int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        if not 1 <= given <= count:
            raise CortexError(f"there is no choice {given}", field=item.id, todo=todo)
        return given
    raise CortexError(f"{_short(given)} is none of its choices", field=item.id, todo=todo)


def _place(item: Item, text: str) -> int:
    """The choice with this text, counted from 1; 0 if there is none."""
    for place, choice in enumerate(item.choices, start=1):
        if fold(text) in (fold(choice.en), fold(choice.es)):
            return place
    return 0


def _choices(item: Item, given: object) -> list[int]:
    todo = f"Give every right choice: numbers from 1 to {len(item.choices)}, such as 1, 3."
    if isinstance(given, str) and re.fullmatch(r"[\d\s,;]+", given):
        given = re.findall(r"\d+", given)
    parts = given if isinstance(given, list) else [given]
    if not parts or parts == [""]:
        raise CortexError("no choice is named", field=item.id, todo=todo)
    try:
        return sorted({_choice(item, part) for part in parts})
    except CortexError as error:
        raise CortexError(error.problem, field=item.id, todo=todo) from None


def _order(item: Item, given: object) -> list[str]:
    names = letters(item)
    known = ", ".join(names)
    todo = f"Give each letter once ({known}), first to last, or the texts."
    if isinstance(given, str):
        rough = re.findall(r"\w+", given)
        given = list(rough[0]) if len(rough) == 1 else rough
    if not isinstance(given, list):
        raise CortexError(f"{_short(given)} is no order", field=item.id, todo=todo)
    by_place = {place: letter for letter, place in names.items()}
    found = []
    for part in given:
        if isinstance(part, str) and part.strip().upper() in names:
            found.append(part.strip().upper())
            continue
        place = _place(item, part) if isinstance(part, str) else 0
        if not place:
            raise CortexError(f"{_short(part)} is none of its choices", field=item.id, todo=todo)
        found.append(by_place[place - 1])
    missing = [letter for letter in names if letter not in found]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        raise CortexError(f"{', '.join(missing)} {verb} missing", field=item.id, todo=todo)
    if len(found) > len(names):
        twice = next(letter for letter in names if found.count(letter) > 1)
        raise CortexError(f"{twice} is there twice", field=item.id, todo=todo)
    return found


def _number(item: Item, given: object) -> str | int | float:
    todo = "Give a number: 12, -0.5, 1e-3 or 1/3."
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise CortexError(f"{_short(given)} isn't a number", field=item.id, todo=todo)
    if isinstance(given, str) and re.fullmatch(r"\s*[+-]?\d[\d.]*,[\d,.]*\s*", given):
        raise CortexError(
            f"{_short(given)} has a comma",
            field=item.id,
            todo="Write decimals with a point, such as 0.5, and thousands without a mark.",
        )
    try:
        as_number(given)
    except ValueError:
        raise CortexError(f"{_short(given)} isn't a number", field=item.id, todo=todo) from None
    except ZeroDivisionError:
        raise CortexError(f"{_short(given)} divides by zero", field=item.id, todo=todo) from None
    return given.strip() if isinstance(given, str) else given


def _text(item: Item, given: object) -> str:
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = str(given)
    if not isinstance(given, str):
        raise CortexError(
            f"{_short(given)} isn't text",
            field=item.id,
            todo="Give a text; in YAML, put it in quotes.",
        )
    # Control characters and half surrogates would garble the record and the screen.
    text = given.encode("utf-8", "replace").decode("utf-8")
    text = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text).strip()
    if not text:
        raise CortexError("the answer is empty", field=item.id, todo="Give a text.")
    if len(text) > LONGEST:
        raise CortexError(
            f"the answer has {len(text):,} characters",
            field=item.id,
            todo=f"Give at most {LONGEST:,}: a sentence or two is enough.",
        )
    return text


def _short(given: object) -> str:
    text = "nothing" if given is None else repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
