"""Lab 03.1: a product by its definition, and one by tiles of outer products."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.linalg import EPS, matmul_blocked, matmul_naive

PRODUCT = "theory/02-one-product-three-views.md"
WAYS = [("matmul_naive", matmul_naive), ("matmul_blocked", matmul_blocked)]
SHAPES = [(1, 1, 1), (2, 3, 4), (5, 1, 5), (1, 7, 1), (16, 16, 16), (17, 5, 9), (6, 40, 3)]


def test_a_product_that_you_can_do_in_your_head():
    for name, way in WAYS:
        expect_equal(
            way([[1, 2], [3, 4]], [[5, 6], [7, 8]]).tolist(),
            [[19.0, 22.0], [43.0, 50.0]],
            what=f"{name} of [[1, 2], [3, 4]] and [[5, 6], [7, 8]]",
            idea="19 = 1*5 + 2*7: row i of a with column j of b. [[26, 30], [38, 44]] would be column i of a.",
            page=PRODUCT,
        )


def test_the_order_of_the_factors_counts():
    rotate, stretch = [[0.0, -1.0], [1.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]
    for name, way in WAYS:
        expect_equal(
            [way(rotate, stretch).tolist(), way(stretch, rotate).tolist()],
            [[[0.0, -1.0], [2.0, 0.0]], [[0.0, -2.0], [1.0, 0.0]]],
            what=f"{name}: rotating after stretching, stretching after rotating",
            idea="a @ b does b first.",
            page=PRODUCT,
        )


def test_every_entry_is_within_the_rounding_bound():
    rng = np.random.default_rng(3)
    for m, k, n in SHAPES:
        a, b = rng.standard_normal((m, k)), rng.standard_normal((k, n))
        bound = 2 * k * EPS * (np.abs(a) @ np.abs(b)) + 1e-300
        for name, way in WAYS:
            got = way(a, b)
            expect_equal(
                got.shape,
                (m, n),
                what=f"the shape of {name}",
                idea="(m, k) (k, n): (m, n).",
                page=PRODUCT,
            )
            worst = float((np.abs(got - a @ b) / bound).max())
            expect_true(
                worst <= 1,
                what=f"{name} of {(m, k)} and {(k, n)}",
                expected="every entry within 2 k eps times |a| |b| of NumPy's",
                got=f"{worst:.3g} times that bound",
                idea="Sums in another order may differ by rounding, and by no more than this.",
                page=PRODUCT,
            )


def test_any_block_gives_the_same_product():
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((13, 6)), rng.standard_normal((6, 11))
    for block in (1, 2, 5, 6, 13, 1000):
        expect_close(
            matmul_blocked(a, b, block),
            a @ b,
            tol=1e-13,
            what=f"matmul_blocked with block {block}, shapes (13, 6) and (6, 11)",
            idea="The last tile of a row or column may be smaller: slices beyond the end stop at the end.",
            page=PRODUCT,
        )


def test_an_empty_sum_is_zero():
    for name, way in WAYS:
        expect_equal(
            [
                way(np.ones((2, 0)), np.ones((0, 3))).tolist(),
                way(np.ones((0, 2)), np.ones((2, 3))).shape,
            ],
            [[[0.0] * 3] * 2, (0, 3)],
            what=f"{name} with k = 0, and with no rows",
            idea="Start from zeros; a loop over nothing adds nothing.",
            page=PRODUCT,
        )


def test_the_factors_stay_as_they_were():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    kept = a.copy(), b.copy()
    for name, way in WAYS:
        way(a, b)
        expect_true(
            (a == kept[0]).all() and (b == kept[1]).all(),
            what=f"the factors after {name}",
            expected="unchanged",
            got="changed",
            idea="Write into the result only.",
            page=PRODUCT,
        )


def test_integers_do_not_wrap_around_and_nan_goes_through():
    for name, way in WAYS:
        expect_equal(
            float(way(np.array([[100]], np.int8), np.array([[100]], np.int8))[0, 0]),
            10000.0,
            what=f"{name} of [[100]] and [[100]] in int8",
            idea="The factors come to you as float64: use them, not the arguments.",
            page=PRODUCT,
        )
        expect_true(
            np.isnan(way([[np.nan]], [[0.0]])).all(),
            what=f"{name} of nan and 0",
            expected="nan",
            got=way([[np.nan]], [[0.0]]),
            idea="nan times anything is nan; a shortcut that skips zeros hides it.",
            page=PRODUCT,
        )


def test_what_does_not_fit_is_refused():
    for name, way in WAYS:
        for kind, a, b, mentions in [
            (ValueError, np.ones((3, 5)), np.ones((4, 2)), "(3, 5)"),
            (ValueError, np.ones(3), np.ones((3, 2)), "a must have 2"),
            (ValueError, [[1, 2], [3]], np.ones((2, 2)), "different lengths"),
            (TypeError, np.ones((2, 2)), np.ones((2, 2), complex), "complex128"),
            (TypeError, [[True]], [[1.0]], "bool"),
        ]:
            with expect_raises(
                kind,
                what=f"{name} of what doesn't fit",
                idea="_product_shapes (given) refuses it: call it first.",
                page=PRODUCT,
                mentions=mentions,
            ):
                way(a, b)
    with expect_raises(
        ValueError, what="a block of 0", idea="The guard is given.", page=PRODUCT, mentions="block"
    ):
        matmul_blocked([[1.0]], [[1.0]], 0)
