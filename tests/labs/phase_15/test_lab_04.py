"""Lab 15.4: what heads look at, how widely, and what is lost without them."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch import Tensor
from minitorch.attention import (
    MultiHeadAttention,
    attention_maps,
    effective_positions,
    merge_heads,
    without_heads,
)

RANK, SEE = "theory/06-temperature-and-rank.md", "theory/07-what-heads-learn.md"


def numbers(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def layer_of(*args):
    layer = MultiHeadAttention(*args, rng=np.random.default_rng(0))
    for i, p in enumerate(layer.parameters()):
        p.data = numbers(*p.shape, seed=i)
    return layer


def test_maps_are_the_shares_that_the_layer_mixes_with():
    x = Tensor(numbers(2, 5, 8, seed=9))
    mask = numbers(2, 1, 5, 5, seed=4) > -1
    for heads, shared in ((4, 4), (4, 2)):
        layer = layer_of(8, heads, shared)
        for settings in ({}, {"causal": True}, {"causal": True, "mask": mask}):
            maps = attention_maps(layer, x, **settings)
            expect_equal(
                maps.shape,
                (2, heads, 5, 5),
                what=f"the shape of the maps of {heads} heads that share {shared}",
                idea="A map for each head that asks.",
                page=SEE,
            )
            values = np.repeat(layer.project(x)[2].data, heads // shared, axis=-3)
            expect_close(
                layer.out(merge_heads(Tensor(maps @ values))).data,
                layer(x, **settings).data,
                tol=1e-9,
                what=f"the layer's answer, made again from its maps ({', '.join(settings) or 'no mask'})",
                idea="Maps times values, mixed, is what the layer says. Same projections, same masks, which head's keys?",
                page=SEE,
            )


def test_maps_are_plain_arrays():
    layer = layer_of(8, 2)
    x = Tensor(numbers(3, 8), requires_grad=True)
    maps = attention_maps(layer, x, causal=True)
    expect_true(
        isinstance(maps, np.ndarray) and maps.flags.writeable,
        what="the maps",
        expected="an array of one's own, without a graph",
        got=type(maps).__name__,
        idea="To look at, not to differentiate.",
        page=SEE,
    )


def test_equal_shares_of_n_are_n():
    rows = np.array([[0.25] * 4, [0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0] * 4])
    try:
        with np.errstate(all="raise"):
            got = effective_positions(rows)
    except FloatingPointError as error:
        expect_true(False, what="the effective positions of rows with shares of 0", expected="no warning of NumPy's", got=str(error), idea="What is the logarithm of 0, and does a share of 0 need it?", page=RANK)  # fmt: skip
    expect_close(
        got,
        [4.0, 2.0, 1.0, 0.0],
        tol=1e-9,
        what="the effective positions of four equal shares, two, one and none",
        idea="What is p log p for a share of 0? And how does phase 05 turn an entropy into a number of choices?",
        page=RANK,
    )
    expect_close(
        effective_positions(np.array([[[0.5, 0.25, 0.25]]])),
        [[2**1.5]],
        tol=1e-9,
        what="those of ½, ¼, ¼, with an axis in front",
        idea="One and a half bits of choice.",
        page=RANK,
    )


def test_a_head_that_is_off_reaches_nobody():
    layer = layer_of(8, 4)
    x = Tensor(numbers(2, 3, 8, seed=9))
    parts, bias = [], layer.out.bias.numpy()
    with without_heads(layer, [0, 1, 2, 3]):
        nothing = layer(x).data
    for h in range(4):
        with without_heads(layer, [i for i in range(4) if i != h]):
            parts.append(layer(x).data - nothing)
    expect_close(
        nothing,
        np.broadcast_to(bias, nothing.shape),
        tol=1e-9,
        what="the layer without all of its heads",
        idea="What remains of `out` when nothing comes in?",
        page=SEE,
    )
    expect_close(
        sum(parts) + nothing,
        layer(x).data,
        tol=1e-9,
        what="the sum of what each head says alone, and the bias",
        idea="The last layer adds up what heads hand it, each through its own columns. Which are those of head h?",
        page=SEE,
    )
    maps = attention_maps(layer, x)
    values = layer.project(x)[2].data
    alone = np.zeros((2, 4, 3, 2))
    alone[:, 1] = (maps @ values)[:, 1]
    expect_close(
        parts[1],
        merge_heads(Tensor(alone)).data @ layer.out.weight.data.T,
        tol=1e-9,
        what="what head 1 says alone",
        idea="Head h has the h-th run of features. Are rows of `out` its inputs or its outputs?",
        page=SEE,
    )


def test_the_layer_comes_back_bit_for_bit():
    layer = layer_of(8, 4)
    before = layer.out.weight.numpy()
    with without_heads(layer, iter([1])):
        changed = not np.array_equal(layer.out.weight.data, before)
    expect_equal(
        [changed, layer.out.weight.data.tobytes() == before.tobytes()],
        [True, True],
        what="whether the weights changed inside, and are as they were afterwards",
        idea="Assigning to `data` writes into the array that is there. Is what you kept another one?",
        page=SEE,
    )
    with expect_raises(RuntimeError, what="an error inside the block", idea="It goes on.", page=SEE), without_heads(layer, [0, 2]):  # fmt: skip
        raise RuntimeError
    expect_equal(
        layer.out.weight.data.tobytes() == before.tobytes(),
        True,
        what="whether the weights are as they were after an error inside the block",
        idea="Which words of Python run on every way out?",
        page=SEE,
    )


def test_blocks_may_stand_in_each_other():
    layer = layer_of(8, 4)
    x = Tensor(numbers(3, 8, seed=9))
    before = layer(x).data
    with without_heads(layer, [0, 1]):
        both = layer(x).data
    with without_heads(layer, [0]):
        with without_heads(layer, [1]):
            nested = layer(x).data
        with without_heads(layer, [0]):
            pass
        one = layer(x).data
    expect_true(
        np.array_equal(nested, both) and not np.array_equal(one, before) and np.array_equal(layer(x).data, before),
        what="one block in another",
        expected="both heads off inside, one outside, none afterwards",
        got="something else",
        idea="What was there when the block began is what comes back.",
        page=SEE,
    )  # fmt: skip


def test_heads_that_arent_there_are_refused():
    layer = layer_of(8, 4)
    for heads in ([4], [-1]):
        with expect_raises(
            IndexError,
            what=f"without_heads of {heads}",
            idea="The check that was given is still in front.",
            page=SEE,
        ):
            without_heads(layer, heads).__enter__()
