"""Lab 06.4: log lines that a program can read."""

import io
import json
import math
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import labkit.logging
from given.checking import expect_equal, expect_raises, expect_true
from labkit.logging import Line, add_standard_fields, bind_phase, get_logger, plain, set_level

PAGE = "theory/07-logs-for-programs.md"


def lines(capsys):
    """What was written to standard output since the last call, each line read as JSON (nan refused)."""

    def refuse(word):
        raise ValueError(f"{word} is no JSON")

    return [
        json.loads(text, parse_constant=refuse) for text in capsys.readouterr().out.splitlines()
    ]


class Terminal(io.StringIO):
    """A standard output that says that it is a terminal."""

    def isatty(self):
        return True


def test_an_event_is_one_line_of_json(capsys):
    get_logger("train").info("training_step", step=3, loss=0.25)
    seen = lines(capsys)
    expect_equal(
        [{k: v for k, v in line.items() if k != "timestamp"} for line in seen],
        [{"level": "info", "logger": "train", "event": "training_step", "step": 3, "loss": 0.25}],
        what="the line of get_logger('train').info('training_step', step=3, loss=0.25), without its timestamp",
        idea="The event names what happened; what varies are fields. One JSON object a line.",
        page=PAGE,
    )
    expect_equal(
        list(seen[0]),
        ["timestamp", "level", "logger", "event", "step", "loss"],
        what="the order of the fields",
        idea="The four that every line has come first, then the caller's in their order.",
        page=PAGE,
    )


def test_the_timestamp_is_utc_and_sorts_as_text(capsys):
    before = datetime.now(UTC)
    get_logger("a").info("x")
    (line,) = lines(capsys)
    after = datetime.now(UTC)
    stamp = line["timestamp"]
    expect_true(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", stamp)
        and before <= datetime.fromisoformat(stamp) <= after,
        what="the timestamp",
        expected="now, in UTC, as 2026-01-31T09:05:00.000000Z, always 27 characters",
        got=stamp,
        idea="isoformat() leaves out microseconds that are 0: ask for timespec='microseconds', and write Z for +00:00.",
        page=PAGE,
    )


def test_a_full_second_has_its_six_zeros(capsys, monkeypatch):
    class OnTheSecond(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 1, 31, 9, 5, tzinfo=tz)

    monkeypatch.setattr(labkit.logging, "datetime", OnTheSecond)
    get_logger("a").info("x")
    (line,) = lines(capsys)
    expect_equal(
        len(line["timestamp"]),
        27,
        what=f"the length of the timestamp {line['timestamp']} at a moment with 0 microseconds",
        idea="isoformat() leaves the microseconds out when they are 0: ask for timespec='microseconds'.",
        page=PAGE,
    )


def test_every_level_has_its_word(capsys):
    log = get_logger("a")
    set_level("debug")
    try:
        for level in ("debug", "info", "warning", "error", "critical"):
            getattr(log, level)("x")
    finally:
        set_level("info")
    expect_equal(
        [line["level"] for line in lines(capsys)],
        ["debug", "info", "warning", "error", "critical"],
        what="the levels of five lines",
        idea="The level is the name of the method that was called: the processor's second argument.",
        page=PAGE,
    )


def test_what_lies_below_the_level_is_dropped_for_every_logger(capsys):
    early = get_logger("early")
    first = set_level("warning")
    try:
        early.info("dropped")
        get_logger("late").info("dropped")
        early.error("kept")
    finally:
        second = set_level("info")
    early.info("kept too")
    early.debug("dropped")
    expect_equal(
        (first, second, [line["event"] for line in lines(capsys)]),
        ("info", "warning", ["kept", "kept too"]),
        what="what set_level returned twice, and the events that came through",
        idea="The threshold belongs to the module, not to a logger. Return what held before, so that it can be put back.",
        page=PAGE,
    )
    with expect_raises(
        ValueError,
        what="set_level('loud')",
        idea="Name the words that are possible.",
        page=PAGE,
        mentions="critical",
    ):
        set_level("loud")


