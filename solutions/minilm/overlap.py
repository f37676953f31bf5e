"""What two parts of a corpus have in common: fingerprints, near-duplicates, and what a test has in common with training."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from collections.abc import Callable, Iterable

from minilm.corpus import Example


def normalize(text: str) -> str:
    """The text as it is compared: composed (NFC), lower case except for the word I, one space between words, none around."""
    # lab 12.3 - one form for texts that are read as the same
    words = unicodedata.normalize("NFC", text).split()
    return " ".join(word if word == "I" else word.lower() for word in words)
    # end lab


def fingerprint(example: Example) -> str:
    """SHA-256, in hexadecimal, of the normalized text, the English infinitive, the tense and the person.

    The four stand on lines of their own, in UTF-8, with no newline behind the last.
    """
    # lab 12.3 - the identity of an example
    parts = (normalize(example.text), example.verb, example.tense, example.person)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    # end lab


def shingles(text: str, size: int = 3) -> set[str]:
    """Every run of `size` characters of the normalized text. A text that is shorter is its own only one; "" has none.

    Raises:
        ValueError: `size` below 1; the message says which it is.
    """
    # lab 12.3 - the runs of characters
    if size < 1:
        raise ValueError(f"shingles: size {size} is below 1")
    text = normalize(text)
    if len(text) <= size:
        return {text} if text else set()
    return {text[i : i + size] for i in range(len(text) - size + 1)}
    # end lab


def similarity(a: str, b: str, size: int = 3) -> float:
    """How alike two texts are, from 0 to 1: of the shingles that either has, the share that both have.

    1 for texts of which neither has any.
    """
    # lab 12.3 - the share of common shingles
    one, other = shingles(a, size), shingles(b, size)
    either = one | other
    return len(one & other) / len(either) if either else 1.0
    # end lab


def near_duplicates(
    examples: Iterable[Example], threshold: float = 0.7
) -> list[tuple[str, str, float]]:
    """Pairs of examples whose texts differ, normalized, and are at least `threshold` alike.

    Returns:
        (id, id, similarity), the id that sorts first in front; the most similar pairs first, equal ones by their ids.
    """
    # lab 12.3 - pairs that are almost the same
    ordered = sorted(examples, key=lambda example: example.id)
    found = []
    for a, b in itertools.combinations(ordered, 2):
        if normalize(a.text) != normalize(b.text):
            alike = similarity(a.text, b.text)
            if alike >= threshold:
                found.append((a.id, b.id, alike))
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))
    # end lab


def contamination(seen: Iterable[Example], asked: Iterable[Example]) -> dict[str, float]:
    """Which share of `asked` has something in common with `seen`, by what it has in common.

    `fingerprint`; `text`, normalized; `answer`, the normalized right form: `correct_form`, or the text where that is right;
    `spanish`, normalized; `spanish_verb`.

    Returns:
        Five shares from 0 to 1, in this order; all 0 where nothing is asked.
    """
    # lab 12.3 - what a test shares with training
    seen, asked = list(seen), list(asked)
    keys: dict[str, Callable[[Example], str]] = {
        "fingerprint": fingerprint,
        "text": lambda example: normalize(example.text),
        "answer": lambda example: normalize(example.correct_form or example.text),
        "spanish": lambda example: normalize(example.spanish),
        "spanish_verb": lambda example: example.spanish_verb,
    }
    shares = {}
    for name, key in keys.items():
        there = {key(example) for example in seen}
        hits = sum(key(example) in there for example in asked)
        shares[name] = hits / len(asked) if asked else 0.0
    return shares
    # end lab
