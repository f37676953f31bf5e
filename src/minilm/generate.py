"""The loop that writes: token after token for a batch of requests, text as soon as it is safe to show, and where to stop."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minilm.sample import Settings, checked, draw, filtered, greedy

NextLogits = Callable[[list[list[int]]], NDArray[Any]]
"""A model: from B rows of token ids, of any lengths, to the logits (B, V) of the token behind each."""


class StopText:
    """Text as it comes, up to the first stop sequence.

    Pieces are bytes: a stop sequence, and one letter too, may begin in one piece and end in another. What is shown doesn't
    depend on where the pieces are cut.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        """TypeError for one string; ValueError for an empty stop sequence."""
        if isinstance(stop, str):
            raise TypeError(f"StopText: stop must be a list of strings, got {stop!r}")
        if "" in stop:
            raise ValueError("StopText: an empty stop sequence stops before anything was written")
        self.stopped = False
        self._stop = [text.encode() for text in stop]
        self._held = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> str:
        """What can be shown now that `piece` came.

        The first stop sequence is the one that ends first, and of several that end there the longest. Neither it nor what
        comes behind it is shown; `stopped` is True from then on, and later pieces show nothing. Bytes with which a stop
        sequence may have begun are held back, no more than those, and so are the first bytes of a letter.
        """
        raise NotImplementedError("Lab 21.3 - StopText.feed")

    def close(self) -> str:
        """What was held back, now that nothing more comes; half a letter becomes U+FFFD. "" after a stop sequence."""
        raise NotImplementedError("Lab 21.3 - StopText.close")


@dataclass(frozen=True)
class Request:
    """What somebody asks for. `seed` belongs to this request alone."""

    prompt: Sequence[int]
    max_tokens: int
    settings: Settings = field(default_factory=Settings)
    seed: int = 0
    stop: Sequence[str] = ()


@dataclass(frozen=True)
class Completion:
    """What a request got.

    Attributes:
        ids: the tokens that were written, without the end token.
        text: what they say, up to a stop sequence.
        why: it ended: "end" (the end token), "stop" (a stop sequence), "length" (max_tokens, or the context is full).
    """

    ids: list[int]
    text: str
    why: str


def generate(
    next_logits: NextLogits,
    requests: Sequence[Request],
    pieces: Sequence[bytes],
    *,
    context_len: int,
    end: int | None = None,
    show: Callable[[int, str], object] | None = None,
) -> list[Completion]:
    """Writes on for all requests at once; each gets what it would get alone, if the model's rows don't depend on each other.

    In every step the model is asked once, for the requests that aren't finished. Each row's logits go through `filtered`, whose
    penalties count prompt and completion; then `draw` with the request's own generator, `np.random.default_rng(seed)`, or
    `greedy`. Prompts aren't changed.

    Args:
        next_logits: the model. pieces: the bytes of each token.
        context_len: how many tokens the model can read. The last token that is written may be one more.
        end: the token that ends a completion; None if there is none.
        show: called with the number of a request and the text that it can show now, never with "".

    Raises:
        ValueError: no token in a prompt, one outside the vocabulary, a prompt longer than the context, max_tokens below 1 (the
            message names the request, as `request 1`, from 0, and the value); and what `filtered` and StopText refuse.
    """
    for number, request in enumerate(requests):
        _check(number, request, len(pieces), context_len)
    raise NotImplementedError("Lab 21.3 - generate")


def _check(number: int, request: Request, size: int, context_len: int) -> None:
    """ValueError for a request that can't be served."""
    n = len(request.prompt)
    if not n:
        raise ValueError(f"request {number}: the prompt is empty")
    if n > context_len:
        raise ValueError(f"request {number}: a prompt of {n} tokens, the context has {context_len}")
    if request.max_tokens < 1:
        raise ValueError(f"request {number}: max_tokens must be 1 or more, got {request.max_tokens}")  # fmt: skip
    for token in request.prompt:
        if not 0 <= token < size:
            raise ValueError(f"request {number}: token {token} isn't among the {size} of the vocabulary")  # fmt: skip
