"""From texts to rows of ids that a model can learn from: packed, masked, shuffled, and resumable anywhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.generators import stream
from minilm.errors import MinilmError

IGNORE = -100
"""The target of a position that is asked for nothing."""
BORDER = 0
"""The id that stands before a text and behind it."""


@dataclass(frozen=True)
class Characters:
    """A vocabulary of characters: id 0 is BORDER, those after it are `letters` in their order."""

    letters: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Characters:
        """Those that the texts are made of, in the order of their code points."""
        return cls(tuple(sorted({letter for text in texts for letter in text})))

    @property
    def vocab_size(self) -> int:
        """BORDER counts."""
        return len(self.letters) + 1

    @property
    def pieces(self) -> list[bytes]:
        """What each id stands for, in UTF-8; b"" for BORDER. It is what `bits_per_byte` counts."""
        return [b"", *(letter.encode() for letter in self.letters)]

    def encode(self, text: str) -> list[int]:
        """The ids of the text's letters, without borders. MinilmError names a letter that isn't known, and its place."""
        ids = {letter: i for i, letter in enumerate(self.letters, 1)}
        for place, letter in enumerate(text):
            if letter not in ids:
                raise MinilmError(f"{text!r}: {letter!r} at {place} isn't in the vocabulary")
        return [ids[letter] for letter in text]

    def decode(self, ids: Iterable[int]) -> str:
        """The letters; borders are left out."""
        return "".join(self.letters[i - 1] for i in ids if i != BORDER)


@dataclass(frozen=True)
class Item:
    """A text to learn from.

    Attributes:
        ids: its tokens, borders among them; each but the first is the target of the one before.
        quiet: how many targets, from the first on, are read and not asked for: a prompt.
    """

    ids: tuple[int, ...]
    quiet: int = 0

    def __len__(self) -> int:
        """How many positions it takes in a row: one for each target."""
        return len(self.ids) - 1


def items_of(letters: Characters, texts: Iterable[str], context_len: int) -> list[Item]:
    """Each text between two borders; those that don't fit into `context_len` positions are left out."""
    items = (Item((BORDER, *letters.encode(text), BORDER)) for text in texts)
    return [item for item in items if len(item) <= context_len]


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows side by side, each of several texts one behind another.

    Attributes:
        ids: (B, T), int64. targets: (B, T), the next id, or IGNORE. positions: (B, T), each text's own, from 0.
        mask: (B, 1, T, T) booleans, which positions belong to one text. Causality is the model's own.
    """

    ids: NDArray[np.int64]
    targets: NDArray[np.int64]
    positions: NDArray[np.int64]
    mask: NDArray[np.bool_]

    @property
    def tokens(self) -> int:
        """How many targets count."""
        return int((self.targets != IGNORE).sum())


def pack(lengths: Sequence[int], room: int) -> list[list[int]]:
    """First fit: each text goes into the first row that has room for it, or else begins a new one.

    Args:
        lengths: how many positions each text takes. room: how many a row has.

    Returns:
        For each row the numbers of its texts, in the order in which they came.

    Raises:
        MinilmError: a text of no position, or longer than `room`: the message has its number, its length and the room.
    """
    for i, n in enumerate(lengths):
        if not 0 < n <= room:
            raise MinilmError(f"text {i} takes {n} positions, and a row has 1 to {room}")
    raise NotImplementedError("Lab 18.0 - the first row that has room")


def collate(rows: Sequence[Sequence[Item]]) -> Batch:
    """A batch as wide as its longest row. What is left of a shorter row is one more text, of borders that nobody is asked for.

    MinilmError if no row has a position.
    """
    width = max((sum(len(item) for item in row) for row in rows), default=0)
    if not width:
        raise MinilmError("a batch needs a row with a text")
    raise NotImplementedError("Lab 18.0 - ids, targets, positions, and who belongs together")


class Loader:
    """Batches without end, epoch after epoch, each epoch in an order of its own. Where it stands is three numbers.

    Attributes:
        epoch: which pass over the texts, from 0. at: how many batches of it were handed out, skipped ones among them.
    """

    def __init__(
        self, items: Sequence[Item], rows: int, context_len: int, seed: int, packed: bool = True
    ) -> None:
        """Batches of `rows` rows of up to `context_len` positions; the last one of an epoch may have fewer rows.

        Args:
            packed: whether texts share rows (`pack`, in the epoch's order) or have one each.

        Raises:
            MinilmError: no text, none that asks for a target, or one that no row holds. ValueError: `rows` below 1.
        """
        if rows < 1:
            raise ValueError(f"rows must be 1 or more, got {rows}")
        if not any(item.quiet < len(item) for item in items):
            raise MinilmError("no text asks for a target: there is nothing to learn")
        self.items, self.rows, self.context_len = list(items), rows, context_len
        self.seed, self.packed = seed, packed
        self.epoch = self.at = 0
        self._batches = self._order()

    def _order(self) -> list[list[list[int]]]:
        """The numbers of the texts of each row of each batch of this epoch: a function of seed and epoch alone."""
        raise NotImplementedError("Lab 18.0 - shuffle, pack, cut into batches")

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        """The next batch that asks for a target; one that asks for none is skipped."""
        raise NotImplementedError("Lab 18.0 - on to the next batch, or the next epoch")

    def digest(self) -> str:
        """SHA-256 of the texts and of all that decides their order."""
        settings = [self.rows, self.context_len, self.seed, self.packed]
        content = [settings, [[*item.ids, item.quiet] for item in self.items]]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def state_dict(self) -> dict[str, Any]:
        """Where it stands, for JSON: `epoch`, `at` and the `digest` of what it walks over."""
        raise NotImplementedError("Lab 18.0 - where it stands")

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from there. MinilmError, and nothing changed, if the state is of other texts, seed, rows or packing."""
        if state["digest"] != self.digest():
            raise MinilmError("the state is of other texts, or of another seed, size or packing")
        raise NotImplementedError("Lab 18.0 - go on from there")


def in_order(items: Sequence[Item], rows: int, context_len: int) -> list[Batch]:
    """Each text once, in the order in which they came, packed: what an evaluation reads."""
    packed = pack([len(item) for item in items], context_len)
    named = [[items[i] for i in row] for row in packed]
    return [collate(named[i : i + rows]) for i in range(0, len(named), rows)]
