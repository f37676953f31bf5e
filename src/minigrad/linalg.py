"""Linear algebra from first principles: products, norms, the SVD by rotations, low rank, conditioning.

Everything is computed in float64 unless a docstring says otherwise; what comes in is never changed. Real numbers
only: bools, complex numbers and strings are a `TypeError`, ragged lists and wrong dimensions a `ValueError`.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)


def real_array(name: str, value: ArrayLike, ndim: int | None = None) -> Floats:
    """`value` as a new float64 array; `name` is what an error calls it.

    Integers become floats first, so that nothing overflows: abs(int8(-128)) would be -128.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} has rows of different lengths") from error
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    return array.astype(np.float64)


# Products


def _product_shapes(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Both factors as float64 matrices that fit. ValueError with both shapes otherwise."""
    left, right = real_array("a", a, 2), real_array("b", b, 2)
    if left.shape[1] != right.shape[0]:
        raise ValueError(f"a {left.shape} has {left.shape[1]} columns, b {right.shape} other rows")
    return left, right


def matmul_naive(a: ArrayLike, b: ArrayLike) -> Floats:
    """The product by its definition, one multiplication at a time, in plain Python: c_ij = sum over k of a_ik b_kj.

    Args:
        a, b: shapes (m, k) and (k, n). Infinities and NaN go through as IEEE arithmetic has it.

    Returns:
        Shape (m, n), float64. With k = 0 every sum is empty: zeros.
    """
    raise NotImplementedError("Lab 03.1 - matmul_naive")


def matmul_blocked(a: ArrayLike, b: ArrayLike, block: int = 256) -> Floats:
    """The product as a sum of outer products, one tile of c after another.

    A tile of `block` by `block` numbers stays in the cache while all k outer products are added to it. A block as
    large as c gives the plain sum of outer products: k passes over the whole of c.

    Args:
        a, b: shapes (m, k) and (k, n).
        block: edge of a tile, 1 or more; tiles at the right and lower edge may be smaller.

    Returns:
        Shape (m, n), float64.
    """
    if block < 1:
        raise ValueError(f"block must be 1 or more, got {block}")
    raise NotImplementedError("Lab 03.1 - matmul_blocked")


# Norms of vectors


def linf_norm(x: ArrayLike) -> float:
    """The largest |x_i| of an array of any shape; 0.0 if it is empty; nan if it holds one."""
    raise NotImplementedError("Lab 03.2 - linf_norm")


def l1_norm(x: ArrayLike) -> float:
    """The sum of |x_i| over an array of any shape; 0.0 if it is empty; inf beyond 1.8e308; nan if it holds one."""
    raise NotImplementedError("Lab 03.2 - l1_norm")


def l2_norm(x: ArrayLike) -> float:
    """The root of the sum of x_i^2, without overflow or underflow on the way.

    Of a matrix it is the Frobenius norm. 0.0 if empty; inf beyond 1.8e308; nan if the array holds one.
    Source of the scaling: Blue, 1978.
    """
    raise NotImplementedError("Lab 03.2 - l2_norm")


# The singular value decomposition


def jacobi_rotation(alpha: float, beta: float, gamma: float) -> tuple[float, float]:
    """c and s, c^2 + s^2 = 1, that make two columns orthogonal: x' = c x - s y and y' = s x + c y.

    Args:
        alpha, beta, gamma: x.x, y.y and x.y of the columns; finite, gamma not 0 (`ValueError`).

    The angle is at most 45 degrees: of two angles that do it, the smaller. Source: Rutishauser, 1966.
    """
    if gamma == 0 or not math.isfinite(alpha + beta + gamma):
        raise ValueError(f"no rotation for alpha {alpha}, beta {beta}, gamma {gamma}")
    raise NotImplementedError("Lab 03.3 - jacobi_rotation")


def complete_basis(rows: Floats, known: int) -> None:
    """Replaces the rows from `known` on so that all rows are orthonormal; the first `known` already are.

    Each new row starts as the unit vector that the rows so far reach least, and loses its part along them, twice:
    once leaves rounding behind.
    """
    for i in range(known, len(rows)):
        done = rows[:i]
        start = np.zeros(rows.shape[1])
        start[np.argmin((done**2).sum(axis=0))] = 1.0
        for _ in range(2):
            start -= (done @ start) @ done
        rows[i] = start / l2_norm(start)


def svd(a: ArrayLike, max_sweeps: int = 60) -> tuple[Floats, Floats, Floats]:
    """The thin SVD, a = (u * s) @ vt, by one-sided Jacobi rotations (Hestenes, 1958). Any rank, tall or wide.

    Args:
        a: shape (m, n), finite, at least one number: `ValueError` otherwise.
        max_sweeps: a sweep is one visit to every pair of columns.

    Returns:
        With r = min(m, n): u (m, r) with orthonormal columns, s (r,) not negative and falling, vt (r, n) with
        orthonormal rows. The signs of a column of u and the row of vt with the same number are free, together.
        A singular value beyond 1.8e308 is inf.

    Raises:
        numpy.linalg.LinAlgError: still rotating after `max_sweeps`.
    """
    matrix = real_array("a", a, 2)
    if matrix.size == 0 or not np.isfinite(matrix).all():
        raise ValueError(f"a must be finite and not empty, got shape {matrix.shape}")
    if matrix.shape[0] < matrix.shape[1]:
        u, s, vt = svd(matrix.T, max_sweeps)
        return vt.T, s, u.T
    raise NotImplementedError("Lab 03.3 - svd")


# Low rank and conditioning


def numerical_rank(a: ArrayLike, rtol: float | None = None) -> int:
    """How many singular values are above rtol times the largest. Default rtol: max(m, n) times the machine epsilon."""
    matrix = real_array("a", a, 2)
    limit = max(matrix.shape) * EPS if rtol is None else rtol
    if not limit >= 0:
        raise ValueError(f"rtol must be 0 or more, got {rtol}")
    raise NotImplementedError("Lab 03.4 - numerical_rank")


def compress(a: ArrayLike, k: int) -> tuple[Floats, Floats]:
    """The best approximation of rank k as two factors, shapes (m, k) and (k, n): k (m + n) numbers.

    `left @ right` is nearest to `a` among all matrices of rank k or less, in the Frobenius and in the operator norm
    (Eckart and Young, 1936; Mirsky, 1960). `ValueError` unless 1 <= k <= min(m, n).
    """
    matrix = real_array("a", a, 2)
    if not 1 <= k <= min(matrix.shape):
        raise ValueError(f"k must be between 1 and {min(matrix.shape)}, got {k}")
    raise NotImplementedError("Lab 03.4 - compress")


def relative_errors(s: ArrayLike) -> Floats:
    """The relative Frobenius error of ranks 0, 1, ..., r, from r singular values alone: shape (r + 1,).

    Entry k is what the best approximation of rank k leaves out; the first is 1, the last 0. Of all zeros: 0.
    `ValueError` unless they are finite, not negative, falling, and at least one.
    """
    values = real_array("s", s, 1)
    if not (values.size and np.isfinite(values).all() and values[-1] >= 0):
        raise ValueError(f"s must hold finite numbers, none negative, got {values}")
    if (np.diff(values) > 0).any():
        raise ValueError(f"s must fall, got {values}")
    raise NotImplementedError("Lab 03.4 - relative_errors")


def operator_norm(a: ArrayLike, p: float = 2) -> float:
    """How much `a` can lengthen a vector, max |ax|_p / |x|_p: p = 1, 2 or math.inf, anything else a `ValueError`.

    Which vector is stretched most in each of the three?
    """
    matrix = real_array("a", a, 2)
    if matrix.size == 0 or not np.isfinite(matrix).all() or p not in (1, 2, math.inf):
        raise ValueError(
            f"no operator norm of shape {matrix.shape} with p = {p}: finite, 1, 2, inf"
        )
    raise NotImplementedError("Lab 03.4 - operator_norm")


def condition_number(a: ArrayLike) -> float:
    """The largest singular value over the smallest of min(m, n); inf if the rank is numerically lower than that."""
    raise NotImplementedError("Lab 03.4 - condition_number")
