"""What phase 06's pages say of causes, each with its control."""

import hashlib
from collections import Counter
from datetime import datetime
from math import sqrt

import numpy as np

import labkit.logging
from given.checking import expect_close, expect_equal, expect_true
from labkit.generators import make_rng, stream, worker_rngs
from labkit.logging import Line, add_standard_fields
from minigrad.cachesim import Cache
from minigrad.vectorized import count_pairs, snapshot, squared_distances

NAMES = "theory/01-names-and-objects.md"
STRIDES = "theory/03-strides-and-views.md"
VECTORS = "theory/05-vectorization.md"
LOGS = "theory/07-logs-for-programs.md"
STREAMS = "theory/08-streams-of-chance.md"


def misses_by_column(n):
    """Misses of a walk down the columns of an n x n float32 array, in a cache of 32 KiB with 8 ways."""
    cache = Cache(32 * 1024, line=64, ways=8)
    cache.run((4 * (n * row + column), False) for column in range(n) for row in range(n))
    return cache.misses


def test_a_power_of_two_misses_at_every_element():
    n = 256
    expect_equal(
        misses_by_column(n),
        n * n,
        what="misses of a walk down the columns of 256 x 256 float32",
        idea="A column's 256 lines fall into four sets of eight.",
        page=STRIDES,
    )


def test_eight_more_columns_miss_once_a_line():
    n = 264
    misses = misses_by_column(n)
    expect_true(
        misses <= n * n / 16 * 1.05,
        what="misses of the same walk at 264",
        expected=f"about one in sixteen of {n * n}",
        got=misses,
        idea="The same 4 of 64 bytes at each access, but the lines stay.",
        page=STRIDES,
    )


def random_pairs():
    rng = np.random.default_rng(0)
    return rng.integers(0, 5, 500), rng.integers(0, 7, 500)


def test_counts_are_those_of_a_loop():
    i, j = random_pairs()
    seen = Counter(zip(i.tolist(), j.tolist(), strict=True))
    expect_equal(
        count_pairs(i, j, (5, 7)).tolist(),
        [[seen[a, b] for b in range(7)] for a in range(5)],
        what="count_pairs of 500 pairs",
        idea="Each pair once.",
        page=VECTORS,
    )


def test_repeated_indices_count_too_few_and_never_too_many():
    i, j = random_pairs()
    table = np.zeros((5, 7), dtype=int)
    table[i, j] += 1
    seen = Counter(zip(i.tolist(), j.tolist(), strict=True))
    expect_true(
        all(table[a, b] == min(1, seen[a, b]) for a in range(5) for b in range(7)),
        what="table[i, j] += 1 for 500 pairs",
        expected="1 wherever a pair occurs",
        got=table.tolist(),
        idea="Each cell is read once and written with the same number.",
        page=VECTORS,
    )


def by_product(x, y):
    return (x * x).sum(1)[:, None] + (y * y).sum(1) - 2 * x @ y.T


def test_subtracting_first_keeps_far_neighbors_apart():
    x = np.array([[1e8, 1e8], [1e8 + 1, 1e8]])
    expect_equal(
        squared_distances(x, x).tolist(),
        [[0.0, 1.0], [1.0, 0.0]],
        what="squared_distances of two points at 1e8",
        idea="Subtract, then square.",
        page=VECTORS,
    )


def test_the_product_is_right_near_the_origin_and_wrong_far_out():
    near = np.array([[1.0, 1.0], [2.0, 1.0]])
    expect_close(
        by_product(near, near),
        squared_distances(near, near),
        tol=1e-12,
        what="the same formula near the origin",
        idea="It is the distance from the origin that costs the digits.",
        page=VECTORS,
    )
    far = near + 1e8
    expect_true(
        abs(by_product(far, far)[0, 1] - 1) >= 1,
        what="the formula at 1e8",
        expected="off by 1 or more",
        got=by_product(far, far)[0, 1],
        idea="Neighbors near 4e16 lie 8 apart.",
        page=VECTORS,
    )


