"""Byte-pair encoding without ids: text in pre-tokens, pre-tokens in parts, and the merges that join parts.

Source: Gage (1994); Sennrich, Haddow and Birch (2016); Radford et al. (2019) for bytes and pre-tokens.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from math import inf
from typing import Any

Parts = tuple[bytes, ...]
Pair = tuple[bytes, bytes]

# How text is cut before anything is merged; no token ever crosses a cut. `spaces`: a word takes one space in front along,
# other white space stands alone. `gpt2`: contractions, letters, digits and the rest apart. `modern` is Llama 3's: digits
# in threes, and line ends with what they end.
SPLITS = {
    "spaces": r" ?\S+|\s",
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "modern": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
}
LOOKED_AT = 3
"""Characters that a pattern may look at before it decides what begins there: the longest contraction."""


@lru_cache
def pattern(split: str) -> Any:
    """The compiled pattern of a split. Raises ValueError for an unknown name."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    if split == "spaces":
        return re.compile(SPLITS[split])
    import regex  # knows \p{L}; the default split needs nothing but `re`

    return regex.compile(SPLITS[split])


def to_bytes(text: str, before: int = 0) -> bytes:
    """The text in UTF-8. Raises ValueError for a lone surrogate, which no UTF-8 can hold.

    Args:
        before: characters that stand before this text in a longer one, whose position the error names.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {before + error.start} is a lone surrogate ({text[error.start]!r}): no UTF-8 holds it"
        ) from None


def to_parts(word: bytes) -> Parts:
    """Each byte of a word as a part of its own."""
    return tuple(word[at : at + 1] for at in range(len(word)))


def pretokens(text: str, split: str = "spaces") -> list[str]:
    """The pre-tokens of a text, in order; joined they are the text."""
    raise NotImplementedError("Lab 11.0 - pretokens")


def count_pairs(words: Iterable[Parts]) -> Counter[Pair]:
    """How often each pair of neighbors occurs in the words; none reaches from one word into the next."""
    raise NotImplementedError("Lab 11.0 - count_pairs")


def best_pair(counts: Mapping[Pair, int]) -> Pair:
    """The most frequent pair; of several, the lexicographically greatest. Raises ValueError where there is none."""
    raise NotImplementedError("Lab 11.0 - best_pair")


def merge(parts: Parts, pair: Pair) -> Parts:
    """The parts with each occurrence of the pair joined, from left to right, none overlapping."""
    raise NotImplementedError("Lab 11.0 - merge")


def train_naive(texts: Iterable[str], merges: int, *, split: str = "spaces") -> list[Pair]:
    """So many merges, fewer where no pair is left, each found by counting all pairs anew: the definition.

    Args:
        texts: several texts. Raises TypeError for one str.
    """
    _several(texts)
    raise NotImplementedError("Lab 11.0 - train_naive")


def count_words(texts: Iterable[str], split: str = "spaces") -> Counter[bytes]:
    """How often each pre-token occurs in the texts, as bytes. Raises TypeError for one str."""
    _several(texts)
    raise NotImplementedError("Lab 11.2 - count_words")


def _several(texts: Iterable[str]) -> None:
    if isinstance(texts, str):
        raise TypeError("texts must be several texts, such as [text]; got one str")


def train_indexed(words: Mapping[bytes, int], merges: int) -> list[Pair]:
    """The merges of `train_naive`, from each word once with how often it occurs.

    All pairs are counted once, with an index from each pair to the words that hold it. A merge then looks at those words
    only, and there at what stands beside a joined place.
    """
    raise NotImplementedError("Lab 11.2 - train_indexed")


def merge_by_rank(parts: Parts, ranks: Mapping[Pair, int]) -> Parts:
    """What training would have made of a word: of the pairs in it the one of lowest rank is joined, until none has one.

    Args:
        ranks: for each pair that is merged, its place in the order of training. Numbers may be left out: files exist that
            name a merge twice.
    """
    raise NotImplementedError("Lab 11.1 - merge_by_rank")


def merge_long(parts: Parts, ranks: Mapping[Pair, int]) -> Parts:
    """What `merge_by_rank` gives, for a word of any length: no pair is looked at twice unless something beside it changed.

    A heap knows the pair of lowest rank and, of several, the leftmost; links know the neighbors of what is left.
    """
    raise NotImplementedError("Lab 11.2 - merge_long")


def settled(text: str, known: int, split: str = "spaces") -> list[str]:
    """The pre-tokens at the beginning of a text that stay as they are, whatever comes after the first `known` characters.

    "Whatever" may be nothing, or any other text than what stands there now.
    """
    raise NotImplementedError("Lab 11.3 - settled")
