"""Lab 15.3: many heads."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minitorch import Tensor, nn
from minitorch.attention import MultiHeadAttention, merge_heads, soft_lookup, split_heads
from minitorch.testing import gradcheck

HEADS = "theory/05-many-heads.md"


def numbers(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def layer_of(*args, **settings):
    """A layer in float64 whose biases aren't zero."""
    layer = MultiHeadAttention(*args, rng=np.random.default_rng(0), **settings)
    for i, p in enumerate(layer.parameters()):
        p.data = numbers(*p.shape, seed=i)
    return layer


def test_a_head_gets_a_run_of_features():
    x = np.arange(12.0).reshape(2, 6)
    expect_equal(
        split_heads(Tensor(x), 3).data.tolist(),
        [[[0.0, 1.0], [6.0, 7.0]], [[2.0, 3.0], [8.0, 9.0]], [[4.0, 5.0], [10.0, 11.0]]],
        what="split_heads of two positions of six features, for three heads",
        idea="Positions stay whole. Cut the features first, while they lie side by side; which axis moves then?",
        page=HEADS,
    )
    expect_equal(
        split_heads(Tensor(numbers(2, 3, 5, 8)), 4).shape,
        (2, 3, 4, 5, 2),
        what="the shape of (2, 3, 5, 8) in four heads",
        idea="Axes in front stay in front.",
        page=HEADS,
    )


def test_merging_undoes_splitting():
    for shape, heads in (((4, 6), 2), ((2, 5, 12), 3), ((2, 3, 4, 4), 1)):
        x = numbers(*shape)
        back = merge_heads(split_heads(Tensor(x), heads)).data
        expect_true(
            np.array_equal(back, x),
            what=f"merge_heads(split_heads(x, {heads})) for x of {shape}",
            expected="x",
            got=f"another order, or shape {back.shape}",
            idea="The same two steps the other way round, in the other order.",
            page=HEADS,
        )


def test_splitting_and_merging_are_differentiable():
    for f, shape, what in (
        (lambda x: split_heads(x, 2), (2, 3, 4), "split_heads"),
        (merge_heads, (2, 2, 3, 2), "merge_heads"),
    ):
        try:
            gradcheck(f, (Tensor(numbers(*shape), requires_grad=True),))
        except AssertionError as error:
            expect_true(False, what=f"the gradient of {what}", expected="central differences", got=str(error), idea="Tensor operations only.", page=HEADS)  # fmt: skip


def test_the_layer_has_four_linear_layers():
    layer = MultiHeadAttention(12, 3)
    expect_equal(
        [(name, p.shape) for name, p in layer.named_parameters()],
        [(f"{part}.{kind}", shape) for part in ("query", "key", "value", "out") for kind, shape in (("weight", (12, 12)), ("bias", (12,)))],
        what="the names and shapes of the parameters of MultiHeadAttention(12, 3)",
        idea="Four Linear layers, in this order, each for all heads at once.",
        page=HEADS,
    )  # fmt: skip
    expect_equal(
        [(name, p.shape) for name, p in MultiHeadAttention(12, 6, 2, bias=False).named_parameters()],
        [("query.weight", (12, 12)), ("key.weight", (4, 12)), ("value.weight", (4, 12)), ("out.weight", (12, 12))],
        what="those of MultiHeadAttention(12, 6, 2, bias=False)",
        idea="Six heads of two features ask; how many heads have keys and values?",
        page=HEADS,
    )  # fmt: skip


def test_the_layers_draw_from_the_generator_in_order():
    rng = np.random.default_rng(3)
    expected = [nn.Linear(8, 8, rng=rng).weight.data for _ in range(4)]
    layer = MultiHeadAttention(8, 2, rng=np.random.default_rng(3))
    got = [part.weight.data for part in (layer.query, layer.key, layer.value, layer.out)]
    expect_true(
        all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True)),
        what="the weights with a generator that is given",
        expected="those of query, key, value and out made in this order from it",
        got="others",
        idea="The generator is handed to each layer.",
        page=HEADS,
    )


def test_projections_have_an_axis_of_heads():
    layer = layer_of(8, 4, 2)
    x = Tensor(numbers(3, 5, 8, seed=9))
    q, k, v = layer.project(x)
    expect_equal(
        [q.shape, k.shape, v.shape],
        [(3, 4, 5, 2), (3, 2, 5, 2), (3, 2, 5, 2)],
        what="the shapes of q, k, v of a layer with 4 heads that share 2",
        idea="Each is cut into as many heads as it has.",
        page=HEADS,
    )
    for got, part, name in ((q, layer.query, "query"), (k, layer.key, "key"), (v, layer.value, "value")):  # fmt: skip
        expect_close(
            merge_heads(got).data,
            part(x).data,
            tol=1e-9,
            what=f"the heads of {name}, put together again",
            idea=f"They come from the layer `{name}`.",
            page=HEADS,
        )


def by_hand(layer, x, seen):
    """Head by head, in a loop, with lab 15.0's lookup."""
    d, run = x.shape[-1], x.shape[-1] // layer.n_heads
    each = layer.n_heads // layer.n_kv_heads
    q, k, v = (part(Tensor(x)).data for part in (layer.query, layer.key, layer.value))
    found = np.zeros((*x.shape[:-1], d))
    for h in range(layer.n_heads):
        own, shared = slice(h * run, (h + 1) * run), slice(h // each * run, (h // each + 1) * run)
        found[..., own] = soft_lookup(Tensor(q[..., own]), Tensor(k[..., shared]), Tensor(v[..., shared]), seen).data  # fmt: skip
    return layer.out(Tensor(found)).data


def test_it_is_what_its_heads_are_one_by_one():
    x = numbers(2, 5, 8, seed=9)
    for heads, shared in ((1, 1), (4, 4), (4, 2), (4, 1)):
        layer = layer_of(8, heads, shared)
        for causal in (False, True):
            seen = np.tri(5, dtype=bool) if causal else None
            expect_close(
                layer(Tensor(x), causal=causal).data,
                by_hand(layer, x, seen),
                tol=1e-9,
                what=f"{heads} heads that share {shared}, {'causal' if causal else 'seeing all'}",
                idea="Cut, attend, put together, mix. Does each head see its own features only, and is the mixing there?",
                page=HEADS,
            )
    mask = numbers(5, 5, seed=3) > -0.5
    layer = layer_of(8, 2)
    expect_close(
        layer(Tensor(x), mask=mask).data,
        by_hand(layer, x, mask),
        tol=1e-9,
        what="two heads under a mask",
        idea="Is the mask handed on?",
        page=HEADS,
    )


def test_every_parameter_learns():
    layer = MultiHeadAttention(8, 4, 2, rng=np.random.default_rng(0))
    layer(Tensor(numbers(2, 4, 8, dtype=np.float32)), causal=True).backward(
        numbers(2, 4, 8, seed=1, dtype=np.float32)
    )
    still = [name for name, p in layer.named_parameters() if p.grad is None or not np.any(p.grad)]
    expect_equal(
        still,
        [],
        what="the parameters that got no gradient",
        idea="Does the graph lead through all four layers?",
        page=HEADS,
    )
    expect_equal(
        str(layer(Tensor(numbers(2, 4, 8, dtype=np.float32))).dtype),
        "float32",
        what="the dtype of the result for float32",
        idea="Nothing here needs float64.",
        page=HEADS,
    )
