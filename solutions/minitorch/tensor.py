"""A NumPy array that remembers how it was computed, so that it can hand a gradient back.

Here are the graph, the walk back through it, and the operations that are methods; `functional` and `shaping` have
the others. An operation computes its result and hands `record` a function from the gradient of that result to the
gradients of its inputs. Nothing else is needed to add one.
"""

from __future__ import annotations

import math
import operator
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ContextDecorator
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Backward = Callable[[Array], tuple[Array | None, ...]]
Axis = int | tuple[int, ...] | None

_version = operator.attrgetter("_version")
_wanted = operator.attrgetter("requires_grad")

# A graph's memory is freed after each step and needed for the next. The C library of Linux would hand it to the system
# in between, and fetching it page by page costs as much as the arithmetic; freeing one large block (never touched)
# makes it keep what is smaller.
np.empty(2**25 - 2**16, np.uint8)

FLOAT16 = "float16 ends at 65,504, and its sums of ones at 2,048; pass dtype=np.float32 to Tensor"

_recording = ContextVar("recording", default=True)
_watching = ContextVar("watching", default=False)


class _Mode(ContextDecorator):
    """Sets a flag for a `with` block or a decorated function, nested as deep as you like."""

    _flag: ContextVar[bool]
    _value: bool

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(self._flag.get())
        self._flag.set(self._value)

    def __exit__(self, *_: object) -> None:
        self._flag.set(self._before.pop())


class no_grad(_Mode):  # noqa: N801 - the field's name
    """No graph is kept inside: results don't require a gradient, and what they were made from can be freed."""

    _flag, _value = _recording, False


class detect_anomaly(_Mode):  # noqa: N801 - the field's name
    """Slow and suspicious: `backward` also notices edits through `t.data[...] = ...` and gradients that aren't finite.

    Wrap forward and backward in it.
    """

    _flag, _value = _watching, True


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """`grad` came for what broadcasting made of an array of `shape`; this is what that array gets, in `shape`.

    Which axes did broadcasting put in front, and which did it stretch from length 1? 0 where there are no copies.
    """
    # lab 08.1
    if grad.shape == shape:
        return grad
    new = grad.ndim - len(shape)
    stretched = tuple(new + i for i, n in enumerate(shape) if n == 1 and grad.shape[new + i] != 1)
    total: Array = grad.sum(axis=(*range(new), *stretched), keepdims=True)
    return total.reshape(shape)
    # end lab


def topological_order(root: Tensor) -> list[Tensor]:
    """The tensors that `root` was computed from and that require a gradient, inputs before their users, root last.

    Without recursion: graphs are deeper than Python's stack.
    """
    # lab 08.0
    order: list[Tensor] = []
    seen = {id(root)}
    stack = [(root, iter(root._inputs))]
    while stack:
        node, inputs = stack[-1]
        for tensor in inputs:
            if tensor.requires_grad and id(tensor) not in seen:
                seen.add(id(tensor))
                stack.append((tensor, iter(tensor._inputs)))
                break
        else:
            order.append(node)
            stack.pop()
    return order
    # end lab


def _freed(_: Array) -> tuple[Array | None, ...]:
    """Stands where the function of a node was, once `backward` has freed the graph."""
    raise RuntimeError("unreachable: backward looks for freed nodes first")


def _stamp(tensor: Tensor) -> tuple[int, int]:
    """What `detect_anomaly` compares: the count of assignments to `tensor`, and its bytes."""
    return tensor._version, zlib.crc32(tensor._data.tobytes())


