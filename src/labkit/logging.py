"""Log lines that a program can read: one JSON object a line where output is piped, one readable line on a terminal.

This room is called like the standard library's module. That is safe, because imports are absolute: `import logging` in
here finds the standard one. It stops being safe for a program that is started *as* a file of this folder.

Nothing is configured globally: each logger carries its own chain, so a library that uses structlog stays as it was.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import Any, cast

import structlog
from structlog.typing import FilteringBoundLogger

RESERVED = ("timestamp", "level", "logger", "event")
"""The fields that every line has, in this order. No caller may name a field so."""

_threshold = {"level": logging.INFO}


class Line:
    """What a structlog logger writes to: standard output, looked up at each line.

    Not once when the logger is made: whoever redirects `sys.stdout` later (a test, a notebook) would see nothing.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def msg(self, text: str) -> None:
        """One line in one write, so that lines of two threads can't mix, and out at once."""
        raise NotImplementedError("Lab 06.4 - Line.msg")

    debug = info = warning = error = critical = msg


def plain(value: object, depth: int = 4) -> object:
    """`value` as something that JSON has a word for, and never an error: a log line must not stop a run.

    Args:
        value: anything.
        depth: how many levels of containers are opened; what lies deeper is shown by its repr.

    Returns:
        None, bool and text as they are; an int too, or in hexadecimal text beyond 64 bits. A float as it is if finite,
        else "nan", "inf" or "-inf" (JSON has no word for them, and a loss of nan is the line that you need most). A
        NumPy scalar or 0-d array as its Python number, by its repr if there is none. A larger array as its dtype and shape, "float32[300, 4]", not
        its contents. Mappings and lists, tuples, sets element by element (keys as text, sets sorted by their text).
        Dates in ISO 8601, paths as text, an exception as "ValueError: what it says", anything else as its repr, cut to
        200 characters.
    """
    raise NotImplementedError("Lab 06.4 - plain")


def add_standard_fields(
    line: Line, method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The processor that completes a line: the four `RESERVED` fields first, then the caller's in their order.

    `timestamp` is UTC in ISO 8601 with microseconds and a Z, always 27 characters, so that sorting the text sorts the
    times. `level` is `method`, `logger` the name of `line`. All values are `plain`.

    Raises:
        structlog.DropEvent: the level lies below the one of `set_level`.
        ValueError: a caller's field is called like a reserved one; the message names it.
    """
    raise NotImplementedError("Lab 06.4 - add_standard_fields")


def render(line: Line, method: str, fields: MutableMapping[str, Any]) -> str:
    """The last processor: JSON where standard output is a pipe or a file, a readable line where it is a terminal.

    JSON is one line of pure ASCII (an accent is escaped, and comes back on reading), so that no encoding of a pipe can
    break it. A terminal gets structlog's own layout, in color unless NO_COLOR is set to
    anything but the empty text (no-color.org).
    """
    raise NotImplementedError("Lab 06.4 - render")


def get_logger(name: str, **fields: object) -> FilteringBoundLogger:
    """A structlog logger whose lines carry `name` and `fields`. Call it as often as you like: nothing adds up.

    Use it as `log.info("training_step", step=3, loss=0.25)`: the event is a name that you can search for, and what
    varies are fields. `log.bind(run="a")` gives a logger with one more field and leaves this one as it is.
    `log.exception(event)` inside an `except` adds the traceback as the field `exception`.

    Raises:
        TypeError: the name isn't text.
        ValueError: the name is empty, or a field is called like a `RESERVED` one.
    """
    raise NotImplementedError("Lab 06.4 - get_logger")


def bind_phase(phase: str, name: str = "lynx") -> FilteringBoundLogger:
    """`get_logger(name)` with the field `phase`, as in `bind_phase("06")`. `TypeError` unless the phase is text."""
    raise NotImplementedError("Lab 06.4 - bind_phase")


def set_level(level: str) -> str:
    """Drops, from now on and for every logger, what lies below `level`; returns the level that held before.

    Args:
        level: "debug", "info" (from the start), "warning", "error" or "critical".

    Raises:
        ValueError: another word; the message lists these.
    """
    raise NotImplementedError("Lab 06.4 - set_level")
