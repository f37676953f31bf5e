"""What a network costs, counted on its graph; and numbers of two bytes that are computed in four.

Bytes stay from step to step, or wait for backward. Operations are those of products: in a network of any size the rest
is a few per cent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.nn.module import Module
from minitorch.optim import Optimizer
from minitorch.tensor import Array, Tensor, topological_order

PRODUCTS = ("linear", "matmul")


def upcast(f: Callable[..., Any]) -> Callable[..., Array]:
    """`f` for arrays of two bytes: it computes in four, and the result is rounded once.

    What is returned takes an array first, then whatever `f` takes. It hands float16 arrays on as float32 and everything
    else as it is, and gives back what `f` gives in the dtype of the first array.

    Raises:
        OverflowError: by the function returned, where a finite number of the result is too large for that dtype.
    """
    # lab 10.3

    def wide(first: Array, *others: Any, **settings: Any) -> Array:
        given = [
            a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype == np.float16 else a
            for a in (first, *others)
        ]
        exact = np.asarray(f(*given, **settings))
        with np.errstate(over="ignore"):
            rounded = exact.astype(first.dtype)
        lost = np.isfinite(exact) & ~np.isfinite(rounded)
        if lost.any():
            raise OverflowError(f"upcast: {np.abs(exact[lost]).max():.3g} in {first.dtype}")
        return rounded

    return wide
    # end lab


def resident_bytes(model: Module, optimizer: Optimizer) -> dict[str, int]:
    """The bytes that stay from step to step, as they are now.

    Returns:
        "parameters": of `model`, a shared one once. "gradients": of those that have one. "state": all arrays that
        `optimizer` keeps, for whatever parameters; its counts of steps aren't arrays.
    """
    # lab 10.3
    parameters = list(model.parameters())
    return {
        "parameters": sum(p.data.nbytes for p in parameters),
        "gradients": sum(p.grad.nbytes for p in parameters if p.grad is not None),
        "state": sum(
            value.nbytes
            for kept in optimizer.state.values()
            for value in kept.values()
            if isinstance(value, np.ndarray)
        ),
    }
    # end lab


def kept(node: Tensor) -> list[Array]:
    """The arrays that a result keeps alive: its own, and those that its function for backward refers to.

    Some are views, some belong to leaves, and two results may keep the same one.
    """
    arrays: list[Array] = [node._data]
    values: list[Any] = [node._backward]
    for value in values:  # it grows while it is walked
        if isinstance(value, Tensor):
            value = value._data
        if isinstance(value, np.ndarray):
            arrays.append(value)
        elif isinstance(value, tuple | list):
            values.extend(value)
        else:
            values.extend(cell.cell_contents for cell in getattr(value, "__closure__", None) or ())
    return arrays


def activation_bytes(root: Tensor) -> int:
    """The bytes that the graph under `root` keeps for backward, beside its leaves: parameters, data, constants.

    An array counts once, however many results keep it. A view counts as the whole array whose memory it holds.
    """
    # lab 10.3

    def owner(array: Array) -> Array:
        while isinstance(array.base, np.ndarray):
            array = array.base
        return array

    results = [node for node in topological_order(root) if node._inputs]
    sizes = {id(a): a.nbytes for node in results for a in map(owner, kept(node))}
    leaves = {id(owner(t._data)) for node in results for t in node._inputs if not t._inputs}
    return sum(size for key, size in sizes.items() if key not in leaves)
    # end lab


def forward_flops(root: Tensor) -> int:
    """Floating-point operations of all products under `root`: two for each multiply-add of a node in `PRODUCTS`.

    A node counts once. Only what requires a gradient has a node: a product of constants isn't seen.
    """
    # lab 10.3
    products = (node for node in topological_order(root) if node._op in PRODUCTS)
    return sum(2 * node.size * node._inputs[0].shape[-1] for node in products)
    # end lab


def backward_flops(root: Tensor) -> int:
    """Those of `root.backward()`: for each product of the forward pass, the products that its gradients take."""
    # lab 10.3
    products = (node for node in topological_order(root) if node._op in PRODUCTS)
    return sum(
        2 * node.size * node._inputs[0].shape[-1] * sum(t.requires_grad for t in node._inputs[:2])
        for node in products
    )
    # end lab
