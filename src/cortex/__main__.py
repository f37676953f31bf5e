"""Entry point: runs the app and turns whatever goes wrong into a message and an exit code; into JSON where it is asked for."""

from __future__ import annotations

import io
import itertools
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import Any, NoReturn

from cortex.errors import DONE, WRONG, CortexError

INTERRUPTED = 130  # as a shell tells of a command that Ctrl-C ended
_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main() -> NoReturn:
    """Runs `cortex`; never shows a traceback for a mistake in somebody's file or arguments."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if sys.stdout is None:  # started with a closed standard output
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    as_json = "--json" in itertools.takewhile(lambda word: word != "--", sys.argv[1:])
    try:
        with _ended_in_order():
            code = _run(as_json)
    except CortexError as error:
        code = _report(error, as_json)
    except KeyboardInterrupt:
        code = INTERRUPTED
        if as_json:
            _report(CortexError("interrupted", code=code), as_json)
    except BrokenPipeError:
        code = DONE
    except Exception as error:
        code = _crashed(error, as_json)
    _leave(code)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Whoever ends this command ends what it started as well, and nothing of that stays behind."""

    def leave(number: int, _frame: Any) -> NoReturn:
        for other in ours:
            signal.signal(
                other, signal.SIG_IGN
            )  # once is enough: what is cleared away now needs its time
        raise SystemExit(128 + number)

    ours = []
    try:
        for number in _ENDING:
            if signal.getsignal(number) == signal.SIG_DFL:  # nohup and its like stay as they are
                signal.signal(number, leave)
                ours.append(number)
    except ValueError:
        pass  # not the main thread, which alone may listen
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_IGN)  # what is told now is told whole


def _run(as_json: bool) -> int:
    """Runs the app and returns its exit code.

    Raises:
        CortexError: wrong usage, told as ours where JSON is asked for; elsewhere Typer tells it in its own words.
    """
    from typer.exceptions import Abort, TyperException

    from cortex.cli import app

    told = io.StringIO()
    helped = as_json and "--help" in sys.argv
    try:
        with redirect_stdout(told) if helped else nullcontext():
            code = app(prog_name="cortex", standalone_mode=not as_json)
    except TyperException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "cortex")
        todo = f"`{command} --help` lists what it takes."
        raise CortexError(error.format_message(), todo=todo, code=error.exit_code) from None
    except Abort:
        raise CortexError("the input ended before the answer") from None
    except SystemExit as leaving:
        code = leaving.code if leaving.code is not None else DONE
    if helped:
        from cortex.actions.answer import Answer
        from cortex.terminal.output import write_json

        write_json(Answer({"help": told.getvalue()}).json())
    if as_json and code == INTERRUPTED:  # Typer makes this of a Ctrl-C
        raise KeyboardInterrupt
    if as_json and code in [128 + number for number in _ENDING]:
        name = signal.Signals(int(code) - 128).name
        raise CortexError(f"ended by {name}", code=int(code))
    return code if isinstance(code, int) else DONE if code is None else WRONG


def _report(error: CortexError, as_json: bool) -> int:
    try:
        if as_json:
            from cortex.actions.answer import failure
            from cortex.terminal.output import write_json

            write_json(failure(error))
        else:
            from cortex.terminal.output import typed

            sys.stderr.write(f"cortex: {typed(str(error))}\n")
    except OSError:
        pass
    return error.code


def _crashed(error: Exception, as_json: bool) -> int:
    """A fault of ours: the traceback goes to standard error; the code isn't that of work which isn't done yet."""
    import traceback

    traceback.print_exception(error)
    if as_json:
        what = f"{type(error).__name__}: {error}"
        _report(CortexError(what, todo="Report it, with the traceback on standard error."), as_json)
    return WRONG


def _leave(code: int) -> NoReturn:
    """Flushes what can be flushed; a reader that has gone away is no error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
