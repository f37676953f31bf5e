"""Lab 04.0: two witnesses of a derivative, their shapes, their accuracy, and what each refuses."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.jacobians import central_jacobian, complex_jacobian

SHAPES = "theory/01-gradients-and-jacobians.md"
WITNESSES = "theory/02-two-witnesses.md"
BOTH = [("central_jacobian", central_jacobian, 1e-8), ("complex_jacobian", complex_jacobian, 1e-15)]


def swirl(v):
    """(x^2 y, sin y, x y z): three inputs, three outputs, nothing symmetric about it."""
    x, y, z = v
    return np.array([x * x * y, np.sin(y), x * y * z])


AT = np.array([1.5, -0.7, 2.0])
SWIRL = np.array([[-2.1, 2.25, 0.0], [0.0, np.cos(0.7), 0.0], [-1.4, 3.0, -1.05]])


def test_row_i_belongs_to_output_i_and_column_j_to_input_j():
    for name, witness, tol in BOTH:
        expect_close(
            witness(swirl, AT),
            SWIRL,
            tol=tol,
            what=f"{name} of (x^2 y, sin y, x y z) at (1.5, -0.7, 2)",
            idea="You moved one input and looked at all outputs. Is that a row of J or a column?",
            page=SHAPES,
        )


def test_more_outputs_than_inputs_and_the_other_way_round():
    wide = np.array([[1.0, -2.0, 0.5], [0.0, 4.0, 3.0]])
    for name, witness, tol in BOTH:
        for what, matrix in (("2 outputs of 3 inputs", wide), ("3 outputs of 2 inputs", wide.T)):
            at = np.arange(1.0, matrix.shape[1] + 1)
            expect_close(
                witness(lambda v, a=matrix: a @ v, at),
                matrix,
                tol=tol * 10,
                what=f"{name} of A x, {what}",
                idea="A linear map is its own derivative: the Jacobian of A x is A, of shape (outputs, inputs).",
                page=SHAPES,
            )


def test_one_output_gives_one_row():
    for name, witness, tol in BOTH:
        expect_close(
            witness(lambda v: v[0] ** 2 + 3 * v[0] * v[1] + v[1] ** 3, np.array([1.0, 2.0])),
            [[8.0, 15.0]],
            tol=tol * 10,
            what=f"{name} of x^2 + 3xy + y^3 at (1, 2)",
            idea="A function that gives a plain number has a Jacobian of shape (1, n): np.atleast_1d makes it so.",
            page=SHAPES,
        )


def test_the_difference_is_central():
    expect_close(
        central_jacobian(lambda v: v**3, np.array([1.0]), h=0.1),
        [[3.01]],
        tol=1e-12,
        what="the central difference of x^3 at 1 with h = 0.1",
        idea="Stand at 1 and look to both sides, equally far. Which term of the expansion is left? One side alone says 3.31.",
        page=WITNESSES,
    )


def test_the_complex_step_needs_no_luck_with_h():
    for h in (1e-8, 1e-20, 1e-100, 1e-200):
        expect_close(
            complex_jacobian(lambda v: np.exp(v) / (1 + v * v), np.array([0.7]), h=h),
            [[np.exp(0.7) / 1.49 - 1.4 * np.exp(0.7) / 1.49**2]],
            tol=1e-14,
            what=f"the complex step of exp(x) / (1 + x^2) at 0.7 with h = {h:g}",
            idea="Which operation loses digits when two numbers are nearly equal? If yours loses some, it is still in there.",
            page=WITNESSES,
        )


def test_every_call_gets_its_own_copy_of_x():
    for name, witness, tol in BOTH:
        x = np.array([2.0, 3.0])
        kept = []

        def greedy(v, kept=kept):
            kept.append(v)
            y = v * v
            v *= 0
            return y

        jacobian = witness(greedy, x)
        expect_equal(
            x,
            np.array([2.0, 3.0]),
            what=f"x after {name}",
            idea="Copy before you move a coordinate: the caller's x isn't yours.",
            page=WITNESSES,
        )
        expect_close(
            jacobian,
            [[4.0, 0.0], [0.0, 6.0]],
            tol=tol * 100,
            what=f"{name} of a function that overwrites its input",
            idea="Hand f a fresh copy at each call; what f does to it must not reach the next column.",
            page=WITNESSES,
        )


def test_integers_are_taken_as_numbers():
    for name, witness, _ in BOTH:
        expect_close(
            witness(lambda v: v * v, np.array([1, 2])),
            [[2.0, 0.0], [0.0, 4.0]],
            tol=1e-8,
            what=f"{name} at the integers (1, 2)",
            idea="x arrives as float64 already. An array of integers would round a step of 1e-5 away.",
            page=WITNESSES,
        )


def test_a_lost_imaginary_part_is_refused():
    with expect_raises(
        TypeError,
        what="complex_jacobian of |x|",
        mentions="float64",
        idea="abs gives a real number, so the slope is gone and the answer would be 0. Look at the dtype of what f "
        "gave, and refuse what isn't complex.",
        page=WITNESSES,
    ):
        complex_jacobian(np.abs, np.array([1.0]))


def test_a_kink_shows_the_two_witnesses_apart():
    def relu(v):
        return np.where(v.real > 0, v, 0)

    zero = np.zeros(1)
    expect_close(
        [central_jacobian(relu, zero)[0, 0], complex_jacobian(relu, zero)[0, 0]],
        [0.5, 0.0],
        tol=1e-12,
        what="the two witnesses of relu at 0",
        idea="The central difference averages both sides, the complex step never leaves its side.",
        page=WITNESSES,
    )


def test_what_is_no_point_and_what_is_no_step_is_refused():
    for name, witness, _ in BOTH:
        for what, x, h, kind in [
            ("no inputs", np.array([]), 1e-5, ValueError),
            ("a matrix for x", np.ones((2, 2)), 1e-5, ValueError),
            ("NaN in x", np.array([1.0, np.nan]), 1e-5, ValueError),
            ("inf in x", np.array([np.inf]), 1e-5, ValueError),
            ("words for x", np.array(["a"]), 1e-5, TypeError),
            ("complex x", np.array([1j]), 1e-5, TypeError),
            ("h = 0", np.ones(1), 0.0, ValueError),
            ("h below 0", np.ones(1), -1e-5, ValueError),
            ("h = nan", np.ones(1), np.nan, ValueError),
        ]:
            with expect_raises(
                kind,
                what=f"{name} with {what}",
                idea="The given lines above your code refuse it; leave them where they are.",
                page=WITNESSES,
            ):
                witness(lambda v: v, x, h)
        with expect_raises(
            ValueError,
            what=f"{name} of a function that gives a matrix",
            mentions="(2, 2)",
            idea="Pass what f gave through _outputs: one dimension, or a number.",
            page=SHAPES,
        ):
            witness(lambda v: np.outer(v, v), np.ones(2))


def test_the_jacobians_are_float64():
    for name, witness, _ in BOTH:
        expect_equal(
            witness(swirl, AT).dtype.name,
            "float64",
            what=f"the dtype of {name}",
            idea="Which part of a complex number is the slope, and of which type is it?",
            page=WITNESSES,
        )


def test_nan_in_f_is_not_hidden():
    got = central_jacobian(lambda v: v * np.nan, np.ones(1))
    expect_true(
        np.isnan(got).all(),
        what="central_jacobian of a function that gives NaN",
        expected="NaN",
        got=got,
        idea="A witness that turns NaN into a number lies.",
        page=WITNESSES,
    )
