"""Lab 06.2: array code where a loop would be, with the traps that give no error."""

import math
import tracemalloc

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.vectorized import (
    add_row_bias,
    count_pairs,
    mean_squared_error,
    one_hot,
    snapshot,
    squared_distances,
)

NAMES = "theory/01-names-and-objects.md"
BROADCAST = "theory/04-broadcasting.md"
VECTORS = "theory/05-vectorization.md"


def test_a_snapshot_keeps_its_numbers_when_training_goes_on():
    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    live = {"w": table, "b": np.zeros(4), "row": table[1], "t": table.T}
    saved = snapshot(live)
    for array in live.values():
        array += 100
    expect_equal(
        (saved["w"][1, 2], saved["b"].tolist(), saved["row"].tolist(), list(saved)),
        (6.0, [0.0] * 4, [4.0, 5.0, 6.0, 7.0], ["w", "b", "row", "t"]),
        what="w[1, 2], b, row and the names in a snapshot, after += 100 on every array",
        idea="Two dicts can hold the same arrays: what was copied, the names or the numbers?",
        page=NAMES,
    )
    expect_true(
        all(
            a.flags.owndata and a.flags.c_contiguous and a.dtype == live[k].dtype
            for k, a in saved.items()
        ),
        what="the arrays of a snapshot",
        expected="each owns its memory, in C order, in its dtype",
        got={k: (a.flags.owndata, a.flags.c_contiguous, str(a.dtype)) for k, a in saved.items()},
        idea="A view of a view still hangs on the old buffer; .copy(order='C') doesn't.",
        page=NAMES,
    )


def test_a_tied_weight_stays_tied_in_the_snapshot():
    shared = np.ones(3)
    saved = snapshot({"embedding": shared, "head": shared, "other": np.ones(3)})
    expect_equal(
        (saved["embedding"] is saved["head"], saved["embedding"] is saved["other"]),
        (True, False),
        what="whether embedding and head, and embedding and other, are one array in the snapshot",
        idea="Equal isn't identical. Remember by id() which array you have copied already.",
        page=NAMES,
    )


def test_a_snapshot_refuses_what_it_could_not_copy():
    for wrong in [[1.0, 2.0], 3.0, None, np.array([{"a": 1}], dtype=object)]:
        with expect_raises(
            TypeError,
            what=f"snapshot({{'head.bias': {wrong!r}}})",
            idea="A list is another object with other rules, and an object array would share what it points to.",
            page=NAMES,
            mentions="head.bias",
        ):
            snapshot({"head.bias": wrong})


def test_the_column_vector_is_refused_and_its_true_loss_is_a_hundredth():
    y = np.arange(10.0)
    expect_close(
        mean_squared_error(y + 0.1, y),
        0.01,
        tol=1e-12,
        what="mean_squared_error(y + 0.1, y) for y = 0..9",
        idea="Ten differences of 0.1.",
        page=BROADCAST,
    )
    for p, t in [((y + 0.1)[:, None], y), (y, y[None, :]), (y, y[:1]), (y, 3.0)]:
        with expect_raises(
            ValueError,
            what=f"mean_squared_error of shapes {np.shape(p)} and {np.shape(t)}",
            idea="Broadcast, these would give another number of differences, and no error. Equal shapes or nothing.",
            page=BROADCAST,
            mentions=str(np.shape(p)),
        ):
            mean_squared_error(p, t)


def test_a_refused_loss_shows_both_shapes():
    with expect_raises(
        ValueError,
        what="mean_squared_error of shapes (10, 1) and (10,)",
        idea="Which of the two is the wrong one? Only whoever sees both can tell.",
        page=BROADCAST,
        mentions="(10,)",
    ):
        mean_squared_error(np.zeros((10, 1)), np.zeros(10))


