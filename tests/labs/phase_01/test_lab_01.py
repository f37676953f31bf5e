"""Lab 01.1: a stopwatch that can be tested, and the bandwidth of a copy."""

import numpy as np

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from minigrad.roofline import Timing, copy_bandwidth, time_call

MEASURE = "theory/06-measuring.md"
LATENCY = "theory/01-latency-and-bandwidth.md"


class FakeWorld:
    """A clock that stands still unless `work` is called; each call takes the next cost, the last one for ever."""

    def __init__(self, *costs):
        self.costs, self.now, self.calls = list(costs), 0.0, 0

    def work(self):
        cost = self.costs[min(self.calls, len(self.costs) - 1)]
        self.calls += 1
        self.now += cost

    def clock(self):
        return self.now


def test_a_timing_knows_its_best_and_its_median():
    timing = Timing(4, (0.5, 0.25, 4.0))
    expect_equal(
        (timing.best, timing.median),
        (0.25, 0.5),
        what="best and median of 0.5, 0.25 and 4 seconds",
        idea="Disturbances only add time: the smallest is nearest to the undisturbed machine. The median is what you "
        "usually get; the mean would follow the 4.",
        page=MEASURE,
    )


def test_one_call_is_timed_by_many():
    world = FakeWorld(0.003)
    timing = time_call(world.work, min_seconds=0.02, repeats=5, clock=world.clock)
    expect_equal(
        timing.calls,
        8,
        what="calls in a batch, for a function of 3 ms and batches of at least 20 ms",
        idea="Double: 1, 2 and 4 calls take 3, 6 and 12 ms, 8 take 24.",
        page=MEASURE,
    )
    expect_close(
        list(timing.seconds),
        [0.003] * 5,
        tol=1e-9,
        what="the seconds of a call in five batches",
        idea="The time of the batch divided by its calls.",
        page=MEASURE,
    )
    expect_equal(
        world.calls,
        1 + (1 + 2 + 4 + 8) + 5 * 8,
        what="calls made altogether",
        idea="One to warm up, 15 to find the size of a batch, and 5 batches of 8 that count.",
        page=MEASURE,
    )


def test_a_batch_of_exactly_min_seconds_is_long_enough():
    world = FakeWorld(0.25)
    timing = time_call(world.work, min_seconds=0.5, repeats=3, clock=world.clock)
    expect_equal(
        (timing.calls, len(timing.seconds)),
        (2, 3),
        what="calls in a batch and batches, for calls of 0.25 s, batches of at least 0.5 s, repeats=3",
        idea="At least means: two such calls are enough. And as many batches as were asked for.",
        page=MEASURE,
    )


def test_the_first_call_is_not_counted():
    world = FakeWorld(1000.0, 0.5)
    timing = time_call(world.work, min_seconds=0.02, repeats=3, clock=world.clock)
    expect_equal(
        timing,
        Timing(1, (0.5, 0.5, 0.5)),
        what="the timing of a function whose first call takes 1000 s and every later one 0.5 s",
        idea="The first call pays for imports, page faults and cold caches. Call once before you look at the clock.",
        page=MEASURE,
    )


def test_a_disturbed_batch_moves_neither_best_nor_median():
    world = FakeWorld(1.0, 1.0, 1.0, 9.0, 1.0, 2.0, 1.0)
    timing = time_call(world.work, min_seconds=0.02, repeats=5, clock=world.clock)
    expect_equal(
        timing.seconds,
        (1.0, 9.0, 1.0, 2.0, 1.0),
        what="five batches, two of them disturbed",
        idea="Keep every batch: the spread is part of the result.",
        page=MEASURE,
    )
    expect_equal(
        (timing.best, timing.median),
        (1.0, 1.0),
        what="its best and its median",
        idea="Two of five disturbed, and neither number noticed. Their mean is 2.8.",
        page=MEASURE,
    )


