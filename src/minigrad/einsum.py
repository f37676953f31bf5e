"""Reading an einsum: the shape of its result and the exact count of its arithmetic, before anything runs."""

from __future__ import annotations

import math
from itertools import zip_longest

Shape = tuple[int, ...]


def check_shapes(shapes: tuple[Shape, ...]) -> None:
    """TypeError unless all sizes are whole numbers, ValueError if one is negative."""
    for shape in shapes:
        for size in shape:
            if isinstance(size, bool) or not isinstance(size, int):
                raise TypeError(f"sizes are whole numbers, got {size!r} in {shapes}")
            if size < 0:
                raise ValueError(f"no size is negative, got {size} in {shapes}")


def split_spec(spec: str, shapes: tuple[Shape, ...]) -> tuple[list[str], str]:
    """An einsum string as one label a dimension: `("ij,jk->ik", ((2, 3), (3, 4)))` gives `["ij", "jk"], "ik"`.

    Dimensions under `...` get the digits "0", "1", ... counted from the right, so that they line up. Without `->`
    the output is the dimensions under `...`, then every letter that occurs once, sorted: NumPy's implicit mode.

    Raises:
        ValueError: another number of operands or dimensions than shapes; a negative size; anything but letters,
            `,`, `->` and `...`; an output letter that no operand has, or twice; an output without its `...`.
    """
    check_shapes(shapes)
    left, arrow, right = spec.replace(" ", "").partition("->")
    letters = left.replace("...", "").replace(",", "") + right.replace("...", "")
    if not (letters.isascii() and (letters.isalpha() or not letters)):
        raise ValueError(f"{spec!r}: only letters from a to z or A to Z name a dimension")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"{spec!r} names {len(terms)} operands, got {len(shapes)} shapes")
    inputs = []
    for term, shape in zip(terms, shapes, strict=True):
        hidden = len(shape) - len(term.replace("...", ""))
        if not 0 <= hidden <= (10 if term.count("...") == 1 else 0):
            raise ValueError(f"{term!r} in {spec!r} doesn't fit shape {shape}")
        inputs.append(term.replace("...", "9876543210"[10 - hidden :]))
    used = "".join(inputs)
    dots = "".join(sorted((c for c in set(used) if c.isdigit()), reverse=True))
    once = "".join(sorted(c for c in set(used) if used.count(c) == 1 and c.isalpha()))
    output = right.replace("...", dots) if arrow else dots + once
    if dots and arrow and "..." not in right:
        raise ValueError(f"{spec!r}: the dimensions under ... are missing on the right")
    for label in output:
        if label not in used or output.count(label) > 1:
            raise ValueError(
                f"{spec!r}: output letter {label!r} must be on the left, and once here"
            )
    return inputs, output


def broadcast_shape(*shapes: Shape) -> Shape:
    """The shape of an elementwise operation on arrays of these shapes: lined up at their last dimension.

    Missing leading dimensions count as 1. Two sizes go together if they are equal or one of them is 1.

    Returns:
        The common shape; () for no shapes at all.

    Raises:
        ValueError: two sizes that don't go together, with all shapes; a negative size.
    """
    check_shapes(shapes)
    raise NotImplementedError("Lab 03.0 - broadcast_shape")


def einsum_sizes(spec: str, *shapes: Shape) -> tuple[dict[str, int], str]:
    """The size of every label of an einsum, and its output labels (see `split_spec`).

    Raises:
        ValueError: a letter with two sizes. NumPy lets a 1 pass as any size here; we don't, because a letter is a
            promise that two dimensions are the same thing. Only dimensions under `...` broadcast.
    """
    raise NotImplementedError("Lab 03.0 - einsum_sizes")


def einsum_shape(spec: str, *shapes: Shape) -> Shape:
    """The shape of `np.einsum(spec, ...)` on operands of these shapes, without computing anything."""
    raise NotImplementedError("Lab 03.0 - einsum_shape")


def einsum_flops(spec: str, *shapes: Shape) -> int:
    """Multiplications and additions of the einsum as one nest of loops, exactly.

    Each turn of the innermost line multiplies once a comma; a sum of k numbers takes k - 1 additions. How many turns,
    and how many sums? Nothing to loop over (a size of 0) costs nothing.
    """
    raise NotImplementedError("Lab 03.0 - einsum_flops")
