"""Lab 15.0: a soft lookup, of single operations."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch import Tensor
from minitorch.attention import attention_scores, attention_weights, soft_lookup
from minitorch.testing import gradcheck

LOOKUP, SCALE, MASKS = "theory/00-a-soft-lookup.md", "theory/01-the-scale.md", "theory/02-masks.md"
HIDDEN = np.array([[True, False, True], [False, False, False]])


def leaf(*shape, seed=0, dtype=np.float64):
    numbers = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    return Tensor(numbers, requires_grad=True)


def test_a_score_is_how_well_a_key_answers():
    q = Tensor(np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0]]))
    k = Tensor(np.array([[3.0, 1.0, 0.0, 5.0], [0.0, 4.0, 2.0, 7.0], [-1.0, 0.0, 0.0, 0.0]]))
    expect_close(
        attention_scores(q, k).data,
        [[3.0, 0.0, -1.0], [0.5, 3.0, 0.0]],
        tol=1e-9,
        what="the scores of 2 queries and 3 keys of 4 numbers",
        idea="One number for each pair. What do two arrows that point the same way give, and by what does a sum of four such products grow?",
        page=SCALE,
    )


def test_scores_keep_their_size_as_vectors_grow():
    for d in (16, 256, 1024):
        spread = attention_scores(leaf(40, d), leaf(40, d, seed=1)).data.std()
        expect_true(
            0.9 < spread < 1.1,
            what=f"the standard deviation of the scores of normal vectors of {d} numbers",
            expected="about 1",
            got=float(spread),
            idea="d products of variance 1 are summed. Of what size is the sum, and what brings it back?",
            page=SCALE,
        )


def test_scores_keep_axes_in_front_apart():
    q, k = leaf(2, 3, 4, 5), leaf(2, 3, 6, 5, seed=1)
    expect_close(
        attention_scores(q, k).data[1, 2],
        attention_scores(Tensor(q.data[1, 2]), Tensor(k.data[1, 2])).data,
        tol=1e-9,
        what="one of six pairs of matrices, scored among the six and alone",
        idea="Only the last two axes meet. Which of them must change places in k, and do the others stay?",
        page=SCALE,
    )


def test_weights_are_shares_of_one():
    scores = Tensor(np.log(np.array([[1.0, 2.0, 1.0], [3.0, 3.0, 3.0]])))
    expect_close(
        attention_weights(scores).data,
        [[0.25, 0.5, 0.25], [1 / 3] * 3],
        tol=1e-9,
        what="the shares of the scores log 1, log 2, log 1, and of three equal ones",
        idea="Each query has one unit of attention to give away. Along which axis of (..., T, S) does it spend it?",
        page=LOOKUP,
    )
    expect_close(
        attention_weights(Tensor(np.array([[1e4, 1e4], [-1e4, 1e4]]))).data,
        [[0.5, 0.5], [0.0, 1.0]],
        tol=1e-9,
        what="the shares of scores of 10,000",
        idea="Which of the operations that you have survives such numbers?",
        page=LOOKUP,
    )


def test_what_isnt_seen_has_no_share_however_large_its_score():
    scores = Tensor(np.array([[0.0, 1e10, 0.0], [1.0, -2e9, -3e9]]), requires_grad=True)
    got = attention_weights(scores, np.array([[True, False, True], [False, True, True]])).data
    expect_equal(
        got.tolist(),
        [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]],
        what="the shares of [0, 1e10, 0] without the middle one, and of [1, -2e9, -3e9] without the first",
        idea="Hidden before the shares are made or afterwards: in which of the two do the others get what it would have had? And is there a number so small that every score that is seen is above it?",
        page=MASKS,
    )


def test_a_row_that_sees_nothing_has_no_shares():
    scores = leaf(2, 3)
    try:
        with np.errstate(all="raise"):
            weights = attention_weights(scores, HIDDEN)
            weights.backward(np.ones((2, 3)))
    except FloatingPointError as error:
        expect_true(False, what="the shares of a query that sees no key, and their gradient", expected="no warning of NumPy's", got=str(error), idea="Which numbers does your softmax get to see for such a row? Give it something harmless.", page=MASKS)  # fmt: skip
    expect_equal(
        weights.data[1].tolist(),
        [0.0, 0.0, 0.0],
        what="the shares of a query that sees no key",
        idea="Nothing is there to be looked up. Is a mean of everything hidden an answer?",
        page=MASKS,
    )
    expect_true(
        np.isfinite(scores.grad).all(),
        what="the gradient of the scores where a row sees nothing",
        expected="finite numbers",
        got=scores.grad.tolist(),
        idea="What does your softmax get to see for such a row? Give it something harmless.",
        page=MASKS,
    )


def test_masks_are_broadcast_and_must_be_booleans():
    scores = leaf(2, 2, 3)
    expect_equal(
        (attention_weights(scores, np.array([True, True, False])).data[..., 2] == 0).all().item(),
        True,
        what="whether a mask of (3,) hides the last key from every query of (2, 2, 3)",
        idea="The mask is broadcast to the scores.",
        page=MASKS,
    )
    with expect_raises(
        TypeError,
        what="a mask of 0 and 1",
        idea="The check that was given is still in front.",
        page=MASKS,
    ):
        attention_weights(scores, np.ones((2, 3), int))


def test_a_lookup_mixes_values():
    q = Tensor(np.array([[0.0, 0.0], [200.0, 0.0]]))
    k = Tensor(np.array([[1.0, 0.0], [-1.0, 5.0]]))
    v = Tensor(np.array([[10.0, 1.0, 0.0], [20.0, 3.0, 0.0]]))
    expect_close(
        soft_lookup(q, k, v).data,
        [[15.0, 2.0, 0.0], [10.0, 1.0, 0.0]],
        tol=1e-9,
        what="a query that fits both keys equally, and one that fits the first only",
        idea="The first finds the mean of both values, the second a row of the table. Whose numbers are mixed, those of the keys or of the values?",
        page=LOOKUP,
    )
    got = soft_lookup(leaf(2, 4), leaf(3, 4, seed=1), leaf(3, 5, seed=2), HIDDEN).data
    expect_equal(
        [got.shape, got[1].tolist()],
        [(2, 5), [0.0] * 5],
        what="the shape of a lookup of 2 queries among 3 values of 5 numbers, and a row that sees nothing",
        idea="Is the mask handed on?",
        page=LOOKUP,
    )


def test_a_lookup_is_differentiable_in_all_three():
    try:
        gradcheck(
            lambda q, k, v: soft_lookup(q, k, v, HIDDEN),
            (leaf(2, 4), leaf(3, 4, seed=1), leaf(3, 2, seed=2)),
        )
    except AssertionError as error:
        expect_true(False, what="the gradients of a lookup", expected="central differences", got=str(error), idea="Are all steps Tensor operations? An array in between cuts the graph.", page=LOOKUP)  # fmt: skip


def test_float32_stays_float32():
    q, k, v = (leaf(2, 3, 4, seed=i, dtype=np.float32) for i in range(3))
    seen = np.tri(3, dtype=bool)
    expect_equal(
        [
            str(x.dtype)
            for x in (
                attention_scores(q, k),
                attention_weights(q, np.ones((3, 4), bool)),
                soft_lookup(q, k, v, seen),
            )
        ],
        ["float32"] * 3,
        what="the dtypes of scores, shares and lookup of float32 tensors",
        idea="A NumPy float64 among the operands? Plain numbers take the tensor's dtype.",
        page=LOOKUP,
    )
