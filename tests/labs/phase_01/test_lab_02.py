"""Lab 01.2: the cache simulator."""

import random

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.cachesim import Cache, average_access_time

CACHE = "theory/02-inside-a-cache.md"
LATENCY = "theory/01-latency-and-bandwidth.md"


def counts(cache):
    return cache.hits, cache.misses, cache.writebacks


def lines(cache, *numbers, write=False):
    """Whether each access to the start of these memory lines hit."""
    return [cache.access(number * cache.line, write) for number in numbers]


def slow_model(size, line, ways, stream):
    """The counts by a list a set, searched from the front: the definition of LRU and nothing else."""
    sets = [[] for _ in range(size // (line * ways))]
    hits = misses = writebacks = 0
    for address, write in stream:
        number = address // line
        here = sets[number % len(sets)]
        found = [entry for entry in here if entry[0] == number]
        if found:
            hits += 1
            here.remove(found[0])
            here.append([number, found[0][1] or write])
        else:
            misses += 1
            if len(here) == ways:
                writebacks += here.pop(0)[1]
            here.append([number, write])
    return hits, misses, writebacks


def test_an_address_is_a_tag_a_set_and_an_offset():
    cache = Cache(1024, 64, 2)
    for address, wanted in [(0, (0, 0, 0)), (63, (0, 0, 63)), (64, (0, 1, 0)), (1000, (1, 7, 40))]:
        expect_equal(
            cache.split(address),
            wanted,
            what=f"split({address}) of a cache of 1 KiB: 64-byte lines, 2 ways, 8 sets",
            idea="1000 = 15 * 64 + 40, and line 15 = 1 * 8 + 7.",
            page=CACHE,
        )


def test_a_line_is_fetched_once_for_all_its_bytes():
    cache = Cache(1024, 64, 2)
    hits = [cache.access(address) for address in (0, 8, 63, 64)]
    expect_equal(
        hits,
        [False, True, True, False],
        what="hits of the bytes 0, 8, 63 and 64 in an empty cache",
        idea="A miss fetches the whole line of 64 bytes; byte 64 is the first of the next line.",
        page=CACHE,
    )
    expect_equal(
        counts(cache), (2, 2, 0), what="hits, misses, write-backs", idea="Count.", page=CACHE
    )


def test_a_full_set_gives_up_the_line_that_was_used_longest_ago():
    cache = Cache(128, 64, 2)  # one set of two lines
    hits = lines(cache, 0, 1, 0, 2, 0, 1)
    expect_equal(
        hits,
        [False, False, True, False, True, False],
        what="hits of the lines 0 1 0 2 0 1 in a cache of two lines",
        idea="When line 2 comes, line 1 is the one unused for longest: 0 was used again in between. A hit has to "
        "move its line to the young end.",
        page=CACHE,
    )


def test_lines_that_share_a_set_drive_each_other_out():
    cache = Cache(1024, 64, 2)  # 8 sets: lines 0, 8, 16 share set 0
    expect_equal(
        lines(cache, 0, 8, 16, 0, 8, 16),
        [False] * 6,
        what="hits of the lines 0 8 16 0 8 16, eight sets of two ways",
        idea="Three lines for two places, although 13 of the 16 places are empty.",
        page=CACHE,
    )
    cache = Cache(1024, 64, None)
    expect_equal(
        lines(cache, 0, 8, 16, 0, 8, 16),
        [False] * 3 + [True] * 3,
        what="the same with ways=None",
        idea="Fully associative: any line goes anywhere.",
        page=CACHE,
    )


def test_a_write_fetches_its_line_and_pays_when_the_line_leaves():
    cache = Cache(128, 64, 2)
    expect_equal(
        lines(cache, 0, write=True) + lines(cache, 0, 1, 2, 3),
        [False, True, False, False, False],
        what="hits of a write to line 0, then reads of 0 1 2 3, two lines",
        idea="Write-allocate: the write brings the line in, and the read finds it.",
        page=CACHE,
    )
    expect_equal(
        counts(cache),
        (1, 4, 1),
        what="hits, misses and write-backs of the same",
        idea="Line 0 is dirty and goes back when 2 evicts it, also though its last use was a read. Line 1 is clean.",
        page=CACHE,
    )


def test_flush_writes_dirty_lines_back_and_empties():
    cache = Cache(256, 64, 2)
    cache.access(0, True)
    cache.access(64)
    cache.access(128, True)
    cache.access(192, True)
    cache.flush()
    expect_equal(
        (cache.writebacks, cache.access(0), cache.access(192)),
        (3, False, False),
        what="write-backs of a flush with three dirty lines, in two sets, and a clean one; whether lines 0 and 3 are still there",
        idea="What was written has to reach memory some day; count it, or a kernel's writes look free.",
        page=CACHE,
    )


def test_a_stream_is_run_and_its_misses_counted():
    cache = Cache(1024, 64, 2)
    stream = [(8 * i, False) for i in range(32)]
    first = cache.run(stream)
    cache.reset()
    second = cache.run(iter(stream))
    other = Cache(1024, 64, 2)
    third = other.run([(4096, False), (8192, False)])
    fourth = other.run([(12288, False)])
    expect_equal(
        (third, fourth),
        (2, 1),
        what="misses of two more streams, without a reset() between them",
        idea="What was missed before isn't this stream's.",
        page=CACHE,
    )
    expect_equal(
        (first, second, cache.hits, cache.misses),
        (4, 0, 32, 0),
        what="misses of 32 doubles in a row, of the same again after reset(), and the counters then",
        idea="256 bytes are 4 lines. reset() forgets the counts, not the contents. run returns the misses of this "
        "stream alone.",
        page=CACHE,
    )


def test_rate_and_traffic_follow_from_the_counts():
    cache = Cache(128, 64, 2)
    cache.run([(0, True), (8, False), (64, False), (128, False)])
    expect_equal(
        (cache.miss_rate, cache.traffic),
        (0.75, 4 * 64),
        what="miss rate and traffic of 4 accesses with 3 misses and 1 write-back",
        idea="Three lines in, one line out.",
        page=CACHE,
    )
    wide = Cache(512, 128, 2)
    wide.run([(0, False), (100, False), (128, True)])
    wide.flush()
    expect_equal(
        wide.traffic,
        3 * 128,
        what="traffic with lines of 128 bytes: two misses, one write-back",
        idea="What travels is a whole line. Of how many bytes, in this cache?",
        page=CACHE,
    )
    with expect_raises(
        ValueError,
        what="the miss rate of a cache that nobody used",
        idea="0 / 0 is no rate, and 0 would be a lie.",
        page=CACHE,
    ):
        _ = Cache(128, 64, 2).miss_rate


def test_one_line_too_many_turns_every_hit_into_a_miss():
    for count, wanted in [(16, 0), (17, 17)]:
        cache = Cache(1024, 64, None)
        lines(cache, *range(count))
        cache.reset()
        lines(cache, *range(count))
        expect_equal(
            cache.misses,
            wanted,
            what=f"misses of the second round over {count} lines, cache of 16",
            idea="Round and round, LRU always drops the line that is needed next.",
            page=CACHE,
        )


def test_random_streams_agree_with_the_definition():
    draw = random.Random(1)
    for trial in range(60):
        line, ways = draw.choice([16, 32, 64]), draw.choice([1, 2, 3, 4])
        size = line * ways * draw.choice([1, 2, 3, 8])
        stream = [(draw.randrange(3 * size), draw.random() < 0.3) for _ in range(300)]
        cache = Cache(size, line, ways)
        cache.run(stream)
        expect_equal(
            counts(cache),
            slow_model(size, line, ways, stream),
            what=f"hits, misses, write-backs of random stream {trial}: {size} bytes, line {line}, {ways} ways",
            idea="Compared with a list a set that is searched from the front.",
            page=CACHE,
        )


def test_nonsense_is_refused():
    for arguments, error in [
        ((0, 64, 8), ValueError),
        ((1000, 64, 8), ValueError),
        ((960, 60, 4), ValueError),
        ((1024, 64, 0), ValueError),
        ((1024.0, 64, 8), TypeError),
        ((True, 1, 1), TypeError),
    ]:
        with expect_raises(
            error, what=f"Cache{arguments}", idea="Sizes are whole and fit each other.", page=CACHE
        ):
            Cache(*arguments)
    for address, error in [(-1, ValueError), (8.0, TypeError)]:
        with expect_raises(
            error,
            what=f"access({address})",
            idea="`_count` (given) refuses it; split calls it.",
            page=CACHE,
            mentions="address",
        ):
            Cache(1024).access(address)


def test_the_average_time_weighs_each_level_by_its_misses():
    for times, rates, wanted in [
        ((4, 12, 40, 200), (0.1, 0.5, 0.2), 4 + 0.1 * (12 + 0.5 * (40 + 0.2 * 200))),
        ((4, 200), (1.0,), 204),
        ((4, 200), (0.0,), 4),
        ((70,), (), 70),
        ((1, float("inf")), (0.0,), 1),
    ]:
        expect_close(
            average_access_time(times, rates),
            wanted,
            tol=1e-12,
            what=f"average_access_time({times}, {rates})",
            idea="Which accesses pay for a level: all of them, or those that the levels above didn't serve? A level that "
            "is never asked costs nothing, however slow.",
            page=LATENCY,
        )
    for times, rates in [
        ((4, 200), ()),
        ((), ()),
        ((4, 200), (1.5,)),
        ((4, -1), (0.5,)),
        ((4, float("nan")), (0.5,)),
        ((4, 200), (float("nan"),)),
        ((4, 200), (0.1, 0.1)),
    ]:
        with expect_raises(
            ValueError,
            what=f"average_access_time({times}, {rates})",
            idea="One rate fewer than times, rates between 0 and 1, no negative time.",
            page=LATENCY,
        ):
            average_access_time(times, rates)
    expect_true(
        average_access_time((1, 100), (0.99,)) > 5 * average_access_time((1, 100), (0.1,)),
        what="99 % misses against 10 %",
        expected="more than five times as slow",
        got=average_access_time((1, 100), (0.99,)),
        idea="100 against 11.",
        page=LATENCY,
    )
