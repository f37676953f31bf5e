"""Lab 03.3: the singular value decomposition by rotations, against its own definition and against LAPACK."""

import math

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.linalg import jacobi_rotation, svd

ROTATIONS = "theory/04-svd-by-rotations.md"


def expect_svd(a, what, tol=1e-13):
    """Fails unless svd(a) is a thin SVD of a: shapes, order, orthonormality, product."""
    a = np.asarray(a, dtype=float)
    u, s, vt = svd(a)
    r = min(a.shape)
    expect_equal(
        (u.shape, s.shape, vt.shape),
        ((a.shape[0], r), (r,), (r, a.shape[1])),
        what=f"the shapes of u, s, vt for {what}",
        idea="Thin: r = min(m, n) columns in u, r values, r rows in vt.",
        page=ROTATIONS,
    )
    expect_true(
        bool((s >= 0).all() and (np.diff(s) <= 0).all()),
        what=f"the singular values of {what}",
        expected="not negative, largest first",
        got=s.tolist(),
        idea="They are lengths of columns. Sort them, and reorder the columns of both factors with them.",
        page=ROTATIONS,
    )
    for name, gram in [("u^T u", u.T @ u), ("vt vt^T", vt @ vt.T)]:
        expect_close(
            gram,
            np.eye(r),
            tol=tol,
            what=f"{name} for {what}",
            idea="Divide each column by its length; where the length is nothing but rounding, complete_basis (given) "
            "finds a direction.",
            page=ROTATIONS,
        )
    size = float(np.abs(a).max()) or 1.0
    expect_close(
        (u * (s / size)) @ vt,
        a / size,
        tol=tol,
        what=f"u diag(s) vt for {what}",
        idea="The rotations that you apply to the columns of a must be applied to the columns of the identity too.",
        page=ROTATIONS,
    )
    return u, s, vt


def test_a_rotation_makes_two_columns_orthogonal():
    rng = np.random.default_rng(6)
    for _ in range(50):
        x, y = rng.standard_normal((2, 5)) * 10.0 ** rng.integers(-3, 4, (2, 1))
        c, s = jacobi_rotation(float(x @ x), float(y @ y), float(x @ y))
        new_x, new_y = c * x - s * y, s * x + c * y
        off = abs(float(new_x @ new_y)) / (np.linalg.norm(new_x) * np.linalg.norm(new_y))
        expect_true(
            off < 1e-9 and abs(c * c + s * s - 1) < 1e-14,
            what="the cosine between two columns after one rotation, and c^2 + s^2",
            expected="0 and 1",
            got=(off, c * c + s * s),
            idea="Multiply x'.y' out and divide by c^2: which equation must t = s / c solve?",
            page=ROTATIONS,
        )


def test_the_angle_is_the_small_one():
    for alpha, beta, gamma in [
        (1.0, 4.0, 1.0),
        (4.0, 1.0, 1.0),
        (1.0, 4.0, -1.0),
        (9.0, 2.0, -0.1),
    ]:
        c, s = jacobi_rotation(alpha, beta, gamma)
        expect_true(
            c >= 0.7071 and abs(s) <= 0.7072,
            what=f"c and s for alpha {alpha}, beta {beta}, gamma {gamma}",
            expected="an angle of 45 degrees at most: c at least 0.7071",
            got=(c, s),
            idea="The product of the two roots is -1. Which of them is at most 1 in size, and how do you get it without a difference?",
            page=ROTATIONS,
        )


def test_equal_lengths_turn_by_45_degrees():
    c, s = jacobi_rotation(25.0, 25.0, 20.0)
    expect_close(
        [c, abs(s)],
        [math.sqrt(0.5), math.sqrt(0.5)],
        tol=1e-14,
        what="c and |s| for alpha = beta = 25, gamma = 20",
        idea="zeta is 0 here, and np.sign(0) is 0: no rotation, for ever. math.copysign(1, zeta) is 1 or -1.",
        page=ROTATIONS,
    )


def test_the_matrix_of_the_page():
    _, s, _ = expect_svd([[3, 0], [4, 5]], "[[3, 0], [4, 5]]")
    expect_close(
        s,
        [math.sqrt(45), math.sqrt(5)],
        tol=1e-13,
        what="the singular values of [[3, 0], [4, 5]]",
        idea="One rotation by 45 degrees; then the columns have the lengths sqrt(5) and sqrt(45).",
        page=ROTATIONS,
    )