def test_a_loss_is_computed_in_float64_and_not_modulo_256():
    expect_close(
        mean_squared_error([1.0 + 2**-40], [1.0]),
        2.0**-80,
        tol=1e-30,
        what="mean_squared_error of 1 + 2**-40 and 1",
        idea="How many binary digits has float32, and how many does 1 + 2**-40 need?",
        page=BROADCAST,
    )
    small = np.array([3, 250], dtype=np.uint8)
    large = np.array([5, 0], dtype=np.uint8)
    expect_close(
        mean_squared_error(small, large),
        (2**2 + 250**2) / 2,
        tol=1e-12,
        what="mean_squared_error of uint8 [3 250] and [5 0]",
        idea="In uint8, 3 - 5 is 254. Convert before you subtract.",
        page=VECTORS,
    )
    a = np.full(4, 4096, dtype=np.float16)
    expect_close(
        mean_squared_error(a, a - 300),
        90000.0,
        tol=1e-3,
        what="mean_squared_error of float16 with differences near 300",
        idea="90,000 is no float16. The mean of squares needs more room than the numbers.",
        page=VECTORS,
    )


def test_a_loss_says_what_it_does_with_nothing_and_with_what_is_no_number():
    for kind, p, t in [
        (ValueError, [], []),
        (ValueError, np.zeros((3, 0)), np.zeros((3, 0))),
        (TypeError, ["a"], ["b"]),
        (TypeError, [1j], [1j]),
        (TypeError, [[1.0], [1.0, 2.0]], [1.0]),
    ]:
        with expect_raises(
            kind,
            what=f"mean_squared_error({p!r}, {t!r})",
            idea="The mean of nothing isn't 0, and NumPy's warning would drown. `real_array` is given.",
            page=BROADCAST,
        ):
            mean_squared_error(p, t)
    got = (
        mean_squared_error([1.0, math.nan], [1.0, 1.0]),
        mean_squared_error([1e200], [-1e200]),
        mean_squared_error([math.inf], [math.inf]),
    )
    expect_true(
        math.isnan(got[0]) and got[1] == math.inf and math.isnan(got[2]),
        what="the loss with a nan, with a square beyond float64, and for inf - inf",
        expected="nan, inf, nan, without a warning",
        got=got,
        idea="Let nan and inf through: whoever reads the loss must see them.",
        page=BROADCAST,
    )


def test_a_row_bias_goes_to_rows_also_in_a_square_matrix():
    logits = np.arange(1, 10).reshape(3, 3)
    expect_equal(
        add_row_bias(logits, np.array([100, 200, 300])).tolist(),
        [[101, 102, 103], [204, 205, 206], [307, 308, 309]],
        what="add_row_bias([[1 2 3] [4 5 6] [7 8 9]], [100 200 300])",
        idea="Trailing axes are aligned, so a plain + puts bias[j] on column j, and a square matrix can't object.",
        page=BROADCAST,
    )


def test_a_row_bias_works_for_any_number_of_columns():
    for rows, columns in [(3, 4), (4, 3), (1, 5), (5, 1), (0, 3), (2, 0)]:
        logits = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
        bias = np.arange(1, rows + 1, dtype=np.float32) * 1000
        got = add_row_bias(logits, bias)
        expected = [[float(x) + b for x in row] for row, b in zip(logits, bias, strict=True)]
        expect_true(
            got.shape == logits.shape and got.tolist() == expected and got.dtype == np.float32,
            what=f"add_row_bias of shapes ({rows}, {columns}) and ({rows},) in float32",
            expected=f"shape ({rows}, {columns}), float32, one number added to each row",
            got=f"shape {got.shape}, {got.dtype}, {got.tolist()}",
            idea="Which shape must the bias have to be stretched along the columns?",
            page=BROADCAST,
        )


