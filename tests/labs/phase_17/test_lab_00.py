"""Lab 17.0: a step of the stream, and the feed-forward."""

import numpy as np

from given.checking import expect_close, expect_equal
from minilm.gpt import FeedForward, GPTConfig, residual_step
from minitorch import Tensor
from minitorch import functional as F

STREAM = "theory/00-the-stream.md"
FFN = "theory/01-feed-forward.md"


def numbers(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def layer(kind, bias=True):
    return FeedForward(
        GPTConfig(5, d_model=4, n_heads=2, d_ff=6, ffn=kind, ffn_bias=bias),
        np.random.default_rng(1),
    )


def test_a_step_has_its_norm_where_it_was_asked_for():
    x = Tensor(np.array([1.0, 2.0]))
    for place, expected in (("before", [33, 64]), ("after", [60, 100]), ("none", [6, 10])):
        got = residual_step(
            x, lambda y: 3 * y + 2, None if place == "none" else lambda y: 10 * y, place
        )
        expect_close(
            got.data,
            expected,
            tol=1e-12,
            what=f"a step from (1, 2) with f(y) = 3y + 2, norm(y) = 10y, placed {place!r}",
            idea="What does f see, what is added to what, and what passes the norm?",
            page=STREAM,
        )


def test_the_stream_passes_untouched_where_f_adds_nothing():
    x = Tensor(numbers(3, 4), requires_grad=True)
    out = residual_step(x, lambda y: y * 0, F.relu, "before")
    out.backward(np.ones((3, 4)))
    expect_equal(
        (out.data.tolist(), x.grad.tolist()),
        (x.data.tolist(), np.ones((3, 4)).tolist()),
        what="a step whose part adds 0, and the gradient by the stream",
        idea="Does anything stand between the stream in front and the stream behind?",
        page=STREAM,
    )


def test_the_maps_have_their_names_shapes_and_biases():
    shapes = {"up.weight": (6, 4), "up.bias": (6,), "down.weight": (4, 6), "down.bias": (4,)}
    gate = {"up.weight": (6, 4), "gate.weight": (6, 4), "down.weight": (4, 6)}
    for kind, bias, expected in (("gelu", True, shapes), ("swiglu", False, gate)):
        expect_equal(
            [(n, p.shape) for n, p in layer(kind, bias).named_parameters()],
            list(expected.items()),
            what=f"the parameters of a feed-forward {kind!r} with ffn_bias {bias}",
            idea="Which maps are there, in which order are they made, and who has a bias?",
            page=FFN,
        )


def by_hand(f, x, act):
    w = {n: p.data.astype(np.float64) for n, p in f.named_parameters()}
    h = x @ w["up.weight"].T + w["up.bias"]
    h = act(x @ w["gate.weight"].T + w["gate.bias"]) * h if f.kind == "swiglu" else act(h)
    return h @ w["down.weight"].T + w["down.bias"]


def check_kind(kind, act, idea):
    f = layer(kind)
    for i, p in enumerate(f.parameters()):
        p.data = numbers(*p.shape, seed=i)
    x = 2 * numbers(2, 3, 4, dtype=np.float32)
    expect_close(
        f(Tensor(x)).data,
        by_hand(f, x.astype(np.float64), act),
        tol=2e-5,
        what=f"a feed-forward {kind!r} of (2, 3, 4)",
        idea=idea,
        page=FFN,
    )


def tensor_op(op):
    return lambda a: op(Tensor(a)).data


def test_relu():
    check_kind("relu", lambda a: np.maximum(a, 0), "Which function does the name mean?")


def test_the_exact_gelu():
    check_kind(
        "gelu", tensor_op(F.gelu), "Two functions are called GELU. Which one is plain 'gelu'?"
    )


def test_gpt2s_gelu():
    check_kind(
        "gelu_tanh",
        tensor_op(lambda t: F.gelu(t, "tanh")),
        "Which of the two GELUs did GPT-2 have? They differ by up to 5e-4.",
    )


def test_the_gate_decides():
    check_kind(
        "swiglu",
        tensor_op(F.silu),
        "There are two maps up: which of them goes through the nonlinearity, and what happens to both then?",
    )