def test_a_diagonal_matrix_is_sorted():
    _, s, _ = expect_svd(np.diag([1.0, -3.0, 2.0]), "diag(1, -3, 2)")
    expect_close(
        s,
        [3.0, 2.0, 1.0],
        tol=1e-14,
        what="the singular values of diag(1, -3, 2)",
        idea="Nothing to rotate, but the minus goes into u or vt, and the order is by size.",
        page=ROTATIONS,
    )


def test_square_tall_and_wide():
    rng = np.random.default_rng(7)
    for shape in [(1, 1), (1, 4), (4, 1), (3, 3), (6, 3), (3, 6), (20, 15), (15, 20)]:
        a = rng.standard_normal(shape)
        _, s, _ = expect_svd(a, f"a random {shape}")
        expect_close(
            s,
            np.linalg.svd(a, compute_uv=False),
            tol=1e-12,
            what=f"the singular values of a random {shape}, against LAPACK",
            idea="Sweep until no pair in a whole sweep needed a rotation.",
            page=ROTATIONS,
        )


def test_rank_deficient_matrices_have_orthonormal_factors_too():
    rng = np.random.default_rng(8)
    zero_column = rng.standard_normal((6, 4))
    zero_column[:, 1] = 0
    for what, a in [
        ("zeros (4, 3)", np.zeros((4, 3))),
        ("ones (5, 5)", np.ones((5, 5))),
        ("a (6, 4) with a zero column", zero_column),
        ("its transpose", zero_column.T),
        ("a (7, 9) of rank 2", rng.standard_normal((7, 2)) @ rng.standard_normal((2, 9))),
        ("two equal columns", [[1, 1], [2, 2], [3, 3]]),
        ("integers of rank 1", [[1, 2, 3], [2, 4, 6]]),
    ]:
        expect_svd(a, what)


def test_difficult_matrices():
    for what, a in [
        ("the 10 by 10 Hilbert matrix", [[1 / (i + j + 1) for j in range(10)] for i in range(10)]),
        ("columns from 1 to 1e-12", np.ones((5, 4)) * [1, 1e-4, 1e-8, 1e-12] + np.eye(5, 4) * 1e-6),
        ("nearly parallel columns", [[1, 1], [1, 1 + 1e-9]]),
        ("entries near 1e300", [[1e300, 2e300], [3e300, 4e300]]),
        ("entries near 1e-300", [[1e-300, 2e-300], [3e-300, 4e-300]]),
    ]:
        a = np.asarray(a, dtype=float)
        _, s, _ = expect_svd(a, what)
        expect_close(
            s / s[0],
            np.linalg.svd(a / s[0], compute_uv=False),
            tol=1e-13,
            what=f"the singular values of {what} over the largest, against LAPACK",
            idea="Work on a / scale, and put the scale back into s at the end.",
            page=ROTATIONS,
        )


def test_the_matrix_stays_as_it_was():
    a = np.arange(12.0).reshape(4, 3)
    svd(a)
    expect_equal(
        a.tolist(),
        np.arange(12.0).reshape(4, 3).tolist(),
        what="the matrix after svd",
        idea="Rotate a copy.",
        page=ROTATIONS,
    )


def test_it_does_not_rotate_for_ever():
    rng = np.random.default_rng(9)
    with expect_raises(
        np.linalg.LinAlgError,
        what="svd of a random 8 by 8 with max_sweeps=1",
        idea="A for loop over sweeps with an else: no break means that it never came to rest.",
        page=ROTATIONS,
    ):
        svd(rng.standard_normal((8, 8)), max_sweeps=1)


def test_what_has_no_svd_is_refused():
    for kind, a in [
        (ValueError, np.zeros((0, 3))),
        (ValueError, [[1.0, math.nan]]),
        (ValueError, [[1.0], [math.inf]]),
        (ValueError, [1.0, 2.0]),
        (TypeError, [[1j]]),
    ]:
        with expect_raises(
            kind,
            what=f"svd of {np.asarray(a).tolist()}",
            idea="The guards are given.",
            page=ROTATIONS,
            mentions="a must",
        ):
            svd(a)
    with expect_raises(
        ValueError, what="a rotation for gamma = 0", idea="The guard is given.", page=ROTATIONS
    ):
        jacobi_rotation(1.0, 2.0, 0.0)
