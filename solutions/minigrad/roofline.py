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
    # lab 01.0
    match = re.fullmatch(r"\s*(\d+)([KMG]?)\s*", text)
    if match is None:
        raise ValueError(f"{text!r} is no size such as '48K' or '32M'")
    return int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]]
    # end lab


def cpu_facts(cpuinfo: str) -> Facts:
    """What the text of /proc/cpuinfo tells; "unknown" for each thing that it doesn't.

    Returns:
        cpu: the first "model name". threads: how many "processor" entries. cores: how many different pairs of
        "physical id" and "core id". simd: the first flag of `SIMD_LANES` among the first "flags" (or "Features",
        as ARM says). virtual: "yes" with the flag "hypervisor", "no" with flags but without it.
    """
    # lab 01.0
    fields: dict[str, list[str]] = {}
    for line in cpuinfo.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), []).append(value.strip())
    flags = [*fields.get("flags", []), *fields.get("Features", []), ""][0].split()
    cores = set(zip(fields.get("physical id", []), fields.get("core id", []), strict=False))
    return {
        "cpu": [*fields.get("model name", []), UNKNOWN][0] or UNKNOWN,
        "threads": len(fields.get("processor", [])) or UNKNOWN,
        "cores": len(cores) or UNKNOWN,
        "simd": next((flag for flag in SIMD_LANES if flag in flags), UNKNOWN),
        "virtual": ("yes" if "hypervisor" in flags else "no") if flags else UNKNOWN,
    }
    # end lab


def cache_facts(folder: Path) -> Facts:
    """What /sys/devices/system/cpu/cpu0/cache (or a copy of it) tells of the data caches.

    Each folder `index*` in it describes one cache in small files: level, type, size, coherency_line_size,
    ways_of_associativity, shared_cpu_list. Caches of the type Instruction are left out.

    Returns:
        l1_bytes, l1_line, l1_ways, l1_shared (text, "0-1"), and the same for l2 and l3: always all twelve, each
        "unknown" where a file or folder is missing, unreadable, no number, or 0. It never raises.
    """
    # lab 01.0
    facts: Facts = {
        f"l{n}_{what}": UNKNOWN for n in (1, 2, 3) for what in ("bytes", "line", "ways", "shared")
    }
    for cache in sorted(folder.glob("index*")):
        level = _read(cache / "level")
        if f"l{level}_bytes" not in facts or _read(cache / "type") == "Instruction":
            continue
        facts[f"l{level}_bytes"] = _size(cache / "size")
        facts[f"l{level}_line"] = _size(cache / "coherency_line_size")
        facts[f"l{level}_ways"] = _size(cache / "ways_of_associativity")
        facts[f"l{level}_shared"] = _read(cache / "shared_cpu_list")
    return facts
    # end lab


