"""Puts walls around this process: namespaces, a root of its own, Landlock, limits; then what it started is all it has.

Three tiers, strongest first: `namespaces` (with Landlock inside), `landlock` alone, `limits` only.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from cortex.runs.inside import kernel

# Both are the child's own, made anew.
_TMP = "/tmp"  # nosec B108
_SHM = "/dev/shm"  # nosec B108
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = ("/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32")
Ended = Callable[..., None]


@dataclass(frozen=True)
class Walls:
    """What a child may reach.

    Attributes:
        tier: namespaces, landlock or limits.
        reads, writes: absolute paths; what isn't there is left out.
        scratch: an empty folder of the child's own, with `root` and `tmp` in it.
        user: the user that root becomes; None to stay who we are, without root's rights.
        network: TCP without a namespace of its own.
        parent: the process whose death ends this one.
        memory_mb, file_mb: limits of a process's address space and of any one file; 0 for none.
        processes: how many, threads included, its user may have; it holds where that user has nothing else running.
    """

    tier: str
    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    scratch: str = ""
    user: int | None = None
    network: bool = False
    parent: int = 0
    memory_mb: int = 0
    file_mb: int = 0
    processes: int = 512


def enter(walls: Walls, ended: Ended, failed: Callable[[str], None]) -> None:
    """Returns in the process that is to run the program; what stays outside waits for it and leaves as it left.

    Args:
        ended: told how many processes the program left behind (all ended by then), and the signal that ended it, or 0.
        failed: told why the walls can't be had; this process then leaves.
    """
    if sys.platform != "linux":
        _limit(walls)
        return
    kernel.prctl(kernel.SET_PDEATHSIG, signal.SIGKILL)
    if walls.parent and os.getppid() != walls.parent:
        os._exit(1)
    try:
        if walls.tier == "namespaces":
            _namespaces(walls, ended)
        else:
            _supervise(ended)
        _close(walls)
    except OSError as error:
        failed(str(error))
        os._exit(1)


def _close(walls: Walls) -> None:
    """The last walls, in the process that runs the program."""
    alone = walls.tier == "namespaces"
    if walls.user is not None:
        os.setgroups([])
        os.setresgid(walls.user, walls.user, walls.user)
        os.setresuid(walls.user, walls.user, walls.user)
        kernel.prctl(kernel.SET_PDEATHSIG, signal.SIGKILL)  # another user's process had lost it
    elif walls.tier != "limits":  # root's rights would also open other programs' memory
        kernel.drop_capabilities()
    os.umask(0o022)
    kernel.prctl(kernel.SET_DUMPABLE, 1)  # its own /proc/self is its own again
    kernel.prctl(kernel.SET_NO_NEW_PRIVS)
    _limit(walls)
    if alone or walls.user is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (walls.processes, walls.processes))
    if walls.tier == "limits":
        return
    devices = [f"/dev/{name}" for name in _DEVICES]
    written = [*walls.writes, _SHM, *devices] + ([_TMP] if alone else [])
    network = alone or walls.network
    listed = ["/"] if alone else []
    kernel.landlock([*walls.reads, *_LINKS, "/proc"], written, listed, network=network)


def _limit(walls: Walls) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limits = ((resource.RLIMIT_FSIZE, walls.file_mb), (resource.RLIMIT_AS, walls.memory_mb))
    for which, megabytes in limits:
        if megabytes:
            size = megabytes * 1024 * 1024
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(which, (size, size))


def _namespaces(walls: Walls, ended: Ended) -> None:
    uid, gid = os.getuid(), os.getgid()
    if walls.user is None:
        kernel.unshare(kernel.NEW_USER | kernel.NEW_NAMESPACES)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    else:
        kernel.unshare(kernel.NEW_NAMESPACES)
    kernel.loopback_up()
    first = os.fork()
    if first:
        _wait_as(first)
    kernel.prctl(kernel.SET_PDEATHSIG, signal.SIGKILL)
    _root(walls)
    program = os.fork()
    if program:
        _reap(program, ended)


def _supervise(ended: Ended) -> None:
    """Without a PID namespace: a process that inherits whatever is orphaned below it, and ends it."""
    kernel.prctl(kernel.SET_CHILD_SUBREAPER)
    program = os.fork()
    if program:
        _reap(program, ended)
    kernel.prctl(kernel.SET_PDEATHSIG, signal.SIGKILL)


def _root(walls: Walls) -> None:
    """A root with nothing in it but what may be read, and the scratch folder."""
    kernel.mount("none", "/", flags=kernel.PRIVATE | kernel.RECURSIVE)
    root = f"{walls.scratch}/root"
    plain = kernel.NOSUID | kernel.NODEV
    kernel.mount("tmpfs", root, "tmpfs", plain, "size=16m,mode=755")
    for link in _LINKS:
        if Path(link).is_symlink():
            Path(root + link).symlink_to(Path(link).readlink())
    # /tmp is the child's own; what lies below it on this machine isn't there.
    _bind(str(Path(walls.scratch, "tmp")), root + _TMP)
    for name in ("/dev", _SHM, "/proc"):
        Path(root + name).mkdir()
    kernel.mount("proc", f"{root}/proc", "proc", plain | kernel.NOEXEC)
    kernel.mount("tmpfs", f"{root}{_SHM}", "tmpfs", plain, "size=256m,mode=1777")
    for name in _DEVICES:
        _bind(f"/dev/{name}", f"{root}/dev/{name}")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        Path(root, "dev", name).symlink_to(f"/proc/self/fd{target}")
    places = dict.fromkeys(walls.reads, True) | dict.fromkeys(walls.writes, False)
    for path, shut in sorted(places.items()):
        if Path(path).exists() and not Path(root + path).is_symlink():
            _bind(path, root + path)
            if shut:
                kernel.read_only(root + path)
    kernel.read_only(root, recursive=False)
    kernel.pivot_into(root)


def _bind(source: str, target: str) -> None:
    place = Path(target)
    _folders(place.parent)
    if Path(source).is_dir():
        place.mkdir(exist_ok=True)
    elif not place.exists():
        place.touch()
    kernel.mount(source, target, flags=kernel.BIND | kernel.RECURSIVE)


def _folders(place: Path) -> None:
    """The way to a place. Nothing is made in it: some of it may lie in the child's own /tmp."""
    missing = [up for up in (place, *place.parents) if not up.exists()]
    for up in reversed(missing):
        up.mkdir(mode=0o555)


