"""Runs a program that may do anything: endless loops, gigabytes of memory or output, strays left behind.

Every child is started by `inside/launch.py`, behind walls as strong as this machine can build them (`sandbox`). It has
limits on address space, on the memory of all that it started, on what it may print, and on wall-clock time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess  # nosec B404
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from cortex.errors import CortexError
from cortex.files import groups
from cortex.files.repo import HOUSE, Repo
from cortex.runs import forkserver, sandbox
from cortex.runs import scratch as scratches
from cortex.runs.sandbox import View

_Process = subprocess.Popen[bytes] | forkserver.Forked
FILE_MB = 512  # in any one file
SCRATCH_MB = 4096  # in all files of a run
GRACE = 3.0  # seconds that a program which has reported its result may still take to leave
_TOLD_MB = 32  # of events
_LOOK = 0.2  # seconds between two looks at the memory of the whole tree
_MEASURE = 1.0  # seconds between two looks at what it has written
# What a terminal would obey: C0 but tab and line feed, DEL, C1, and the strings that begin with ESC.
_CONTROL = re.compile(
    "\x1b[\\]PX^_].*?(?:\x1b\\\\|\x07|\x9c|$)|\x1b\\[[0-?]*[ -/]*[@-~]|\x1b.?|[\x00-\x08\x0b-\x1f\x7f-\x9f]",
    re.DOTALL,
)


@dataclass(frozen=True)
class Limits:
    """Wall-clock seconds, MiB of memory (address space of one process, shares of all; 0: no limit), MiB of output, processes."""

    seconds: float = 60
    memory_mb: int = 1024
    output_mb: float = 1.0
    processes: int = 512  # a fork bomb's end


@dataclass(frozen=True)
class Program:
    """What to run.

    Attributes:
        kind: `checks` (pytest, with `words`), `script` (a Python file and its arguments) or `command`.
        path: where Python looks for packages, behind its own.
        canaries, only: for `checks`: checks to slip in, and the one that is asked for if not all are.
    """

    kind: Literal["checks", "script", "command"]
    words: list[str]
    path: list[Path] = field(default_factory=list)
    canaries: list[dict[str, Any]] = field(default_factory=list)
    only: str = ""


@dataclass
class Ended:
    """How the child ended.

    Attributes:
        code: exit code, negative for a signal; None if it had to be ended.
        output: standard output and error as they came, cut at the limit, without what a terminal would obey.
        why: "" | "timeout" | "output" (printed too much) | "memory" | "disk" (wrote too much) | "lingered" (reported, but
            didn't leave).
        strays: how many processes it left running (they have been ended).
        seconds: wall-clock time.
        events: what the launcher and the checks told.
    """

    code: int | None
    output: str
    why: str
    strays: int
    seconds: float
    events: list[dict[str, Any]] = field(default_factory=list)


def run(
    repo: Repo,
    program: Program,
    *,
    view: View,
    limits: Limits,
    scratch: Path,
    env: Mapping[str, str] | None = None,
    seed: int = 0,
    cwd: Path | None = None,
    must_read: list[Path] | None = None,
    echo: IO[str] | None = None,
) -> Ended:
    """Runs `program` to its end, or ends it.

    Args:
        scratch: from `scratch.scratch()`: all that the child can write.
        env: on top of the few variables that a child gets.
        cwd: where it starts; `work` in the scratch folder otherwise.
        must_read: what another user than root must be able to read, so that root can become one.
        echo: a text stream that receives the output as it comes.
    """
    sandbox.furnish(scratch)
    seen = sandbox.reads(repo, view)
    strength = sandbox.tier()
    user = sandbox.nobody(strength, [Path(sys.executable), repo.root, *(must_read or [])])
    order = {
        "site": sandbox.sites(repo, view.group),
        "path": [str(path) for path in program.path],
        "cwd": str(cwd or scratch / "work"),
        "program": program.kind,
        "words": program.words,
        "checks": {"canaries": program.canaries, "only": program.only},
        "walls": {
            "tier": strength,
            "reads": seen,
            "writes": scratches.written(scratch),
            "user": user,
            "memory_mb": limits.memory_mb,
            "processes": limits.processes,
        },
    }
    whole = sandbox.environment(scratch / "home", env or {}, seed=seed)
    python = groups.interpreter(repo, view.group)
    return _start(python, order, whole, limits, scratch, echo)


def works(tier: sandbox.Tier) -> bool:
    """Whether walls of this tier can be built here."""
    with scratches.scratch() as folder:
        reads = sandbox.reads(Repo(HOUSE), View(HOUSE))
        order = {
            "site": sandbox.sites(Repo(HOUSE), ""),
            "path": [],
            "cwd": str(folder / "work"),
            "program": "command",
            "words": [sys.executable, "-I", "-S", "-c", "open('made', 'w').close()"],
            "checks": {},
            "walls": {
                "tier": tier,
                "reads": reads,
                "writes": scratches.written(folder),
                "user": sandbox.nobody(tier, [Path(sys.executable)]),
            },
        }
        env = sandbox.environment(folder / "home", {})
        ended = _start(sys.executable, order, env, Limits(seconds=20, memory_mb=0), folder, None)
        return ended.code == 0 and (folder / "work" / "made").is_file()


def _start(
    python: str,
    order: dict[str, Any],
    env: Mapping[str, str],
    limits: Limits,
    scratch: Path,
    echo: IO[str] | None,
) -> Ended:
    nonce = uuid.uuid4().hex
    order = {**order, "house": str(HOUSE), "nonce": nonce, "env": dict(env)}
    order["walls"] = {**order["walls"], "scratch": str(scratch), "file_mb": FILE_MB}
    if order["walls"]["user"] is not None:
        scratches.hand_over(scratch, order["walls"]["user"])
    started = time.monotonic()
    process, write_order, read_told = _process(python, order, scratch)
    listener = _Listener(read_told, nonce)
    collector = _Collector(process, int(limits.output_mb * 1024 * 1024), echo)
    with contextlib.suppress(OSError), open(write_order, "w", encoding="utf-8") as stream:  # noqa: PTH123
        json.dump(order, stream)
    try:
        why = _watch(process, limits, collector, listener, started, scratch)
    finally:
        code = process.poll()
        _end(process)
        collector.close()
        listener.close()
    ended = next((event for event in listener.events if event.get("event") == "ended"), {})
    for event in listener.events:
        if event.get("event") == "walls":
            raise CortexError(f"the walls around the child can't be built: {event.get('why')}")
    if ended.get("signal"):
        code = -int(ended["signal"])
    strays = int(ended.get("strays", 0))
    passed = time.monotonic() - started
    return Ended(code, collector.text(), why, strays, passed, listener.events)


def _process(python: str, order: dict[str, Any], scratch: Path) -> tuple[_Process, int, int]:
    """The child, waiting for its order: where that is written to, and where the child tells. Completes the order."""
    ordered, write_order = os.pipe()
    read_told, told = os.pipe()
    try:
        if order["program"] == "checks":
            forked = _forked(python, order, ordered, told)
            if forked is not None:
                return forked, write_order, read_told
        order["walls"]["parent"], order["tell"] = os.getpid(), told
        process = subprocess.Popen(  # nosec B603
            [python, "-P", "-S", str(forkserver.LAUNCH), str(ordered)],
            cwd=scratch,
            env=order["env"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(ordered, told),
        )
    except OSError as error:
        os.close(write_order)
        os.close(read_told)
        raise CortexError(f"{python} can't be started: {error.strerror}") from None
    finally:
        os.close(ordered)
        os.close(told)
    return process, write_order, read_told


def _forked(
    python: str, order: dict[str, Any], ordered: int, told: int
) -> forkserver.Forked | None:
    seed = int(order["env"]["PYTHONHASHSEED"])
    env = sandbox.environment(Path("/nowhere/home"), {}, seed=seed)
    server = forkserver.server(python, order["site"], HOUSE, env)
    if server is None:
        return None
    read, write = os.pipe()
    forked = server.start(ordered, told, write, read)
    os.close(write)
    if forked is None:
        os.close(read)
    order["walls"]["parent"] = server.pid
    return forked


def _watch(
    process: _Process,
    limits: Limits,
    collector: _Collector,
    listener: _Listener,
    started: float,
    scratch: Path,
) -> str:
    """Waits for the end; returns why it has to be made one, or nothing."""
    reported_at, looked_at, measured_at = 0.0, 0.0, 0.0
    free = shutil.disk_usage(scratch).free
    while True:
        passed = time.monotonic() - started
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01 if passed < 2 else 0.05)
            return ""
        if collector.overflowed:
            return "output"
        if passed > limits.seconds:
            return "timeout"
        if listener.finished:
            reported_at = reported_at or passed
            if passed - reported_at > GRACE:
                return "lingered"
        if limits.memory_mb and passed - looked_at > _LOOK:
            looked_at = passed
            if _memory(_tree(process.pid)) > limits.memory_mb * 1024 * 1024:
                return "memory"
        if passed - measured_at > _MEASURE:
            measured_at = passed
            # Counting files costs time: only where the disk says that somebody wrote that much.
            room = SCRATCH_MB * 1024 * 1024
            if free - shutil.disk_usage(scratch).free > room and scratches.size(scratch) > room:
                return "disk"


class _Listener:
    """Reads, in a thread, what the launcher tells; lines that don't begin with the nonce are nobody's."""

    def __init__(self, descriptor: int, nonce: str) -> None:
        self.events: list[dict[str, Any]] = []
        self.finished = False
        self._descriptor, self._mark = descriptor, f"{nonce} ".encode()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        total, rest = 0, b""
        with contextlib.suppress(OSError):
            while block := os.read(self._descriptor, 65536):
                total += len(block)
                if total > _TOLD_MB * 1024 * 1024:
                    continue
                *lines, rest = (rest + block).split(b"\n")
                for line in lines:
                    self._note(line)

    def _note(self, line: bytes) -> None:
        if not line.startswith(self._mark):
            return
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line[len(self._mark) :])
            if isinstance(event, dict):
                event = _plain_inside(event)
                self.events.append(event)
                self.finished = self.finished or event.get("event") == "finished"

    def close(self) -> None:
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            os.close(self._descriptor)


class _Collector:
    """Reads the child's output in a thread, so that a full pipe never blocks it, and stops keeping at the limit."""

    def __init__(self, process: _Process, limit: int, echo: IO[str] | None) -> None:
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
                    self._echo.write(plain(block[:room].decode("utf-8", "replace")))
                    self._echo.flush()
                if len(block) > room:
                    self.overflowed = True

    def close(self) -> None:
        self._thread.join(timeout=2)
        if self._process.stdout is not None and not self._thread.is_alive():
            self._process.stdout.close()

    def text(self) -> str:
        return plain(bytes(self._kept).decode("utf-8", "replace"))


def plain(text: str) -> str:
    """Text without what a terminal would obey."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _plain_inside(value: Any) -> Any:
    """Data whose texts a terminal can show, half surrogates included: they come from a learner's own errors."""
    if isinstance(value, str):
        return plain(value.encode("utf-8", "replace").decode())
    if isinstance(value, dict):
        return {key: _plain_inside(part) for key, part in value.items()}
    return [_plain_inside(part) for part in value] if isinstance(value, list) else value


def _end(process: _Process) -> None:
    """Ends the child and everything below it."""
    below = _tree(process.pid) - {process.pid} if process.poll() is None else set()
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    for pid in below:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)


def _tree(top: int) -> set[int]:
    """A process and all below it, as far as /proc tells."""
    found, new = set[int](), {top}
    while new:
        found |= new
        below = set()
        for pid in new:
            with contextlib.suppress(OSError, ValueError), os.scandir(f"/proc/{pid}/task") as tasks:
                for task in tasks:
                    below |= {int(word) for word in Path(task.path, "children").read_text().split()}
        new = below - found
    return found


def _memory(pids: set[int]) -> int:
    """Bytes that these processes use, each shared page counted in shares."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(text.partition("\nPss:")[2].split()[0]) * 1024
            except PermissionError:
                resident = Path(f"/proc/{pid}/statm").read_text().split()[1]
                total += int(resident) * os.sysconf("SC_PAGE_SIZE")
    return total