def record(data: Any, op: str, inputs: tuple[Tensor, ...], backward: Backward) -> Tensor:
    """The result of an operation, joined to the graph if anybody can ask for its gradient.

    Args:
        data: the result's array, new or a view; it becomes read-only when it joins the graph.
        op: the operation's name, for messages.
        inputs: the tensors that it was computed from.
        backward: from dL/dresult, an array like `data`, to one dL/dinput for each of `inputs`, in its shape; None
            where none is wanted. It must not change its argument, which other functions get too.

    Raises:
        TypeError: the result is float16, as NumPy makes it of the exponential of an int8.
    """
    out = Tensor.__new__(Tensor)
    out._data = np.asarray(data)
    if out._data.dtype.char == "e":
        raise TypeError(f"{op}: {FLOAT16}")
    out.grad, out._keeps, out._version = None, False, 0
    out.requires_grad, out._op, out._inputs, out._backward, out._stamps = False, "", (), None, ()
    # lab 08.0
    if _recording.get() and out._data.dtype.kind == "f" and any(map(_wanted, inputs)):
        out._data.flags.writeable = False
        out.requires_grad, out._op, out._inputs, out._backward = True, op, inputs, backward
        out._stamps = tuple(map(_stamp if _watching.get() else _version, inputs))
    return out
    # end lab


