"""Properties of phase 06's rooms that hold for any input: agreement with NumPy, round trips, independence."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labkit.generators import load_state, make_rng, save_state, stream, worker_rngs, worker_seeds
from labkit.logging import plain
from minigrad.arrays import (
    broadcast_strides,
    byte_offset,
    c_strides,
    is_contiguous,
    predict_broadcast,
    reshape_strides,
    slice_view,
    windows,
)
from minigrad.vectorized import (
    add_row_bias,
    count_pairs,
    mean_squared_error,
    one_hot,
    snapshot,
    squared_distances,
)

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=5)
SEEDS = st.integers(0, 2**32 - 1)
FINITE = st.floats(-1e6, 1e6)
relaxed = settings(max_examples=150, deadline=None, database=None)


def address(array):
    return array.__array_interface__["data"][0]


@st.composite
def views(draw):
    """An array and a view of it by a basic slice and a transpose."""
    array = np.zeros(draw(SHAPES), draw(st.sampled_from(["i1", "f4", "f8"])))
    key = tuple(draw(st.slices(n)) for n in array.shape)
    view = array[(*key, ...)]
    return array, view.transpose(draw(st.permutations(range(view.ndim))))


@relaxed
@given(SHAPES, st.data())
def test_an_offset_is_where_numpy_puts_the_element(shape, data):
    array = np.zeros(shape, "f4")
    index = tuple(data.draw(st.integers(-n, n - 1)) for n in shape)
    expected = address(array[(*index, ...)]) - address(array)
    assert byte_offset(index, shape, c_strides(shape, 4)) == expected


@relaxed
@given(SHAPES, st.data())
def test_a_slice_of_a_slice_is_numpys(shape, data):
    array = np.zeros(shape, "f4")
    seen, at, strides = shape, 0, c_strides(shape, 4)
    view = array
    for _ in range(2):
        key = tuple(data.draw(st.slices(n)) for n in seen)
        step = slice_view(seen, strides, key)
        view = view[(*key, ...)]
        seen, strides, at = step.shape, step.strides, at + step.offset
        assert seen == view.shape
        if view.size == 0:
            return
        assert (strides, at) == (view.strides, address(view) - address(array))


@relaxed
@given(views())
def test_contiguity_is_numpys(pair):
    _, view = pair
    assert is_contiguous(view.shape, view.strides, view.itemsize) == view.flags.c_contiguous


@relaxed
@given(views(), st.data())
def test_a_reshape_that_can_be_a_view_reads_the_same_elements(pair, data):
    _, view = pair
    if view.size == 0:
        return
    rest, shape = view.size, []
    while rest > 1:
        shape.append(data.draw(st.sampled_from([k for k in range(2, rest + 1) if rest % k == 0])))
        rest //= shape[-1]
    expected = view.reshape(shape)
    got = reshape_strides(view.shape, view.strides, tuple(shape), view.itemsize)
    assert (got is not None) == bool(np.shares_memory(expected, view))
    if got is not None:
        assert got == expected.strides


@relaxed
@given(hnp.mutually_broadcastable_shapes(num_shapes=3, min_side=0, max_side=4))
def test_shapes_that_broadcast_give_numpys_shape_and_strides(shapes):
    target = predict_broadcast(*shapes.input_shapes)
    assert target == shapes.result_shape
    for shape in shapes.input_shapes:
        array = np.zeros(shape, "f4")
        if array.size:
            got = broadcast_strides(shape, array.strides, target)
            assert got == np.broadcast_to(array, target).strides


@relaxed
@given(st.lists(SHAPES, max_size=3))
def test_broadcasting_doesnt_depend_on_the_order_of_the_shapes(shapes):
    def outcome(them):
        try:
            return predict_broadcast(*them)
        except ValueError:
            return None

    assert outcome(shapes) == outcome(shapes[::-1])


@relaxed
@given(hnp.arrays(np.int32, st.integers(1, 30)), st.sampled_from([1, 2, -1, -3]), st.data())
def test_windows_are_slices(x, step, data):
    x = x[::step]
    width = data.draw(st.integers(1, len(x)))
    view = windows(x, width)
    assert all(np.array_equal(view[i], x[i : i + width]) for i in range(len(x) - width + 1))
    assert len(view) == len(x) - width + 1 and np.shares_memory(view, x)


@relaxed
@given(hnp.arrays(np.float64, st.integers(1, 12), elements=FINITE))
def test_the_column_loss_is_the_boxed_sum(t):
    p = t[::-1] * 0.5 + 1
    column = float(np.mean((p[:, None] - t) ** 2))
    assert math.isclose(column, np.mean((p - t.mean()) ** 2) + t.var(), rel_tol=1e-9, abs_tol=1e-6)
    covariance = float(np.mean((p - p.mean()) * (t - t.mean())))
    assert math.isclose(
        mean_squared_error(p, t), column - 2 * covariance, rel_tol=1e-6, abs_tol=1e-3
    )


@relaxed
@given(hnp.arrays(np.float64, hnp.array_shapes(max_side=4), elements=FINITE), FINITE)
def test_a_loss_is_zero_at_the_target_symmetric_and_grows_with_the_distance(x, shift):
    assert mean_squared_error(x, x) == 0
    assert mean_squared_error(x, x + shift) == mean_squared_error(x + shift, x) >= 0


@relaxed
@given(st.integers(0, 6), st.integers(0, 6), st.data())
def test_a_row_bias_is_what_a_loop_adds(rows, columns, data):
    logits = data.draw(hnp.arrays(np.float64, (rows, columns), elements=FINITE))
    bias = data.draw(hnp.arrays(np.float64, rows, elements=FINITE))
    got = add_row_bias(logits, bias)
    assert got.shape == logits.shape
    assert all(got[i, j] == logits[i, j] + bias[i] for i in range(rows) for j in range(columns))


@relaxed
@given(hnp.arrays(np.int64, hnp.array_shapes(min_side=0, max_side=4), elements=st.integers(0, 6)))
def test_one_hot_comes_back_by_argmax(ids):
    rows = one_hot(ids, 7)
    assert rows.shape == (*ids.shape, 7) and rows.sum() == ids.size
    assert np.array_equal(rows.argmax(-1), ids)


@relaxed
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=40))
def test_pair_counts_add_up_and_are_products_of_one_hots(pairs):
    i, j = [a for a, _ in pairs], [b for _, b in pairs]
    table = count_pairs(i, j, (4, 5))
    assert table.sum() == len(pairs)
    assert np.array_equal(table, one_hot(i, 4, int).T @ one_hot(j, 5, int))


@relaxed
@given(
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=FINITE)
)
def test_distances_are_symmetric_zero_at_home_and_keep_under_shifts_of_integers(x):
    d = squared_distances(x, x)
    assert (d == d.T).all() and (np.diag(d) == 0).all() and (d >= 0).all()
    whole = np.round(x)
    assert np.array_equal(squared_distances(whole, whole), squared_distances(whole + 7, whole + 7))


@relaxed
@given(
    st.dictionaries(
        st.text(max_size=3),
        hnp.arrays(np.float32, SHAPES, elements=st.floats(width=32)),
        max_size=3,
    )
)
def test_a_snapshot_is_equal_and_shares_nothing(parameters):
    saved = snapshot(parameters)
    assert list(saved) == list(parameters)
    for name, array in parameters.items():
        assert saved[name].tobytes() == array.tobytes() and saved[name].shape == array.shape
        assert not np.shares_memory(saved[name], array)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers()
    | st.datetimes()
    | hnp.arrays(np.float32, hnp.array_shapes(max_dims=2, max_side=2)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.integers() | st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@relaxed
@given(anything)
def test_plain_is_json_and_stays_as_it_is(value):
    once = plain(value)
    text = json.dumps(once, allow_nan=False)
    assert plain(json.loads(text)) == json.loads(text)
    assert "\n" not in text


@settings(max_examples=40, deadline=None, database=None)
@given(
    SEEDS,
    st.lists(st.text(max_size=4) | st.integers(), min_size=1, max_size=3),
    st.lists(st.text(max_size=4) | st.integers(), min_size=1, max_size=3),
)
def test_streams_are_equal_exactly_where_their_names_are(seed, names, others):
    def first(*them):
        return stream(seed, *them).bit_generator.random_raw(2).tolist()

    kinds = [(type(n), n) for n in names] == [(type(n), n) for n in others]
    assert first(*names) == first(*names)
    assert (first(*names) == first(*others)) is kinds


@settings(max_examples=40, deadline=None, database=None)
@given(SEEDS, st.integers(1, 20), st.integers(1, 20))
def test_workers_dont_depend_on_their_number(seed, few, more):
    few, more = sorted((few, more))
    assert worker_seeds(seed, few) == worker_seeds(seed, more)[:few]
    one, other = worker_rngs(seed, few), worker_rngs(seed, more)
    assert [r.random() for r in one] == [r.random() for r in other[:few]]


@settings(max_examples=40, deadline=None, database=None)
@given(SEEDS, st.integers(0, 9))
def test_a_state_goes_through_json_at_any_point(seed, drawn):
    rng = make_rng(seed)
    rng.random(drawn, dtype=np.float32)
    again = load_state(json.loads(json.dumps(save_state(rng))))
    assert again.random(5, dtype=np.float32).tolist() == rng.random(5, dtype=np.float32).tolist()


@pytest.mark.parametrize("seeds", [range(4), range(1000, 1004)])
def test_no_two_runs_share_a_worker(seeds):
    words = [int(r.integers(2**62)) for seed in seeds for r in worker_rngs(seed, 16)]
    assert len(set(words)) == len(words)
