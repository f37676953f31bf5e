"""Fixtures: `tiny`, a small curriculum of its own, `cortex`, the real command line, and `terminal`, the same on a terminal."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import io
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cortex.files.repo import Repo

sys.path.insert(0, str(Path(__file__).parent))
import tiny_curriculum

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answered:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as JSON."""
        data: dict[str, Any] = json.loads(self.out)
        return data


Cortex = Callable[..., Answered]


@pytest.fixture(scope="session")
def tiny_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny curriculum, built once."""
    root = tmp_path_factory.mktemp("tiny") / "clone"
    root.mkdir()
    tiny_curriculum.build(root)
    return root


@pytest.fixture
def tiny(tiny_template: Path, tmp_path: Path) -> Repo:
    """A copy of the tiny curriculum, for one test to damage."""
    root = tmp_path / "clone"
    shutil.copytree(tiny_template, root, symlinks=True)
    return Repo(root)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would change a command's answer."""
    dropped = ("CORTEX_", "PYTEST_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "GIT_")
    env = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return env | {
        "PYTHONPATH": str(ROOT / "src"),
        "CORTEX_LEARNER": "ada",
        "CORTEX_JUST": "just",
        "TERM": "xterm",
    }


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What a process reads once, when it starts.
_READ_AT_START = ("PYTHON", "LANG", "LC_", "TMPDIR", "CORTEX_JUST")


@contextlib.contextmanager
def signals_as_they_were() -> Iterator[None]:
    """For whoever calls `main` in this process: a command that leaves ignores the signals that end it from then on."""
    handlers = {number: signal.getsignal(number) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _no_signal_is_ignored() -> Iterator[None]:
    """What a test leaves behind would be inherited by every process that a later one starts."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    assert {number: signal.getsignal(number) for number in ENDING} == before


def run_cortex(
    root: Path, *words: str, env: Mapping[str, str] | None = None, input: str = ""
) -> Answered:
    """What `cortex WORDS` does in `root`, run inside this process: a new one costs more than most commands."""
    from cortex.__main__ import main

    # What this process starts in turn is still a process of its own, as it is for a learner.
    inside = {**clean_environment(), **(env or {})}
    if any(name.startswith(_READ_AT_START) for name in env or {}):
        return _in_a_process(root, words, inside, input, 60)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code: Any = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for name in set(os.environ) - set(inside):
            patch.delenv(name)
        for name, value in inside.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["cortex", *words])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input.encode()), encoding="utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with signals_as_they_were():
            try:
                main()
            except SystemExit as leaving:
                code = leaving.code
    told = []
    for stream in (out, err):
        stream.flush()
        told.append(stream.buffer.getvalue().decode("utf-8", "replace"))  # type: ignore[attr-defined]
    return Answered(code, *told)


def _in_a_process(
    root: Path, words: Sequence[str], env: Mapping[str, str], input: str, timeout: float
) -> Answered:
    done = subprocess.run(
        [sys.executable, "-m", "cortex", *words],
        cwd=root,
        env=env,
        input=input,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Answered(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def cortex(tiny: Repo) -> Cortex:
    """Runs `cortex ARGS` in the tiny curriculum: cortex("check", "00.1", env={...}, input="...", cwd=...)."""

    def run(
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        input: str = "",
    ) -> Answered:
        return run_cortex(cwd or tiny.root, *args, env=env, input=input)

    return run


class Terminal:
    """`cortex ARGS` at a pseudo-terminal of 80 columns: what it printed so far, and a keyboard."""

    def __init__(self, tiny: Repo, *args: str, **env: str) -> None:
        self.master, slave = pty.openpty()
        size = b"\x18\x00\x50\x00\x00\x00\x00\x00"  # 24 rows, 80 columns
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cortex", *args],
            cwd=tiny.root,
            env=clean_environment() | env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen, self.at = "", 0
        self._text = codecs.getincrementaldecoder("utf-8")(
            "replace"
        )  # a block may end inside a letter

    def until(self, text: str, seconds: float = 20) -> str:
        """Reads until `text` was printed; returns what came between the last call's text and the end of this one."""
        limit = time.monotonic() + seconds
        while (found := self.seen.find(text, self.at)) < 0:
            if time.monotonic() > limit or not self._more(seconds):
                raise AssertionError(f"{text!r} didn't come; this did:\n{self.seen[self.at :]}")
            self.seen += self._text.decode(os.read(self.master, 65536))
        start, self.at = self.at, found + len(text)
        return self.seen[start : self.at]

    def interrupt(self) -> None:
        """Ctrl-C, once more if it fell into the moment before the prompt listens."""
        for _ in range(20):
            os.kill(self.process.pid, signal.SIGINT)
            if self._more(1):
                return

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        """Reads to the end and returns the exit code."""
        try:
            while self._more(20):
                block = os.read(self.master, 65536)
                if not block:
                    break
                self.seen += self._text.decode(block)
        except OSError:
            pass  # how Linux tells that the other end has closed
        code = self.process.wait(20)
        os.close(self.master)
        return code

    def close(self) -> None:
        """Ends what a failed test left running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
            os.close(self.master)

    def _more(self, seconds: float) -> bool:
        return bool(select.select([self.master], [], [], seconds)[0])


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(tiny: Repo) -> Iterator[Open]:
    """Opens `cortex ARGS` on a terminal: terminal("quiz", "00", NO_COLOR="1")."""
    opened: list[Terminal] = []

    def start(*args: str, **env: str) -> Terminal:
        opened.append(Terminal(tiny, *args, **env))
        return opened[-1]

    yield start
    for screen in opened:
        screen.close()
