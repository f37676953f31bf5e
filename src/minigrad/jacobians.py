"""Derivatives written by hand, and the two witnesses that check them.

Layout: f with n inputs and m outputs has a Jacobian of shape (m, n), row i the derivatives of output i. A function
with one output has a Jacobian of one row; its gradient is that row as a plain (n,) array. float64 throughout.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""float64, or complex128 where a witness calls."""


def _array(name: str, value: Array, *shape: int) -> Array:
    """`value` as a float64 or complex128 array of finite numbers.

    Args:
        shape: the wanted shape; -1 stands for any length above 0.

    Raises:
        TypeError: not numbers. ValueError: another shape, no entries, or one that is NaN or infinite.
    """
    a = np.asarray(value)
    if a.dtype.kind not in "iufc":
        raise TypeError(f"{name} must hold numbers, got dtype {a.dtype}")
    fits = a.ndim == len(shape) and all(
        n == w or (w == -1 and n > 0) for n, w in zip(a.shape, shape, strict=True)
    )
    if not fits:
        wanted = str(shape).replace("-1", "n")
        raise ValueError(f"{name} must have shape {wanted}, n above 0, got {a.shape}")
    if not np.isfinite(a).all():
        raise ValueError(f"{name} must be finite, got {a[~np.isfinite(a)][0]}")
    return a.astype(np.complex128 if a.dtype.kind == "c" else np.float64)


def _step(h: float) -> float:
    """h, if it is a step. Raises ValueError."""
    if not (math.isfinite(h) and h > 0):
        raise ValueError(f"h must be finite and above 0, got {h}")
    return h


def _outputs(y: Any) -> Array:
    """What f gave, as an (m,) array; a plain number counts as m = 1. ValueError for more dimensions."""
    a = np.atleast_1d(np.asarray(y))
    if a.ndim != 1:
        raise ValueError(f"f must give a number or an (m,) array, got shape {a.shape}")
    return a


def central_jacobian(f: Callable[[Array], Any], x: Array, h: float = 1e-5) -> Array:
    """J[i, j] = (f_i(x + h e_j) - f_i(x - h e_j)) / (2 h); error O(h^2) plus rounding of about 1e-16 |f| / h.

    Args:
        f: takes a fresh (n,) float64 array, gives an (m,) array, or a number, which counts as m = 1.
        x: (n,) real, n above 0; never changed.
        h: step, above 0. Near the cube root of the machine epsilon (6e-6) both errors are small.

    Returns:
        (m, n) float64. NaN or inf in f comes out in J.

    Raises:
        TypeError: x isn't real numbers. ValueError: x isn't a finite (n,) array, h isn't above 0, or f gives more than
            one dimension.
    """
    x = _array("x", x, -1)
    if x.dtype.kind == "c":
        raise TypeError("x must be real, got dtype complex128")
    h = _step(h)
    raise NotImplementedError("Lab 04.0 - central_jacobian")


def complex_jacobian(f: Callable[[Array], Any], x: Array, h: float = 1e-20) -> Array:
    """J[i, j] = Im f_i(x + i h e_j) / h. Nothing is subtracted, so h may be tiny and the error is rounding alone.

    Squire and Trapp 1998. f must be analytic and written for complex numbers: no abs, no comparison of complex
    numbers, no conjugate (`np.vdot`, `.conj()`).

    Args:
        f: takes a fresh (n,) complex128 array, gives an (m,) complex array, or a complex number, which counts as m = 1.
        x, h: as for `central_jacobian`.

    Returns:
        (m, n) float64.

    Raises:
        TypeError: f gave back something that isn't complex: the derivative was lost on the way. x isn't real numbers.
        ValueError: as for `central_jacobian`.
    """
    x = _array("x", x, -1)
    if x.dtype.kind == "c":
        raise TypeError("x must be real, got dtype complex128")
    h = _step(h)
    raise NotImplementedError("Lab 04.0 - complex_jacobian")