class Tensor:
    """An array of numbers, and what is needed to differentiate by it.

    Attributes:
        data: the array. Assign to it (`t.data = a`, `t.data -= a`) to change a leaf: that is counted, and a graph
            that still needs the old numbers says so in `backward`. The array of a result is read-only.
        grad: dL/dt as an array of the same shape and dtype, summed by every `backward()` since `zero_grad()`;
            None until then. Only leaves get one, and results after `retain_grad()`.
        requires_grad: whether `backward` goes here.

    Two tensors are equal only if they are the same one, so that they can be keys.

    Dtypes: float32 and float64 compute in themselves. float16 is refused, as data and as the result of an operation.
    On either side of an operator numbers, sequences and arrays become constants, and take the dtype of the tensor, as
    integer tensors do; so only a float64 *tensor* makes the result float64.
    """

    __slots__ = (
        *("_backward", "_data", "_inputs", "_keeps", "_op", "_stamps", "_version"),
        *("__weakref__", "grad", "requires_grad"),
    )
    __array_ufunc__ = None  # NumPy leaves `array + tensor` to us.
    grad: Array | None
    requires_grad: bool
    _data: Array
    _inputs: tuple[Tensor, ...]
    _backward: Backward | None
    _op: str
    _stamps: tuple[int | tuple[int, int], ...]
    _keeps: bool
    _version: int

    def __init__(
        self, data: Any, *, requires_grad: bool = False, dtype: DTypeLike | None = None
    ) -> None:
        """A leaf with a copy of `data`.

        Args:
            data: number, nested sequence, array or tensor. An array keeps its dtype, Python numbers become float32.
            dtype: asks for another one.

        Raises:
            TypeError: `data` isn't real numbers, the dtype is float16, or integers are to get a gradient.
            ValueError: a ragged nested sequence.
        """
        if isinstance(data, Tensor):
            data = data._data
        if dtype is None and not isinstance(data, np.ndarray | np.generic):
            dtype = np.float32
        try:
            array = np.array(data)
        except ValueError as error:
            raise ValueError(
                f"Tensor: data isn't a rectangular array of numbers: {error}"
            ) from None
        wanted = array.dtype if dtype is None else np.dtype(dtype)
        for found in (array.dtype, wanted):
            if found.kind not in "fiub":
                raise TypeError(f"Tensor: data must be real numbers, got dtype {found}")
        array = array.astype(wanted, copy=False)
        if wanted == np.float16:
            raise TypeError(f"Tensor: {FLOAT16}")
        if requires_grad and array.dtype.kind != "f":
            raise TypeError(f"Tensor: only floats can require a gradient, got dtype {array.dtype}")
        # lab 08.0
        self._data = array
        self.grad = None
        self.requires_grad = requires_grad
        self._inputs = ()
        self._backward = None
        self._op = ""
        self._stamps = ()
        self._keeps = False
        self._version = 0
        # end lab

    @property
    def data(self) -> Array:
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        if self._inputs:
            raise RuntimeError(
                f"data: the result of {self._op} can't be assigned; detach() it first"
            )
        array = np.asarray(value)
        if array.shape != self._data.shape:
            raise ValueError(f"data: shape must stay {self._data.shape}, got {array.shape}")
        if array is not self._data:  # t.data -= a has written already, and assigns the same array
            np.copyto(self._data, array, casting="same_kind")
        self._version += 1

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def size(self) -> int:
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._data.dtype

    @property
    def T(self) -> Tensor:  # noqa: N802 - the field's name
        """All axes reversed, as `transpose()`."""
        return self.transpose()

    def __repr__(self) -> str:
        array = np.array2string(
            self._data, precision=4, threshold=20, separator=", ", prefix="Tensor("
        )
        tail = (
            f", op={self._op}" if self._op else ", requires_grad=True" if self.requires_grad else ""
        )
        return f"Tensor({array}, shape={self.shape}, dtype={self.dtype}{tail})"

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        """What `np.asarray(t)` and `np.array(t)` give: a copy, as `numpy()`. ValueError for copy=False: that is `data`."""
        if copy is False:
            raise ValueError("np.array: a tensor hands out copies; for its own array take t.data")
        return np.array(self._data, dtype=dtype)

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def item(self) -> Any:
        """The one number of a tensor with one element, as a Python number. ValueError for any other size."""
        if self._data.size != 1:
            raise ValueError(f"item: one element is needed, the shape is {self.shape}")
        return self._data.item()

    def numpy(self) -> Array:
        """A copy of the array, yours to change."""
        return self._data.copy()

    def detach(self) -> Tensor:
        """The same numbers as a constant: a leaf with a copy, which no gradient goes through."""
        return Tensor(self._data)

    def zero_grad(self) -> None:
        """Forgets the gradient: None, which the next `backward` replaces."""
        self.grad = None

    def retain_grad(self) -> None:
        """Keeps the gradient of a result in `grad`, for a look at it."""
        self._keeps = True

    def backward(self, gradient: Any = None, *, retain_graph: bool = False) -> None:
        """Adds dL/dt to `t.grad` for every leaf t that self was computed from, where L = sum(gradient * self).

        Each tensor hands its gradient on only when all of its users have handed theirs. Then the graph is freed.

        Args:
            gradient: array like self; may be left out for one element, and is 1 then.
            retain_graph: keeps the graph for another call. Gradients of leaves go on adding up.

        Raises:
            RuntimeError: self needs no gradient, has several elements and no `gradient` came, the graph is freed, or
                a number that it needs was changed after the forward pass. No gradient has been touched then.
            ValueError: `gradient` has another shape.
        """
        if not self.requires_grad:
            raise RuntimeError(
                "backward: this tensor has no graph. Was it computed under no_grad, or from tensors "
                "without requires_grad=True?"
            )
        if gradient is None and self._data.size != 1:
            raise RuntimeError(
                f"backward: shape {self.shape} isn't one number; reduce it to a loss, or pass gradient="
            )
        seed = np.ones_like(self._data) if gradient is None else _plain(gradient, self.dtype)
        if seed.shape != self.shape:
            raise ValueError(f"backward: gradient must have shape {self.shape}, got {seed.shape}")
        order = topological_order(self)
        for node in order:
            _check_node(node)
        # lab 08.0
        grads = {id(self): seed}
        while order:
            node = order.pop()  # from the root back; what is done can be freed
            grad = grads.pop(id(node), None)
            if grad is None:
                continue
            if node._backward is None or node._keeps:
                # A copy, so that no two tensors share a gradient that somebody then scales.
                node.grad = grad.copy() if node.grad is None else np.asarray(node.grad + grad)
            if node._backward is None:
                continue
            for tensor, part in zip(node._inputs, node._backward(grad), strict=True):
                if part is None or not tensor.requires_grad:
                    continue
                part = _checked_part(node, tensor, part)
                held = grads.get(id(tensor))
                grads[id(tensor)] = part if held is None else np.asarray(held + part)
            if not retain_graph:
                node._backward, node._inputs = _freed, ()
        # end lab

    # Elementwise arithmetic. The two sides broadcast, so each gradient is summed back to its side's shape.

    def __add__(self, other: Any) -> Tensor:
        """c = a + b. How far does c move with a, and with b?"""
        a, b = operands(self, other)
        # lab 08.1
        back = lambda g: (unbroadcast(g, a.shape), unbroadcast(g, b.shape))  # noqa: E731
        return record(a._data + b._data, "add", (a, b), back)
        # end lab

    def __sub__(self, other: Any) -> Tensor:
        """c = a - b. In which direction does c move with b?"""
        a, b = operands(self, other)
        # lab 08.1
        back = lambda g: (unbroadcast(g, a.shape), unbroadcast(-g, b.shape))  # noqa: E731
        return record(a._data - b._data, "sub", (a, b), back)
        # end lab

    def __mul__(self, other: Any) -> Tensor:
        """c = a b. Each copy of a met which b?"""
        a, b = operands(self, other)
        # lab 08.1
        x, y = a._data, b._data

        def backward(g: Array) -> tuple[Array | None, Array | None]:
            return (
                unbroadcast(g * y, x.shape) if a.requires_grad else None,
                unbroadcast(g * x, y.shape) if b.requires_grad else None,
            )

        return record(x * y, "mul", (a, b), backward)
        # end lab

    def __truediv__(self, other: Any) -> Tensor:
        """c = a / b. No gradient squares b: that is 0 in float32 where b is 1e-25."""
        a, b = operands(self, other)
        # lab 08.1
        y, c = b._data, a._data / b._data

        def backward(g: Array) -> tuple[Array | None, Array | None]:
            share = g / y
            return (
                unbroadcast(share, a.shape) if a.requires_grad else None,
                unbroadcast(-share * c, b.shape) if b.requires_grad else None,
            )

        return record(c, "div", (a, b), backward)
        # end lab

    def __pow__(self, other: Any) -> Tensor:
        """c = a^b, by both sides. The gradient of a is 0 for b = 0, that of b is 0 where a = 0 and b >= 0."""
        a, b = operands(self, other)
        # lab 08.1
        x, y = a._data, b._data
        c = x**y

        def backward(g: Array) -> tuple[Array | None, Array | None]:
            by_x = by_y = None
            if a.requires_grad:
                # Where b is 0 the exponent 0 stands in for -1: 0 times 1 is 0, and no 1/0 comes up.
                by_x = unbroadcast(g * y * x ** np.where(y == 0, y, y - 1), x.shape)
            if b.requires_grad:
                flat = (x == 0) & (y >= 0)
                by_y = unbroadcast(g * c * np.log(np.where(flat, 1, x)), y.shape)
            return by_x, by_y

        return record(c, "pow", (a, b), backward)
        # end lab

    def __neg__(self) -> Tensor:
        """c = -a."""
        # lab 08.1
        return record(-self._data, "neg", (self,), lambda g: (-g,))
        # end lab

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Tensor:
        return constant(other, self) - self

    def __rtruediv__(self, other: Any) -> Tensor:
        return constant(other, self) / self

    def __rpow__(self, other: Any) -> Tensor:
        return constant(other, self) ** self

    def exp(self) -> Tensor:
        """c = e^a, its own derivative."""
        # lab 08.7
        c = np.exp(self._data)
        return record(c, "exp", (self,), lambda g: (g * c,))
        # end lab

    def log(self) -> Tensor:
        """c = log a. NumPy warns of a <= 0."""
        # lab 08.7
        x = self._data
        return record(np.log(x), "log", (self,), lambda g: (g / x,))
        # end lab

    def sqrt(self) -> Tensor:
        """c = sqrt a. Its gradient is infinite at 0."""
        # lab 08.7
        c = np.sqrt(self._data)
        return record(c, "sqrt", (self,), lambda g: (g / (2 * c),))
        # end lab

    def tanh(self) -> Tensor:
        """c = tanh a. Which function of c is 1 at 0 and 0 at both ends?"""
        # lab 08.7
        c = np.tanh(self._data)
        return record(c, "tanh", (self,), lambda g: (g * (1 - c * c),))
        # end lab

    def sigmoid(self) -> Tensor:
        """c = 1 / (1 + e^-a), without the overflow of e^800. Which function of NumPy has this shape?"""
        # lab 08.7
        c = np.asarray(0.5 * (1 + np.tanh(0.5 * self._data)))
        return record(c, "sigmoid", (self,), lambda g: (g * c * (1 - c),))
        # end lab

    def relu(self) -> Tensor:
        """c = max(a, 0). The gradient is 0 at 0 too. NaN stays NaN."""
        # lab 08.7
        x = self._data
        return record(np.maximum(x, 0), "relu", (self,), lambda g: (g * (x > 0),))
        # end lab

    # Reductions. The gradient goes back to every element that was reduced, so the reduced axes come back first.

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum over `axis` (int, tuple, None for all). Which number of g does each summand get?"""
        axes = checked_axes("sum", axis, self)
        # lab 08.2
        shape = self.shape
        return record(
            self._data.sum(axis=axes, keepdims=keepdims),
            "sum",
            (self,),
            lambda g: (np.broadcast_to(_with_axes(g, axes, shape), shape),),
        )
        # end lab

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean over `axis`. ValueError when there are no elements."""
        axes = checked_axes("mean", axis, self, least=1)
        # lab 08.2
        n = math.prod(self.shape[i] for i in axes)
        return self.sum(axes, keepdims) * (1 / n)
        # end lab

    def var(self, axis: Axis = None, keepdims: bool = False, correction: int = 0) -> Tensor:
        """Variance over `axis`: sum((x - mean)^2) / (n - correction).

        `correction=0` is the variance of the numbers themselves (NumPy's default, and what norms use); 1 estimates
        that of their source (PyTorch's default). ValueError unless n > correction.
        """
        axes = checked_axes("var", axis, self, least=correction + 1)
        # lab 08.2
        n = math.prod(self.shape[i] for i in axes)
        off = self - self.mean(axes, keepdims=True)
        return (off * off).sum(axes, keepdims) * (1 / (n - correction))
        # end lab

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Maximum over `axis`. Which element moves it? Equal ones share (as in `torch.amax`)."""
        axes = checked_axes("max", axis, self, least=1)
        # lab 08.2
        x = self._data
        kept = x.max(axis=axes, keepdims=True)

        def backward(g: Array) -> tuple[Array]:
            winners = (x == kept).astype(x.dtype)
            winners /= winners.sum(axis=axes, keepdims=True)
            return (winners * _with_axes(g, axes, x.shape),)

        return record(kept if keepdims else kept.squeeze(axes), "max", (self,), backward)
        # end lab

    # Shapes. No number changes, so the gradient only goes back to where each came from.

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """The same elements in row-major order in another shape; one length may be -1. ValueError if it can't be."""
        to = flat_ints("reshape", shape)
        try:
            data = self._data.reshape(to)
        except ValueError:
            raise ValueError(
                f"reshape: {self.size} elements, {self.shape}, don't fit {to}"
            ) from None
        # lab 08.2
        before = self.shape
        return record(data, "reshape", (self,), lambda g: (g.reshape(before),))
        # end lab

    def permute(self, *axes: int | Sequence[int]) -> Tensor:
        """Axis i of the result is axis axes[i] of self. ValueError unless each axis is named once."""
        order = flat_ints("permute", axes)
        if sorted(i % self.ndim if -self.ndim <= i < self.ndim else i for i in order) != list(
            range(self.ndim)
        ):
            raise ValueError(f"permute: axes {order} don't name each axis of {self.shape} once")
        # lab 08.2
        back = tuple(np.argsort([i % self.ndim for i in order]).tolist())
        return record(
            self._data.transpose(order), "permute", (self,), lambda g: (g.transpose(back),)
        )
        # end lab

    def transpose(self, axis1: int | None = None, axis2: int | None = None) -> Tensor:
        """Swaps two axes; without arguments reverses all of them."""
        order = list(range(self.ndim))
        if axis1 is None and axis2 is None:
            return self.permute(order[::-1])
        a, b = (checked_axis("transpose", axis, self) for axis in (axis1, axis2))
        order[a], order[b] = b, a
        return self.permute(order)

    def broadcast_to(self, *shape: int | Sequence[int]) -> Tensor:
        """Copies without copying along new axes and axes of length 1. How often is each number used?"""
        to = flat_ints("broadcast_to", shape)
        try:
            data = np.broadcast_to(self._data, to)
        except ValueError:
            raise ValueError(
                f"broadcast_to: shape {self.shape} doesn't broadcast to {to}"
            ) from None
        # lab 08.2
        before = self.shape
        return record(data, "broadcast_to", (self,), lambda g: (unbroadcast(g, before),))
        # end lab

    def __getitem__(self, key: Any) -> Tensor:
        """NumPy's indexing: slices, ints, None, integer arrays, masks. An element taken twice gets both gradients.

        The result is a copy where NumPy makes one. IndexError, with the shape, where NumPy raises one.
        """
        parts = key if isinstance(key, tuple) else (key,)
        where = tuple(p._data if isinstance(p, Tensor) else p for p in parts)
        try:
            data = self._data[where]
        except IndexError as error:
            raise IndexError(f"getitem: shape {self.shape}: {error}") from None
        # lab 08.6
        shape, dtype = self.shape, self.dtype
        once = all(isinstance(p, int | slice | np.integer) or p is None or p is ... for p in where)

        def backward(g: Array) -> tuple[Array]:
            grad = np.zeros(shape, dtype)
            if once:
                grad[where] = g
            else:
                np.add.at(grad, where, g)
            return (grad,)

        return record(data, "getitem", (self,), backward)
        # end lab

    def __matmul__(self, other: Any) -> Tensor:
        """C = A B over the last two axes, with NumPy's rules for vectors and for broadcasting the axes before.

        For the gradients, ask in which elements of C a number of A appears. ValueError, with both shapes, if they don't fit.
        """
        a, b = operands(self, other)
        x, y = a._data, b._data
        try:
            data = x @ y
        except ValueError:
            raise ValueError(f"matmul: shapes {x.shape} and {y.shape} don't fit") from None
        # lab 08.3

        def backward(g: Array) -> tuple[Array | None, Array | None]:
            # A vector is a matrix with one row (on the left) or one column (on the right).
            left, right = np.atleast_2d(x), y[:, None] if y.ndim == 1 else y
            if y.ndim == 1:
                g = g[..., None]
            if x.ndim == 1:
                g = g[..., None, :]
            by_a = by_b = None
            if a.requires_grad:
                by_a = unbroadcast(g @ right.swapaxes(-1, -2), left.shape).reshape(x.shape)
            if b.requires_grad:
                by_b = unbroadcast(left.swapaxes(-1, -2) @ g, right.shape).reshape(y.shape)
            return by_a, by_b

        return record(data, "matmul", (a, b), backward)
        # end lab

    def __rmatmul__(self, other: Any) -> Tensor:
        return constant(other, self) @ self


