"""Runs a program that may do anything: endless loops, gigabytes of memory or output, strays left behind.

The child gets its own session, limits on address space and on what it may print, a wall-clock limit, and a mark in
its environment by which everything that it started can be found and ended afterwards.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # nosec B404
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MARK = "CORTEX_RUN"
FILE_LIMIT = 512 * 1024 * 1024  # bytes in any one file
GRACE = 1.0  # seconds that a program which has reported its result may still take to leave


@dataclass(frozen=True)
class Limits:
    """Wall-clock seconds, MiB of address space (0: no limit), MiB of output."""

    seconds: float = 60
    memory_mb: int = 1024
    output_mb: float = 1.0


@dataclass
class Ended:
    """How the child ended.

    Attributes:
        code: exit code, negative for a signal; None if it had to be ended.
        output: standard output and error as they came, cut at the limit.
        why: "" | "timeout" | "output" (printed too much) | "lingered" (reported, but didn't leave).
        strays: how many processes it left running (they have been ended).
        seconds: wall-clock time.
    """

    code: int | None
    output: str
    why: str
    strays: int
    seconds: float


def clean_env(extra: Mapping[str, str], *, seed: int = 0) -> dict[str, str]:
    """The environment of a child: this process's, with one BLAS thread, a fixed hash seed and UTF-8."""
    # The shell's PYTHONPATH and PYTHONHOME are meant for other programs; who needs a path puts it in `extra`.
    foreign = ("PYTEST_", "COV_", "COVERAGE_", "PYTHONPATH", "PYTHONHOME")
    env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ):
        env[name] = "1"
    env |= {
        "PYTHONHASHSEED": str(seed),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "svg",
    }
    return env | dict(extra)


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limits: Limits,
    finished: Path | None = None,
    echo: IO[str] | None = None,
) -> Ended:
    """Runs `command` to its end, or ends it.

    Args:
        finished: a file that the program creates when its result stands; it then gets `GRACE` seconds to leave.
        echo: a text stream that receives the output as it comes.
    """
    mark = uuid.uuid4().hex
    started = time.monotonic()
    process = subprocess.Popen(  # nosec B603
        list(command),
        cwd=cwd,
        env={**env, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_limit(limits) if os.name == "posix" else None,
    )
    collector = _Collector(process, int(limits.output_mb * 1024 * 1024), echo)
    why = ""
    reported_at = 0.0
    try:
        while True:
            pause = 0.02 if time.monotonic() - started < 2 else 0.05
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(pause)
                break
            passed = time.monotonic() - started
            if collector.overflowed:
                why = "output"
            elif passed > limits.seconds:
                why = "timeout"
            elif finished is not None and finished.exists():
                reported_at = reported_at or passed
                why = "lingered" if passed - reported_at > GRACE else ""
            if why:
                break
    finally:
        code = process.poll()
        strays = _end_all(process, mark)
        collector.close()
    return Ended(code, collector.text(), why, strays, time.monotonic() - started)


def _limit(limits: Limits) -> Callable[[], None]:
    def apply() -> None:
        import resource

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))
        if limits.memory_mb:
            size = limits.memory_mb * 1024 * 1024
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_AS, (size, size))

    return apply


class _Collector:
    """Reads the child's output in a thread, so that a full pipe never blocks it, and stops keeping at the limit."""

    def __init__(self, process: subprocess.Popen[bytes], limit: int, echo: IO[str] | None) -> None:
        self._process, self._limit, self._echo = process, limit, echo
        self._kept = bytearray()
        self.overflowed = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        with contextlib.suppress(OSError, ValueError):
            while block := os.read(stream.fileno(), 65536):
                room = self._limit - len(self._kept)
                self._kept += block[:room]
                if self._echo is not None and room > 0:
                    self._echo.write(block[:room].decode("utf-8", "replace"))
                    self._echo.flush()
                if len(block) > room:
                    self.overflowed = True

    def close(self) -> None:
        self._thread.join(timeout=2)
        if self._process.stdout is not None and not self._thread.is_alive():
            self._process.stdout.close()

    def text(self) -> str:
        return bytes(self._kept).decode("utf-8", "replace")


def _end_all(process: subprocess.Popen[bytes], mark: str) -> int:
    """Ends the child, its session, and (where /proc tells) whatever else carries its mark. Counts the strays."""
    strays = {pid for pid in _marked(mark) if pid != process.pid}
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    for _ in range(5):  # a fork bomb may still be breeding
        rest = [pid for pid in _marked(mark) if pid != process.pid]
        if not rest:
            break
        strays.update(rest)
        for pid in rest:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    return len(strays)


def _marked(mark: str) -> list[int]:
    needle = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if needle in (folder / "environ").read_bytes():
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                if stat.rpartition(")")[2].split()[0] not in ("Z", "X"):
                    found.append(int(folder.name))
    return found