def test_a_logger_writes_where_standard_output_is_now(monkeypatch):
    log = get_logger("a")
    log.info("before")
    for _ in range(2):
        redirected = io.StringIO()
        monkeypatch.setattr(sys, "stdout", redirected)
        log.info("after")
        expect_equal(
            redirected.getvalue().count("\n"),
            1,
            what="lines in a standard output that was put there after the logger had been used",
            idea="Look sys.stdout up at each line. A logger that keeps the one it first saw escapes tests and notebooks.",
            page=PAGE,
        )


def test_asking_twice_does_not_log_twice(capsys):
    for _ in range(3):
        log = get_logger("a")
    bind_phase("06")
    log.info("once")
    expect_equal(
        len(lines(capsys)),
        1,
        what="lines of one event, after the logger was asked for three times",
        idea="The classic of standard logging: every call of a set-up function adds a handler. Here nothing adds up.",
        page=PAGE,
    )


def test_fields_can_be_bound_and_do_not_leak(capsys):
    log = get_logger("a", run="r1")
    epoch = log.bind(epoch=2)
    epoch.info("x", loss=1.0)
    log.info("y")
    get_logger("a").info("z")
    bind_phase("06").info("foo")
    bind_phase("06", "train").info("bar")
    expect_equal(
        [
            {k: v for k, v in line.items() if k not in ("timestamp", "level")}
            for line in lines(capsys)
        ],
        [
            {"logger": "a", "event": "x", "run": "r1", "epoch": 2, "loss": 1.0},
            {"logger": "a", "event": "y", "run": "r1"},
            {"logger": "a", "event": "z"},
            {"logger": "lynx", "event": "foo", "phase": "06"},
            {"logger": "train", "event": "bar", "phase": "06"},
        ],
        what="five lines of loggers with bound fields",
        idea="bind gives a new logger and leaves the old one alone.",
        page=PAGE,
    )


def test_numbers_of_numpy_arrive_as_numbers(capsys):
    get_logger("a").info(
        "x",
        loss=np.float32(0.5),
        n=np.int64(7),
        ok=np.bool_(True),
        mean=np.array(2.5),
        table=np.zeros((300, 4), np.float32),
    )
    (line,) = lines(capsys)
    expect_equal(
        [line[k] for k in ("loss", "n", "ok", "mean", "table")],
        [0.5, 7, True, 2.5, "float32[300, 4]"],
        what="fields given as float32, int64, bool_, a 0-d array and a (300, 4) array",
        idea="json doesn't know NumPy: its fallback writes the text 'np.float32(0.5)', and no plot reads that. .item() gives the Python number.",
        page=PAGE,
    )


def test_a_loss_of_nan_is_still_json(capsys):
    get_logger("a").error(
        "diverged", loss=math.nan, worst=-math.inf, norm=np.float32(np.inf), history=[1.0, math.nan]
    )
    (line,) = lines(capsys)
    expect_equal(
        [line[k] for k in ("loss", "worst", "norm", "history")],
        ["nan", "-inf", "inf", [1.0, "nan"]],
        what="fields given as nan, -inf, float32 inf and a list with nan",
        idea="NaN isn't JSON, and other languages refuse the whole line: just the one that you need most.",
        page=PAGE,
    )


