"""Lab 15.2: attention in one node, its backward derived by hand."""

from contextlib import contextmanager

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch import Tensor
from minitorch.attention import attention, causal_mask
from minitorch.testing import gradcheck

MASKS, BACK = "theory/02-masks.md", "theory/04-attention-backward.md"
HEADS = "theory/05-many-heads.md"


def leaf(*shape, seed=0, dtype=np.float64):
    numbers = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    return Tensor(numbers, requires_grad=True)


def three(*lead, t=3, s=4, d=4, e=2, dtype=np.float64):
    sizes = ((t, d), (s, d), (s, e))
    return tuple(leaf(*lead, *n, seed=i, dtype=dtype) for i, n in enumerate(sizes))


def by_hand(q, k, v, seen):
    """One query after the other, in plain loops."""
    out = np.zeros((*q.shape[:-1], v.shape[-1]))
    for row in np.ndindex(q.shape[:-1]):
        lead, t = row[:-1], row[-1]
        fits = [np.exp(q[row] @ k[(*lead, s)] / np.sqrt(q.shape[-1])) * seen[t, s] for s in range(k.shape[-2])]  # fmt: skip
        if sum(fits):
            out[row] = sum(f * v[(*lead, s)] for s, f in enumerate(fits)) / sum(fits)
    return out


def expect_gradient(f, inputs, what, idea, page=BACK):
    try:
        gradcheck(f, inputs)
    except AssertionError as error:
        expect_true(False, what=what, expected="gradients equal to central differences", got=str(error), idea=idea, page=page)  # fmt: skip


@contextmanager
def no_warning(what, idea, page):
    try:
        with np.errstate(all="raise", under="ignore"):
            yield
    except FloatingPointError as error:
        expect_true(False, what=what, expected="no warning of NumPy's", got=str(error), idea=idea, page=page)  # fmt: skip


def test_it_gives_what_the_lookup_gives():
    q, k, v = three(2, 3)
    expect_close(
        attention(q, k, v).data,
        by_hand(q.data, k.data, v.data, np.ones((3, 4))),
        tol=1e-9,
        what="attention of (2, 3, 3, 4) among (2, 3, 4, 4), against loops",
        idea="The same function as lab 15.0's, on arrays. Which axis is summed in the shares, and are the axes in front left alone?",
        page=BACK,
    )


def test_it_is_one_node():
    q, k, v = three()
    out = attention(q, k, v)
    expect_equal(
        [out._op, [id(t) for t in out._inputs] == [id(q), id(k), id(v)]],
        ["attention", True],
        what="the node that attention records, and whether its inputs are q, k, v",
        idea="One `record`, on arrays: a Tensor operation inside would be a node of its own.",
        page=BACK,
    )


def test_its_gradients_are_right():
    expect_gradient(
        attention,
        three(),
        "the gradients to q, k and v",
        "Walk back through three steps: the last product, the shares, the scores. Which axis of k's gradient do the queries lie along?",
    )
    expect_gradient(
        attention,
        three(2, 2, t=2, s=3, d=3, e=4),
        "the gradients with axes in front",
        "Only the last two axes are transposed.",
    )
    expect_gradient(
        lambda x: attention(x, x, x, causal=True),
        (leaf(3, 2),),
        "the gradient of x that is query, key and value at once",
        "Each of the three gradients has its own share; the engine adds them.",
    )


def test_causal_hides_what_is_later():
    for t, s in ((3, 3), (2, 4), (4, 2)):
        q, k, v = three(t=t, s=s)
        seen = np.arange(s) <= np.arange(t)[:, None] + s - t
        expect_close(
            attention(q, k, v, causal=True).data,
            by_hand(q.data, k.data, v.data, seen),
            tol=1e-9,
            what=f"causal attention of {t} queries among {s} keys",
            idea="Who sees what is your own function of lab 15.1. How many queries and how many keys does it get told? And is there a row here that sees nothing?",
            page=MASKS,
        )
        expect_gradient(
            lambda q, k, v: attention(q, k, v, causal=True),
            (q, k, v),
            f"the gradients of {t} queries among {s} keys",
            "What isn't seen has no share; does its score get a gradient?",
        )