def constant(value: Any, like: Tensor) -> Tensor:
    """`value` as a tensor: a float tensor is itself, all else a leaf without gradient, in the floats of `like` if any."""
    floats = like.dtype.kind == "f"
    if isinstance(value, Tensor) and (not floats or value.dtype.kind == "f"):
        return value
    return Tensor(value, dtype=like.dtype if floats else None)


def operands(a: Tensor, other: Any) -> tuple[Tensor, Tensor]:
    """Both sides of an operator as tensors. Integers and what was no tensor take the dtype of a side with floats."""
    b = constant(other, a)
    return constant(a, b) if b is other else a, b


def _plain(value: Any, dtype: DTypeLike) -> Array:
    return np.asarray(value._data if isinstance(value, Tensor) else value, dtype=dtype)


def _check_node(node: Tensor) -> None:
    """RuntimeError if the graph at `node` was freed, or an input was changed since the forward pass."""
    if node._backward is _freed:
        raise RuntimeError(
            f"backward: the graph of {node._op} was freed by an earlier backward; compute the loss "
            "again, or pass retain_graph=True the first time"
        )
    for i, (tensor, stamp) in enumerate(zip(node._inputs, node._stamps, strict=True)):
        if stamp != (tensor._version if isinstance(stamp, int) else _stamp(tensor)):
            raise RuntimeError(
                f"backward: input {i} of {node._op}, shape {tensor.shape}, was changed in place after the "
                "forward pass; its old numbers are needed. Step the optimizer after backward"
            )


