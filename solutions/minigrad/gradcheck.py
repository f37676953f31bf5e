"""A gradient's independent witness: move each input a little both ways and look at the slope."""

from __future__ import annotations

from collections.abc import Callable

from minigrad.scalar import Value, real_number


def central_difference(
    f: Callable[..., Value], inputs: tuple[Value, ...], index: int, eps: float = 1e-5
) -> float:
    """The slope of f in the input at `index`, from a step of `eps` to either side; the error is O(eps^2) plus rounding.

    The input's `data` is put back even when `f` raises. `eps` goes through `real_number`: x + a float32 would be one.
    """
    # lab 07.3
    x, eps = inputs[index], real_number(eps)
    before = x.data
    try:
        x.data = before + eps
        above = f(*inputs).data
        x.data = before - eps
        below = f(*inputs).data
    finally:
        x.data = before
    return (above - below) / (2 * eps)
    # end lab


def gradcheck(
    f: Callable[..., Value],
    inputs: tuple[Value, ...],
    *,
    eps: float = 1e-5,
    atol: float = 1e-4,
    rtol: float = 1e-3,
) -> bool:
    """Compares the gradient of `f(*inputs)` by `backward` with central differences.

    Args:
        f: builds its graph anew at each call and returns one `Value`.
        inputs: the leaves to check; their `grad` is cleared first and holds the analytic gradient afterwards.
        eps: step. Near the cube root of the machine epsilon (6e-6) both errors of the difference are small.
        atol, rtol: accepts |analytic - numerical| <= atol + rtol |numerical|. NaN never passes.

    Returns:
        True.

    Raises:
        AssertionError: at the first input that disagrees, with its index, both gradients and both differences.
        ValueError: no inputs, which would check nothing, or eps not above 0.
    """
    # lab 07.3
    if not inputs:
        raise ValueError("gradcheck without inputs checks nothing")
    if not eps > 0:
        raise ValueError(f"eps must be above 0, got {eps}")
    numerical = [central_difference(f, inputs, i, eps) for i in range(len(inputs))]
    for x in inputs:
        x.grad = 0.0
    f(*inputs).backward()
    for i, (x, slope) in enumerate(zip(inputs, numerical, strict=True)):
        off = abs(x.grad - slope)
        if not off <= atol + rtol * abs(slope):
            relative = off / abs(slope) if slope else float("inf")
            raise AssertionError(
                f"gradient of input {i}: numerical {slope:.6g}, analytic {x.grad:.6g}, "
                f"abs diff {off:.3g}, rel diff {relative:.3g}"
            )
    return True
    # end lab