def test_any_value_becomes_something_plain():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    circle = []
    circle.append(circle)
    for value, expected in [
        (None, None),
        (True, True),
        (3, 3),
        ("estudié", "estudié"),
        ((1, 2.5), [1, 2.5]),
        ({"a": {1: {3, 1, 2}}}, {"a": {"1": [1, 2, 3]}}),
        (datetime(2026, 1, 31, 9, 5, tzinfo=UTC), "2026-01-31T09:05:00+00:00"),
        (Path("runs") / "a", str(Path("runs") / "a")),
        (ValueError("no"), "ValueError: no"),
        (2**64, "0x10000000000000000"),
        (-(2**64), "-0x10000000000000000"),
        (np.longdouble(1), repr(np.longdouble(1))),
        (1j, "1j"),
    ]:
        expect_equal(
            plain(value),
            expected,
            what=f"plain({value!r})",
            idea="The docstring has a word for it. Which of your questions is the first that it answers with yes?",
            page=PAGE,
        )
    for what, value, expected, holds in [
        ("a huge range", range(10**9), "less than 40 characters", lambda text: len(text) < 40),
        ("10,000 bytes", b"x" * 10_000, "200 characters", lambda text: len(text) == 200),
        ("an object whose repr raises", Broken(), "its class", lambda text: "Broken" in text),
        ("a list that holds itself", circle, "[...] inside", lambda text: "[...]" in text),
    ]:
        text = str(plain(value))
        expect_true(
            holds(text),
            what=f"plain of {what}, as text",
            expected=expected,
            got=text[:300],
            idea="A log line must not stop a run, whatever is in it. repr() of a circle ends by itself, if you stop opening containers.",
            page=PAGE,
        )


def test_containers_are_opened_four_deep():
    for value, expected in [
        ({"a": {"a": {"a": {"a": {"b": 1}}}}}, {"a": {"a": {"a": {"a": "{'b': 1}"}}}}),
        ([[[[[1]]]]], [[[["[1]"]]]]),
    ]:
        expect_equal(
            plain(value),
            expected,
            what=f"plain({value!r})",
            idea="A container in a container in a container: who stops, and what stands there then?",
            page=PAGE,
        )


def test_an_event_may_be_anything():
    fields = add_standard_fields(Line("a"), "info", {"event": np.float32("nan")})
    expect_equal(
        fields["event"],
        "nan",
        what="the event of a line that was logged with np.float32('nan') as its event",
        idea="Nothing in a line may stop a run. Is the event part of the line?",
        page=PAGE,
    )


def test_a_line_is_pure_ascii(capsys):
    get_logger("a").info("estudié", verb="añadí")
    text = capsys.readouterr().out
    expect_true(
        text.isascii() and json.loads(text)["verb"] == "añadí",
        what="a line with accents, as it was written",
        expected="ASCII alone, and the accents back on reading",
        got=text,
        idea="What does a pipe do that knows another encoding than yours?",
        page=PAGE,
    )


def test_bound_names_are_checked_at_once():
    for name in ("timestamp", "level", "logger", "event"):
        fields = {name: 3}
        if name == "logger":
            fields = {"run": 1, **fields}
        with expect_raises(
            ValueError,
            what=f"get_logger('a', {name}=3)",
            idea="On which run should the mistake show: at the first line, or when the logger is asked for?",
            page=PAGE,
            mentions=repr(name),
        ):
            get_logger("a", **fields)


def test_text_that_looks_dangerous_stays_one_line(capsys):
    nasty = 'a\nb\r\u2028"quoted" estudié \ud800'
    get_logger("a").info(nasty, **{"with space": nasty})
    seen = lines(capsys)
    expect_equal(
        [(line["event"], line["with space"]) for line in seen],
        [(nasty, nasty)],
        what="an event and a field with newlines, quotes, accents and half a surrogate pair",
        idea="json.dumps escapes all of them. Pure ASCII (its default) also survives a pipe with another encoding.",
        page=PAGE,
    )


def test_names_that_every_line_has_are_taken(capsys):
    for name in ("level", "logger", "timestamp"):
        with expect_raises(
            ValueError,
            what=f"log.info('x', {name}=3)",
            idea="Silently overwritten or silently overwriting: both lie. Refuse, and say which field.",
            page=PAGE,
            mentions=repr(name),
        ):
            get_logger("a").info("x", **{name: 3})
    with expect_raises(
        ValueError,
        what="get_logger('a', event='x')",
        idea="A bound field is a field.",
        page=PAGE,
        mentions="'event'",
    ):
        get_logger("a", event="x")
    capsys.readouterr()
    for kind, call in [
        (TypeError, lambda: get_logger(None)),
        (ValueError, lambda: get_logger("")),
        (TypeError, lambda: bind_phase(6)),
    ]:
        with expect_raises(
            kind,
            what="get_logger(None), get_logger('') and bind_phase(6)",
            idea="6 and '06' would be two phases to whoever reads the log.",
            page=PAGE,
        ):
            call()


