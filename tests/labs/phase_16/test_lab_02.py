"""Lab 16.2: weights of two layouts."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minitorch import Tensor
from minitorch.positions import frequencies, rope, to_halves, to_pairs

LAYOUT = "theory/04-two-layouts.md"


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def rope_of_halves(x):
    """As Llama's code has it: pair i is features i and i + d/2."""
    t, d = x.shape[-2:]
    angles = np.tile(np.arange(t)[:, None] * frequencies(d), 2)
    half = np.concatenate([-x[..., d // 2 :], x[..., : d // 2]], axis=-1)
    return x * np.cos(angles) + half * np.sin(angles)


def heads(x, w, n_heads):
    """x W^T cut into heads: (H, T, d)."""
    return (x @ w.T).reshape(len(x), n_heads, -1).swapaxes(0, 1)


def test_rows_of_two_heads_by_hand():
    expect_equal(
        to_halves(np.arange(12), 2).tolist(),
        [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11],
        what="to_halves of the rows 0 to 11 of two heads",
        idea="In each head for itself: first the first feature of every pair, then the second of every pair.",
        page=LAYOUT,
    )
    expect_equal(
        to_pairs(np.arange(12), 2).tolist(),
        [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11],
        what="to_pairs of the rows 0 to 11 of two heads",
        idea="Feature i and feature i + d/2 of a head become neighbors.",
        page=LAYOUT,
    )


def test_scores_are_the_same_in_both():
    x, q, k = numbers(6, 10), numbers(16, 10, seed=1), numbers(16, 10, seed=2)
    for n_heads in (1, 2, 4):
        ours = [rope(Tensor(heads(x, w, n_heads))).data for w in (q, k)]
        theirs = [rope_of_halves(heads(x, to_halves(w, n_heads), n_heads)) for w in (q, k)]
        expect_close(
            theirs[0] @ theirs[1].swapaxes(-1, -2),
            ours[0] @ ours[1].swapaxes(-1, -2),
            tol=1e-10,
            what=f"scores with weights handed out to Llama's layout, {n_heads} heads",
            idea="Each pair must turn by the same frequency on both sides. Which of its features stand together there?",
            page=LAYOUT,
        )
        theirs = [rope_of_halves(heads(x, w, n_heads)) for w in (q, k)]
        ours = [rope(Tensor(heads(x, to_pairs(w, n_heads), n_heads))).data for w in (q, k)]
        expect_close(
            ours[0] @ ours[1].swapaxes(-1, -2),
            theirs[0] @ theirs[1].swapaxes(-1, -2),
            tol=1e-10,
            what=f"scores with weights taken in from Llama's layout, {n_heads} heads",
            idea="The same the other way round. For four features both ways look alike; for eight they don't.",
            page=LAYOUT,
        )


def test_out_and_in_again_changes_no_bit():
    for shape, n_heads in (((24, 5), 2), ((24,), 3), ((4, 4), 1), ((16, 2, 3), 2)):
        w = numbers(*shape).astype(np.float32)
        for there, back in ((to_halves, to_pairs), (to_pairs, to_halves)):
            got = back(there(w, n_heads), n_heads)
            expect_true(
                got.dtype == w.dtype and np.array_equal(got, w),
                what=f"{back.__name__}({there.__name__}(w)) for w of {shape}, {n_heads} heads",
                expected="w, in its dtype",
                got=f"another one, {got.dtype} of {got.shape}",
                idea="Rows move, nothing is computed.",
                page=LAYOUT,
            )


def test_the_result_is_an_array_of_its_own():
    for f in (to_halves, to_pairs):
        for n_heads in (1, 2):
            w = numbers(4, 3) if n_heads == 2 else numbers(2, 3)
            f(w, n_heads)[...] = 0
            expect_true(
                bool(w.all()),
                what=f"the weight that {f.__name__} was given, after its result was overwritten",
                expected="as it was",
                got=w.tolist(),
                idea="Where nothing moves a reshape is a view.",
                page=LAYOUT,
            )


def test_heads_that_dont_fit_are_refused():
    for f in (to_halves, to_pairs):
        with expect_raises(ValueError, what=f"{f.__name__} of 12 rows and 4 heads, three a head", idea="The check that was given is still in front.", page=LAYOUT):  # fmt: skip
            f(np.zeros((12, 2)), 4)
        with expect_raises(TypeError, what=f"{f.__name__} of a tensor", mentions="Tensor", idea="The check that was given is still in front.", page=LAYOUT):  # fmt: skip
            f(Tensor(np.zeros((12, 2))), 2)
