"""What a machine can do, what a computation asks of it, and how long it really took.

Three parts: the machine's profile, read from files that may be missing; a stopwatch; and the roofline that joins a
machine and a computation. Units are base units throughout: bytes, seconds, FLOPs, bytes/s, FLOP/s.
"""

from __future__ import annotations

import math
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np

UNKNOWN = "unknown"
SIMD_LANES = {"avx512f": 16, "avx2": 8, "avx": 8, "sse2": 4, "asimd": 4, "neon": 4}
"""float32 numbers in one vector register, by CPU flag; the first flag that is there counts."""
Facts = dict[str, str | int]


def _positive(name: str, value: object) -> float:
    """`value` as a float; TypeError unless a real number (no bool), ValueError unless finite and above 0."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}: {value!r}")
    number = float(value)
    if not (number > 0 and math.isfinite(number)):
        raise ValueError(f"{name} must be finite and above 0, got {value}")
    return number


def parse_size(text: str) -> int:
    """Bytes of a size as the kernel writes it: "48K" is 49152, "32M", "1G", "512" without a letter, " 48K\\n" too.

    Raises:
        ValueError: anything else, a negative size, "".
    """
    raise NotImplementedError("Lab 01.0 - parse_size")


def cpu_facts(cpuinfo: str) -> Facts:
    """What the text of /proc/cpuinfo tells; "unknown" for each thing that it doesn't.

    Returns:
        cpu: the first "model name". threads: how many "processor" entries. cores: how many different pairs of
        "physical id" and "core id". simd: the first flag of `SIMD_LANES` among the first "flags" (or "Features",
        as ARM says). virtual: "yes" with the flag "hypervisor", "no" with flags but without it.
    """
    raise NotImplementedError("Lab 01.0 - cpu_facts")


def cache_facts(folder: Path) -> Facts:
    """What /sys/devices/system/cpu/cpu0/cache (or a copy of it) tells of the data caches.

    Each folder `index*` in it describes one cache in small files: level, type, size, coherency_line_size,
    ways_of_associativity, shared_cpu_list. Caches of the type Instruction are left out.

    Returns:
        l1_bytes, l1_line, l1_ways, l1_shared (text, "0-1"), and the same for l2 and l3: always all twelve, each
        "unknown" where a file or folder is missing, unreadable, no number, or 0. It never raises.
    """
    raise NotImplementedError("Lab 01.0 - cache_facts")


def machine(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Facts:
    """`cpu_facts` and `cache_facts` of a machine, ram_bytes (MemTotal of proc/meminfo) and governor.

    The governor is cpu0's cpufreq/scaling_governor, which virtual machines lack. It never raises.
    """
    raise NotImplementedError("Lab 01.0 - machine")


# Lab 01.0 - helpers that read a file and answer "unknown" when they can't, if you want any: write it here


def peak_flops(clock_hz: float, cores: int, lanes: int, fma_units: int = 1) -> float:
    """FLOP/s that a datasheet promises, for all cores; an FMA is two operations, `fma_units` is units a core.

    Raises:
        TypeError, ValueError: an argument isn't a finite number above 0.
    """
    raise NotImplementedError("Lab 01.0 - peak_flops")


def dram_bandwidth(channels: int, transfers: float, width: int = 8) -> float:
    """Bytes/s that a datasheet promises: `transfers` is per second and channel, `width` the bytes of one.

    DDR4-2400 makes 2.4e9 transfers of 8 bytes a second. Raises as `peak_flops`.
    """
    raise NotImplementedError("Lab 01.0 - dram_bandwidth")


@dataclass(frozen=True)
class Timing:
    """Seconds of one call, from several batches of `calls` calls each."""

    calls: int
    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The smallest: disturbances only ever add."""
        raise NotImplementedError("Lab 01.1 - Timing.best")

    @property
    def median(self) -> float:
        """The middle one: what you usually get."""
        raise NotImplementedError("Lab 01.1 - Timing.median")


def time_call(
    f: Callable[[], object],
    *,
    min_seconds: float = 0.02,
    repeats: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> Timing:
    """Times `f()`: once untimed, then batches of 1, 2, 4, ... calls until one takes `min_seconds`, then `repeats`
    batches of that size, of which alone the result is made. The clock is read twice a batch.

    Raises:
        TypeError, ValueError: `min_seconds` or `repeats` isn't a finite number above 0; a clock that stands
            still for 2^20 calls.
    """
    raise NotImplementedError("Lab 01.1 - time_call")


def copy_bandwidth(
    n_bytes: int, timer: Callable[[Callable[[], object]], Timing] = time_call
) -> float:
    """Bytes/s of `np.copyto` between two float32 arrays of `n_bytes` each, by the best batch.

    It counts what the program asked for, `n_bytes` read and `n_bytes` written. Both arrays are written once
    before the clock starts, so that every page is really there.

    Raises:
        TypeError, ValueError: `n_bytes` isn't a number above 0 that is a multiple of 4.
    """
    raise NotImplementedError("Lab 01.1 - copy_bandwidth")


@dataclass(frozen=True)
class Work:
    """What a computation asks for: floating-point operations, and bytes to and from memory."""

    flops: float
    nbytes: float

    @property
    def intensity(self) -> float:
        """FLOPs for each byte moved. Infinite if nothing is moved."""
        raise NotImplementedError("Lab 01.4 - Work.intensity")


KERNELS = ("copy", "add", "dot", "softmax", "matvec", "matmul-naive", "matmul-tiled", "matmul-once")


def work(kernel: str, n: int, itemsize: int = 4, tile: int = 1) -> Work:
    """What a named kernel of `KERNELS` asks for, with n elements, n x n matrices, and numbers of `itemsize` bytes.

    An FMA counts as 2 FLOPs. copy: b = a. add: c = a + b. dot: n FMAs. softmax: max, subtract, exp, sum, divide,
    5 FLOPs an element, read once and written once. matvec: the matrix and the vector read, the result written.
    The three products make n^3 FMAs. matmul-naive: each loads its two operands from memory. matmul-tiled: the same
    2 n^3 loads divided by `tile`. matmul-once: A and B read once, C written once.

    Raises:
        TypeError, ValueError: an unknown kernel; a number that isn't finite and above 0; a tile larger than n.
    """
    raise NotImplementedError("Lab 01.4 - work")


def ridge(peak: float, bandwidth: float) -> float:
    """FLOPs a byte at which the two roofs meet."""
    raise NotImplementedError("Lab 01.4 - ridge")


def attainable(intensity: float, peak: float, bandwidth: float) -> float:
    """FLOP/s that both roofs allow (Williams, Waterman, Patterson 2009).

    Raises:
        TypeError, ValueError: peak or bandwidth isn't finite and above 0; intensity is negative or NaN.
    """
    raise NotImplementedError("Lab 01.4 - attainable")


def bound(intensity: float, peak: float, bandwidth: float) -> str:
    """ "memory" below the ridge, "compute" at it and above. Raises as `attainable`."""
    raise NotImplementedError("Lab 01.4 - bound")


def min_seconds(asked: Work, peak: float, bandwidth: float) -> float:
    """Seconds that no schedule beats, where memory and arithmetic work at the same time. Raises as `ridge`."""
    raise NotImplementedError("Lab 01.4 - min_seconds")


def largest_tile(cache_bytes: int, itemsize: int = 4, tiles: int = 3) -> int:
    """The largest whole b for which `tiles` square tiles of b x b numbers of `itemsize` bytes fit.

    Raises:
        TypeError, ValueError: an argument isn't finite and above 0, or not even b = 1 fits.
    """
    raise NotImplementedError("Lab 01.4 - largest_tile")