def test_the_past_is_the_same_bit_for_bit():
    for dtype in (np.float32, np.float64):
        x = np.random.default_rng(3).normal(size=(2, 4, 17, 8)).astype(dtype)
        later = x.copy()
        later[..., 9:, :] = np.random.default_rng(4).normal(size=(2, 4, 8, 8)) * 50
        a, b = (attention(Tensor(y), Tensor(y), Tensor(y), causal=True).data for y in (x, later))
        expect_equal(
            a[..., :9, :].tobytes() == b[..., :9, :].tobytes(),
            True,
            what=f"whether positions 0 to 8 stay as they are, bit for bit, when all after them change ({np.dtype(dtype)})",
            idea="Exactly nothing of what is hidden may enter a row, also not its denominator.",
            page=MASKS,
        )


def test_masks_of_booleans_and_floats():
    q, k, v = three(2)
    seen = np.array([[True, False, True, True], [False, True, False, False], [True] * 4])
    expected = by_hand(q.data, k.data, v.data, seen)
    expect_close(
        attention(q, k, v, mask=seen).data,
        expected,
        tol=1e-9,
        what="attention under a mask of booleans",
        idea="True is seen.",
        page=MASKS,
    )
    bias = np.random.default_rng(5).normal(size=(3, 4))
    rows = attention(q, k, v, mask=bias).data
    scores = q.data @ k.data.swapaxes(-1, -2) / 2 + bias
    shares = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    expect_close(
        rows,
        shares @ v.data,
        tol=1e-9,
        what="attention with floats added to its scores",
        idea="Added to the scores as they are, after the scores have got their scale.",
        page=MASKS,
    )
    expect_gradient(
        lambda q, k, v: attention(q, k, v, mask=bias),
        (q, k, v),
        "the gradients with floats added to the scores",
        "A constant in the scores: it changes the shares, and no step of the way back.",
    )


def test_a_mask_and_causal_hold_together():
    q, k, v = three(t=4)
    mask = np.array([True, True, False, True])
    expect_close(
        attention(q, k, v, causal=True, mask=mask).data,
        by_hand(q.data, k.data, v.data, causal_mask(4) & mask),
        tol=1e-9,
        what="attention with both a mask of (4,) and causal",
        idea="What both of them show is seen.",
        page=MASKS,
    )


def test_a_row_that_sees_nothing_is_zero_and_gives_no_gradient():
    q, k, v = three(dtype=np.float32)
    idea = "The largest of no scores is minus infinity, and the sum of no shares is 0. Where do you subtract, and where do you divide?"
    with no_warning("two rows that see nothing", idea, MASKS):
        out = attention(q, k, v, mask=np.array([[False], [True], [False]]))
        out.backward(np.ones((3, 2), np.float32))
    expect_equal(
        [out.data[[0, 2]].tolist(), q.grad[[0, 2]].tolist(), bool(np.isfinite(k.grad).all())],
        [[[0.0] * 2] * 2, [[0.0] * 4] * 2, True],
        what="two rows that see nothing, the gradient of their queries, and whether k's is finite",
        idea=idea,
        page=MASKS,
    )


def test_large_scores_overflow_nowhere():
    q, k, v = three(dtype=np.float32)
    idea = "e to a thousand is no float. Which number may be taken off a whole row without changing its shares?"
    with no_warning("attention with scores of many thousands, in float32", idea, BACK):
        out = attention(Tensor(q.data * 300), Tensor(k.data * 300), v).data
    best = (q.data @ k.data.T).argmax(axis=-1)
    expect_close(
        out,
        v.data[best],
        tol=1e-5,
        what="attention with scores of many thousands, in float32",
        idea=idea,
        page=BACK,
    )