def _checked_part(node: Tensor, tensor: Tensor, part: Array) -> Array:
    """`part` as an array in the dtype of `tensor`; RuntimeError if an operation made a gradient that can't be one."""
    if part.shape != tensor.shape:
        raise RuntimeError(
            f"backward of {node._op}: gradient of shape {part.shape} for an input of {tensor.shape}"
        )
    if _watching.get() and not np.isfinite(part).all():
        raise RuntimeError(f"backward of {node._op}: a gradient isn't finite")
    return np.asarray(part, tensor.dtype)


def checked_axes(op: str, axis: Axis, tensor: Tensor, least: int = 0) -> tuple[int, ...]:
    """`axis` as a tuple of axes from 0, each once; all of them for None.

    Raises:
        TypeError: `axis` isn't ints (NumPy's count as such, booleans don't).
        ValueError: an axis that isn't there or comes twice, or fewer than `least` elements along them.
    """
    ndim = tensor.ndim
    given = range(ndim) if axis is None else flat_ints(op, (axis,))
    axes = tuple(i + ndim if i < 0 else i for i in given)
    if any(not 0 <= i < ndim for i in axes) or len(set(axes)) != len(axes):
        raise ValueError(f"{op}: axis {axis} doesn't fit shape {tensor.shape}")
    if math.prod(tensor.shape[i] for i in axes) < least:
        raise ValueError(f"{op}: shape {tensor.shape} has too few elements along axis {axis}")
    return axes


def checked_axis(op: str, axis: Any, tensor: Tensor, least: int = 0) -> int:
    """`axis` as one axis from 0. Errors as above, and TypeError for None or several."""
    if axis is None or np.ndim(axis):
        raise TypeError(f"{op}: one axis is needed, got {axis}")
    return checked_axes(op, axis, tensor, least)[0]


def _with_axes(grad: Array, axes: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """`grad` with the reduced `axes` of `shape` back, each of length 1."""
    return grad.reshape([1 if i in axes else n for i, n in enumerate(shape)])


def flat_ints(op: str, given: tuple[Any, ...]) -> tuple[int, ...]:
    """f(2, 3) and f((2, 3)) alike, as (2, 3). TypeError for anything but ints; booleans aren't."""
    try:
        items = given[0] if len(given) == 1 and np.ndim(given[0]) else given
        if any(isinstance(n, bool) for n in items):
            raise TypeError
        return tuple(map(operator.index, items))
    except (TypeError, ValueError):
        raise TypeError(f"{op}: ints are needed, got {given}") from None
