"""Lab 22.1: slots: where keys and values lie, what they hold, and how a row goes back."""

import numpy as np

from given.checking import expect_equal, expect_raises, expect_true
from minilm.cache import KVCache
from minilm.errors import MinilmError
from minilm.gpt import GPT, GPTConfig

PAGE = "theory/00-what-never-changes.md"
ROWS = "theory/03-one-step.md"
CONFIG = GPTConfig(vocab_size=7, d_model=16, n_heads=4, n_kv_heads=2, n_layers=3, d_ff=8, context_len=6)  # fmt: skip


def cache(batch=2, dtype=np.float32, **how):
    return KVCache(GPT(CONFIG, np.random.default_rng(0), dtype), batch, **how)


def numbers(t, batch=2, seed=0, dtype=np.float32):
    k, v = np.random.default_rng(seed).normal(size=(2, batch, 2, t, 4)).astype(dtype)
    return k, v


def same(got, expected, what, idea, page=PAGE):
    expect_true(
        got.shape == expected.shape and np.array_equal(got, expected),
        what=what,
        expected=f"{expected.tolist()}",
        got=f"{got.tolist()}",
        idea=idea,
        page=page,
    )


def test_what_is_put_is_there():
    c = cache()
    k, v = numbers(3)
    keys, values = c.put(1, k, v, np.array([3, 3]))
    same(keys, k, "keys after three tokens", "S is how many slots are used, not the capacity.")
    same(values, v, "values after three tokens", "Values beside keys, each in its own array.")
    expect_equal(
        c.lengths.tolist(),
        [0, 0],
        what="lengths after one layer wrote",
        idea="There are more layers to come, and all of them write at the same place.",
        page=PAGE,
    )
    c.lengths += 3
    k2, v2 = numbers(1, seed=1)
    keys, values = c.put(1, k2, v2, np.array([1, 1]))
    same(keys, np.concatenate([k, k2], 2), "keys after one more", "Behind those that are there.")
    same(values, np.concatenate([v, v2], 2), "values after one more", "Behind those that are there.")  # fmt: skip


def test_layers_keep_apart():
    c = cache()
    put = [numbers(2, seed=layer) for layer in range(3)]
    for layer, (k, v) in enumerate(put):
        c.put(layer, k, v, np.array([2, 2]))
    for layer, (k, v) in enumerate(put):
        same(
            c.keys[layer][:, :, :2], k, f"keys of layer {layer}", "Which layer's array is written?"
        )
        same(c.values[layer][:, :, :2], v, f"values of layer {layer}", "Which layer's array is written?")  # fmt: skip


def test_nothing_is_copied():
    c = cache()
    keys, values = c.put(0, *numbers(2), np.array([2, 2]))
    expect_equal(
        [keys.base is not None, np.shares_memory(keys, c.keys[0]), np.shares_memory(values, c.values[0])],
        [True, True, True],
        what="whether what comes back is a view of the cache",
        idea="A list that is joined anew for each token costs as much as all that was there.",
        page=PAGE,
    )  # fmt: skip


def test_rows_of_different_lengths():
    c = cache()
    k, v = numbers(4)
    keys, _ = c.put(0, k, v, np.array([4, 2]))
    same(keys[0], k[0], "keys of a row of four", "All four are its own.", ROWS)
    same(keys[1, :, :2], k[1, :, :2], "keys of a row of two", "Its first two are its own.", ROWS)
    c.lengths[:] = [4, 2]
    k2, v2 = numbers(1, seed=1)
    keys, values = c.put(0, k2, v2, np.array([1, 1]))
    same(
        keys[1, :, :3],
        np.concatenate([k[1, :, :2], k2[1]], 1),
        "keys of the shorter row after one more",
        "Each row goes on at its own length.",
        ROWS,
    )
    same(values[0, :, 4], v2[0, :, 0], "the newest value of the longer row", "Each row goes on at its own length.", ROWS)  # fmt: skip
    before = c.keys[0].copy()
    c.put(0, *numbers(1, seed=2), np.array([0, 1]))
    same(c.keys[0][0], before[0], "a row that reads nothing", "A count of 0: nothing of it is written.", ROWS)  # fmt: skip


