"""Entry point: runs the app and turns whatever goes wrong into a message and an exit code."""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from cortex.errors import WRONG, CortexError


def main() -> NoReturn:
    """Runs `cortex`; never shows a traceback for a mistake in somebody's file or arguments."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if sys.stdout is None:  # started with a closed standard output
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    code: int
    try:
        from cortex.cli import app

        app(prog_name="cortex")
        code = 0
    except CortexError as error:
        code = _report(error)
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        code = 0
    except SystemExit as leaving:
        code = (
            leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else WRONG
        )
    _leave(code)


def _report(error: CortexError) -> int:
    try:
        if "--json" in sys.argv:
            answer = {
                "ok": False,
                "exit": error.code,
                "next": error.todo,
                "error": error.problem,
                "file": str(error.file) if error.file is not None else None,
                "line": error.line,
                "field": error.field,
            }
            sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
        else:
            from cortex.terminal.output import typed

            sys.stderr.write(f"cortex: {typed(str(error))}\n")
    except OSError:
        pass
    return error.code


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
