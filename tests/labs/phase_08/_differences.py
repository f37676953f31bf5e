"""An independent witness for gradients: it knows NumPy and the contract of Tensor, and nothing of minitorch's rules."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minitorch.tensor import Tensor


def numbers(*shape, seed=0, away=False):
    """Normal float64 numbers; `away` keeps them 0.1 from 0, where relu and others have a kink."""
    x = np.asarray(np.random.default_rng(seed).normal(size=shape))
    return np.asarray(np.copysign(np.abs(x) + 0.1, x)) if away else x


def back(out, g, *, what, idea, page, **options):
    """`out.backward(g, **options)`; what the engine or NumPy refuses there becomes a failure in the lab's own form."""
    try:
        out.backward(g, **options)
    except NotImplementedError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        expect_true(False, what=f"{what}: backward", expected="for each operand a gradient of its shape", got=f"{type(error).__name__}: {error}", idea=idea, page=page)  # fmt: skip


def single(f, shapes, *, what, page, **options):
    """f of float32 tensors: the result and every gradient stay float32."""
    tensors = [Tensor(numbers(*shape, seed=i, **options).astype(np.float32), requires_grad=True) for i, shape in enumerate(shapes)]  # fmt: skip
    idea = "float32 computes in itself. Which number of the formula is wider than that?"
    out = f(*tensors)
    back(out, np.ones(out.shape, np.float32), what=f"{what} in float32", idea=idea, page=page)
    expect_equal([str(out.dtype), *(str(getattr(t.grad, "dtype", None)) for t in tensors)], ["float32"] * (1 + len(tensors)), what=f"dtypes of {what} of float32 tensors, and of their gradients", idea=idea, page=page)  # fmt: skip


def check(f, arrays, *, what, idea, page, value=None):
    """f's value against `value(*arrays)`, and each gradient against central differences with weighted outputs."""
    tensors = [Tensor(a, requires_grad=True) for a in arrays]
    out = f(*tensors)
    if value is not None:
        expect_close(out.data, value(*arrays), tol=1e-9, what=what, idea=idea, page=page)
    weights = np.random.default_rng(7).uniform(0.5, 1.5, out.shape)
    back(out, weights.copy(), what=what, idea=idea, page=page)  # a function may spoil what it gets
    for i, tensor in enumerate(tensors):
        name = what if len(tensors) == 1 else f"{what}, gradient of operand {i}"
        expect_equal(
            None if tensor.grad is None else tensor.grad.shape,
            tensor.shape,
            what=f"{name}: the gradient's shape",
            idea="The gradient says for each number how the loss moves with it. So how many numbers has it?",
            page=page,
        )
        slopes = np.zeros(tensor.shape)
        for where in np.ndindex(tensor.shape):
            sides = []
            for sign in (1, -1):
                moved = [a.copy() for a in arrays]
                moved[i][where] += sign * 1e-6
                sides.append(float((f(*map(Tensor, moved)).data * weights).sum()))
            slopes[where] = (sides[0] - sides[1]) / 2e-6
        expect_close(tensor.grad, slopes, tol=1e-5, what=name, idea=idea, page=page)
