"""Instead of drawing: beams, contrastive search, and every outcome of a short completion with its exact probability."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minigrad.numerics import log_softmax, softmax
from minilm.generate import NextLogits
from minilm.sample import Settings, checked, filtered, greedy, top_k

States = Callable[[list[int]], NDArray[Any]]
"""A model's view of a text: from T token ids to one vector for each, (T, d)."""


class Hypothesis(NamedTuple):
    """A completion. `ids` holds the end token if there is one; `log_prob` is ln of its probability; `score` ranks it."""

    ids: tuple[int, ...]
    log_prob: float
    score: float


def _whole(op: str, **numbers: int) -> None:
    """ValueError unless each is an int of 1 or more; the message names it."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{op}: {name} must be an int of 1 or more, got {number!r}")


def beam_search(
    next_logits: NextLogits,
    prompt: Sequence[int],
    *,
    width: int,
    max_tokens: int,
    end: int | None = None,
    length_penalty: float = 0.0,
) -> list[Hypothesis]:
    """The best completions that a beam finds, best first, at most `width`.

    In each step every hypothesis is continued by every token; of all these the `width` likeliest stay (of equals those of the
    likelier, then of the earlier hypothesis, then with the lower token). Those that end with `end` are complete and leave the
    beam, whose width isn't reduced by that. Without any left, or after `max_tokens`, what is in the beam is complete too. The
    score of a complete one is its log probability divided by (its number of tokens) ** length_penalty. `width` = 1 without a
    length penalty is greedy. Completions of probability 0 are never there.

    Raises:
        ValueError: a width or max_tokens below 1, a length penalty that isn't finite, an empty prompt; NaN logits.
    """
    _whole("beam_search", width=width, max_tokens=max_tokens)
    if not math.isfinite(length_penalty):
        raise ValueError(f"beam_search: length_penalty must be finite, got {length_penalty!r}")
    if not prompt:
        raise ValueError("beam_search: the prompt is empty")
    raise NotImplementedError("Lab 21.4 - beam_search")


def contrastive(
    next_logits: NextLogits,
    states: States,
    prompt: Sequence[int],
    *,
    k: int,
    alpha: float,
    max_tokens: int,
    end: int | None = None,
) -> list[int]:
    """A completion that is likely and doesn't turn back to what it said (Su et al. 2022); without the end token.

    Of the `top_k` tokens v each has the score (1 - alpha) p(v) - alpha s(v), with p(v) the model's probability and s(v) the
    largest cosine between the vector of v, last of `states(text + [v])`, and those of all tokens before it. The highest is
    taken; of equals the likelier, then the one with the lower id. A vector of zeros has the cosine 0 with all others.

    Raises:
        ValueError: alpha outside 0 to 1, an empty prompt, a k or max_tokens below 1, k above the number of tokens; states that
            aren't finite, or not one vector for each token.
    """
    _whole("contrastive", k=k, max_tokens=max_tokens)
    if not 0 <= alpha <= 1:
        raise ValueError(f"contrastive: alpha must be from 0 to 1, got {alpha!r}")
    if not prompt:
        raise ValueError("contrastive: the prompt is empty")

    def vectors(ids: list[int]) -> NDArray[Any]:
        found = np.asarray(states(ids), dtype=np.float64)
        if found.ndim != 2 or len(found) != len(ids):
            raise ValueError(f"contrastive: states of {len(ids)} tokens have shape {found.shape}")
        if not np.isfinite(found).all():
            raise ValueError(f"contrastive: the states of {ids} aren't finite")
        return found

    raise NotImplementedError("Lab 21.4 - contrastive")


def outcomes(
    next_logits: NextLogits,
    prompt: Sequence[int],
    settings: Settings,
    *,
    max_tokens: int,
    end: int | None = None,
    floor: float = 0.0,
) -> dict[tuple[int, ...], float]:
    """Each completion that `generate` could draw, with its probability; without the end token.

    A completion ends with the end token or after `max_tokens`. Beginnings that are less likely than `floor` aren't followed, so
    the sum is below 1 by what they would have had. Without sampling there is one, of probability 1.

    Raises:
        ValueError: max_tokens below 1, floor outside 0 to below 1, an empty prompt; and what `filtered` refuses.
    """
    _whole("outcomes", max_tokens=max_tokens)
    if not 0 <= floor < 1:
        raise ValueError(f"outcomes: floor must be from 0 to below 1, got {floor!r}")
    if not prompt:
        raise ValueError("outcomes: the prompt is empty")
    raise NotImplementedError("Lab 21.5 - outcomes")


def effective_number(shares: Sequence[float]) -> float:
    """How many equally likely outcomes would be as varied: e to the entropy of the shares, scaled so that they sum to 1.

    Raises:
        ValueError: no shares, a negative one, or all of them 0.
    """
    raise NotImplementedError("Lab 21.5 - effective_number")


def quality_and_variety(
    found: dict[tuple[int, ...], float], right: Callable[[tuple[int, ...]], bool]
) -> tuple[float, float]:
    """(quality, variety): the share of the outcomes' probability that is right, and the effective number of the right ones.

    (0.0, 0.0) if none is right.
    """
    raise NotImplementedError("Lab 21.5 - quality_and_variety")
