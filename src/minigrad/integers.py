"""Numbers as small integers: two's complement, grids of 8 or 4 bits, and two int4 codes in one byte.

x is stored as the code q = x / scale + zero, rounded, and comes back as scale (q - zero). Jacob et al., 2018.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Grid:
    """A grid of codes. `low` and `high` are the codes that may be used, both included; 0.0 has the code `zero`."""

    scale: float
    zero: int
    low: int
    high: int

    def __post_init__(self) -> None:
        """ValueError unless the scale is above 0 and finite, and -128 <= low <= zero <= high <= 127."""
        if not 0 < self.scale < math.inf:
            raise ValueError(f"scale must be above 0 and finite, got {self.scale}")
        if not -128 <= self.low <= self.zero <= self.high <= 127:
            raise ValueError(
                f"codes need -128 <= low <= zero <= high <= 127, got {self.low}, {self.zero}, {self.high}"
            )


def to_pattern(code: int, bits: int) -> int:
    """The `bits` bits of `code` in two's complement, as an unsigned integer: -1 in 8 bits is 255.

    Raises:
        ValueError: the code doesn't fit, or bits isn't in 2..8. TypeError: the code isn't an integer.
    """
    raise NotImplementedError("Lab 02.4 - to_pattern")


def from_pattern(pattern: int, bits: int) -> int:
    """The code that a pattern of `bits` bits stands for: the top bit counts -2^(bits - 1). Inverse of `to_pattern`.

    Raises:
        ValueError: the pattern doesn't fit, or bits isn't in 2..8. TypeError: the pattern isn't an integer.
    """
    raise NotImplementedError("Lab 02.4 - from_pattern")


def _check_bits(bits: int) -> None:
    if isinstance(bits, bool) or not isinstance(bits, int | np.integer):
        raise TypeError(f"bits must be an integer, got {type(bits).__name__}: {bits!r}")
    if not 2 <= bits <= 8:
        raise ValueError(f"bits must be 2 to 8, got {bits}")


def _finite(x: ArrayLike) -> NDArray[np.float64]:
    """x as float64. TypeError unless real numbers; ValueError if empty, not finite, or beyond float32."""
    values = np.asarray(x)
    if values.dtype.kind not in "iuf":
        raise TypeError(f"x must hold real numbers, got dtype {values.dtype}")
    if not values.size:
        raise ValueError(f"x must not be empty, got shape {values.shape}")
    wide = values.astype(np.float64)
    bad = ~(np.abs(wide) <= _LARGEST)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"x must be finite in float32, got {wide[where]} at {where}")
    return wide


def symmetric_grid(x: ArrayLike, bits: int = 8) -> Grid:
    """The grid with zero = 0 whose outermost codes stand for -max|x| and max|x|.

    The code -2^(bits - 1) is left out, so that q and -q always exist together. All zeros: scale 1.

    Raises:
        ValueError: x empty or with a number that isn't finite in float32; bits not in 2..8. TypeError: not numbers.
    """
    raise NotImplementedError("Lab 02.4 - symmetric_grid")


def asymmetric_grid(x: ArrayLike, bits: int = 8) -> Grid:
    """The grid with all 2^bits codes over [min(x), max(x)], stretched where needed so that 0.0 is inside.

    `low` stands for the bottom of that range and `high` for its top, as nearly as a whole `zero` allows; `zero` is
    rounded, ties to even. All zeros: scale 1.

    Raises:
        ValueError, TypeError: as `symmetric_grid`.
    """
    raise NotImplementedError("Lab 02.4 - asymmetric_grid")


def quantize(x: ArrayLike, grid: Grid) -> NDArray[np.int8]:
    """Codes: x / scale + zero, rounded (ties to even) and clipped to low..high. Same shape as x.

    Inside the grid's range the value comes back within scale / 2; outside, as the nearest end.

    Raises:
        ValueError, TypeError: as `symmetric_grid`; NaN has no code.
    """
    raise NotImplementedError("Lab 02.4 - quantize")


def dequantize(codes: NDArray[np.int8], grid: Grid) -> NDArray[np.float32]:
    """scale (q - zero), computed in float64 and rounded once to float32; same shape as the codes.

    Raises:
        TypeError: codes aren't int8.
    """
    raise NotImplementedError("Lab 02.4 - dequantize")


def _check_codes(codes: NDArray[np.int8]) -> None:
    if not isinstance(codes, np.ndarray) or codes.dtype != np.int8:
        found = codes.dtype if isinstance(codes, np.ndarray) else type(codes).__name__
        raise TypeError(f"codes must be an array of int8, got {found}")


def pack_int4(codes: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Two codes a byte: the first in the low four bits, the second in the high four. An odd end is filled with 0.

    Args:
        codes: int8, shape (n,), each in -8..7.

    Returns:
        uint8, shape (ceil(n / 2),).

    Raises:
        ValueError: another shape, or a code out of range. TypeError: codes aren't int8.
    """
    raise NotImplementedError("Lab 02.4 - pack_int4")


def unpack_int4(packed: NDArray[np.uint8], count: int) -> NDArray[np.int8]:
    """The first `count` codes of `pack_int4`, as int8 of shape (count,), signs restored.

    Raises:
        ValueError: packed doesn't have ceil(count / 2) bytes in one dimension. TypeError: not uint8.
    """
    raise NotImplementedError("Lab 02.4 - unpack_int4")
