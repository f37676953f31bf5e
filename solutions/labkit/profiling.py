"""Where the time and the memory of a function go: three measurements, standard library only.

Each answers one question. `measure`: how long does a call take? `hottest`: which function inside it takes the time?
`peak_bytes`: how much memory does it hold at once? Numbers of time are of this machine and this moment; numbers of
calls and of bytes repeat.
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

STANDSTILL = 2**20
"""Calls after which a clock that hasn't moved is taken for broken."""


class Timing(NamedTuple):
    """Seconds for one call: the best and the median of `repeats` batches of `loops` calls."""

    best: float
    median: float
    loops: int
    repeats: int


class Hot(NamedTuple):
    """One function in a profile.

    Attributes:
        name: of the function; a builtin has its full name, as in `<built-in method builtins.sum>`.
        place: `file.py:12`; empty for a builtin.
        calls: how often it was called, recursion included.
        own: seconds in it, without the functions that it called.
        total: seconds in it with them.
    """

    name: str
    place: str
    calls: int
    own: float
    total: float


def measure(
    function: Callable[[], object],
    *,
    repeats: int = 5,
    min_seconds: float = 0.02,
    clock: Callable[[], float] = time.perf_counter,
) -> Timing:
    """Times `function()` in batches that are long enough for the clock.

    One call first warms up caches and imports. Then the number of calls in a batch is doubled, from 1, until a batch
    takes `min_seconds`; `repeats` batches of that size count. The cycle collector is off while the clock runs, as in
    `timeit`, and as before afterwards, also when `function` raises.

    Args:
        function: called without arguments; its result is dropped.
        repeats: batches, 1 or more. The best is the least disturbed one; a best far below the median says that the
            machine was busy.
        min_seconds: above 0.
        clock: seconds as a float, never going back. `time.process_time` leaves out what other processes did.

    Raises:
        ValueError: repeats below 1, or min_seconds not above 0 (nan included); or the clock stood still for a batch of
            `STANDSTILL` calls.
    """
    # lab 06.3
    if repeats < 1:
        raise ValueError(f"repeats is 1 or more, got {repeats}")
    if not min_seconds > 0:
        raise ValueError(f"min_seconds is above 0, got {min_seconds}")

    def batch(loops: int) -> float:
        start = clock()
        for _ in range(loops):
            function()
        return clock() - start

    function()
    collecting = gc.isenabled()
    gc.disable()
    try:
        loops = 1
        while (took := batch(loops)) < min_seconds:
            if took <= 0 and loops >= STANDSTILL:
                raise ValueError(f"the clock didn't move during {loops} calls")
            loops *= 2
        seconds = [batch(loops) / loops for _ in range(repeats)]
    finally:
        if collecting:
            gc.enable()
    return Timing(min(seconds), statistics.median(seconds), loops, repeats)
    # end lab


def hottest(function: Callable[[], object], n: int = 5) -> list[Hot]:
    """Runs `function()` once under `cProfile` and returns the `n` functions that took the most time themselves.

    cProfile notes every call and every return: its counts are exact, and what makes many small calls looks slower than
    it is. The profiler's own stop isn't listed. It is switched off again also when `function` raises.

    Returns:
        At most n entries, largest `own` first; equal ones by name.

    Raises:
        ValueError: n below 1.
    """
    # lab 06.3
    if n < 1:
        raise ValueError(f"n is 1 or more, got {n}")
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        function()
    finally:
        profiler.disable()
    found = []
    for (file, line, name), (_, calls, own, total, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        if "_lsprof.Profiler" not in name:
            place = "" if file == "~" else f"{Path(file).name}:{line}"
            found.append(Hot(name, place, calls, own, total))
    return sorted(found, key=lambda hot: (-hot.own, hot.name))[:n]
    # end lab


def peak_bytes(function: Callable[[], object]) -> int:
    """The most memory, in bytes, that `function()` held at one time beyond what was there before.

    Counts what Python and NumPy asked the allocator for, by `tracemalloc`: also pages that were never touched
    (`np.zeros`), which a look at the process's size doesn't see. What others allocate in C without telling isn't seen.
    A trace that is already running goes on afterwards; one that was started here is stopped, also when `function`
    raises. Tracing makes small allocations several times slower: don't time and trace in one run.
    """
    # lab 06.3
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        function()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not running:
            tracemalloc.stop()
    return peak - before
    # end lab