def test_an_exception_brings_its_traceback(capsys):
    try:
        raise ZeroDivisionError("no mass")
    except ZeroDivisionError:
        get_logger("a").exception("normalization_failed")
    (line,) = lines(capsys)
    expect_true(
        line["level"] == "error"
        and "Traceback" in line["exception"]
        and "ZeroDivisionError: no mass" in line["exception"],
        what="the line of log.exception inside an except",
        expected="level error, and the traceback as the field exception",
        got=line,
        idea="structlog.processors.format_exc_info turns exc_info=True into text: put it first in the chain.",
        page=PAGE,
    )


def test_a_terminal_gets_a_line_for_people(monkeypatch):
    for no_color, escape in [("1", False), ("", True)]:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setenv("NO_COLOR", no_color)
        get_logger("train").info("training_step", loss=0.25)
        text = terminal.getvalue()
        expect_true(
            "training_step" in text
            and "0.25" in text
            and not text.startswith("{")
            and ("\x1b[" in text) is escape,
            what=f"a line on a terminal with NO_COLOR={no_color!r}",
            expected="readable, " + ("in color" if escape else "without color"),
            got=text,
            idea="Who reads this line, and what did the environment ask for? no-color.org says what an empty NO_COLOR means.",
            page=PAGE,
        )


def test_a_line_and_its_newline_are_one_write(monkeypatch):
    pieces = []

    class Recorder(io.StringIO):
        def write(self, text):
            pieces.append(text)
            return len(text)

        def flush(self):
            pieces.append("flushed")

    monkeypatch.setattr(sys, "stdout", Recorder())
    get_logger("a").info("x")
    expect_true(
        len(pieces) == 2 and pieces[0].endswith("}\n") and pieces[1] == "flushed",
        what="what standard output was asked to do for one event",
        expected="one write that ends in }\\n, then a flush",
        got=pieces,
        idea="print(text) writes twice, and another thread may come between. Unflushed, the last lines before a crash are lost.",
        page=PAGE,
    )


def test_lines_of_several_threads_do_not_mix(capsys):
    def work(k):
        log = get_logger(f"t{k}")
        for i in range(150):
            log.info("step", i=i, text="x" * 50)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = lines(capsys)
    expect_equal(
        (
            len(seen),
            {(line["logger"], line["i"]) for line in seen}
            == {(f"t{k}", i) for k in range(4) for i in range(150)},
        ),
        (600, True),
        what="lines of four threads with 150 events each, and whether every event came once",
        idea="print(text) writes the text and then the newline: between the two, another thread may write. One write, newline included.",
        page=PAGE,
    )


def test_the_standard_library_is_still_there_and_structlog_is_as_it_was():
    code = (
        "import logging, structlog\n"
        "before = structlog.is_configured()\n"
        "import labkit.logging\n"
        "labkit.logging.get_logger('a').info('x')\n"
        "print(logging.INFO, before, structlog.is_configured(), logging.getLogger().handlers)"
    )
    folder = str(Path(labkit.logging.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {folder!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=30,
    )
    if "NotImplementedError" in done.stderr:
        raise NotImplementedError(done.stderr.strip().splitlines()[-1])
    expect_equal(
        done.stdout.strip().splitlines()[-1:],
        ["20 False False []"],
        what=f"logging.INFO, whether structlog was and is configured, and the root logger's handlers {done.stderr[-200:]}",
        idea="structlog.wrap_logger gives one logger its own chain; structlog.configure would change every library's.",
        page=PAGE,
    )
