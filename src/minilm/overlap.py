"""What two parts of a corpus have in common: fingerprints, near-duplicates, and what a test has in common with training."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from collections.abc import Callable, Iterable

from minilm.corpus import Example


def normalize(text: str) -> str:
    """The text as it is compared: composed (NFC), lower case except for the word I, one space between words, none around."""
    raise NotImplementedError("Lab 12.3 - one form for texts that are read as the same")


def fingerprint(example: Example) -> str:
    """SHA-256, in hexadecimal, of the normalized text, the English infinitive, the tense and the person.

    The four stand on lines of their own, in UTF-8, with no newline behind the last.
    """
    raise NotImplementedError("Lab 12.3 - the identity of an example")


def shingles(text: str, size: int = 3) -> set[str]:
    """Every run of `size` characters of the normalized text. A text that is shorter is its own only one; "" has none.

    Raises:
        ValueError: `size` below 1; the message says which it is.
    """
    raise NotImplementedError("Lab 12.3 - the runs of characters")


def similarity(a: str, b: str, size: int = 3) -> float:
    """How alike two texts are, from 0 to 1: of the shingles that either has, the share that both have.

    1 for texts of which neither has any.
    """
    raise NotImplementedError("Lab 12.3 - the share of common shingles")


def near_duplicates(
    examples: Iterable[Example], threshold: float = 0.7
) -> list[tuple[str, str, float]]:
    """Pairs of examples whose texts differ, normalized, and are at least `threshold` alike.

    Returns:
        (id, id, similarity), the id that sorts first in front; the most similar pairs first, equal ones by their ids.
    """
    raise NotImplementedError("Lab 12.3 - pairs that are almost the same")


def contamination(seen: Iterable[Example], asked: Iterable[Example]) -> dict[str, float]:
    """Which share of `asked` has something in common with `seen`, by what it has in common.

    `fingerprint`; `text`, normalized; `answer`, the normalized right form: `correct_form`, or the text where that is right;
    `spanish`, normalized; `spanish_verb`.

    Returns:
        Five shares from 0 to 1, in this order; all 0 where nothing is asked.
    """
    raise NotImplementedError("Lab 12.3 - what a test shares with training")
