"""The few calls to Linux that Python doesn't offer, by ctypes. Every one raises OSError when the kernel says no."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterable
from pathlib import Path

NEW_NAMESPACES = 0x00020000 | 0x08000000 | 0x20000000 | 0x40000000  # mount, IPC, PID, network
NEW_USER = 0x10000000

NOSUID, NODEV, NOEXEC = 2, 4, 8
BIND, RECURSIVE, PRIVATE = 4096, 16384, 1 << 18
DETACH = 2

SET_PDEATHSIG, SET_DUMPABLE, CAPBSET_DROP = 1, 4, 24
SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 36, 38

# The same number on every architecture, since they are newer than the split.
_MOUNT_SETATTR, _CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 442, 444, 445, 446
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_LAST_CAPABILITY = 63

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _syscall(number: int, *arguments: object) -> int:
    _libc.syscall.restype = ctypes.c_long
    return _check(_libc.syscall(ctypes.c_long(number), *arguments), f"system call {number}")


def prctl(option: int, value: int = 1) -> None:
    """`prctl(option, value, 0, 0, 0)`."""
    zero = ctypes.c_ulong(0)
    _check(_libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero), f"prctl {option}")


def unshare(flags: int) -> None:
    """Leaves the namespaces that `flags` name for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """`mount(2)`."""
    words = [os.fsencode(text) or None for text in (source, target, kind)]
    done = _libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(data) or None)
    _check(done, f"mount {target}")


def read_only(target: str, *, recursive: bool = True) -> None:
    """Makes a mount, and those below it, read-only, without devices or set-uid programs (Linux 5.12)."""
    attributes = struct.pack("=QQQQ", 0x1 | 0x2 | 0x4, 0, 0, 0)  # RDONLY, NOSUID, NODEV
    flags = ctypes.c_uint(_AT_RECURSIVE if recursive else 0)
    at = ctypes.c_int(_AT_FDCWD)
    size = ctypes.c_size_t(len(attributes))
    _syscall(_MOUNT_SETATTR, at, os.fsencode(target), flags, attributes, size)


def pivot_into(folder: str) -> None:
    """Makes `folder`, a mount, the root, and lets go of the old one."""
    os.chdir(folder)
    _check(_libc.pivot_root(b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", DETACH), "umount")
    os.chdir("/")


def drop_capabilities() -> None:
    """Gives up every capability, for good."""
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            prctl(CAPBSET_DROP, capability)
        except OSError:
            break
    header = struct.pack("=Ii", 0x20080522, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def loopback_up() -> None:
    """Brings up `lo` in a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh22x", b"lo", 0x1 | 0x40)  # UP, RUNNING
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS


# Landlock: what may be done below a path, as bits of `handled_access_fs`.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_RULE_PATH_BENEATH = 1


def landlock_version() -> int:
    """The newest Landlock that this kernel speaks; 0 if none."""
    try:
        return _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    except OSError:
        return 0


def landlock(
    reads: Iterable[str], writes: Iterable[str], listed: Iterable[str], *, network: bool
) -> None:
    """From now on this process and its children reach nothing else.

    Args:
        reads, writes: files and folders that may be read and executed, or also written. One that isn't there is left out.
        listed: folders of which, and below which, the names may be seen.
        network: whether TCP may be used (from version 4 on).
    """
    version = landlock_version()
    everything = (
        1 << (13 if version < 2 else 14 if version < 3 else 15 if version < 5 else 16)
    ) - 1
    tcp = 0 if network or version < 4 else 0b11
    scoped = 0 if version < 6 else 0b11  # abstract Unix sockets and signals stay inside
    attributes = struct.pack("=QQQ", everything, tcp, scoped)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
    try:
        for paths, allowed in ((reads, _READ), (writes, everything), (listed, _READ_DIR)):
            for path in paths:
                _allow(rules, path, allowed & everything)
        prctl(SET_NO_NEW_PRIVS)
        _syscall(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0))
    finally:
        os.close(rules)


def _allow(rules: int, path: str, allowed: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            allowed &= _OF_A_FILE
        rule = struct.pack("=Qi", allowed, opened)
        kind = ctypes.c_int(_RULE_PATH_BENEATH)
        _syscall(_ADD_RULE, ctypes.c_int(rules), kind, rule, ctypes.c_uint(0))
    finally:
        os.close(opened)
