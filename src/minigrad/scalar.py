"""Reverse-mode automatic differentiation of one number at a time.

A `Value` keeps its number, the values that it was made from, and one local derivative for each of them.
`backward` needs nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real


def real_number(x: object) -> float:
    """`x` as a float (`True` is 1.0). `TypeError` for anything that is not a real number."""
    if not isinstance(x, Real):
        raise TypeError(f"expected a real number, got {type(x).__name__}: {x!r}")
    return float(x)


class Value:
    """One number in a computation graph.

    Attributes:
        data: the number, always a `float`.
        grad: d(result)/d(this value), summed by every `backward()` since it was last set to 0.
        _prev: the values that this one was made from; empty for a leaf. Never changed afterwards.
        _op: what made it, for drawings and messages; empty for a leaf.
        _local: d(this value)/d(input), one float for each entry of `_prev`.

    Two values are equal only if they are the same node, so that nodes can live in sets.
    """

    __slots__ = ("_local", "_op", "_prev", "data", "grad")
    data: float
    grad: float
    _prev: tuple[Value, ...]
    _op: str
    _local: tuple[float, ...]

    def __init__(
        self,
        data: float,
        _prev: tuple[Value, ...] = (),
        _op: str = "",
        _local: tuple[float, ...] = (),
    ) -> None:
        """A leaf; the operations give the other arguments. `data` goes through `real_number`."""
        raise NotImplementedError("Lab 07.0 - Value.__init__")

    def __repr__(self) -> str:
        """`Value(data=2.5, grad=0)`: both numbers to six digits."""
        raise NotImplementedError("Lab 07.0 - Value.__repr__")

    def backward(self) -> None:
        """Adds d(self)/d(v) to `v.grad` for every value v that self was made from; self.grad becomes 1.

        Each value hands its gradient on only after all of its users have. Nothing is set to 0 first:
        clear the gradients of your leaves before you call this again.
        """
        raise NotImplementedError("Lab 07.0 - Value.backward")

    def __add__(self, other: Value | float) -> Value:
        """c = a + b. If a grows by a little, by how much does c? And if b does?"""
        raise NotImplementedError("Lab 07.1 - Value.__add__")

    def __sub__(self, other: Value | float) -> Value:
        """c = a - b. Which of the two pulls c the other way?"""
        raise NotImplementedError("Lab 07.1 - Value.__sub__")

    def __mul__(self, other: Value | float) -> Value:
        """c = a b, the area of a rectangle. Widen one side a little: how long is the strip that is added?"""
        raise NotImplementedError("Lab 07.1 - Value.__mul__")

    def __truediv__(self, other: Value | float) -> Value:
        """c = a / b. Which of the two slopes is shorter in terms of c? `ZeroDivisionError` for b = 0."""
        raise NotImplementedError("Lab 07.1 - Value.__truediv__")

    def __pow__(self, n: float) -> Value:
        """c = a^n for a number n. What is its slope where n = 0, also at a = 0?

        Raises:
            TypeError: n is no number, or a `Value`: d(a^n)/dn = a^n ln a needs a > 0.
            ValueError: a < 0 and n is fractional (the result is complex), or a = 0 and n < 1 other
                than 0 (the result or its derivative is infinite).
        """
        raise NotImplementedError("Lab 07.4 - Value.__pow__")

    def __neg__(self) -> Value:
        """c = -a. A mirror: which way does c go when a grows?"""
        raise NotImplementedError("Lab 07.1 - Value.__neg__")

    def __radd__(self, other: float) -> Value:
        """number + a."""
        raise NotImplementedError("Lab 07.1 - Value.__radd__")

    def __rsub__(self, other: float) -> Value:
        """number - a, which is not a - number."""
        raise NotImplementedError("Lab 07.1 - Value.__rsub__")

    def __rmul__(self, other: float) -> Value:
        """number * a."""
        raise NotImplementedError("Lab 07.1 - Value.__rmul__")

    def __rtruediv__(self, other: float) -> Value:
        """number / a, which is not a / number."""
        raise NotImplementedError("Lab 07.1 - Value.__rtruediv__")

    def exp(self) -> Value:
        """c = e^a. Which number that you have by then is its slope?"""
        raise NotImplementedError("Lab 07.4 - Value.exp")

    def log(self) -> Value:
        """c = ln a, steep near 0 and ever flatter. `ValueError` that shows a unless a > 0."""
        raise NotImplementedError("Lab 07.4 - Value.log")

    def tanh(self) -> Value:
        """c = tanh a. How flat it is can be told from c alone: how?"""
        raise NotImplementedError("Lab 07.4 - Value.tanh")

    def relu(self) -> Value:
        """c = max(0, a), two straight lines. At the kink the left one counts."""
        raise NotImplementedError("Lab 07.4 - Value.relu")


def topological_order(root: Value) -> list[Value]:
    """Every value that `root` was made from, once, each after its own inputs; `root` is last.

    The walk is depth first and takes inputs from left to right, so that everybody's gradients are summed in
    the same order, to the last bit. It keeps its own stack: the depth of the graph is no limit.
    """
    raise NotImplementedError("Lab 07.0 - topological_order")


def dot(ws: Sequence[Value], xs: Sequence[Value | float], bias: Value | float = 0.0) -> Value:
    """w1 x1 + ... + wn xn + bias as one node instead of 2n. How does it react to each of those that are Values?

    Numbers among `xs` need no gradient and get no node; they go through `real_number`, so that a NumPy float32 doesn't
    round what follows. `ValueError` if `ws` and `xs` differ in length.
    """
    raise NotImplementedError("Lab 07.2 - dot")