def _network(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """The five arrays of an MLP, each of a shape that fits the others. Raises TypeError or ValueError."""
    x, b1, b2 = _array("x", x, -1), _array("b1", b1, -1), _array("b2", b2, -1)
    w1 = _array("w1", w1, len(b1), len(x))
    w2 = _array("w2", w2, len(b2), len(b1))
    return x, w1, b1, w2, b2


def mlp(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> tuple[Array, Array, Array]:
    """y = W2 relu(W1 x + b1) + b2.

    Args:
        x: (n_in,). w1: (n_hidden, n_in). b1: (n_hidden,). w2: (n_out, n_hidden). b2: (n_out,). All finite, real or
            complex: relu looks at the real part.

    Returns:
        y (n_out,), h_pre = W1 x + b1 (n_hidden,), h = relu(h_pre) (n_hidden,).

    Raises:
        TypeError: not numbers. ValueError: an array that is empty, not finite or of a shape that doesn't fit.
    """
    x, w1, b1, w2, b2 = _network(x, w1, b1, w2, b2)
    raise NotImplementedError("Lab 04.1 - mlp")


def mlp_jacobian(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
    """dy / d vec(W1), with W1 flattened row by row: column a * n_in + b belongs to W1[a, b].

    relu has derivative 0 at 0. Which entries of W1 does a hidden unit read, and which outputs read that unit?

    Returns:
        (n_out, n_hidden * n_in). Arguments and errors as for `mlp`.
    """
    x, w1, b1, w2, b2 = _network(x, w1, b1, w2, b2)
    raise NotImplementedError("Lab 04.1 - mlp_jacobian")


def mlp_gradients(
    x: Array, w1: Array, b1: Array, w2: Array, b2: Array, g: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """The gradients of a loss with respect to everything, from g = dL/dy: the chain rule from the loss inward.

    Every product is a matrix times a vector, or an outer product: no Jacobian is built.

    Args:
        x, w1, b1, w2, b2: as for `mlp`.
        g: (n_out,).

    Returns:
        dL/dx, dL/dW1, dL/db1, dL/dW2, dL/db2, each of the shape of what it belongs to. Errors as for `mlp`.
    """
    x, w1, b1, w2, b2 = _network(x, w1, b1, w2, b2)
    g = _array("g", g, len(b2))
    raise NotImplementedError("Lab 04.1 - mlp_gradients")


def softmax(z: Array) -> Array:
    """p_i = exp(z_i) / sum_j exp(z_j).

    `minigrad.numerics.softmax` is the one for arrays of real logits; this one also takes a complex vector, so that
    `complex_jacobian` can ask it.

    Args:
        z: (n,) finite logits, real or complex.

    Returns:
        (n,), sums to 1. Nothing overflows: the largest real part is subtracted first.

    Raises:
        TypeError: z isn't numbers. ValueError: z isn't a finite (n,) array with n above 0.
    """
    z = _array("z", z, -1)
    raise NotImplementedError("Lab 04.2 - softmax")


def softmax_jacobian(z: Array) -> Array:
    """dp_i/dz_j in row i and column j: how does each probability move if one logit does?

    Returns:
        (n, n): symmetric, and each row sums to 0. Raises as `softmax`.
    """
    raise NotImplementedError("Lab 04.2 - softmax_jacobian")


def softmax_vjp(z: Array, g: Array) -> Array:
    """J^T g, J from `softmax_jacobian`, without an (n, n) matrix: about 3n operations instead of 2n^2.

    Args:
        z: (n,) logits.
        g: (n,) gradient of a loss with respect to p.

    Returns:
        (n,) gradient of the loss with respect to z. Raises as `softmax`, for g too.
    """
    z = _array("z", z, -1)
    g = _array("g", g, len(z))
    raise NotImplementedError("Lab 04.2 - softmax_vjp")


def _target(y: int, n: int) -> int:
    """y as an index into n classes. TypeError unless an integer (a bool isn't one), ValueError out of range."""
    if isinstance(y, bool | np.bool_):
        raise TypeError(f"y must be an integer, got {y!r}")
    try:
        index = operator.index(y)
    except TypeError:
        raise TypeError(f"y must be an integer, got {y!r}") from None
    if not 0 <= index < n:
        raise ValueError(f"y must lie in 0..{n - 1}, got {index}")
    return index


def cross_entropy(z: Array, y: int) -> Any:
    """-log softmax(z)_y in nats, for one row of logits.

    Args:
        z: (n,) finite logits, real or complex.
        y: the right class, 0 to n - 1.

    Returns:
        A number: real, at least 0, for real logits. No log of a probability that has underflowed to 0 is taken.

    Raises:
        TypeError: y isn't an integer. ValueError: y is out of range (-1 too); and as `softmax`.
    """
    z = _array("z", z, -1)
    y = _target(y, len(z))
    raise NotImplementedError("Lab 04.2 - cross_entropy")


def cross_entropy_gradient(z: Array, y: int) -> Array:
    """d cross_entropy / dz, finite for all finite logits. What would the model have had to say?

    Returns:
        (n,): sums to 0; complex for complex logits. Raises as `cross_entropy`.
    """
    z = _array("z", z, -1)
    y = _target(y, len(z))
    raise NotImplementedError("Lab 04.2 - cross_entropy_gradient")
