"""Many independent streams of chance from one seed.

`labkit.seeding` seeds the generators that a process shares. Here are generators that own their state: one for each
purpose and each worker, so that nobody's draws shift anybody else's. Sources: NEP 19 (R. Kern, 2018); M. O'Neill,
*PCG*, 2014; NumPy's reference on parallel random number generation.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence


def checked_seed(seed: int) -> int:
    """`seed`, if it is one: `TypeError` unless an int (bool isn't), `ValueError` unless 0 <= seed < 2**32."""
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"a seed is an int, not {seed!r} ({type(seed).__name__})")
    if not 0 <= seed < 2**32:
        raise ValueError(f"a seed lies in 0 <= seed < 2**32, as for seed_everything; got {seed}")
    return seed


def checked_count(n: int) -> int:
    """`n`, if it is a number of workers: `TypeError` unless an int (bool isn't), `ValueError` below 1."""
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"n is an int, not {n!r} ({type(n).__name__})")
    if n < 1:
        raise ValueError(f"n is 1 or more, got {n}")
    return n


def make_rng(seed: int) -> Generator:
    """A generator of its own: the draws of `numpy.random.default_rng(seed)`, once the seed is checked.

    Raises:
        TypeError, ValueError: as `checked_seed`. None is refused too: it would mean fresh entropy.
    """
    raise NotImplementedError("Lab 06.5 - make_rng")


def stream(seed: int, *names: str | int) -> Generator:
    """The generator of one purpose, such as `stream(42, "init")` or `stream(42, "shuffle", epoch)`.

    Equal arguments give equal draws, in any process and in any order of calls; different ones give independent
    streams. So a new consumer of chance in one corner of a program doesn't shift the draws of the others.

    The names go through SHA-256 (not `hash`, which differs from process to process), one after another as
    `kind:bytes:text` in UTF-8, such as `str:7:shuffle` and `int:1:3`. Kind and length keep ("ab", "c") apart from
    ("a", "bc"), and "1" from 1. The digest's eight 32-bit words, big end first, are the `spawn_key` of
    `SeedSequence(seed)`; a PCG64 draws from that.

    Args:
        seed: as `make_rng`.
        names: one or more; text, or ints such as an epoch or a rank.

    Raises:
        TypeError: a name that is neither text nor int (bool isn't).
        ValueError: no name, or a bad seed.
    """
    raise NotImplementedError("Lab 06.5 - stream")


def worker_rngs(seed: int, n: int) -> list[Generator]:
    """One generator for each of `n` workers: the children of `SeedSequence(seed)`.

    Worker i draws the same however many workers there are, and shares no stream with any worker of another seed. (With
    seed + i, worker 1 of run 42 is worker 0 of run 43.)

    Raises:
        TypeError, ValueError: a bad seed, or n below 1.
    """
    raise NotImplementedError("Lab 06.5 - worker_rngs")


def worker_seeds(seed: int, n: int) -> list[int]:
    """Seeds for `n` child processes, to be handed to `labkit.seeding.child_env` and `seed_everything`.

    The first 32-bit word of each child of `SeedSequence(seed)`, in order; a child whose word was seen before is passed
    over, since 32 bits do collide (about one list in a hundred at n = 10,000).

    Returns:
        n different ints, 0 <= s < 2**32; the first k are those of `worker_seeds(seed, k)`.

    Raises:
        TypeError, ValueError: a bad seed, or n below 1.
    """
    raise NotImplementedError("Lab 06.5 - worker_seeds")


def save_state(rng: Generator) -> dict[str, Any]:
    """Where `rng` stands, as a dict that JSON can hold: its seed plus every draw so far. A copy: it doesn't move on.

    Raises:
        TypeError: no `numpy.random.Generator`, or one whose bit generator isn't PCG64.
    """
    raise NotImplementedError("Lab 06.5 - save_state")


def load_state(state: Mapping[str, Any]) -> Generator:
    """A new generator that goes on where `save_state` was called.

    Raises:
        ValueError: not such a state; the message says what was expected.
    """
    raise NotImplementedError("Lab 06.5 - load_state")
