"""Lab 04.2: softmax, cross-entropy and their derivatives against the complex step."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.jacobians import (
    central_jacobian,
    complex_jacobian,
    cross_entropy,
    cross_entropy_gradient,
    softmax,
    softmax_jacobian,
    softmax_vjp,
)

PAGE = "theory/04-the-softmax-gradient.md"
WITNESSES = "theory/02-two-witnesses.md"
Z = np.array([2.0, 1.0, 0.5, -1.0, 0.0])
P = [0.563021, 0.207124, 0.125627, 0.028031, 0.076197]
ELSEWHERE = [
    np.array([0.0, 0.0, 0.0]),
    np.array([-3.0, 4.0]),
    np.array([5.0, -5.0, 0.1, 2.2, 2.1, -0.4]),
]


def test_probabilities_of_the_worked_example():
    expect_close(
        [round(float(p), 6) for p in softmax(Z)],
        P,
        tol=1e-9,
        what="softmax of (2, 1, 0.5, -1, 0), to six digits",
        idea="exp of each logit, divided by their sum.",
        page=PAGE,
    )
    expect_close(
        softmax(np.array([1000.0, 999.0, -1000.0])),
        softmax(np.array([1.0, 0.0, -1999.0])),
        tol=1e-15,
        what="softmax of (1000, 999, -1000)",
        idea="Subtract the largest logit before exp; the result doesn't change, and nothing overflows.",
        page=PAGE,
    )
    expect_close(
        softmax(np.array([3000.0, 0.0])),
        [1.0, 0.0],
        tol=1e-15,
        what="softmax of (3000, 0)",
        idea="Which number must be taken off, so that no exponent is above 0?",
        page=PAGE,
    )


def test_softmax_takes_the_complex_step():
    p = softmax(Z + 1e-20j * np.eye(5)[1])
    expect_true(
        p.dtype.kind == "c" and p.imag.any(),
        what="softmax of logits with a small imaginary part",
        expected="complex numbers, imaginary parts kept",
        got=p,
        idea="Don't turn z into floats on the way, and shift by a real number: z.real.max().",
        page=WITNESSES,
    )
    expect_close(
        complex_jacobian(softmax, Z)[:, 0],
        [0.2460283, -0.1166152, -0.0707307, -0.0157821, -0.0429003],
        tol=1e-6,
        what="the complex step of softmax in the direction of the largest logit",
        idea="The shift cancels whatever it is. An imaginary part that is dropped doesn't.",
        page=WITNESSES,
    )


def test_the_jacobian_agrees_with_the_complex_step():
    for z in [Z, *ELSEWHERE]:
        expect_close(
            softmax_jacobian(z),
            complex_jacobian(softmax, z),
            tol=1e-15,
            what=f"softmax_jacobian at {z.tolist()} against the complex step",
            idea="Two cases on paper: the logit's own probability, and another one. Which part of the fraction moves in each?",
            page=PAGE,
        )
    off = np.abs(softmax_jacobian(Z) - central_jacobian(softmax, Z)).max()
    expect_true(
        off < 1e-9,
        what="the largest difference from the central difference",
        expected="below 1e-9",
        got=float(off),
        idea="A witness of another kind: it knows nothing of complex numbers.",
        page=WITNESSES,
    )


def test_the_jacobian_is_symmetric_and_its_rows_sum_to_zero():
    j = softmax_jacobian(Z)
    expect_close(
        j,
        j.T,
        tol=1e-16,
        what="J against its transpose",
        idea="Does it matter which is moved and which is watched?",
        page=PAGE,
    )
    expect_close(
        j.sum(axis=1),
        np.zeros(5),
        tol=1e-15,
        what="the row sums of J",
        idea="Raise all logits by the same amount, and no probability moves: J times (1, ..., 1) is 0.",
        page=PAGE,
    )


def test_the_product_needs_no_matrix():
    rng = np.random.default_rng(0)
    for z in [Z, *ELSEWHERE]:
        g = rng.normal(size=len(z))
        expect_close(
            softmax_vjp(z, g),
            softmax_jacobian(z).T @ g,
            tol=1e-14,
            what=f"softmax_vjp for {len(z)} logits",
            idea="Multiply J^T g out on paper, term by term. Which sum turns up in every entry?",
            page=PAGE,
        )
    n = 200_000
    got = softmax_vjp(np.zeros(n), np.arange(n) - (n - 1) / 2)
    expect_close(
        [float(got[0]), float(got[-1])],
        [-0.4999975, 0.4999975],
        tol=1e-9,
        what="softmax_vjp for 200,000 equal logits, first and last entry",
        idea="The matrix would take 320 GB. How many vectors do you need?",
        page=PAGE,
    )


def test_cross_entropy_is_the_log_of_the_probability():
    for y in range(5):
        expect_close(
            cross_entropy(Z, y),
            -np.log(softmax(Z)[y]),
            tol=1e-14,
            what=f"cross_entropy of class {y}",
            idea="Put the fraction into the logarithm: what becomes of its two parts?",
            page=PAGE,
        )


def test_cross_entropy_survives_a_probability_of_zero():
    z = np.array([0.0, 800.0])
    expect_equal(
        float(cross_entropy(z, 0)),
        800.0,
        what="cross_entropy of class 0 for logits (0, 800)",
        idea="p_0 underflows to 0 and its log is -inf. Can you get to the loss without ever having p_0?",
        page=PAGE,
    )
    expect_equal(
        float(cross_entropy(z + 1e6, 1)),
        0.0,
        what="cross_entropy of class 1 for logits (1000000, 1000800)",
        idea="Adding a million and taking it off again rounds away what is small. In which order do you add?",
        page=PAGE,
    )


def test_cross_entropy_keeps_what_is_small_beside_large_logits():
    expect_close(
        float(cross_entropy(np.array([1e6, 1e6]), 0)),
        0.6931471805599453,
        tol=1e-15,
        what="cross_entropy of class 0 for two logits of a million",
        idea="A million is added and taken off again, and the digits below are gone. Which two large numbers meet first?",
        page=PAGE,
    )


def test_the_gradient_is_p_minus_one_hot():
    for z in [Z, *ELSEWHERE]:
        for y in range(len(z)):
            expect_close(
                cross_entropy_gradient(z, y),
                complex_jacobian(lambda v, y=y: cross_entropy(v, y), z)[0],
                tol=1e-15,
                what=f"cross_entropy_gradient at {z.tolist()}, class {y}",
                idea="What the model said, and what it should have said: how do the two differ?",
                page=PAGE,
            )
    gradient = cross_entropy_gradient(np.array([0.0, 800.0]), 0)
    expect_equal(
        gradient,
        np.array([-1.0, 1.0]),
        what="the gradient at logits (0, 800), class 0",
        idea="Somewhere yours divides by a probability that is 0 here. Does the formula on your paper?",
        page=PAGE,
    )


def test_both_routes_lead_to_the_same_gradient():
    y = 3
    p = softmax(Z)
    by_parts = np.zeros(5)
    by_parts[y] = -1 / p[y]
    expect_close(
        softmax_vjp(Z, by_parts),
        cross_entropy_gradient(Z, y),
        tol=1e-14,
        what="J^T times (0, ..., -1/p_y, ..., 0)",
        idea="The chain rule through p and the direct derivation must agree.",
        page=PAGE,
    )


def test_the_second_derivative_of_the_loss_is_the_softmax_jacobian():
    expect_close(
        complex_jacobian(lambda v: cross_entropy_gradient(v, 2), Z),
        softmax_jacobian(Z),
        tol=1e-15,
        what="the Jacobian of the gradient",
        idea="Which part of the gradient is constant? And yours must take complex logits for this: don't force it to float.",
        page=PAGE,
    )


def test_what_is_no_row_of_logits_is_refused():
    for what, z in [
        ("no logits", np.array([])),
        ("a batch", np.ones((2, 3))),
        ("NaN", np.array([0.0, np.nan])),
        ("inf", np.array([0.0, np.inf])),
    ]:
        for name, f in [
            ("softmax", softmax),
            ("softmax_jacobian", softmax_jacobian),
            ("softmax_vjp", lambda v: softmax_vjp(v, np.ones(5))),
            ("cross_entropy", lambda v: cross_entropy(v, 0)),
            ("cross_entropy_gradient", lambda v: cross_entropy_gradient(v, 0)),
        ]:
            with expect_raises(
                ValueError,
                what=f"{name} of {what}",
                mentions="z must",
                idea="The given lines above your code refuse it; leave them where they are.",
                page=PAGE,
            ):
                f(z)


def test_a_gradient_of_another_length_is_refused():
    for what, g in [("four numbers for five", np.ones(4)), ("NaN", np.full(5, np.nan))]:
        with expect_raises(
            ValueError,
            what=f"softmax_vjp with {what}",
            mentions="g must",
            idea="One number for each probability. The given lines refuse the rest.",
            page=PAGE,
        ):
            softmax_vjp(Z, g)


def test_what_is_no_class_is_refused():
    for what, y, kind in [
        ("-1", -1, ValueError),
        ("5 of 5", 5, ValueError),
        ("1.0", 1.0, TypeError),
        ("True", True, TypeError),
    ]:
        for name, f in (
            ("cross_entropy", cross_entropy),
            ("cross_entropy_gradient", cross_entropy_gradient),
        ):
            with expect_raises(
                kind,
                what=f"{name} with class {what}",
                mentions="y must",
                idea="-1 would quietly mean the last class. The given lines refuse it.",
                page=PAGE,
            ):
                f(Z, y)
