"""Lab 06.3: three measurements. Clocks are made of numbers here, so that nothing depends on this machine's speed."""

import gc
import sys
import tracemalloc

from given.checking import expect_close, expect_equal, expect_raises, expect_true
from labkit.profiling import hottest, measure, peak_bytes

TIME = "theory/05-vectorization.md"
PROFILE = "theory/06-profiling.md"


class Clock:
    """A clock that stands still until somebody moves it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def working(clock, costs):
    """A function that moves the clock by the next cost, and by the last one from then on; it counts its calls."""

    def work():
        work.calls += 1
        clock.now += costs[min(work.calls, len(costs)) - 1]

    work.calls = 0
    return work


def test_a_batch_is_doubled_until_the_clock_can_see_it():
    clock = Clock()
    work = working(clock, [0.25])
    timing = measure(work, repeats=3, min_seconds=4.0, clock=clock)
    expect_equal(
        (timing.loops, timing.repeats, timing.best, timing.median),
        (16, 3, 0.25, 0.25),
        what="loops, repeats, best and median for calls of 0.25 s and batches of at least 4 s",
        idea="1, 2, 4, 8 loops are too short, 16 take exactly 4 s. Divide a batch by its loops.",
        page=TIME,
    )
    expect_equal(
        work.calls,
        1 + (1 + 2 + 4 + 8 + 16) + 3 * 16,
        what="how often the function was called in all",
        idea="One warm-up, the growing batches, then three that count.",
        page=TIME,
    )


def test_the_first_call_is_not_counted():
    clock = Clock()
    timing = measure(working(clock, [100.0, 0.25]), repeats=3, min_seconds=1.0, clock=clock)
    expect_equal(
        (timing.best, timing.median, timing.loops),
        (0.25, 0.25, 4),
        what="best, median and loops where the first call takes 100 s and all others 0.25 s, in batches of at least 1 s",
        idea="The first call pays for imports, caches and page faults. Call once before the clock starts.",
        page=TIME,
    )


def test_the_best_and_the_median_are_not_the_mean():
    clock = Clock()
    timing = measure(
        working(clock, [1, 1, 9, 2, 3, 1.5, 2]), repeats=5, min_seconds=0.5, clock=clock
    )
    expect_equal(
        (timing.best, timing.median),
        (1.5, 2.0),
        what="best and median of batches of 9, 2, 3, 1.5 and 2 s",
        idea="Somebody else's process took the 9. The minimum and the median don't mind it; the mean does.",
        page=TIME,
    )


def test_the_cycle_collector_rests_while_the_clock_runs_and_only_then():
    for enabled in (True, False):
        clock = Clock()
        seen = []

        def work(clock=clock, seen=seen):
            seen.append(gc.isenabled())
            clock.now += 1.0

        was = gc.isenabled()
        (gc.enable if enabled else gc.disable)()
        try:
            measure(work, repeats=2, min_seconds=0.5, clock=clock)
            after = gc.isenabled()
            try:
                measure(lambda: 1 // 0, clock=clock)
            except ZeroDivisionError:
                after_error = gc.isenabled()
        finally:
            (gc.enable if was else gc.disable)()
        expect_equal(
            (any(seen[1:]), after, after_error),
            (False, enabled, enabled),
            what=f"collector on during timed calls, after them, and after an error (it was {'on' if enabled else 'off'} before)",
            idea="A collection in the middle of a batch is nobody's time. Switch it off, and put back what was, in a finally.",
            page=TIME,
        )


def test_an_error_during_a_batch_puts_the_collector_back():
    clock = Clock()
    work = working(clock, [0.1])

    def fails_later():
        work()
        if work.calls > 3:
            raise RuntimeError("later")

    gc.enable()
    with expect_raises(
        RuntimeError,
        what="measure of a function that raises in its fourth call",
        idea="The error is the caller's to see.",
        page=TIME,
        mentions="later",
    ):
        measure(fails_later, min_seconds=4.0, clock=clock)
    expect_equal(
        gc.isenabled(),
        True,
        what="gc.isenabled() after a function raised in the middle of a batch",
        idea="try, finally.",
        page=TIME,
    )


def test_a_measurement_of_nothing_is_refused():
    for arguments in [
        {"repeats": 0},
        {"min_seconds": 0.0},
        {"min_seconds": -1.0},
        {"min_seconds": float("nan")},
    ]:
        with expect_raises(
            ValueError,
            what=f"measure(work, {arguments})",
            idea="min_seconds of 0 never makes a batch too short, and nan makes every comparison false: ask `not min_seconds > 0`.",
            page=TIME,
            mentions=next(iter(arguments)),
        ):
            measure(lambda: None, clock=Clock(), **arguments)


def test_a_clock_that_stands_still_ends_the_search():
    with expect_raises(
        ValueError,
        what="measure with a clock that never moves",
        idea="Doubling would go on for ever. After STANDSTILL calls without a tick, say so.",
        page=TIME,
        mentions="clock",
    ):
        measure(lambda: None, clock=Clock())


def conjugate(verb):
    return verb + "s"


def count_letters(text):
    letters = 0
    for character in text:
        if character > " ":
            letters += 1
    return sum([letters])


def pipeline():
    """20 conjugations, and one function that does nearly all the work."""
    words = [conjugate(verb) for verb in ["work"] * 20]
    return count_letters(" ".join(words) * 3000)


def test_the_hottest_function_is_the_one_that_works():
    hot = hottest(pipeline, 10)
    names = [entry.name for entry in hot]
    expect_true(
        names[0] == "count_letters"
        and [e.own for e in hot] == sorted((e.own for e in hot), reverse=True),
        what="the order of hottest(pipeline)",
        expected="largest own time first: count_letters, which looks at 357,000 characters",
        got=[(e.name, round(e.own, 4)) for e in hot],
        idea="Sort by own time: total time always puts the outermost function first, which you knew.",
        page=PROFILE,
    )
    by_name = {entry.name: entry for entry in hot}
    expect_true(
        by_name["conjugate"].calls == 20
        and by_name["pipeline"].calls == 1
        and by_name["pipeline"].total
        >= by_name["count_letters"].total
        >= by_name["count_letters"].own,
        what="calls of conjugate and pipeline, and the total of pipeline over that of count_letters",
        expected="20 and 1; a total holds what was called inside",
        got=[(e.name, e.calls, round(e.own, 4), round(e.total, 4)) for e in hot],
        idea="pstats keeps (primitive calls, calls, own, total, callers) under (file, line, name).",
        page=PROFILE,
    )
    line = conjugate.__code__.co_firstlineno
    expect_equal(
        (by_name["conjugate"].place, by_name["<built-in method builtins.sum>"].place),
        (f"test_lab_03.py:{line}", ""),
        what="the places of conjugate and of the builtin sum",
        idea="file.py:line, so that one finds it; pstats calls the file of a builtin '~'.",
        page=PROFILE,
    )


def test_a_profile_shows_as_many_as_were_asked_for_and_not_itself():
    hot = hottest(pipeline, 2)
    everything = hottest(pipeline, 1000)
    expect_equal(
        (len(hot), [e.name for e in everything if "_lsprof" in e.name]),
        (2, []),
        what="the length of hottest(pipeline, 2), and the profiler's own entries in hottest(pipeline, 1000)",
        idea="Stopping the profiler is the last call that it sees. It isn't yours.",
        page=PROFILE,
    )
    with expect_raises(
        ValueError,
        what="hottest(pipeline, 0)",
        idea="Nothing asked, nothing answered: say so.",
        page=PROFILE,
    ):
        hottest(pipeline, 0)


def test_recursion_counts_every_call():
    def down(n):
        return down(n - 1) if n else 0

    calls = {entry.name: entry.calls for entry in hottest(lambda: down(49), 10)}
    expect_equal(
        calls.get("down"),
        50,
        what="the calls of a function that calls itself 49 times",
        idea="pstats keeps two counts: primitive calls (1 here) come first, all calls second.",
        page=PROFILE,
    )


def test_the_profiler_is_off_after_an_error():
    with expect_raises(
        ZeroDivisionError,
        what="hottest of a function that divides by zero",
        idea="The error is the caller's to see.",
        page=PROFILE,
    ):
        hottest(lambda: 1 // 0)
    monitored = sys.getprofile()
    again = hottest(pipeline, 1)
    expect_true(
        monitored is None and len(again) == 1,
        what="sys.getprofile() after the error, and a second profile",
        expected="None, and one entry",
        got=(monitored, again),
        idea="disable() in a finally: two profilers can't run at once.",
        page=PROFILE,
    )


def test_the_peak_counts_what_was_held_at_one_time():
    mebi = 2**20

    def one_after_the_other():
        for _ in range(5):
            bytearray(mebi)

    def all_at_once():
        return [bytearray(mebi) for _ in range(5)]

    for function, expected in [(one_after_the_other, mebi), (all_at_once, 5 * mebi)]:
        got = peak_bytes(function)
        expect_close(
            got / expected,
            1.0,
            tol=0.02,
            what=f"peak_bytes({function.__name__}) over the {expected // mebi} MiB that it holds at once",
            idea="The peak, not the sum of all that was ever allocated.",
            page=PROFILE,
        )


def test_what_was_there_before_is_not_counted():
    held = [bytearray(3 * 2**20)]
    tracemalloc.start()
    try:
        kept = bytearray(2**21)
        dropped = bytearray(2**22)
        del dropped
        got = peak_bytes(lambda: bytearray(2**20))
        still = tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    expect_true(
        abs(got / 2**20 - 1) < 0.05 and still and len(kept) + len(held) > 0,
        what="peak_bytes of 1 MiB while a trace was running that had seen 6 MiB, and whether that trace goes on",
        expected="about 1 MiB, and yes",
        got=(round(got / 2**20, 2), still),
        idea="reset_peak() forgets older peaks; subtract what is held at the start; stop only what you started.",
        page=PROFILE,
    )


def test_an_error_ends_the_trace_that_was_started():
    with expect_raises(
        ZeroDivisionError,
        what="peak_bytes of a function that divides by zero",
        idea="The error is the caller's to see.",
        page=PROFILE,
    ):
        peak_bytes(lambda: 1 // 0)
    expect_equal(
        tracemalloc.is_tracing(),
        False,
        what="tracemalloc.is_tracing() after the error",
        idea="A trace left running slows everything that follows.",
        page=PROFILE,
    )
