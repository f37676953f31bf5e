"""A state write is whole or not at all, whenever the process dies and whatever the disk says."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cortex.errors import CortexError
from cortex.files import store

OLD, NEW = "old " * 5000, "new " * 7000
# Every system call that a write makes, by the os function that makes it.
CALLS = ("open", "write", "fsync", "close", "chmod", "replace", "mkdir")


def die_at(step: int, moment: str) -> Callable[[], int]:
    """In the child: wraps the calls so that the process is killed before, after or in the middle of the step-th."""
    seen = 0

    def wrap(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == step and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            if seen == step and moment == "middle" and name == "write":
                real(args[0], args[1][: len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            mine = seen
            try:
                return real(*args, **kwargs)
            finally:
                if mine == step and moment == "after":
                    os.kill(os.getpid(), signal.SIGKILL)

        return call

    for name in CALLS:
        setattr(os, name, wrap(getattr(os, name), name))
    return lambda: seen


def write_and_die(path: Path, step: int, moment: str) -> bool:
    """Whether the child was killed (False: it finished, so there are fewer than `step` calls)."""
    child = os.fork()
    if child == 0:
        die_at(step, moment)
        try:
            store.write_atomic(path, NEW)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("moment", ["before", "after", "middle"])
def test_a_kill_at_any_call_of_the_write_leaves_the_old_text_or_the_new_one(
    tmp_path: Path, moment: str
) -> None:
    path = tmp_path / "checkpoint.json"
    outcomes = []
    for step in range(1, 40):
        path.write_text(OLD)
        killed = write_and_die(path, step, moment)
        text = path.read_text()
        assert text in (OLD, NEW), f"half-written at call {step}"
        outcomes.append(text == NEW)
        if moment != "middle" and not killed:
            break
    assert True in outcomes, "no run got far enough to write"
    if moment != "middle":
        assert outcomes == sorted(outcomes), "once the new text stands it must not be lost again"
        assert outcomes.count(False) >= 4, "the calls before the rename weren't all tried"
    store.write_atomic(path, NEW)
    assert path.read_text() == NEW, "what a killed write left behind must not stop the next one"


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text("old")
    script = f"""
        import resource, signal
        from pathlib import Path
        from cortex.files import store
        from cortex.errors import CortexError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            store.write_atomic(Path({str(path)!r}), "x" * 1000)
        except CortexError as error:
            print(error)
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        f"{path}: can't be written: File too large; what it held before is untouched\n"
        "Free some space or make the folder writable, then run the command again.\n"
    )
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint.json"], (
        "the temporary file must go"
    )


@pytest.mark.parametrize(
    ("call", "number"), [("write", errno.ENOSPC), ("open", errno.EROFS), ("replace", errno.EACCES)]
)
def test_a_disk_that_refuses_is_quoted_and_keeps_the_old_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "x.json"
    path.write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(CortexError) as caught:
            store.write_atomic(path, "new")
    assert str(caught.value) == (
        f"{path}: can't be written: {os.strerror(number)}; what it held before is untouched\n"
        "Free some space or make the folder writable, then run the command again."
    )
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.json"]


def test_two_processes_take_turns(tmp_path: Path) -> None:
    script = f"""
        import sys
        from pathlib import Path
        from cortex.files import store
        path = Path({str(tmp_path)!r}) / "n"
        for _ in range(50):
            with store.locked(path.parent):
                n = int(path.read_text()) if path.exists() else 0
                store.write_atomic(path, str(n + 1))
        """
    children = [subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)]) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    assert (tmp_path / "n").read_text() == "100"


def test_a_lock_that_is_not_given_up_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LOCK_SECONDS", 0.2)
    script = f"""
        import time
        from pathlib import Path
        from cortex.files import store
        with store.locked(Path({str(tmp_path)!r})):
            print("held", flush=True)
            time.sleep(30)
        """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        with (
            pytest.raises(CortexError, match="another cortex process is writing here"),
            store.locked(tmp_path),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    with store.locked(tmp_path):
        pass  # a killed holder's lock is free again
