"""Lab 04.1: the Jacobian of a small network, and its gradients from the loss inward."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.jacobians import central_jacobian, complex_jacobian, mlp, mlp_gradients, mlp_jacobian

CHAIN = "theory/03-the-chain-rule.md"
SHAPES = "theory/01-gradients-and-jacobians.md"
KINK = "theory/02-two-witnesses.md"


def network(seed=42, n_in=3, n_hidden=4, n_out=2):
    """x, W1, b1, W2, b2 drawn in this order."""
    rng = np.random.default_rng(seed)
    shapes = [(n_in,), (n_hidden, n_in), (n_hidden,), (n_out, n_hidden), (n_out,)]
    return [rng.normal(size=shape) for shape in shapes]


def moved(net, at, vec):
    """y of the network in which array number `at` is `vec`, reshaped."""
    other = list(net)
    other[at] = vec.reshape(net[at].shape)
    return mlp(*other)[0]


def test_the_forward_pass_keeps_what_the_way_back_needs():
    x, w1, b1 = np.array([1.0, 2.0]), np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([0.5, 0.25])
    w2, b2 = np.array([[2.0, 7.0]]), np.array([-1.0])
    y, h_pre, h = mlp(x, w1, b1, w2, b2)
    for what, got, wanted in [
        ("h_pre = W1 x + b1", h_pre, [3.5, -0.75]),
        ("h = relu(h_pre)", h, [3.5, 0.0]),
        ("y = W2 h + b2", y, [6.0]),
    ]:
        expect_close(
            got,
            wanted,
            tol=1e-12,
            what=what,
            idea="Two affine maps with a relu between them; return all three, in the order y, h_pre, h.",
            page=CHAIN,
        )


def test_complex_numbers_pass_through():
    net = network()
    net[0] = net[0] + 1e-20j
    y = mlp(*net)[0]
    expect_true(
        y.dtype.kind == "c" and y.imag.any(),
        what="y for an x with a small imaginary part",
        expected="complex numbers, imaginary parts kept",
        got=y,
        idea="relu asks for the sign of the real part: np.where(h_pre.real > 0, h_pre, 0). np.maximum compares "
        "complex numbers in its own way.",
        page=KINK,
    )


def test_relu_looks_at_the_real_part():
    one = np.ones(1)
    y = mlp(one * (1 + 1e-20j), np.ones((1, 1)), -one, np.ones((1, 1)), np.zeros(1))[0]
    expect_equal(
        (float(y[0].real), float(y[0].imag)),
        (0.0, 0.0),
        what="y of a unit whose h_pre is 0 + 1e-20 i",
        idea="NumPy orders complex numbers by the real part, and then by the imaginary one. Which of them may decide?",
        page=KINK,
    )


def test_the_jacobian_agrees_with_both_witnesses():
    for seed, sizes in [(42, (3, 4, 2)), (7, (2, 5, 3)), (3, (4, 1, 1))]:
        net = network(seed, *sizes)
        got = mlp_jacobian(*net)
        for name, witness, tol in [
            ("complex step", complex_jacobian, 1e-13),
            ("central difference", central_jacobian, 1e-8),
        ]:
            expect_close(
                got,
                witness(lambda vec, net=net: moved(net, 1, vec), net[1].ravel()),
                tol=tol,
                what=f"dy / d vec(W1) of a {sizes[0]}-{sizes[1]}-{sizes[2]} network (seed {seed}) against the {name}",
                idea="Follow one weight: which unit reads it, does that unit let it through, and which outputs read the unit? "
                "Row-major: column a * n_in + b belongs to W1[a, b].",
                page=CHAIN,
            )


def test_a_dead_unit_has_no_say():
    net = network()
    h_pre = mlp(*net)[1]
    jacobian = mlp_jacobian(*net)
    dead = int(np.flatnonzero(h_pre <= 0)[0])
    expect_equal(
        jacobian[:, 3 * dead : 3 * dead + 3],
        np.zeros((2, 3)),
        what=f"the columns of unit {dead}, whose h_pre is {h_pre[dead]:.3f}",
        idea="relu passes nothing on for a negative input, in either direction.",
        page=CHAIN,
    )


def test_at_the_kink_the_derivative_is_zero():
    net = network()
    net[2][0] = 0.0
    net[1][0] = 0.0
    expect_equal(
        mlp_jacobian(*net)[:, :3],
        np.zeros((2, 3)),
        what="the columns of a unit whose h_pre is exactly 0",
        idea="Any number from 0 to 1 would be a subgradient. Which one does the contract ask for?",
        page=KINK,
    )
    half = central_jacobian(lambda vec: moved(net, 1, vec), net[1].ravel())[:, :3]
    expect_close(
        half,
        0.5 * np.outer(net[3][:, 0], net[0]),
        tol=1e-9,
        what="what the central difference says there",
        idea="Half of each side. The two disagree, and neither is wrong.",
        page=KINK,
    )


def test_at_the_kink_the_gradients_are_zero_too():
    net = network()
    net[2][0] = 0.0
    net[1][0] = 0.0
    _, d_w1, d_b1, _, _ = mlp_gradients(*net, np.array([1.0, -2.0]))
    expect_equal(
        (d_w1[0].tolist(), float(d_b1[0])),
        ([0.0, 0.0, 0.0], 0.0),
        what="dL/dW1 and dL/db1 of a unit whose h_pre is exactly 0",
        idea="The Jacobian takes 0 there. May the gradients take something else?",
        page=KINK,
    )


def test_the_gradients_are_g_times_the_jacobians():
    names = ("x", "W1", "b1", "W2", "b2")
    for seed, sizes in [(42, (3, 4, 2)), (7, (2, 5, 3))]:
        net = network(seed, *sizes)
        g = np.random.default_rng(seed + 1).normal(size=sizes[2])
        got = mlp_gradients(*net, g)
        for i, name in enumerate(names):
            expect_equal(
                got[i].shape,
                net[i].shape,
                what=f"the shape of dL/d{name}",
                idea="A gradient has the shape of what it belongs to. Order of the results: x, W1, b1, W2, b2.",
                page=SHAPES,
            )
            jacobian = complex_jacobian(lambda v, i=i, net=net: moved(net, i, v), net[i].ravel())
            expect_close(
                got[i].ravel(),
                g @ jacobian,
                tol=1e-12,
                what=f"dL/d{name} for dL/dy = g",
                idea="Walk from the loss inward, one link at a time. What does each link need of the forward pass, and "
                "which two vectors make an array of the shape of a weight matrix?",
                page=CHAIN,
            )


def test_a_loss_on_top_is_one_more_link():
    net, target = network(), np.array([0.3, -1.0])

    def loss(vec):
        y = moved(net, 1, vec)
        return 0.5 * ((y - target) ** 2).sum()

    y = mlp(*net)[0]
    expect_close(
        mlp_gradients(*net, y - target)[1].ravel(),
        complex_jacobian(loss, net[1].ravel())[0],
        tol=1e-12,
        what="dL/dW1 for L = |y - target|^2 / 2",
        idea="g = dL/dy = y - target is all that the network needs to know about the loss.",
        page=CHAIN,
    )


def test_nothing_given_is_changed():
    net = network()
    before = [a.copy() for a in net]
    g = np.array([1.0, -1.0])
    results = mlp_gradients(*net, g)
    results[4][...] = 0
    mlp_jacobian(*net)
    for name, a, b in zip(("x", "W1", "b1", "W2", "b2"), net, before, strict=True):
        expect_equal(
            a, b, what=f"{name} afterwards", idea="Pure functions: new arrays out.", page=CHAIN
        )
    expect_equal(
        g,
        np.array([1.0, -1.0]),
        what="g after the caller wrote into dL/db2",
        idea="dL/db2 equals g, but it must be its own array.",
        page=CHAIN,
    )


def test_shapes_that_do_not_fit_are_refused():
    x, w1, b1, w2, b2 = network()
    for what, net, mentions in [
        ("W1 transposed", (x, w1.T, b1, w2, b2), "w1"),
        ("W2 for three hidden units", (x, w1, b1, w2[:, :3], b2), "w2"),
        ("x as a column", (x[:, None], w1, b1, w2, b2), "x"),
        ("no hidden unit", (x, w1[:0], b1[:0], w2[:, :0], b2), "b1"),
        ("NaN in a weight", (x, w1 * np.nan, b1, w2, b2), "w1"),
    ]:
        for name, f in (
            ("mlp", mlp),
            ("mlp_jacobian", mlp_jacobian),
            ("mlp_gradients", lambda *net: mlp_gradients(*net, np.ones(2))),
        ):
            with expect_raises(
                ValueError,
                what=f"{name} with {what}",
                mentions=mentions,
                idea="The given lines above your code refuse it; leave them where they are.",
                page=SHAPES,
            ):
                f(*net)
    with expect_raises(
        ValueError,
        what="mlp_gradients with three numbers for two outputs",
        mentions="g must have shape (2,)",
        idea="g is dL/dy: one number for each output.",
        page=SHAPES,
    ):
        mlp_gradients(x, w1, b1, w2, b2, np.ones(3))