def test_padding_is_not_written():
    c = cache()
    c.lengths[:] = [1, 5]
    before = c.values[2].copy()
    k, v = numbers(4)
    c.put(2, k, v, np.array([4, 1]))
    same(
        c.values[2][1, :, :5],
        before[1, :, :5],
        "what a row of 5 held before one token and three of padding came",
        "The padding would run over the end. Are only the first `counts[b]` written?",
        ROWS,
    )
    same(c.values[2][1, :, 5], v[1, :, 0], "its sixth slot", "One token is its own.", ROWS)
    c.put(1, k, v, np.array([2, 0]))
    for kept in (c.keys[1], c.values[1]):
        same(
            kept[0, :, 3:],
            np.zeros((2, 3, 4), np.float32),
            "slots behind two tokens of four that came",
            "Where there is room for the padding, it isn't written either.",
            ROWS,
        )


def test_slots_hold_positions():
    c = cache()
    expect_equal(
        c.held(np.array([3, 1])).tolist(),
        [[0, 1, 2], [0, -5, -4]],
        what="positions in the slots of rows of 3 and 1, with a capacity of 6 (below 0: none)",
        idea="For slot s: the last position below the length that is s, 6 + s, 12 + s, ...; below 0 there is none.",
        page=ROWS,
    )
    expect_equal(
        c.held(np.array([0, 0])).shape,
        (2, 0),
        what="the shape for rows that have read nothing",
        idea="No slot is used.",
        page=ROWS,
    )
    window = cache(window=4)
    expect_equal(
        window.held(np.array([4, 6])).tolist(),
        [[0, 1, 2, 3], [4, 5, 2, 3]],
        what="positions in four slots of rows of 4 and 6",
        idea="Position 4 took the slot of position 0.",
        page="theory/05-windows-and-prefixes.md",
    )
    expect_equal(
        window.held(np.array([1, 11])).tolist(),
        [[0, -3, -2, -1], [8, 9, 10, 7]],
        what="positions in four slots of rows of 1 and 11",
        idea="Which of s, s + 4, s + 8, ... is the last one that came?",
        page="theory/05-windows-and-prefixes.md",
    )


def test_a_ring_comes_round():
    c = cache(window=4)
    c.lengths[:] = [6, 3]
    k, v = numbers(1)
    keys, values = c.put(0, k, v, np.array([1, 1]))
    same(keys[0, :, 2], k[0, :, 0], "the key of position 6 in a ring of four", "Slot p % capacity.", "theory/05-windows-and-prefixes.md")  # fmt: skip
    same(values[1, :, 3], v[1, :, 0], "the value of position 3", "Slot p % capacity.", "theory/05-windows-and-prefixes.md")  # fmt: skip
    expect_equal(
        keys.shape[2],
        4,
        what="how many slots come back",
        idea="There are no more than the capacity.",
        page="theory/05-windows-and-prefixes.md",
    )


def test_a_row_goes_back():
    c = cache()
    c.lengths[:] = [5, 4]
    c.rewind(1, 2)
    expect_equal(
        c.lengths.tolist(),
        [5, 2],
        what="lengths after row 1 went back to 2",
        idea="Nothing has to be erased: what comes next is written over it.",
        page=PAGE,
    )
    c.rewind(0, 0)
    expect_equal(c.lengths.tolist(), [0, 2], what="lengths after row 0 went back to 0", idea="A row alone.", page=PAGE)  # fmt: skip
    for length in (-1, 3):
        with expect_raises(MinilmError, mentions=f"length: {length}", what=f"row 1 of 2 to {length}", idea="Given: a row can't go forward.", page=PAGE):  # fmt: skip
            c.rewind(1, length)


def test_numbers_keep_their_digits():
    c = cache(dtype=np.float64)
    k, v = numbers(2, dtype=np.float64)
    keys, values = c.put(0, k, v, np.array([2, 2]))
    same(keys, k, "keys of float64", "Nothing is rounded on the way.")
    expect_equal(values.dtype, np.dtype(np.float64), what="their dtype", idea="The model's.", page=PAGE)  # fmt: skip
