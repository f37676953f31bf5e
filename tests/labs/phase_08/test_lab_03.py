"""Lab 08.3: matrix products of every rank, and Einstein's sums."""

import numpy as np

from given.checking import expect_close
from minitorch import shaping
from minitorch.tensor import Tensor

from ._differences import back, check, numbers

PAGE = "theory/03-matmul.md"
SHAPES = "Write the three shapes down. In which order, and with which one transposed, do two of them make the third?"
COPIED = (
    "A matrix that met a whole batch was copied. What does each copy send, and where do they meet?"
)


def test_two_matrices():
    a, b = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]), requires_grad=True), Tensor(np.array([[5.0], [6.0]]), requires_grad=True)  # fmt: skip
    c = a @ b
    back(c, np.ones((2, 1)), what="[[1, 2], [3, 4]] @ [[5], [6]]", idea=SHAPES, page=PAGE)
    for name, got, want in (("the product", c.data, [[17.0], [39.0]]), ("the gradient of A for g = 1", a.grad, [[5.0, 6.0], [5.0, 6.0]]), ("the gradient of B for g = 1", b.grad, [[4.0], [6.0]])):  # fmt: skip
        expect_close(got, np.array(want), tol=1e-12, what=f"[[1, 2], [3, 4]] @ [[5], [6]]: {name}", idea=SHAPES, page=PAGE)  # fmt: skip


def test_matrices_that_arent_square():
    check(lambda a, b: a @ b, [numbers(2, 3), numbers(3, 4, seed=1)], what="(2, 3) @ (3, 4)", idea=SHAPES, page=PAGE, value=np.matmul)  # fmt: skip


def test_two_square_matrices():
    for a, b in (((3, 3), (3, 3)), ((2, 3, 3), (2, 3, 3))):
        check(lambda x, y: x @ y, [numbers(*a), numbers(*b, seed=1)], what=f"{a} @ {b}", idea="All shapes are equal here, so they tell you nothing. Which elements of the product does A[0, 1] appear in?", page=PAGE, value=np.matmul)  # fmt: skip
    check(lambda x: x @ x, [numbers(3, 3)], what="x @ x", idea="x stands on both sides. How many parts come back to it?", page=PAGE, value=lambda v: v @ v)  # fmt: skip


def test_lengths_of_one_and_none():
    for a, b in (((1, 3), (3, 1)), ((2, 1), (1, 3)), ((1, 1), (1,)), ((1, 2, 3), (3, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3))):  # fmt: skip
        check(lambda x, y: x @ y, [numbers(*a), numbers(*b, seed=1)], what=f"{a} @ {b}", idea="Which axes did you put in yourself? Only those go away again.", page=PAGE, value=np.matmul)  # fmt: skip
    for spec, shapes in {"ij->j": [(1, 3)], "ij,jk->ik": [(0, 3), (3, 2)], "ij,k->jk": [(0, 2), (3,)]}.items():  # fmt: skip
        check(lambda *t, s=spec: shaping.einsum(s, *t), [numbers(*shape, seed=i) for i, shape in enumerate(shapes)], what=f'einsum("{spec}") of {shapes}', idea="How long is each letter?", page=PAGE, value=lambda *x, s=spec: np.einsum(s, *x))  # fmt: skip


def test_a_constant_on_either_side():
    x, k = numbers(2, 3), numbers(3, 3, seed=1)
    idea = "One side needs no gradient, and may get None. Which one did you ask?"
    check(lambda t: t @ Tensor(k), [x], what="x @ constant", idea=idea, page=PAGE, value=lambda v: v @ k)  # fmt: skip
    check(lambda t: Tensor(k) @ t, [x.T], what="constant @ x, a transposed array", idea=idea, page=PAGE, value=lambda v: k @ v)  # fmt: skip
    check(lambda t: shaping.einsum("ij,jk->ik", k, t), [x.T], what='einsum("ij,jk->ik") with an array first', idea=idea, page=PAGE, value=lambda v: k @ v)  # fmt: skip
    whole = Tensor(np.array([[1, 2], [3, 4]]))
    check(lambda t: whole @ t, [numbers(2, 2)], what="integers @ x", idea="operands (given) has made floats of them.", page=PAGE, value=lambda v: whole.data @ v)  # fmt: skip


def test_vectors():
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4))):
        check(
            lambda x, y: x @ y,
            [numbers(*a), numbers(*b, seed=1)],
            what=f"{a} @ {b}",
            idea="Which axis has the product lost? Where would it stand if the vector were a matrix?",
            page=PAGE,
            value=np.matmul,
        )


def test_batches_and_broadcast_batches():
    for a, b in (((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((4, 1, 2, 3), (5, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2))):  # fmt: skip
        check(
            lambda x, y: x @ y,
            [numbers(*a), numbers(*b, seed=1)],
            what=f"{a} @ {b}",
            idea=f"{COPIED} And which axes does a transposed batch swap?",
            page=PAGE,
            value=np.matmul,
        )


LETTERS = "Which letters does g have, and which do you want? What must each other letter meet to be summed away, or to come back?"


def test_einsum():
    for spec, shapes in {"ij,jk->ik": [(2, 3), (3, 4)], "bij,bjk->bik": [(2, 3, 4), (2, 4, 2)], "i,j->ij": [(3,), (2,)], "ij->ji": [(2, 3)], "ij->j": [(2, 3)], "ij->": [(2, 3)], "ij,ij->i": [(2, 3), (2, 3)], "ijk->jki": [(2, 3, 4)], "ki,kj->ij": [(4, 2), (4, 3)], "...ij,jk->...ik": [(2, 2, 3), (3, 2)]}.items():  # fmt: skip
        check(
            lambda *t, s=spec: shaping.einsum(s, *t),
            [numbers(*shape, seed=i) for i, shape in enumerate(shapes)],
            what=f'einsum("{spec}")',
            idea=LETTERS,
            page=PAGE,
            value=lambda *x, s=spec: np.einsum(s, *x),
        )


def test_einsum_of_three():
    for spec, shapes in {"i,ij,j->": [(2,), (2, 3), (3,)], "bi,ij,bj->b": [(4, 2), (2, 3), (4, 3)]}.items():  # fmt: skip
        check(lambda *t, s=spec: shaping.einsum(s, *t), [numbers(*shape, seed=i) for i, shape in enumerate(shapes)], what=f'einsum("{spec}")', idea="Three factors: what is one of them multiplied with?", page=PAGE, value=lambda *x, s=spec: np.einsum(s, *x))  # fmt: skip
    check(lambda x: shaping.einsum("ij,ij->i", x, x), [numbers(2, 3)], what='einsum("ij,ij->i", x, x)', idea="x comes twice. How many parts come back to it?", page=PAGE, value=lambda v: (v * v).sum(1))  # fmt: skip


def test_einsum_of_stretched_letters():
    for spec, shapes in {"ij,ij->ij": [(2, 1), (2, 3)], "...ij,...jk->...ik": [(4, 1, 2, 3), (5, 3, 2)], "...i,i->...": [(2, 3), (3,)]}.items():  # fmt: skip
        check(lambda *t, s=spec: shaping.einsum(s, *t), [numbers(*shape, seed=i) for i, shape in enumerate(shapes)], what=f'einsum("{spec}") of {shapes}', idea=f"NumPy lets a length of 1 meet any other under one letter. {COPIED}", page=PAGE, value=lambda *x, s=spec: np.einsum(s, *x))  # fmt: skip
