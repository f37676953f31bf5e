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
        # lab 07.0
        self.data = data if type(data) is float else real_number(data)
        self.grad = 0.0
        self._prev = _prev
        self._op = _op
        self._local = _local
        # end lab

    def __repr__(self) -> str:
        """`Value(data=2.5, grad=0)`: both numbers to six digits."""
        # lab 07.0
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g})"
        # end lab

    def backward(self) -> None:
        """Adds d(self)/d(v) to `v.grad` for every value v that self was made from; self.grad becomes 1.

        Each value hands its gradient on only after all of its users have. Nothing is set to 0 first:
        clear the gradients of your leaves before you call this again.
        """
        # lab 07.0
        self.grad = 1.0
        for node in reversed(topological_order(self)):
            grad = node.grad
            # strict= would cost a fifth of the walk; every operation writes both tuples side by side.
            for value, local in zip(node._prev, node._local):  # noqa: B905
                value.grad += local * grad
        # end lab

    def __add__(self, other: Value | float) -> Value:
        """c = a + b. If a grows by a little, by how much does c? And if b does?"""
        # lab 07.1
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data + other.data, (self, other), "+", (1.0, 1.0))
        # end lab

    def __sub__(self, other: Value | float) -> Value:
        """c = a - b. Which of the two pulls c the other way?"""
        # lab 07.1
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data - other.data, (self, other), "-", (1.0, -1.0))
        # end lab

    def __mul__(self, other: Value | float) -> Value:
        """c = a b, the area of a rectangle. Widen one side a little: how long is the strip that is added?"""
        # lab 07.1
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data * other.data, (self, other), "*", (other.data, self.data))
        # end lab

    def __truediv__(self, other: Value | float) -> Value:
        """c = a / b. Which of the two slopes is shorter in terms of c? `ZeroDivisionError` for b = 0."""
        # lab 07.1
        if not isinstance(other, Value):
            other = Value(other)
        b = other.data
        c = self.data / b
        return Value(c, (self, other), "/", (1.0 / b, -c / b))
        # end lab

    def __pow__(self, n: float) -> Value:
        """c = a^n for a number n. What is its slope where n = 0, also at a = 0?

        Raises:
            TypeError: n is no number, or a `Value`: d(a^n)/dn = a^n ln a needs a > 0.
            ValueError: a < 0 and n is fractional (the result is complex), or a = 0 and n < 1 other
                than 0 (the result or its derivative is infinite).
        """
        # lab 07.4
        a, n = self.data, real_number(n)
        if a < 0 and not n.is_integer():
            raise ValueError(f"{a} ** {n} is not a real number")
        if a == 0 and n < 1 and n != 0:
            raise ValueError(f"{a} ** {n} has no finite derivative")
        return Value(a**n, (self,), f"**{n:g}", (n * a ** (n - 1) if n else 0.0,))
        # end lab

    def __neg__(self) -> Value:
        """c = -a. A mirror: which way does c go when a grows?"""
        # lab 07.1
        return Value(-self.data, (self,), "neg", (-1.0,))
        # end lab

    def __radd__(self, other: float) -> Value:
        """number + a."""
        # lab 07.1
        return Value(other) + self
        # end lab

    def __rsub__(self, other: float) -> Value:
        """number - a, which is not a - number."""
        # lab 07.1
        return Value(other) - self
        # end lab

    def __rmul__(self, other: float) -> Value:
        """number * a."""
        # lab 07.1
        return Value(other) * self
        # end lab

    def __rtruediv__(self, other: float) -> Value:
        """number / a, which is not a / number."""
        # lab 07.1
        return Value(other) / self
        # end lab

    def exp(self) -> Value:
        """c = e^a. Which number that you have by then is its slope?"""
        # lab 07.4
        c = math.exp(self.data)
        return Value(c, (self,), "exp", (c,))
        # end lab

    def log(self) -> Value:
        """c = ln a, steep near 0 and ever flatter. `ValueError` that shows a unless a > 0."""
        # lab 07.4
        if not self.data > 0:
            raise ValueError(f"log needs a positive number, got {self.data}")
        return Value(math.log(self.data), (self,), "log", (1.0 / self.data,))
        # end lab

    def tanh(self) -> Value:
        """c = tanh a. How flat it is can be told from c alone: how?"""
        # lab 07.4
        c = math.tanh(self.data)
        return Value(c, (self,), "tanh", (1.0 - c * c,))
        # end lab

    def relu(self) -> Value:
        """c = max(0, a), two straight lines. At the kink the left one counts."""
        # lab 07.4
        if self.data <= 0:
            return Value(0.0, (self,), "relu", (0.0,))
        return Value(self.data, (self,), "relu", (1.0,))
        # end lab


def topological_order(root: Value) -> list[Value]:
    """Every value that `root` was made from, once, each after its own inputs; `root` is last.

    The walk is depth first and takes inputs from left to right, so that everybody's gradients are summed in
    the same order, to the last bit. It keeps its own stack: the depth of the graph is no limit.
    """
    # lab 07.0
    order: list[Value] = []
    seen = {root}
    stack = [(root, iter(root._prev))]
    while stack:
        node, inputs = stack[-1]
        for value in inputs:
            if value not in seen:
                seen.add(value)
                stack.append((value, iter(value._prev)))
                break
        else:
            order.append(node)
            stack.pop()
    return order
    # end lab


def dot(ws: Sequence[Value], xs: Sequence[Value | float], bias: Value | float = 0.0) -> Value:
    """w1 x1 + ... + wn xn + bias as one node instead of 2n. How does it react to each of those that are Values?

    Numbers among `xs` need no gradient and get no node; they go through `real_number`, so that a NumPy float32 doesn't
    round what follows. `ValueError` if `ws` and `xs` differ in length.
    """
    # lab 07.2
    if not isinstance(bias, Value):
        bias = Value(bias)
    total = bias.data
    prev, local = [bias], [1.0]
    for w, x in zip(ws, xs, strict=True):
        if isinstance(x, Value):
            total += w.data * x.data
            prev += (w, x)
            local += (x.data, w.data)
        else:
            x = x if type(x) is float else real_number(x)
            total += w.data * x
            prev.append(w)
            local.append(x)
    return Value(total, tuple(prev), "dot", tuple(local))
    # end lab