def test_the_clock_is_read_twice_a_batch():
    world, reads = FakeWorld(0.003), []

    def clock():
        reads.append(world.now)
        return world.now

    time_call(world.work, min_seconds=0.02, repeats=5, clock=clock)
    expect_equal(
        len(reads),
        2 * (4 + 5),
        what="how often the clock was read in 4 trial batches and 5 real ones",
        idea="Reading the clock takes time, too. Once before the batch and once after it, not around each call.",
        page=MEASURE,
    )


def test_a_clock_that_stands_still_is_refused():
    with expect_raises(
        ValueError,
        what="time_call with a clock that always says 0",
        idea="Doubling for ever is no answer: give up after 2**20 calls.",
        page=MEASURE,
        mentions="clock",
    ):
        time_call(lambda: None, clock=lambda: 0.0)


def test_a_stopwatch_refuses_nonsense():
    for keyword, value, error in [
        ("min_seconds", 0, ValueError),
        ("min_seconds", float("nan"), ValueError),
        ("repeats", 0, ValueError),
        ("repeats", -1, ValueError),
        ("repeats", "5", TypeError),
    ]:
        with expect_raises(
            error,
            what=f"time_call with {keyword}={value!r}",
            idea="Before the first call, so that nothing has run when the error comes.",
            page=MEASURE,
            mentions=keyword,
        ):
            time_call(lambda: None, **{keyword: value})


def test_a_copy_counts_what_it_reads_and_what_it_writes(monkeypatch):
    copies, written = [], []

    def copyto(to, source):
        copies.append((to, source))
        written.append(bool(to.all() and source.all()))

    monkeypatch.setattr(np, "copyto", copyto)

    def timer(f):
        f()
        return Timing(1, (0.75, 0.5, 1.0))

    copy_bandwidth(64 * 2**20, timer)  # so large that its pages come fresh from the system
    copies.clear()

    got = copy_bandwidth(4096, timer)
    expect_equal(
        got,
        2 * 4096 / 0.5,
        what="copy_bandwidth(4096) when the best batch takes half a second",
        idea="4096 bytes read and 4096 written, by the best batch.",
        page=LATENCY,
    )
    expect_true(
        len(copies) == 1
        and all(a.dtype == np.float32 and a.nbytes == 4096 for a in copies[0])
        and not np.shares_memory(*copies[0]),
        what="what was copied",
        expected="np.copyto once, between two separate float32 arrays of 4096 bytes",
        got=[[(a.dtype, a.nbytes) for a in pair] for pair in copies],
        idea="The clock measures np.copyto and nothing else: make the arrays before.",
        page=LATENCY,
    )
    expect_true(
        all(written),
        what="the arrays before the copy, at 64 MiB and at 4 KiB",
        expected="every page written once",
        got="zeros",
        idea="Fresh zeros aren't in memory: all their pages are one and the same page until you write to them.",
        page=MEASURE,
    )


def test_a_copy_refuses_what_is_no_whole_number_of_floats():
    for n_bytes, error in [(0, ValueError), (-4, ValueError), (6, ValueError), ("4K", TypeError)]:
        with expect_raises(
            error,
            what=f"copy_bandwidth({n_bytes!r})",
            idea="float32 numbers of 4 bytes each, at least one.",
            page=LATENCY,
            mentions="n_bytes",
        ):
            copy_bandwidth(n_bytes)


def test_a_longer_copy_is_faster_per_byte_than_a_tiny_one():
    tiny, longer = (
        copy_bandwidth(n, lambda f: time_call(f, min_seconds=0.002)) for n in (64, 65536)
    )
    expect_true(
        longer > tiny > 0,
        what="bytes a second, copying 64 bytes and copying 64 KiB",
        expected="the longer copy moves more a second",
        got=f"{tiny / 1e9:.2f} and {longer / 1e9:.2f} GB/s",
        idea="A call costs about the same however little it copies. Both fit into the nearest caches.",
        page=LATENCY,
    )
