"""Runs of checks that needn't begin at nothing: a process that has imported what all of them need, and forks one for each.

It holds nothing of a submission: a child gets its order after the fork, and goes behind its walls by itself, as one that
was started anew does. Where there is no server (another system than Linux, one that died, one at work) that is what happens.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import socket
import subprocess  # nosec B404
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

LAUNCH = Path(__file__).parent / "inside" / "launch.py"
_MOST = 4  # servers of a kind, for as many threads
_servers: dict[tuple[str, ...], list[Server]] = {}
_looking = threading.Lock()


class Forked:
    """A child of the server, with what is asked of a `subprocess.Popen`."""

    def __init__(self, server: Server, pid: int, output: int) -> None:
        self.pid = pid
        self.stdout: IO[bytes] | None = os.fdopen(output, "rb", buffering=0)
        self.returncode: int | None = None
        self._server = server

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: it still runs after that many seconds.
        """
        if self.returncode is None:
            if not self._server.hears(timeout):
                raise subprocess.TimeoutExpired("a run of checks", timeout or 0)
            status = self._server.number()
            lost = status is None
            self.returncode = (
                -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
            )
            self._server.free(lost=lost)
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def kill(self) -> None:
        """Ends it."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class Server:
    """One process, one interpreter, one child at a time."""

    def __init__(self, python: str, site: list[str], house: Path, env: Mapping[str, str]) -> None:
        self._ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(  # nosec B603
            [python, "-P", "-S", str(LAUNCH), str(theirs.fileno()), "serve", *site, str(house)],
            cwd="/",
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        self._owner, self._busy, self._heard = os.getpid(), threading.Lock(), b""
        self.lost = False

    @property
    def busy(self) -> bool:
        """Whether it has a child."""
        return self._busy.locked()

    @property
    def pid(self) -> int:
        """Of the server itself, which is its children's parent."""
        return self._process.pid

    def start(self, order: int, told: int, output: int, listen: int) -> Forked | None:
        """A child with these three descriptors: where its order comes from, where it tells, where it prints to.

        Args:
            listen: the other end of `output`, which the child then owns.

        Returns None where the server can't do it now.
        """
        if self.lost or os.getpid() != self._owner or not self._busy.acquire(blocking=False):
            return None
        try:
            socket.send_fds(self._ours, [b"+"], [order, told, output])
            pid = self.number()
        except OSError:
            pid = None
        if pid is None:
            self.free(lost=True)
            return None
        return Forked(self, pid, listen)

    def hears(self, timeout: float | None) -> bool:
        """Whether the server says something within that many seconds."""
        return b"\n" in self._heard or bool(select.select([self._ours], [], [], timeout)[0])

    def number(self) -> int | None:
        """The next number that the server says; None when it is gone."""
        while b"\n" not in self._heard:
            block = b""
            with contextlib.suppress(OSError):
                block = self._ours.recv(64)
            if not block:
                return None
            self._heard += block
        line, _, self._heard = self._heard.partition(b"\n")
        return int(line)

    def free(self, *, lost: bool) -> None:
        """The child is gone."""
        self.lost = self.lost or lost
        if lost:
            self.close()
        self._busy.release()

    def close(self) -> None:
        """Ends the server, and with it the child that it may have."""
        if os.getpid() != self._owner:
            return
        self.lost = True
        self._ours.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        self._process.kill()
        self._process.wait()


def server(python: str, site: list[str], house: Path, env: Mapping[str, str]) -> Server | None:
    """A server for this interpreter, these packages and this seed of hashes that has no child, started if there is none.

    Args:
        env: the server's own environment; a child gets one with its order.
    """
    if sys.platform != "linux":
        return None
    key = (python, *site, str(house), env.get("PYTHONHASHSEED", ""), str(os.getpid()))
    with _looking:
        known = _servers[key] = [one for one in _servers.get(key, []) if not one.lost]
        idle = next((one for one in known if not one.busy), None)
        if idle is None and len(known) < _MOST:
            try:
                idle = Server(python, site, house, env)
            except OSError:
                return None
            known.append(idle)
        return idle


@atexit.register
def close() -> None:
    """Ends all servers."""
    while _servers:
        for known in _servers.popitem()[1]:
            known.close()