def test_a_row_bias_never_changes_which_column_wins():
    rng = np.random.default_rng(5)
    for _ in range(20):
        n = int(rng.integers(2, 7))
        logits, bias = rng.normal(size=(n, n)), rng.normal(size=n) * 10
        before = logits.copy()
        got = add_row_bias(logits, bias)
        expect_equal(
            got.argmax(axis=1).tolist(),
            logits.argmax(axis=1).tolist(),
            what=f"the winning column of each row of a {n} x {n} matrix, after a row bias",
            idea="The same number on a whole row moves no winner. If winners move, it went to the columns.",
            page=BROADCAST,
        )
        expect_true(
            np.array_equal(logits, before) and not np.shares_memory(got, logits),
            what="the logits that were passed in",
            expected="unchanged, and not part of the result",
            got="changed or shared",
            idea="logits += ... writes into the caller's array. Return a new one.",
            page=NAMES,
        )


def test_a_bias_of_the_wrong_shape_is_refused():
    logits = np.zeros((3, 4))
    for kind, first, bias in [
        (ValueError, logits, np.zeros(4)),
        (ValueError, logits, np.zeros(1)),
        (ValueError, logits, np.zeros((3, 1))),
        (ValueError, logits, 1.0),
        (ValueError, np.zeros(3), np.zeros(3)),
        (TypeError, logits, np.array(["a", "b", "c"])),
    ]:
        with expect_raises(
            kind,
            what=f"add_row_bias of shapes {first.shape} and {np.shape(bias)}",
            idea="Check before you broadcast: after it, every mistake that fits looks intended.",
            page=BROADCAST,
        ):
            add_row_bias(first, bias)


def test_one_hot_puts_one_where_the_id_says():
    expect_equal(
        one_hot([2, 0], 3).tolist(),
        [[0, 0, 1], [1, 0, 0]],
        what="one_hot([2, 0], 3)",
        idea="Two index arrays, walked side by side, name one cell in each row: which two?",
        page=VECTORS,
    )
    ids = np.random.default_rng(6).integers(0, 5, size=(4, 2, 3))
    got = one_hot(ids, 5)
    expect_true(
        got.shape == (4, 2, 3, 5)
        and got.dtype == np.float32
        and np.array_equal(got.argmax(-1), ids)
        and (got.sum(-1) == 1).all(),
        what="one_hot of ids of shape (4, 2, 3) in 5 classes",
        expected="float32 of shape (4, 2, 3, 5), one 1 in each row, at the id",
        got=f"{got.dtype} of shape {got.shape}",
        idea="Flatten, fill, and give the shape back.",
        page=VECTORS,
    )
    expect_equal(
        (one_hot([], 3).shape, one_hot(1, 3, np.int8).tolist(), one_hot(1, 3, np.int8).dtype.name),
        ((0, 3), [0, 1, 0], "int8"),
        what="the shape of one_hot([], 3), and one_hot(1, 3, np.int8) with its dtype",
        idea="No ids and a single id are shapes like others.",
        page=VECTORS,
    )


def test_an_id_of_minus_one_is_not_the_last_class():
    for kind, ids, n in [
        (ValueError, [0, -1], 3),
        (ValueError, [3], 3),
        (ValueError, [], 0),
        (TypeError, [0.0], 3),
        (TypeError, [True], 3),
    ]:
        with expect_raises(
            kind,
            what=f"one_hot({ids}, {n})",
            idea="NumPy counts -1 from the end, so a padding id becomes a class. `integers` is given.",
            page=VECTORS,
        ):
            one_hot(ids, n)


def test_a_pair_that_occurs_five_times_counts_five():
    got = count_pairs([0, 0, 0, 0, 0, 1], [2, 2, 2, 2, 2, 0], (2, 3))
    expect_equal(
        got.tolist(),
        [[0, 0, 5], [1, 0, 0]],
        what="count_pairs with (0, 2) five times and (1, 0) once",
        idea="table[i, j] += 1 reads each cell once and writes it once. np.bincount and np.add.at count.",
        page=VECTORS,
    )
    rng = np.random.default_rng(7)
    i, j = rng.integers(0, 20, 3000), rng.integers(0, 5, 3000)
    table = np.zeros((20, 5), dtype=int)
    for a, b in zip(i, j, strict=True):
        table[a, b] += 1
    got = count_pairs(i, j, (20, 5))
    expect_true(
        got.dtype == np.int64 and np.array_equal(got, table),
        what="count_pairs of 3,000 random pairs",
        expected="the table that a loop fills, in int64",
        got=f"{got.dtype}, sum {got.sum()}",
        idea="Number the cells row by row: which number has the pair (row, column)?",
        page=VECTORS,
    )
    expect_equal(
        count_pairs([], [], (2, 2)).tolist(),
        [[0, 0], [0, 0]],
        what="count_pairs([], [], (2, 2))",
        idea="minlength= keeps the cells that never occur.",
        page=VECTORS,
    )


