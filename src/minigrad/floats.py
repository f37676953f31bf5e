"""Floating-point formats: any of them, from its two widths. Patterns are plain integers, values plain floats.

A pattern is a sign bit, `exponent_bits` of exponent and `mantissa_bits` of mantissa, from the left. Values follow
IEEE 754 (2019), section 3.4; E4M3 and E5M2 follow the OCP 8-bit floating point specification (2023).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = Literal["zero", "subnormal", "normal", "infinity", "nan"]


@dataclass(frozen=True)
class FloatFormat:
    """One format. `infinities` is False for E4M3, which spends its top exponent on numbers and keeps one NaN."""

    name: str
    exponent_bits: int
    mantissa_bits: int
    infinities: bool = True

    def __post_init__(self) -> None:
        """ValueError unless all values fit into float64, which is what makes `decode` exact."""
        if not 2 <= self.exponent_bits <= 11:
            raise ValueError(f"exponent_bits must be 2 to 11, got {self.exponent_bits}")
        if not 1 <= self.mantissa_bits <= 52:
            raise ValueError(f"mantissa_bits must be 1 to 52, got {self.mantissa_bits}")

    @property
    def bits(self) -> int:
        """Width of a pattern, sign included."""
        return 1 + self.exponent_bits + self.mantissa_bits

    @property
    def bias(self) -> int:
        """What is subtracted from the exponent field of a normal number."""
        return int(2 ** (self.exponent_bits - 1)) - 1

    @property
    def top_exponent(self) -> int:
        """The exponent field that is all ones."""
        return int(2**self.exponent_bits) - 1

    @property
    def nan(self) -> int:
        """The pattern that `encode` gives for NaN: IEEE's quiet one, or E4M3's only positive one."""
        mantissa = 2 ** (self.mantissa_bits - 1) if self.infinities else 2**self.mantissa_bits - 1
        return int(self.top_exponent * 2**self.mantissa_bits + mantissa)

    @property
    def beyond(self) -> int:
        """The positive pattern after the largest finite number: infinity, or E4M3's NaN."""
        return int(self.top_exponent * 2**self.mantissa_bits) if self.infinities else self.nan

    @property
    def largest(self) -> float:
        """The largest finite number."""
        exponent = self.top_exponent - self.bias - (1 if self.infinities else 0)
        ulps = 2**self.mantissa_bits - (1 if self.infinities else 2)
        return math.ldexp(2**self.mantissa_bits + ulps, exponent - self.mantissa_bits)

    @property
    def smallest_normal(self) -> float:
        """2^(1 - bias)."""
        return math.ldexp(1.0, 1 - self.bias)

    @property
    def smallest_subnormal(self) -> float:
        """The distance between neighbors everywhere below 2 * smallest_normal."""
        return math.ldexp(1.0, 1 - self.bias - self.mantissa_bits)

    @property
    def epsilon(self) -> float:
        """The distance from 1 to the next number. The unit roundoff u is half of it."""
        return math.ldexp(1.0, -self.mantissa_bits)


FP64 = FloatFormat("fp64", 11, 52)
FP32 = FloatFormat("fp32", 8, 23)
TF32 = FloatFormat("tf32", 8, 10)
BF16 = FloatFormat("bf16", 8, 7)
FP16 = FloatFormat("fp16", 5, 10)
E5M2 = FloatFormat("e5m2", 5, 2)
E4M3 = FloatFormat("e4m3", 4, 3, infinities=False)


class Fields(NamedTuple):
    """The three fields of a pattern, as unsigned integers: `exponent` still has the bias in it."""

    sign: int
    exponent: int
    mantissa: int


def _integer(value: object, name: str, width: int) -> int:
    """`value` as an int that fits into `width` bits; TypeError or ValueError with its name."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {type(value).__name__}: {value!r}")
    if not 0 <= value < 2**width:
        raise ValueError(f"{name} must fit into {width} bits, got {value}")
    return int(value)


def _real(x: object) -> float:
    """x as a float; TypeError unless a real number."""
    if isinstance(x, bool) or not isinstance(x, int | float | np.integer | np.floating):
        raise TypeError(f"x must be a real number, got {type(x).__name__}: {x!r}")
    return float(x)


def split(pattern: int, fmt: FloatFormat) -> Fields:
    """Cuts a pattern into its three fields.

    Raises:
        TypeError: not an integer. ValueError: negative, or wider than the format.
    """
    raise NotImplementedError("Lab 02.0 - split")


def join(fields: Fields, fmt: FloatFormat) -> int:
    """The pattern with these fields; the inverse of `split`.

    Raises:
        TypeError, ValueError: names the field that isn't an integer or doesn't fit its width.
    """
    raise NotImplementedError("Lab 02.0 - join")


def kind(pattern: int, fmt: FloatFormat) -> Kind:
    """Which of the five kinds of pattern this is. E4M3 has no infinity, and one NaN for each sign."""
    raise NotImplementedError("Lab 02.0 - kind")


def decode(pattern: int, fmt: FloatFormat) -> float:
    """The exact value of a pattern, -0.0, inf and nan included (phase 02, page 01)."""
    raise NotImplementedError("Lab 02.0 - decode")


def float32_pattern(x: float) -> int:
    """The 32 bits of x as a float32, read from memory by `struct`; x is rounded to float32 first.

    Raises:
        TypeError: x is not a real number. OverflowError: x is finite, but rounds beyond the largest float32.
    """
    raise NotImplementedError("Lab 02.0 - float32_pattern")


def encode(x: float, fmt: FloatFormat, *, saturate: bool = False) -> int:
    """The pattern of the number of the format that is nearest to x; a tie goes to the even mantissa.

    A number that rounds beyond the largest becomes infinity (E4M3: NaN), or with `saturate` the largest of its sign;
    infinity counts as such a number. NaN gives `fmt.nan`, whatever its sign and payload. -0.0 keeps its sign.

    Raises:
        TypeError: x is not a real number. OverflowError: an int beyond float64.
    """
    raise NotImplementedError("Lab 02.1 - encode")


def round_to(x: ArrayLike, fmt: FloatFormat) -> NDArray[np.float64]:
    """Each number rounded to the format, as float64: what `decode(encode(x))` gives, for whole arrays.

    Args:
        x: real numbers of any shape, taken as float64. NaN stays NaN.

    Raises:
        TypeError: x is not made of real numbers.
    """
    raise NotImplementedError("Lab 02.1 - round_to")


def bf16_patterns(x: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The bf16 patterns of an array of float32, by integer arithmetic on its bits; ties to even, any shape.

    NaN gives `BF16.nan` (0x7FC0). Raises TypeError unless x has dtype float32.
    """
    raise NotImplementedError("Lab 02.1 - bf16_patterns")
