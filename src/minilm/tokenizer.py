"""Text to ids and back: a byte-level BPE with special tokens. Every text has ids, since every byte is a token."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from numbers import Integral

from minilm import bpe
from minilm.bpe import Pair

_SHORT = 64  # bytes up to which looking at all pairs beats a heap


def cut(text: str, names: Iterable[str]) -> list[str]:
    """The text in pieces, each either a special token or what lies between two; joined they are the text, none is empty.

    Special tokens are found from left to right; where several begin at one place, the longest is taken.
    """
    raise NotImplementedError("Lab 11.1 - cut")


def train(
    texts: Iterable[str],
    vocab_size: int,
    special_tokens: Iterable[str] = (),
    *,
    split: str = "spaces",
) -> Tokenizer:
    """A tokenizer with `vocab_size` tokens: special tokens, 256 bytes, and what merges make.

    There are fewer where no pair is left.

    Args:
        texts: several texts; special tokens in them cut them and are never merged into anything.
        special_tokens: their ids are 0, 1, ... in this order.

    Raises:
        TypeError: `texts` is one str, or `special_tokens` is; a `vocab_size` that is no whole number.
        ValueError: no text, a lone surrogate, a special token that is empty or twice, or a `vocab_size` without room
            for the special tokens and the bytes.
    """
    if isinstance(texts, str):
        raise TypeError("texts must be several texts, such as [text]; got one str")
    if not _whole(vocab_size):
        raise TypeError(f"vocab_size must be a whole number, got {vocab_size!r}")
    specials = _checked(special_tokens)
    base = len(specials) + 256
    if vocab_size < base:
        raise ValueError(
            f"vocab_size must be at least {base}: {len(specials)} special tokens and 256 bytes; got {vocab_size}"
        )
    pieces = (piece for text in texts for piece in cut(text, specials) if piece not in specials)
    words = bpe.count_words(pieces, split)
    if not words:
        raise ValueError("there is no text to train on")
    merges = bpe.train_indexed(words, vocab_size - base)
    return Tokenizer.from_merges(merges, specials, split=split)


def _checked(names: Iterable[str]) -> list[str]:
    if isinstance(names, str):
        raise TypeError(f"special_tokens must be several names, such as [{names!r}]; got one str")
    found = list(names)
    for name in found:
        if not isinstance(name, str) or not name:
            raise ValueError(f"a special token is a text that isn't empty, got {name!r}")
        bpe.to_bytes(name)
    if len(set(found)) != len(found):
        raise ValueError("a special token is named twice")
    return found


def _whole(number: object) -> bool:
    """Whether it is a whole number by type; NumPy's are. A dict takes True and 1.0 for 1."""
    return isinstance(number, Integral) and not isinstance(number, bool)


def _checked_stream(chunks: Iterable[str]) -> Iterator[str]:
    """The chunks as they come. Raises ValueError for a lone surrogate, with its position in all of them."""
    before = 0
    for chunk in chunks:
        bpe.to_bytes(chunk, before)
        before += len(chunk)
        yield chunk


class Tokenizer:
    """Text to ids and back.

    Attributes:
        vocab: id to bytes, special tokens aside.
        merges: the pairs in the order in which they are applied.
        special_tokens: text to id.
        split: how text is cut into pre-tokens (see `bpe.SPLITS`).

    Raises:
        ValueError: an id or a token is there twice, a byte has no token, or a merge makes bytes that have none.
    """

    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Iterable[Pair],
        special_tokens: Mapping[str, int] | None = None,
        *,
        split: str = "spaces",
    ) -> None:
        self.vocab, self.merges = dict(vocab), list(merges)
        self.special_tokens, self.split = dict(special_tokens or {}), split
        _checked(self.special_tokens)
        bpe.pattern(split)
        ids = [*self.vocab, *self.special_tokens.values()]
        if len(set(ids)) != len(ids):
            raise ValueError("an id is there twice")
        self._ids = {token: at for at, token in self.vocab.items()}
        if len(self._ids) != len(self.vocab):
            raise ValueError("a token is there twice")
        missing = [byte for byte in range(256) if bytes([byte]) not in self._ids]
        if missing:
            raise ValueError(f"byte {missing[0]} has no token")
        self._ranks: dict[Pair, int] = {}
        for rank, (left, right) in enumerate(self.merges):
            if left + right not in self._ids:
                raise ValueError(f"merge {rank} makes {left + right!r}, which has no token")
            self._ranks.setdefault((left, right), rank)
        self._names = {at: bpe.to_bytes(name) for name, at in self.special_tokens.items()}
        self._cached: Callable[[str], tuple[int, ...]] = lru_cache(maxsize=65536)(self._word)

    @classmethod
    def from_merges(
        cls, merges: Iterable[Pair], special_tokens: Iterable[str] = (), *, split: str = "spaces"
    ) -> Tokenizer:
        """Ids in this order: special tokens, the 256 bytes, what each merge makes; what is there already gets no other."""
        merges, specials = list(merges), _checked(special_tokens)
        tokens = [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]
        vocab = dict(enumerate(dict.fromkeys(tokens), start=len(specials)))
        return cls(vocab, merges, {name: at for at, name in enumerate(specials)}, split=split)

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, special ones too."""
        return len(self.vocab) + len(self.special_tokens)

    def token(self, at: int) -> bytes | None:
        """The bytes of an id, a special token's too; None where no token has it, as for True and 1.0."""
        if not _whole(at):
            return None
        return self.vocab.get(at, self._names.get(at))

    def encode_word(self, word: str) -> tuple[int, ...]:
        """The ids of one pre-token."""
        return self._cached(word) if len(word) <= _SHORT else self._word(word)

    def _word(self, word: str) -> tuple[int, ...]:
        parts = bpe.to_parts(bpe.to_bytes(word))
        merged = (bpe.merge_by_rank if len(parts) <= _SHORT else bpe.merge_long)(parts, self._ranks)
        return tuple(self._ids[part] for part in merged)

    def encode(self, text: str, *, specials: bool = True) -> list[int]:
        """The ids of a text.

        Args:
            specials: whether special tokens in it are recognized; if not, they are text like any other.

        Raises:
            ValueError: a lone surrogate, with its position.
        """
        bpe.to_bytes(text)
        raise NotImplementedError("Lab 11.1 - Tokenizer.encode")

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids; bytes that are no UTF-8 become the replacement character.

        Raises:
            ValueError: an id that no token has, with its position; True and 1.0 are no ids.
        """
        raise NotImplementedError("Lab 11.1 - Tokenizer.decode")

    def encode_iterable(self, chunks: Iterable[str], *, specials: bool = True) -> Iterator[int]:
        """The ids of the joined chunks, one after the other, however the text is cut into chunks.

        Keeps no more than twice the longest pre-token, the longest special token and a chunk.

        Raises:
            ValueError: a lone surrogate, with its position in the joined chunks, when its chunk comes.
        """
        chunks = _checked_stream(chunks)
        raise NotImplementedError("Lab 11.3 - Tokenizer.encode_iterable")
