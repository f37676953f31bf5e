"""Lab 08.3: matrix products of every rank, and Einstein's sums."""

import numpy as np

from given.checking import expect_close
from minitorch import shaping
from minitorch.tensor import Tensor

from ._differences import check, numbers

PAGE = "theory/03-matmul.md"


def test_two_matrices():
    a, b = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True), Tensor(np.array([[5.0], [6.0]]), requires_grad=True)  # fmt: skip
    c = a @ b
    c.backward(np.ones((2, 1)))
    expect_close(
        np.concatenate([c.data.ravel(), a.grad.ravel(), b.grad.ravel()]),
        np.array([17.0, 39, 5, 6, 5, 6, 4, 6]),
        tol=1e-12,
        what="[[1, 2], [3, 4]] @ [[5], [6]]: the product, dA and dB for g = 1",
        idea="dA = G B^T and dB = A^T G. The shapes leave no other order.",
        page=PAGE,
    )


def test_matrices_that_arent_square():
    check(lambda a, b: a @ b, [numbers(2, 3), numbers(3, 4, seed=1)], what="(2, 3) @ (3, 4)", idea="dA = G B^T, dB = A^T G.", page=PAGE, value=np.matmul)  # fmt: skip


def test_vectors():
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4))):
        check(
            lambda x, y: x @ y,
            [numbers(*a), numbers(*b, seed=1)],
            what=f"{a} @ {b}",
            idea="A vector is a matrix with one row (left) or one column (right). Give g the missing axis, and reshape the gradient at the end.",
            page=PAGE,
            value=np.matmul,
        )


def test_batches_and_broadcast_batches():
    for a, b in (((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((4, 1, 2, 3), (5, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2))):  # fmt: skip
        check(
            lambda x, y: x @ y,
            [numbers(*a), numbers(*b, seed=1)],
            what=f"{a} @ {b}",
            idea="swapaxes(-1, -2) transposes the last two axes only (.T reverses all). A matrix that met a whole batch was copied: unbroadcast.",
            page=PAGE,
            value=np.matmul,
        )


def test_einsum():
    for spec, shapes in {"ij,jk->ik": [(2, 3), (3, 4)], "bij,bjk->bik": [(2, 3, 4), (2, 4, 2)], "i,j->ij": [(3,), (2,)], "ij->ji": [(2, 3)], "ij->j": [(2, 3)], "ij->": [(2, 3)], "ij,ij->i": [(2, 3), (2, 3)], "...ij,jk->...ik": [(2, 2, 3), (3, 2)]}.items():  # fmt: skip
        check(
            lambda *t, s=spec: shaping.einsum(s, *t),
            [numbers(*shape, seed=i) for i, shape in enumerate(shapes)],
            what=f'einsum("{spec}")',
            idea="The gradient of one operand is an einsum of g and the others that leaves this operand's letters; a letter that nobody else has needs ones.",
            page=PAGE,
            value=lambda *x, s=spec: np.einsum(s, *x),
        )
