"""Lab 16.1: RoPE."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minitorch import Tensor
from minitorch.attention import MultiHeadAttention
from minitorch.positions import RotaryAttention, frequencies, rope
from minitorch.testing import gradcheck

ROPE = "theory/03-rope.md"


def numbers(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def turned(row, position, w=None):
    return rope(Tensor(row[None]), [position], w).data[0]


def test_a_pair_turns_counterclockwise():
    row = np.array([1.0, 0.0, 0.0, 1.0])
    expect_close(
        turned(row, 1, np.array([np.pi / 2, np.pi / 6])),
        [0.0, 1.0, -0.5, np.sqrt(3) / 2],
        tol=1e-12,
        what="(1, 0) turned by a quarter and (0, 1) turned by a twelfth of a full turn",
        idea="Features 0 and 1 are one arrow, 2 and 3 the next. Draw (1, 0): where is it after a quarter turn to the left?",
        page=ROPE,
    )
    expect_close(
        turned(row, -1, np.array([np.pi / 2, np.pi / 6])),
        [0.0, -1.0, 0.5, np.sqrt(3) / 2],
        tol=1e-12,
        what="the same at position -1",
        idea="A negative position turns the other way; no table is looked up.",
        page=ROPE,
    )


def test_every_position_has_its_own_turn():
    x = numbers(2, 3, 5, 8)
    got = rope(Tensor(x)).data
    for t in range(5):
        expect_close(
            got[1, 2, t],
            turned(x[1, 2, t], t),
            tol=1e-12,
            what=f"position {t} of one of six matrices, turned among all and alone",
            idea="Positions lie on axis -2 and count from 0; axes in front don't matter.",
            page=ROPE,
        )
    expect_close(
        got[..., 0, :],
        x[..., 0, :],
        tol=0,
        what="position 0",
        idea="By how much does it turn?",
        page=ROPE,
    )
    expect_close(
        rope(Tensor(x), [7, 0, 7, 9, -3]).data[0, 0, 2],
        turned(x[0, 0, 2], 7),
        tol=1e-12,
        what="the third row where the third position is 7",
        idea="Are the positions used that were given?",
        page=ROPE,
    )


def test_products_depend_on_the_distance_alone():
    q, k = numbers(16, seed=1), numbers(16, seed=2)
    for m, n in ((0, 1), (3, 7), (5, 5), (20, 8)):
        first = turned(q, m) @ turned(k, n)
        for shift in (1, 64, 1000, -2000):
            expect_close(
                turned(q, m + shift) @ turned(k, n + shift),
                first,
                tol=1e-12,
                what=f"the product of a query at {m + shift} and a key at {n + shift}, and of those at {m} and {n}",
                idea="Both turn; what is left of two turns in a product of two arrows?",
                page=ROPE,
            )
    expect_true(
        abs(turned(q, 3) @ turned(k, 7) - turned(q, 3) @ turned(k, 8)) > 1e-3,
        what="the products at distances 4 and 5",
        expected="different ones",
        got="the same",
        idea="Does anything turn?",
        page=ROPE,
    )


def test_lengths_stay():
    x = numbers(6, 10)
    expect_close(
        np.linalg.norm(rope(Tensor(x), np.arange(6) * 1000).data, axis=-1),
        np.linalg.norm(x, axis=-1),
        tol=1e-12,
        what="the lengths of rows that were turned",
        idea="A rotation: sine and cosine of the same angle, one of them with the other sign.",
        page=ROPE,
    )


def test_the_gradient_turns_back():
    x = Tensor(numbers(2, 3, 4), requires_grad=True)
    try:
        gradcheck(lambda t: rope(t, [2, 5, -1]), (x,))
    except AssertionError as error:
        expect_true(False, what="the gradient of rope", expected="central differences", got=str(error), idea="The transpose of a rotation is the rotation back.", page=ROPE)  # fmt: skip
    y = rope(x)
    expect_equal(
        [y._inputs[0] is x, len(y._inputs)],
        [True, 1],
        what="whether the result is one node on x",
        idea="One `record`, whose backward turns.",
        page=ROPE,
    )


def test_far_positions_keep_their_digits():
    q, k = numbers(16, seed=1, dtype=np.float32), numbers(16, seed=2, dtype=np.float32)
    near, far = (turned(q, m) @ turned(k, m + 4) for m in (0, 1_000_000))
    expect_true(
        abs(float(near) - float(far)) < 1e-5,
        what="a product of float32 at distance 4, near 0 and near a million",
        expected="equal to 1e-5",
        got=[float(near), float(far)],
        idea="In which dtype is an angle of a million radians computed? Only sine and cosine may be rounded to x's.",
        page=ROPE,
    )
    expect_equal(
        str(rope(Tensor(numbers(3, 4, dtype=np.float32))).dtype),
        "float32",
        what="the dtype of the result for float32",
        idea="The tables take the dtype of x.",
        page=ROPE,
    )


def test_what_was_given_stays():
    x, p, w = Tensor(numbers(3, 4)), np.array([1, 2, 3]), frequencies(4)
    kept = x.numpy().copy(), p.copy(), w.copy()
    rope(x, p, w)
    expect_true(
        all(np.array_equal(a, b) for a, b in zip((x.data, p, w), kept, strict=True)),
        what="x, positions and w after the call",
        expected="as they were",
        got="changed",
        idea="Write into an array of your own.",
        page=ROPE,
    )


def test_queries_and_keys_turn_and_values_dont():
    layer = RotaryAttention(16, 4, 2, rng=np.random.default_rng(0), w=np.array([0.5, 0.25]))
    x = Tensor(numbers(2, 5, 16, dtype=np.float32))
    plain = MultiHeadAttention.project(layer, x)
    got = layer.project(x)
    for a, b, name in zip(got, plain, ("queries", "keys", "values"), strict=True):
        expected = b if name == "values" else rope(b, w=layer.w)
        expect_close(
            a.data,
            expected.data,
            tol=1e-6,
            what=f"the {name} of a layer with w = (0.5, 0.25)",
            idea="Positions shape who is looked at, not what is told. And are they turned by the layer's own w?",
            page=ROPE,
        )
    layer.w = np.array([0.1, 0.1])
    expect_close(
        layer.project(x)[1].data,
        rope(plain[1], w=layer.w).data,
        tol=1e-6,
        what="the keys after w was replaced",
        idea="w is read when it is needed.",
        page=ROPE,
    )


def test_the_layer_knows_order_without_parameters():
    layer, plain = RotaryAttention(8, 2), MultiHeadAttention(8, 2)
    expect_equal(
        [name for name, _ in layer.named_parameters()],
        [name for name, _ in plain.named_parameters()],
        what="the names of its parameters",
        idea="Nothing here is learned.",
        page=ROPE,
    )
    x = numbers(4, 8, dtype=np.float32)
    moved = layer(Tensor(x[::-1].copy())).data[::-1]
    expect_true(
        np.abs(moved - layer(Tensor(x)).data).max() > 1e-4,
        what="the layer on a text and on the text read backward",
        expected="other results",
        got="the same, in the other order",
        idea="Does `forward` go through your `project`?",
        page=ROPE,
    )