def test_heads_may_share_keys_and_values():
    q, k, v = leaf(2, 6, 3, 4), leaf(2, 2, 5, 4, seed=1), leaf(2, 2, 5, 3, seed=2)
    each = [0, 0, 0, 1, 1, 1]
    alone = attention(q, Tensor(k.data[:, each]), Tensor(v.data[:, each]), causal=True).data
    expect_close(
        attention(q, k, v, causal=True).data,
        alone,
        tol=1e-9,
        what="six query heads that share two heads of keys and values",
        idea="Heads 0, 1, 2 read the first and 3, 4, 5 the second. Are three heads of T queries anything else than one head of 3 T?",
        page=HEADS,
    )
    expect_gradient(
        lambda q, k, v: attention(q, k, v, causal=True),
        (leaf(4, 2, 3), leaf(2, 3, 3, seed=1), leaf(2, 3, 2, seed=2)),
        "the gradients where two query heads share each head of keys",
        "Whoever is read by two gets both gradients.",
        HEADS,
    )
    mask = np.random.default_rng(6).random((2, 6, 3, 5)) < 0.6
    expect_close(
        attention(q, k, v, mask=mask).data,
        attention(q, Tensor(k.data[:, each]), Tensor(v.data[:, each]), mask=mask).data,
        tol=1e-9,
        what="the same under a mask of its own for each of the six heads",
        idea="A mask is broadcast to (..., H, T, S) with the heads of q.",
        page=HEADS,
    )


def test_dtypes_and_layouts():
    q, k, v = three(2, dtype=np.float32)
    out = attention(q, k, v, causal=True, mask=np.zeros((3, 4)))
    out.backward(np.ones(out.shape, np.float32))
    expect_equal(
        [str(x.dtype) for x in (out, q.grad, k.grad, v.grad)],
        ["float32"] * 4,
        what="the dtypes of result and gradients of float32 tensors, with a mask of float64",
        idea="Does a NumPy number or a mask of float64 take part? `added` takes a dtype.",
        page=BACK,
    )
    x = leaf(2, 5, 3, 4)
    turned = x.transpose(1, 2)
    copy = Tensor(np.ascontiguousarray(x.data.transpose(0, 2, 1, 3)))
    expect_close(
        attention(turned, turned, turned, causal=True).data,
        attention(copy, copy, copy, causal=True).data,
        tol=1e-9,
        what="attention of heads that lie strided in memory",
        idea="The same numbers in another layout.",
        page=BACK,
    )


def test_what_it_got_stays_as_it_was():
    q, k, v = three(2)
    before = [t.numpy() for t in (q, k, v)]
    mask = np.zeros((3, 4))
    out = attention(q, k, v, causal=True, mask=mask)
    g = np.ones(out.shape)
    first = [part.copy() for part in out._backward(g)]
    again = out._backward(g)
    expect_equal(
        [
            all(np.array_equal(t.data, b) for t, b in zip((q, k, v), before, strict=True)),
            bool((g == 1).all() and (mask == 0).all()),
            all(np.array_equal(a, b) for a, b in zip(first, again, strict=True)),
        ],
        [True, True, True],
        what="whether q, k, v stay, the gradient and the mask stay, and a second walk back gives the same",
        idea="In place only on arrays that are yours and that no later step reads again.",
        page=BACK,
    )


def test_what_cannot_be_is_refused():
    bad = np.array([[1.0, np.nan]])
    for args, kind in (
        ((Tensor(bad), Tensor(bad), Tensor(bad)), ValueError),
        (three(t=0), ValueError),
        ((leaf(3, 2, 2), leaf(2, 2, 2), leaf(2, 2, 2)), ValueError),
    ):
        with expect_raises(
            kind,
            what=f"attention of {[a.shape for a in args]}",
            idea="The checks that were given are still in front.",
            page=MASKS,
        ):
            attention(*args)
