"""Speculative decoding: a small model guesses some tokens, the large one judges them all at once, and its distribution stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minilm.errors import MinilmError

Choose = Callable[[NDArray[Any]], int]
"""Draws from a distribution (n,): all randomness of this module goes through one such function."""

Chances = Callable[[Sequence[int], int], NDArray[Any]]
"""A model: from a text and n to its distributions (n, V) behind each of the last n tokens, as `Reader.chances`."""


@dataclass(frozen=True)
class Guessed:
    """What came: the new tokens; how often the large model was asked; how many guesses there were, and how many it kept."""

    ids: list[int]
    asked: int
    guesses: int
    kept: int


def residual(p: NDArray[Any], q: NDArray[Any]) -> NDArray[Any]:
    """(V,) what to draw from in the place of a guess that was refused, so that the whole is distributed as p.

    Args:
        p: (V,) the large model's distribution. q: (V,) the small one's. Where nothing is left, since they are the same, it is p.
    """
    # lab 22.5
    left = np.maximum(p - q, 0)
    return left / left.sum() if left.any() else p
    # end lab


def speculative(
    target: Chances,
    draft: Chances,
    prompt: Sequence[int],
    n_tokens: int,
    guesses: int,
    choose: Choose,
) -> Guessed:
    """Exactly `n_tokens` tokens behind a prompt, distributed as `target` alone would write them (Leviathan et al. 2023).

    In each round the draft guesses up to `guesses` tokens, one after the other; the target is asked once, about all of them.
    From the first guess on each is kept or refused. The first that is refused is replaced, and ends the round; if none is, the
    target adds a token of its own. No more is guessed than, with that one, is still wanted.

    Args:
        choose: is called in this order: for each guess with the draft's distribution; then for each verdict with
            [kept, refused], of which the first means kept; and last with the distribution of the token that ends the round.

    Raises:
        MinilmError: an empty prompt, n_tokens below 1 or guesses below 0; a model that answers with NaN, or with another number of
            rows or tokens. The message begins with the name.
    """
    for name, n, least in (("prompt", len(prompt), 1), ("n_tokens", n_tokens, 1), ("guesses", guesses, 0)):  # fmt: skip
        if n < least:
            raise MinilmError(f"{name}: {least} or more are needed, got {n}")
    sizes: set[int] = set()
    target, draft = _checked("target", target, sizes), _checked("draft", draft, sizes)
    # lab 22.5
    ids, end = list(prompt), len(prompt) + n_tokens
    asked = guessed = kept = 0
    while len(ids) < end:
        text, qs = list(ids), []
        for _ in range(min(guesses, end - len(ids) - 1)):
            qs.append(draft(text, 1)[0])
            text.append(choose(qs[-1]))
        ps = target(text, len(qs) + 1)
        asked, guessed = asked + 1, guessed + len(qs)
        last = ps[-1]
        for token, p, q in zip(text[len(ids) :], ps, qs, strict=False):
            keeps = min(1.0, p[token] / q[token])
            if choose(np.array([keeps, 1 - keeps])) != 0:
                last = residual(p, q)
                break
            ids.append(token)
            kept += 1
        ids.append(choose(last))
    return Guessed(ids[len(prompt) :], asked, guessed, kept)
    # end lab


def _checked(name: str, model: Chances, sizes: set[int]) -> Chances:
    """The model, with MinilmError for what no distributions can be; `sizes` remembers how many tokens the models know."""

    def chances(text: Sequence[int], n: int) -> NDArray[Any]:
        found = model(text, n)
        if found.ndim != 2 or len(found) != n:
            raise MinilmError(f"{name}: ({n}, V) chances are needed, got {found.shape}")
        bad = found[~(found >= 0)]
        if len(bad):
            raise MinilmError(f"{name}: {bad[0]} among the chances behind {list(text)}")
        sizes.add(found.shape[1])
        if len(sizes) > 1:
            raise MinilmError(
                f"{name}: {found.shape[1]} tokens, the other model has {min(sizes - {found.shape[1]})}"
            )
        return found

    return chances


def sampler(rng: np.random.Generator) -> Choose:
    """A `Choose` that draws; it uses one `random()` a call."""

    def choose(p: NDArray[Any]) -> int:
        total = np.cumsum(p)
        # Rounding may leave the sum a little below the number drawn: then it is the last one that can be.
        return int(min(np.searchsorted(total, rng.random(), "right"), p.nonzero()[0][-1]))

    return choose


def distribution(run: Callable[[Choose], Sequence[int]]) -> dict[tuple[int, ...], float]:
    """The probability of every result of a random program, exactly: it is run once for each way that its draws can come out.

    Args:
        run: the program. All its randomness comes from the function that it is given, and it does the same for the same draws.

    Returns:
        From each result, as a tuple, to its probability; draws with probability 0 aren't tried.
    """
    # lab 22.5
    found: dict[tuple[int, ...], float] = {}
    path: list[int] = []  # for each call which of the possible draws to take
    left: list[int] = []  # for each call how many draws come after that one
    weight = 1.0

    def choose(p: NDArray[Any]) -> int:
        nonlocal weight
        possible = np.flatnonzero(p)
        if len(left) == len(path):
            path.append(0)
        taken = path[len(left)]
        left.append(len(possible) - 1 - taken)
        weight *= float(p[possible[taken]])
        return int(possible[taken])

    while True:
        weight = 1.0
        left.clear()
        result = tuple(run(choose))
        found[result] = found.get(result, 0.0) + weight
        while path and not left[len(path) - 1]:
            path.pop()
        if not path:
            return found
        path[-1] += 1
    # end lab
