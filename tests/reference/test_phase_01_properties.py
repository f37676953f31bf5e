"""What must hold of every cache, every stream and every roof, not only of those that the pages work out."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad.cachesim import (
    ORDERS,
    Cache,
    average_access_time,
    matmul,
    stride_miss_rate,
    strided,
    table,
    tiled_matmul,
)
from minigrad.roofline import (
    attainable,
    bound,
    dram_bandwidth,
    largest_tile,
    peak_flops,
    ridge,
    time_call,
    work,
)

streams = st.lists(st.tuples(st.integers(0, 4000), st.booleans()), max_size=120)
shapes = st.tuples(st.integers(0, 3), st.integers(1, 4)).map(
    lambda s: (64 * s[1] * 2 ** s[0], s[1])
)
positive = st.floats(1e-3, 1e15)


def recency(stream: list[tuple[int, bool]], places: int) -> int:
    """Misses of a fully associative LRU cache, from the definition: a list, the youngest last."""
    lines: list[int] = []
    misses = 0
    for address, _ in stream:
        number = address // 64
        if number in lines:
            lines.remove(number)
        else:
            misses += 1
        lines = [*lines, number][-places:]
    return misses


@given(streams, shapes)
def test_every_access_is_a_hit_or_a_miss(
    stream: list[tuple[int, bool]], shape: tuple[int, int]
) -> None:
    cache = Cache(shape[0], 64, shape[1])
    assert cache.run(stream) == cache.misses
    assert cache.hits + cache.misses == len(stream)
    assert cache.traffic == 64 * (cache.misses + cache.writebacks)


@given(streams, st.integers(1, 12))
def test_a_fully_associative_cache_is_a_list_by_recency(
    stream: list[tuple[int, bool]], places: int
) -> None:
    assert Cache(64 * places, 64, None).run(stream) == recency(stream, places)


@given(streams)
def test_a_larger_fully_associative_cache_never_misses_more(
    stream: list[tuple[int, bool]],
) -> None:
    misses = [Cache(64 * places, 64, None).run(stream) for places in (1, 2, 4, 8, 16, 64)]
    assert misses == sorted(misses, reverse=True)
    assert misses[-1] == len({address // 64 for address, _ in stream}), (
        "only compulsory ones are left"
    )


@given(streams, shapes)
def test_every_dirty_line_goes_back_exactly_once_for_each_time_it_became_dirty(
    stream: list[tuple[int, bool]], shape: tuple[int, int]
) -> None:
    cache = Cache(shape[0], 64, shape[1])
    cache.run(stream)
    cache.flush()
    written = {address // 64 for address, write in stream if write}
    assert len(written) <= cache.writebacks <= sum(write for _, write in stream)
    seen = cache.writebacks
    cache.flush()
    assert cache.writebacks == seen


@given(st.integers(0, 10**9), shapes)
def test_tag_set_and_offset_make_the_address_again(address: int, shape: tuple[int, int]) -> None:
    cache = Cache(shape[0], 64, shape[1])
    tag, place, offset = cache.split(address)
    assert (tag * cache.sets + place) * 64 + offset == address
    assert 0 <= place < cache.sets
    assert 0 <= offset < 64


@given(st.integers(1, 40), st.sampled_from([1, 2, 4, 8]))
def test_the_staircase_is_what_the_simulator_counts(stride: int, itemsize: int) -> None:
    n = 64 * stride
    cache = Cache(1024, 64, 2)
    cache.run(strided(n, stride, itemsize))
    assert cache.miss_rate == pytest.approx(stride_miss_rate(stride, itemsize), abs=1 / 32)


@given(st.integers(1, 20), st.integers(1, 20))
def test_both_walks_over_a_table_touch_the_same_addresses(rows: int, cols: int) -> None:
    by_rows, by_columns = list(table(rows, cols)), list(table(rows, cols, by="columns"))
    assert sorted(by_rows) == sorted(by_columns)
    assert len(set(by_rows)) == rows * cols
    assert Cache(2048, 64, None).run(by_rows) == math.ceil(rows * cols * 8 / 64)


@settings(max_examples=20)
@given(st.integers(1, 3), st.sampled_from(ORDERS), st.integers(1, 4))
def test_every_order_and_every_tiling_makes_the_same_accesses(
    n: int, order: str, tile: int
) -> None:
    plain = sorted(matmul(n * tile))
    assert sorted(matmul(n * tile, order)) == plain
    assert sorted(tiled_matmul(n * tile, tile, order)) == plain
    assert len(plain) == 3 * (n * tile) ** 3


@given(st.lists(st.floats(0, 1), max_size=4), st.floats(0, 100))
def test_the_average_access_lies_between_the_first_level_and_the_sum(
    rates: list[float], step: float
) -> None:
    times = [step * (i + 1) for i in range(len(rates) + 1)]
    mean = average_access_time(times, rates)
    assert times[0] * (1 - 1e-12) <= mean <= sum(times) * (1 + 1e-12)


@given(positive, positive, st.floats(0, 1e6))
def test_no_kernel_stands_above_a_roof(peak: float, bandwidth: float, intensity: float) -> None:
    top = attainable(intensity, peak, bandwidth)
    assert top <= peak
    assert top <= intensity * bandwidth
    assert top in (peak, intensity * bandwidth)
    assert attainable(2 * intensity, peak, bandwidth) >= top
    assert bound(intensity, peak, bandwidth) == (
        "compute" if intensity >= ridge(peak, bandwidth) else "memory"
    )


@given(st.integers(1, 200))
def test_only_the_product_that_moves_each_number_once_grows_more_intense(n: int) -> None:
    assert work("matmul-once", n).intensity == pytest.approx(n / 6)
    for kernel in ("add", "dot", "softmax", "matmul-naive"):
        assert work(kernel, n).intensity == pytest.approx(work(kernel, 1).intensity)


@given(st.integers(48, 10**8), st.sampled_from([1, 2, 4, 8]))
def test_three_of_the_largest_tiles_fit_and_three_larger_ones_do_not(
    size: int, itemsize: int
) -> None:
    tile = largest_tile(size, itemsize=itemsize)
    assert 3 * tile**2 * itemsize <= size < 3 * (tile + 1) ** 2 * itemsize


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Cache(1000), ValueError, "isn't a multiple"),
        (lambda: Cache(1024, 48), ValueError, "line must be a power of two, got 48"),
        (lambda: Cache(1024, 64, 0), ValueError, "ways must be at least 1, got 0"),
        (lambda: Cache(1024.0), TypeError, "size must be an int, got float"),
        (lambda: Cache(1024).access(-1), ValueError, "address must be at least 0, got -1"),
        (lambda: Cache(1024).miss_rate, ValueError, "no access yet"),
        (lambda: average_access_time([1, 2], []), ValueError, "one miss rate fewer"),
        (lambda: average_access_time([1, 2], [1.5]), ValueError, "between 0 and 1, got 1.5"),
        (lambda: average_access_time([math.nan, 2], [0.5]), ValueError, "got nan"),
        (lambda: table(2, 2, by="diagonal"), ValueError, "'diagonal'"),
        (lambda: matmul(3, "iij"), ValueError, "iij"),
        (lambda: peak_flops(math.inf, 4, 8), ValueError, "clock_hz must be finite and above 0"),
        (lambda: peak_flops(2e9, True, 8), TypeError, "cores must be a number, got bool"),
        (lambda: dram_bandwidth(0, 2e9), ValueError, "channels"),
        (lambda: ridge(1e9, 0), ValueError, "bandwidth"),
        (lambda: attainable(math.nan, 1e9, 1e9), ValueError, "intensity"),
        (lambda: work("conv", 3), ValueError, "kernel must be one of"),
        (lambda: work("matmul-tiled", 4, tile=5), ValueError, "tile 5 is larger than n = 4"),
        (lambda: time_call(lambda: None, clock=lambda: 0.0), ValueError, "the clock stood still"),
    ],
)
def test_what_makes_no_sense_is_refused(call: object, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as caught:
        call()  # type: ignore[operator]
    assert says in str(caught.value)