def test_pairs_outside_the_table_are_refused():
    for kind, i, j in [
        (ValueError, [0, 2], [0, 0]),
        (ValueError, [0], [3]),
        (ValueError, [-1], [0]),
        (ValueError, [0, 1], [0]),
        (ValueError, [[0], [1]], [0, 1]),
        (TypeError, [0.5], [0]),
    ]:
        with expect_raises(
            kind,
            what=f"count_pairs({i}, {j}, (2, 3))",
            idea="Cell 1*3 + 3 is a cell of the next row: test both indices before you combine them.",
            page=VECTORS,
        ):
            count_pairs(i, j, (2, 3))


def test_distances_are_those_of_two_loops():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    expected = [[sum((a - b) ** 2 for a, b in zip(u, v, strict=True)) for v in y] for u in x]
    expect_close(
        squared_distances(x, y),
        np.array(expected),
        tol=1e-12,
        what="squared_distances of 6 and 4 points in 3 dimensions",
        idea="For one feature alone: which two shapes give a table of all differences?",
        page=VECTORS,
    )
    expect_equal(
        (
            squared_distances(np.zeros((2, 0)), np.zeros((3, 0))).shape,
            squared_distances([[1, 2]], [[4, 6]]).tolist(),
            squared_distances(np.uint8([[0]]), np.uint8([[20]])).tolist(),
        ),
        ((2, 3), [[25.0]], [[400.0]]),
        what="the shape for points without features, and the distances of (1, 2) and (4, 6), and of 0 and 20 in uint8",
        idea="Convert to float64 first; a sum over no features is 0.",
        page=VECTORS,
    )


def test_near_points_far_from_the_origin_keep_their_distance():
    x = np.array([[1e8, 1e8], [1e8 + 1, 1e8]])
    expect_equal(
        squared_distances(x, x).tolist(),
        [[0.0, 1.0], [1.0, 0.0]],
        what="squared_distances of two points at 1e8 that are 1 apart",
        idea="Numbers near 4e16 have neighbors 8 apart. What do you subtract, and when?",
        page=VECTORS,
    )


def test_no_array_of_all_pairs_and_all_features_is_made():
    n, d = 300, 64
    x = np.random.default_rng(9).normal(size=(n, d))
    tracemalloc.start()
    try:
        squared_distances(x, x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    whole = n * n * d * 8
    expect_true(
        peak < whole / 4,
        what=f"the memory peak of squared_distances for n = m = {n}, d = {d}",
        expected=f"far below n*m*d numbers, which take {whole / 2**20:.0f} MiB",
        got=f"{peak / 2**20:.1f} MiB",
        idea="Points, other points, features: over which of the three can you go one at a time?",
        page=VECTORS,
    )


def test_points_that_cannot_be_compared_are_refused():
    for kind, x, y in [
        (ValueError, np.zeros((2, 3)), np.zeros((2, 2))),
        (ValueError, np.zeros(3), np.zeros((2, 3))),
        (ValueError, np.zeros((2, 3)), np.zeros((2, 1))),
        (TypeError, [["a"]], [["b"]]),
    ]:
        with expect_raises(
            kind,
            what=f"squared_distances of shapes {np.shape(x)} and {np.shape(y)}",
            idea="One feature would broadcast over three without a word.",
            page=BROADCAST,
        ):
            squared_distances(x, y)
