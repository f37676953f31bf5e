"""Lab 22.3: each row alone, and the cache bit for bit."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_true
from minilm.cache import KVCache, step
from minilm.exact import each_query, each_row, row_by_row
from minilm.gpt import GPT, GPTConfig
from minitorch import Tensor, no_grad
from minitorch.attention import attention

PAGE = "theory/04-bit-for-bit.md"


def numbers(*shape, seed=0, dtype=np.float64):
    return Tensor(np.random.default_rng(seed).normal(size=shape).astype(dtype))


def gpt(dtype=np.float32, **fields):
    given = {"vocab_size": 11, "d_model": 16, "n_heads": 4, "n_layers": 2, "d_ff": 32, "context_len": 16, "init_std": 0.3}  # fmt: skip
    return GPT(GPTConfig(**(given | fields)), np.random.default_rng(0), dtype)


def bits(got, expected, what, idea):
    expect_true(
        got.shape == expected.shape and got.dtype == expected.dtype and got.tobytes() == expected.tobytes(),
        what=what,
        expected="the same bits",
        got=f"{np.sum(got != expected) if got.shape == expected.shape else got.shape} numbers that differ",
        idea=idea,
        page=PAGE,
    )  # fmt: skip


def test_each_place_comes_alone():
    shapes = []

    def f(x, positions=None):
        shapes.append((x.shape, None if positions is None else positions.tolist()))
        return x * 2

    x = numbers(2, 3, 4)
    expect_close(each_row(f)(x).data, x.data * 2, tol=0, what="each_row of a doubling", idea="Places are joined where they were.", page=PAGE)  # fmt: skip
    expect_equal(
        shapes,
        [((1, 1, 4), None)] * 6,
        what="what f was called with, for x (2, 3, 4)",
        idea="One place of one row of the batch at a time, with all its axes.",
        page=PAGE,
    )
    shapes.clear()
    each_row(f)(x, np.array([5, 6, 7]))
    expect_equal(
        [p for _, p in shapes],
        [[[5]], [[6]], [[7]]] * 2,
        what="the positions of each call, for (3,) positions",
        idea="Rows of the batch share them.",
        page=PAGE,
    )
    shapes.clear()
    each_row(f)(x, np.array([[5, 6, 7], [1, 2, 3]]))
    expect_equal(
        [p for _, p in shapes],
        [[[5]], [[6]], [[7]], [[1]], [[2]], [[3]]],
        what="the positions of each call, for (2, 3) positions",
        idea="Each row of the batch has its own.",
        page=PAGE,
    )


def test_tuples_and_heads_are_joined():
    layer = gpt().blocks[0].attn
    x = numbers(2, 5, 16, dtype=np.float32)
    with no_grad():
        for got, expected in zip(each_row(layer.project)(x, np.arange(5)), layer.project(x, np.arange(5)), strict=True):  # fmt: skip
            expect_close(
                got.data,
                expected.data,
                tol=1e-5,
                what="queries, keys or values of each place alone, (2, 4, 5, 4)",
                idea="A tuple is joined part by part; places lie on axis -2, behind the heads.",
                page=PAGE,
            )


def test_ids_too():
    model = gpt(positions="learned")
    ids = np.array([[3, 1, 4], [1, 5, 9]])
    with no_grad():
        bits(
            each_row(model.stream)(ids, np.arange(3)).data,
            model.stream(ids, np.arange(3)).data,
            "rows of the table, looked up one by one",
            "ids are an array (B, T): places lie on axis 1 there too.",
        )


def test_a_place_does_not_feel_its_neighbors():
    w = numbers(64, 64, seed=1, dtype=np.float32)
    x = numbers(3, 20, 64, dtype=np.float32)

    def f(y):
        return y @ w

    together = each_row(f)(x).data
    for i, j in ((0, 0), (1, 7), (2, 19)):
        bits(
            each_row(f)(Tensor(x.data[i : i + 1, j : j + 1])).data[0, 0],
            together[i, j],
            f"place {j} of row {i}, alone and among 60",
            "The same product of the same shape gives the same bits.",
        )


def test_a_query_alone():
    q, k, v = numbers(2, 4, 5, 8), numbers(2, 2, 7, 8, seed=1), numbers(2, 2, 7, 6, seed=2)
    mask = np.random.default_rng(3).random((2, 1, 5, 7)) < 0.5
    mask[0, 0, 2] = False
    off = np.where(mask, np.random.default_rng(4).normal(size=(2, 4, 5, 7)), -np.inf)
    for how in ({}, {"causal": True}, {"mask": mask}, {"mask": mask, "causal": True}, {"mask": off}, {"mask": off[:1]}):  # fmt: skip
        expect_close(
            each_query(q, k, v, **how).data,
            attention(q, k, v, **how).data,
            tol=1e-12,
            what=f"each query alone, {', '.join(how) or 'all seen'}",
            idea="The keys that it sees, in their order; what is taken off for them; the head's group.",
            page=PAGE,
        )


def test_keys_that_are_not_seen_change_no_bit():
    q, k, v = (numbers(1, 2, 9, 8, seed=s, dtype=np.float32) for s in range(3))
    expected = each_query(q, k, v, causal=True).data
    for n in (1, 4, 8):
        bits(
            each_query(*(Tensor(a.data[:, :, :n]) for a in (q, k, v)), causal=True).data,
            expected[:, :, :n],
            f"the first {n} queries with {n} keys, and with nine",
            "If hidden keys come into the product as zeros, sums are added in another order.",
        )
    far = Tensor(np.where(np.arange(9)[:, None] < 6, k.data, 1e30).astype(np.float32))
    bits(each_query(q, far, v, causal=True).data[:, :, :6], expected[:, :, :6], "queries before keys of 1e30", "Hidden keys aren't computed with.")  # fmt: skip


def read(model, ids, sizes):
    cache, at, rows = KVCache(model, len(ids)), 0, []
    for size in sizes:
        rows.append(step(model, ids[:, at : at + size], cache, mix=each_query))
        at += size
    return np.concatenate(rows, axis=1)


def test_with_and_without_a_cache_bit_for_bit():
    ids = np.random.default_rng(1).integers(0, 11, (2, 12))
    for scheme in ("rope", "learned", "sinusoidal", "alibi", "none"):
        for dtype in (np.float32, np.float64):
            model = gpt(dtype, positions=scheme, n_kv_heads=2)
            with row_by_row(model), no_grad():
                expected = model(ids).data
                got = read(model, ids, [5, *[1] * 7])
            bits(
                got,
                expected,
                f"logits with a cache and without, {np.dtype(dtype)}, positions {scheme}",
                "Whatever is computed for a place, it must be the same calls on the same shapes.",
            )


def test_rows_of_a_batch_bit_for_bit():
    lengths = np.array([2, 7, 4])
    ids = np.random.default_rng(1).integers(0, 11, (3, 12))
    model = gpt()
    with row_by_row(model):
        cache = KVCache(model, 3)
        step(model, ids[:, :7], cache, lengths, mix=each_query)
        got = step(model, ids[np.arange(3), lengths][:, None], cache, mix=each_query)[:, 0]
        for row, length in enumerate(lengths):
            alone = read(model, ids[row : row + 1, : length + 1], [length, 1])[0, -1]
            bits(got[row], alone, f"a row of {length} in an unequal batch, and alone", "Neither its neighbors nor the padding.")  # fmt: skip


def test_the_model_is_as_it_was():
    model = gpt()
    ids = np.array([[1, 2, 3]])
    with no_grad():
        before = model(ids).data
        try:
            with row_by_row(model):
                raise KeyError
        except KeyError:
            pass
        bits(model(ids).data, before, "the model after a block that raised", "Given.")
    expect_true("forward" not in vars(model.blocks[0].ffn), what="the feed-forward afterwards", expected="its own forward", got="another one", idea="Given.", page=PAGE)  # fmt: skip