def machine(proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> Facts:
    """`cpu_facts` and `cache_facts` of a machine, ram_bytes (MemTotal of proc/meminfo) and governor.

    The governor is cpu0's cpufreq/scaling_governor, which virtual machines lack. It never raises.
    """
    # lab 01.0
    cpu0 = sys / "devices" / "system" / "cpu" / "cpu0"
    total = re.search(r"^MemTotal:\s+(\d+) kB", _read(proc / "meminfo"), re.MULTILINE)
    return {
        **cpu_facts(_read(proc / "cpuinfo")),
        **cache_facts(cpu0 / "cache"),
        "ram_bytes": int(total[1]) * 1024 if total else UNKNOWN,
        "governor": _read(cpu0 / "cpufreq" / "scaling_governor"),
    }
    # end lab


# lab 01.0 - helpers that read a file and answer "unknown" when they can't, if you want any
def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or UNKNOWN
    except OSError:
        return UNKNOWN


def _size(path: Path) -> str | int:
    try:
        return parse_size(_read(path)) or UNKNOWN
    except ValueError:
        return UNKNOWN


# end lab


def peak_flops(clock_hz: float, cores: int, lanes: int, fma_units: int = 1) -> float:
    """FLOP/s that a datasheet promises, for all cores; an FMA is two operations, `fma_units` is units a core.

    Raises:
        TypeError, ValueError: an argument isn't a finite number above 0.
    """
    # lab 01.0
    units = _positive("lanes", lanes) * 2 * _positive("fma_units", fma_units)
    return _positive("clock_hz", clock_hz) * _positive("cores", cores) * units
    # end lab


def dram_bandwidth(channels: int, transfers: float, width: int = 8) -> float:
    """Bytes/s that a datasheet promises: `transfers` is per second and channel, `width` the bytes of one.

    DDR4-2400 makes 2.4e9 transfers of 8 bytes a second. Raises as `peak_flops`.
    """
    # lab 01.0
    return (
        _positive("channels", channels)
        * _positive("transfers", transfers)
        * _positive("width", width)
    )
    # end lab


@dataclass(frozen=True)
class Timing:
    """Seconds of one call, from several batches of `calls` calls each."""

    calls: int
    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The smallest: disturbances only ever add."""
        # lab 01.1
        return min(self.seconds)
        # end lab

    @property
    def median(self) -> float:
        """The middle one: what you usually get."""
        # lab 01.1
        return statistics.median(self.seconds)
        # end lab


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
    # lab 01.1
    _positive("min_seconds", min_seconds), _positive("repeats", repeats)

    def batch(calls: int) -> float:
        start = clock()
        for _ in range(calls):
            f()
        return clock() - start

    f()
    calls = 1
    while (took := batch(calls)) < min_seconds:
        if took <= 0 and calls >= 2**20:
            raise ValueError(f"the clock stood still for {calls} calls")
        calls *= 2
    return Timing(calls, tuple(batch(calls) / calls for _ in range(repeats)))
    # end lab


def copy_bandwidth(
    n_bytes: int, timer: Callable[[Callable[[], object]], Timing] = time_call
) -> float:
    """Bytes/s of `np.copyto` between two float32 arrays of `n_bytes` each, by the best batch.

    It counts what the program asked for, `n_bytes` read and `n_bytes` written. Both arrays are written once
    before the clock starts, so that every page is really there.

    Raises:
        TypeError, ValueError: `n_bytes` isn't a number above 0 that is a multiple of 4.
    """
    # lab 01.1
    if _positive("n_bytes", n_bytes) % 4:
        raise ValueError(f"n_bytes must be a multiple of 4, got {n_bytes}")
    source = np.ones(n_bytes // 4, dtype=np.float32)
    target = np.ones_like(source)
    return 2 * n_bytes / timer(lambda: np.copyto(target, source)).best
    # end lab


@dataclass(frozen=True)
class Work:
    """What a computation asks for: floating-point operations, and bytes to and from memory."""

    flops: float
    nbytes: float

    @property
    def intensity(self) -> float:
        """FLOPs for each byte moved. Infinite if nothing is moved."""
        # lab 01.4
        return self.flops / self.nbytes if self.nbytes else math.inf
        # end lab


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
    # lab 01.4
    n_, size, t = _positive("n", n), _positive("itemsize", itemsize), _positive("tile", tile)
    if t > n_:
        raise ValueError(f"tile {tile} is larger than n = {n}")
    asks = {
        "copy": (0.0, 2 * n_),
        "add": (n_, 3 * n_),
        "dot": (2 * n_, 2 * n_),
        "softmax": (5 * n_, 2 * n_),
        "matvec": (2 * n_**2, n_**2 + 2 * n_),
        "matmul-naive": (2 * n_**3, 2 * n_**3),
        "matmul-tiled": (2 * n_**3, 2 * n_**3 / t),
        "matmul-once": (2 * n_**3, 3 * n_**2),
    }
    if kernel not in asks:
        raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, got {kernel!r}")
    flops, numbers = asks[kernel]
    return Work(flops, numbers * size)
    # end lab


def ridge(peak: float, bandwidth: float) -> float:
    """FLOPs a byte at which the two roofs meet."""
    # lab 01.4
    return _positive("peak", peak) / _positive("bandwidth", bandwidth)
    # end lab


def attainable(intensity: float, peak: float, bandwidth: float) -> float:
    """FLOP/s that both roofs allow (Williams, Waterman, Patterson 2009).

    Raises:
        TypeError, ValueError: peak or bandwidth isn't finite and above 0; intensity is negative or NaN.
    """
    # lab 01.4
    roof, slope = _positive("peak", peak), _positive("bandwidth", bandwidth)
    if not intensity >= 0:
        raise ValueError(f"intensity must be 0 or above, got {intensity}")
    return min(roof, intensity * slope)
    # end lab


def bound(intensity: float, peak: float, bandwidth: float) -> str:
    """ "memory" below the ridge, "compute" at it and above. Raises as `attainable`."""
    # lab 01.4
    attainable(intensity, peak, bandwidth)
    return "memory" if intensity < ridge(peak, bandwidth) else "compute"
    # end lab


def min_seconds(asked: Work, peak: float, bandwidth: float) -> float:
    """Seconds that no schedule beats, where memory and arithmetic work at the same time. Raises as `ridge`."""
    # lab 01.4
    return max(
        asked.flops / _positive("peak", peak), asked.nbytes / _positive("bandwidth", bandwidth)
    )
    # end lab


def largest_tile(cache_bytes: int, itemsize: int = 4, tiles: int = 3) -> int:
    """The largest whole b for which `tiles` square tiles of b x b numbers of `itemsize` bytes fit.

    Raises:
        TypeError, ValueError: an argument isn't finite and above 0, or not even b = 1 fits.
    """
    # lab 01.4
    each = _positive("tiles", tiles) * _positive("itemsize", itemsize)
    side = math.isqrt(int(_positive("cache_bytes", cache_bytes) // each))
    if not side:
        raise ValueError(f"not even one number a tile fits into {cache_bytes} bytes")
    return side
    # end lab