def _wait_as(child: int) -> NoReturn:
    """Waits for `child` and leaves as it left."""
    _quiet()
    _, status = os.waitpid(child, 0)
    _leave_as(status)


def _reap(program: int, ended: Ended) -> NoReturn:
    """Collects what ends; when the program has, ends the rest, tells how many that were, and leaves as it left."""
    kernel.prctl(kernel.SET_DUMPABLE, 0)
    _quiet()
    while True:
        gone, status = os.waitpid(-1, 0)
        if gone == program:
            break
    left: set[int] = set()
    for _ in range(100):  # a fork bomb may still be breeding
        alive = _below(os.getpid())
        if not alive:
            break
        left |= alive
        for pid in alive:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        _collect()
    ended(strays=len(left), signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
    _leave_as(status)


def _collect() -> None:
    with contextlib.suppress(ChildProcessError):
        for _ in range(1000):
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                os.sched_yield()


def _below(top: int) -> set[int]:
    """The living processes below `top`, as /proc tells; where there is none, our session is all that can be ended."""
    parents: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                text = Path(entry.path, "stat").read_text(errors="replace")
                state, parent = text.rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    parents[int(entry.name)] = int(parent)
    found: set[int] = set()
    new = {top}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found
        found |= new
    return found


def _quiet() -> None:
    """A signal that the program sends to its whole session doesn't end those who wait for it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)


def _leave_as(status: int) -> NoReturn:
    if os.WIFSIGNALED(status):
        os._exit(128 + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))