def stamps(monkeypatch):
    """Two time stamps of the log, the first on the full second, the second 5 microseconds later."""
    found = []
    for microsecond in (0, 5):

        class Then(datetime):
            @classmethod
            def now(cls, tz=None, microsecond=microsecond):
                return cls(2026, 1, 31, 9, 5, 0, microsecond, tzinfo=tz)

        monkeypatch.setattr(labkit.logging, "datetime", Then)
        found.append(add_standard_fields(Line("a"), "info", {"event": "x"})["timestamp"])
    return found


def test_stamps_with_six_digits_sort(monkeypatch):
    first, second = stamps(monkeypatch)
    expect_true(
        first < second and len(first) == len(second) == 27,
        what="two stamps 5 microseconds apart, the first on the full second",
        expected="27 characters each, in order as text",
        got=(first, second),
        idea="The same length, always.",
        page=LOGS,
    )


def test_a_stamp_without_its_zeros_sorts_late():
    first, second = (datetime(2026, 1, 31, 9, 5, 0, us).isoformat() + "Z" for us in (0, 5))
    expect_true(
        first > second,
        what="the same two moments by isoformat() and a Z",
        expected="out of order as text",
        got=(first, second),
        idea="Z comes after the dot.",
        page=LOGS,
    )


def too_small_by(workers, runs=5, each=8, trials=150):
    """True over claimed error of a mean of runs with neighboring seeds."""
    claims, means = [], []
    for trial in range(trials):
        results = [
            np.mean([r.standard_normal(20).mean() for r in workers(100 * trial + k, each)])
            for k in range(runs)
        ]
        claims.append(np.var(results, ddof=1) / runs)
        means.append(np.mean(results))
    return sqrt(np.mean(np.square(means)) / np.mean(claims))


def test_spawned_workers_keep_the_error_bar_honest():
    ratio = too_small_by(worker_rngs)
    expect_true(
        0.8 < ratio < 1.25,
        what="the true error over the claimed one, with worker_rngs",
        expected="about 1",
        got=ratio,
        idea="No stream serves two runs.",
        page=STREAMS,
    )


def test_added_seeds_make_it_too_small():
    ratio = too_small_by(lambda seed, n: [make_rng(seed + i) for i in range(n)])
    expect_true(
        3.3 < ratio < 4.8,
        what="the same with seed + i",
        expected="about 4",
        got=ratio,
        idea="Neighboring runs share seven of eight streams.",
        page=STREAMS,
    )


def after_a_step(backup):
    """What a backup of two weights holds once training has gone on in place."""
    weights = {"w": np.array([1.0, 2.0])}
    best = backup(weights)
    weights["w"] -= 0.5
    return best["w"].tolist()


def test_a_snapshot_keeps_its_numbers():
    expect_equal(
        after_a_step(snapshot),
        [1.0, 2.0],
        what="a snapshot after an update in place",
        idea="Each array is copied.",
        page=NAMES,
    )


def test_a_dict_of_the_same_arrays_follows():
    expect_equal(
        after_a_step(dict),
        [0.5, 1.5],
        what="dict(weights) after the same update",
        idea="Names are copied, arrays aren't.",
        page=NAMES,
    )


PAIRS = [(("ab", "c"), ("a", "bc")), (("1",), (1,))]


def test_names_with_kind_and_length_are_streams_of_their_own():
    for first, second in PAIRS:
        draws = [stream(0, *names).integers(2**32) for names in (first, second)]
        expect_true(
            draws[0] != draws[1],
            what=f"the first draws of {first} and {second}",
            expected="two different ones",
            got=draws,
            idea="Kind and length tell where a name ends, and what it is.",
            page=STREAMS,
        )


def test_names_without_them_run_together():
    for first, second in PAIRS:
        digests = [hashlib.sha256("".join(map(str, n)).encode()).digest() for n in (first, second)]
        expect_equal(
            digests[0],
            digests[1],
            what=f"the digests of the bare texts of {first} and {second}",
            idea="Set end to end, they are one text.",
            page=STREAMS,
        )
