"""n-gram models: the next token from the last few, by counting; and four answers to what was never counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minilm.errors import MinilmError

BOS, EOS, UNK = "<s>", "</s>", "<UNK>"
"""What stands before a sentence, what ends it, and what stands for a token that was never seen."""

Context = tuple[str, ...]
Table = Mapping[Context, Counter[str]]


@dataclass(frozen=True)
class Counts:
    """What was counted.

    Attributes:
        order: the length of the longest n-grams; a context has at most order - 1 tokens.
        vocabulary: every token, BOS, EOS and UNK among them, in the order of their code points.
        followers: for each context of 0 to order - 1 tokens that was seen, how often each token followed it.
    """

    order: int
    vocabulary: tuple[str, ...]
    followers: Table


def count(sentences: Iterable[Sequence[str]], order: int) -> Counts:
    """Counts the n-grams of all lengths from 1 to `order`, within each sentence.

    Each sentence gets order - 1 BOS in front and one EOS behind. These are counted like all others, so BOS stands among
    the followers of short contexts, too.

    Args:
        sentences: the tokens of each; a string is the sequence of its characters.

    Raises:
        ValueError: `order` isn't an int of 1 or more, or `sentences` is one string. MinilmError: no sentence; one that
            contains BOS, EOS or UNK (the message names it, as `sentence 3`, from 0, and the token).
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"count: order must be an int of 1 or more, got {order!r}")
    if isinstance(sentences, str):
        raise ValueError("count: several sentences are needed, got one string: put it in a list")
    raise NotImplementedError("Lab 14.0 - pad, and count what follows each context")


class LanguageModel:
    """What all n-gram models share. A subclass has `_prob`."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self._known = frozenset(counts.vocabulary)

    def _prob(self, token: str, context: Context) -> float:
        """The probability of a token of the vocabulary after order - 1 tokens of it, or fewer."""
        raise NotImplementedError(f"{type(self).__name__} has no _prob")

    def prob(self, token: str, context: Sequence[str] = ()) -> float:
        """P(token | context). Of a long context the last order - 1 tokens count; a token that was never seen is UNK, in both places."""
        raise NotImplementedError("Lab 14.0 - cut, replace, ask")

    def log_probs(self, sentence: Sequence[str]) -> NDArray[np.float64]:
        """ln P of each token of the sentence and of the EOS behind it, shape (len + 1,), after order - 1 BOS. -inf for 0."""
        raise NotImplementedError("Lab 14.0 - a sentence, token by token")

    def sample(self, rng: np.random.Generator, max_tokens: int = 100) -> list[str]:
        """A sentence drawn from the model, without specials: it ends before EOS, or after `max_tokens`.

        BOS and UNK are never drawn: what is left is scaled so that it sums to 1.

        Raises:
            ValueError: `max_tokens` isn't an int of 1 or more.
        """
        if isinstance(max_tokens, bool) or not isinstance(max_tokens, int) or max_tokens < 1:
            raise ValueError(f"sample: max_tokens must be an int of 1 or more, got {max_tokens!r}")
        raise NotImplementedError("Lab 14.2 - one token after the other")


class AddK(LanguageModel):
    """As if everything had been seen k times more after every context."""

    def __init__(self, counts: Counts, k: float = 1.0) -> None:
        """ValueError unless k is above 0 and finite."""
        if not 0 < k < math.inf:
            raise ValueError(f"AddK: k must be above 0 and finite, got {k}")
        super().__init__(counts)
        self.k = k

    def _prob(self, token: str, context: Context) -> float:
        """Every token of the vocabulary has its share, BOS and UNK too."""
        raise NotImplementedError("Lab 14.0 - counts and k")


class Interpolated(LanguageModel):
    """A context's own opinion, mixed with that of the context without its first token, and so on down to none.

    With no context left, the relative frequency: 0 for UNK. A context that was never seen has no opinion: all of the
    probability comes from the shorter one.
    """

    def _weights(self, token: str, seen: Counter[str]) -> tuple[float, float]:
        """(own, share): what the context itself gives the token, and which share goes to the shorter context.

        Args:
            seen: what followed the context, never empty.
        """
        raise NotImplementedError(f"{type(self).__name__} has no _weights")

    def _prob(self, token: str, context: Context) -> float:
        raise NotImplementedError("Lab 14.1 - mix with the shorter context")


class WittenBell(Interpolated):
    """The share of the shorter context is that of firsts, each of them one event more (Witten and Bell 1991).

    The rest is for what was seen, in proportion to the counts.
    """

    def _weights(self, token: str, seen: Counter[str]) -> tuple[float, float]:
        raise NotImplementedError("Lab 14.1 - how often was it something new?")


def _checked_discount(name: str, discount: float) -> float:
    if not 0 < discount < 1:
        raise ValueError(f"{name}: discount must lie between 0 and 1, got {discount}")
    return float(discount)


class AbsoluteDiscounting(Interpolated):
    """The same discount off every count that isn't 0; what was taken away is the shorter context's (Ney and others 1994)."""

    def __init__(self, counts: Counts, discount: float = 0.75) -> None:
        """ValueError unless 0 < discount < 1."""
        super().__init__(counts)
        self.discount = _checked_discount("AbsoluteDiscounting", discount)

    def _weights(self, token: str, seen: Counter[str]) -> tuple[float, float]:
        raise NotImplementedError("Lab 14.1 - off every count the same")


def continuations(counts: Counts) -> Table:
    """What Kneser-Ney counts. BOS follows nothing: it is left out everywhere.

    For contexts of order - 1 tokens, how often each token followed, as it was counted. For every shorter context and a
    token, how many *different* tokens stood before the two. A context that only BOS followed isn't there.
    """
    raise NotImplementedError("Lab 14.2 - how many different tokens stand before")


class KneserNey(LanguageModel):
    """Absolute discounting whose shorter contexts count companies instead of occurrences (Kneser and Ney 1995).

    Interpolated, with one discount (Chen and Goodman 1999); below no context lies the uniform distribution over the
    vocabulary without BOS, so that UNK has a little. BOS has probability 0 after every context, and all else sums to 1.
    """

    def __init__(self, counts: Counts, discount: float = 0.75) -> None:
        """ValueError unless 0 < discount < 1."""
        super().__init__(counts)
        self.discount = _checked_discount("KneserNey", discount)
        self._tables = continuations(counts)

    def _prob(self, token: str, context: Context) -> float:
        raise NotImplementedError("Lab 14.2 - discounted companies, mixed down to uniform")
