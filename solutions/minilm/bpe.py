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
    # lab 11.0
    found: list[str] = pattern(split).findall(text)
    return found
    # end lab


def count_pairs(words: Iterable[Parts]) -> Counter[Pair]:
    """How often each pair of neighbors occurs in the words; none reaches from one word into the next."""
    # lab 11.0
    counts: Counter[Pair] = Counter()
    for parts in words:
        counts.update(pairwise(parts))
    return counts
    # end lab


def best_pair(counts: Mapping[Pair, int]) -> Pair:
    """The most frequent pair; of several, the lexicographically greatest. Raises ValueError where there is none."""
    # lab 11.0
    if not counts:
        raise ValueError("there is no pair to choose from")
    return max(counts, key=lambda pair: (counts[pair], pair))
    # end lab


def merge(parts: Parts, pair: Pair) -> Parts:
    """The parts with each occurrence of the pair joined, from left to right, none overlapping."""
    # lab 11.0
    merged: list[bytes] = []
    at = 0
    while at < len(parts):
        if parts[at : at + 2] == pair:
            merged.append(pair[0] + pair[1])
            at += 2
        else:
            merged.append(parts[at])
            at += 1
    return tuple(merged)
    # end lab


def train_naive(texts: Iterable[str], merges: int, *, split: str = "spaces") -> list[Pair]:
    """So many merges, fewer where no pair is left, each found by counting all pairs anew: the definition.

    Args:
        texts: several texts. Raises TypeError for one str.
    """
    _several(texts)
    # lab 11.0
    words = [to_parts(to_bytes(word)) for text in texts for word in pretokens(text, split)]
    found: list[Pair] = []
    while len(found) < merges:
        counts = count_pairs(words)
        if not counts:
            break
        pair = best_pair(counts)
        found.append(pair)
        words = [merge(parts, pair) for parts in words]
    return found
    # end lab


def count_words(texts: Iterable[str], split: str = "spaces") -> Counter[bytes]:
    """How often each pre-token occurs in the texts, as bytes. Raises TypeError for one str."""
    _several(texts)
    # lab 11.2
    words: Counter[bytes] = Counter()
    for text in texts:
        words.update(map(to_bytes, pretokens(text, split)))
    return words
    # end lab


def _several(texts: Iterable[str]) -> None:
    if isinstance(texts, str):
        raise TypeError("texts must be several texts, such as [text]; got one str")


def train_indexed(words: Mapping[bytes, int], merges: int) -> list[Pair]:
    """The merges of `train_naive`, from each word once with how often it occurs.

    All pairs are counted once, with an index from each pair to the words that hold it. A merge then looks at those words
    only, and there at what stands beside a joined place.
    """
    # lab 11.2
    all_parts = [list(to_parts(word)) for word in words]
    times = list(words.values())
    counts: Counter[Pair] = Counter()
    places: defaultdict[Pair, set[int]] = defaultdict(set)
    for at, parts in enumerate(all_parts):
        for pair in pairwise(parts):
            counts[pair] += times[at]
            places[pair].add(at)
    found: list[Pair] = []
    while len(found) < merges:
        most = max(counts.values(), default=0)
        if most == 0:
            break
        left, right = best = max(pair for pair, count in counts.items() if count == most)
        found.append(best)
        joined = left + right
        for at in places.pop(best):
            parts, count = all_parts[at], times[at]
            i = 0
            while i < len(parts) - 1:
                if parts[i] == left and parts[i + 1] == right:
                    if i > 0:
                        before = parts[i - 1]
                        counts[before, left] -= count
                        counts[before, joined] += count
                        places[before, joined].add(at)
                    if i + 2 < len(parts):
                        after = parts[i + 2]
                        counts[right, after] -= count
                        counts[joined, after] += count
                        places[joined, after].add(at)
                    parts[i : i + 2] = [joined]
                i += 1
        del counts[best]
    return found
    # end lab


def merge_by_rank(parts: Parts, ranks: Mapping[Pair, int]) -> Parts:
    """What training would have made of a word: of the pairs in it the one of lowest rank is joined, until none has one.

    Args:
        ranks: for each pair that is merged, its place in the order of training. Numbers may be left out: files exist that
            name a merge twice.
    """
    # lab 11.1
    held = list(parts)
    found = [ranks.get(pair, inf) for pair in pairwise(held)]
    while found and (lowest := min(found)) < inf:
        at = found.index(lowest)
        held[at] += held.pop(at + 1)
        del found[at]
        if at > 0:
            found[at - 1] = ranks.get((held[at - 1], held[at]), inf)
        if at < len(found):
            found[at] = ranks.get((held[at], held[at + 1]), inf)
    return tuple(held)
    # end lab


def merge_long(parts: Parts, ranks: Mapping[Pair, int]) -> Parts:
    """What `merge_by_rank` gives, for a word of any length: no pair is looked at twice unless something beside it changed.

    A heap knows the pair of lowest rank and, of several, the leftmost; links know the neighbors of what is left.
    """
    # lab 11.2
    held, end = list(parts), len(parts)
    after = [*range(1, end + 1)]
    before = [*range(-1, end - 1)]
    heap = [(ranks[pair], at) for at, pair in enumerate(pairwise(held)) if pair in ranks]
    heapq.heapify(heap)
    while heap:
        rank, at = heapq.heappop(heap)
        right = after[at]
        if not held[at] or right == end or ranks.get((held[at], held[right])) != rank:
            continue  # one of the two was joined meanwhile
        held[at] += held[right]
        held[right] = b""
        after[at] = after[right]
        if after[at] < end:
            before[after[at]] = at
        for left in (before[at], at):
            if left >= 0 and after[left] < end:
                found = ranks.get((held[left], held[after[left]]))
                if found is not None:
                    heapq.heappush(heap, (found, left))
    return tuple(part for part in held if part)
    # end lab


def settled(text: str, known: int, split: str = "spaces") -> list[str]:
    """The pre-tokens at the beginning of a text that stay as they are, whatever comes after the first `known` characters.

    "Whatever" may be nothing, or any other text than what stands there now.
    """
    # lab 11.3
    done: list[str] = []
    for match in pattern(split).finditer(text, 0, max(known, 0)):
        start, end = match.span()
        blank = start
        while blank < known and text[blank].isspace():
            blank += 1
        if end >= known or start + LOOKED_AT > known or blank >= known:
            break
        done.append(match.group())
    return done
    # end lab
