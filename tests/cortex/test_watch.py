"""`cortex watch`: every save is seen, what is next is said, and keys do the rest."""

from __future__ import annotations

import os
import re
import shutil
import signal
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from conftest import Cortex, Open

from cortex.actions import work
from cortex.actions.answer import Answer
from cortex.context import Context
from cortex.files.repo import Repo
from cortex.runs.watch import saves

pytestmark = pytest.mark.slow

SOURCE = "src/labkit/tiny.py"
PHASE = "docs/phase-00-tiny/phase.yaml"
RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"


@pytest.fixture(autouse=True)
def ada(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny.root)
    monkeypatch.setenv("CORTEX_LEARNER", "ada")


def write(repo: Repo, text: str, name: str = SOURCE) -> None:
    (repo.root / name).write_text(text)


def add_lab(repo: Repo, number: int = 2) -> None:
    """Another lab, like the first, in a file of its own."""
    lab, name = f"00.{number}", f"more{number}"
    path = repo.root / PHASE
    text = path.read_text()
    first = re.findall(r'  - id: "00\.1".*?(?=  - id: "00|breaks:)', text, re.DOTALL)[0]
    other = first.replace("00.1", lab).replace("tiny.py", f"{name}.py")
    other = other.replace("test_lab_01.py", f"test_lab_{number:02d}.py")
    path.write_text(text.replace("breaks:", f"{other}breaks:", 1))
    checks = repo.root / "tests/labs/phase_00/test_lab_01.py"
    moved = checks.read_text().replace("labkit.tiny", f"labkit.{name}")
    checks.with_name(f"test_lab_{number:02d}.py").write_text(moved)
    for folder in ("src", "solutions"):
        model = (repo.root / folder / "labkit/tiny.py").read_text()
        (repo.root / folder / f"labkit/{name}.py").write_text(model.replace("00.1", lab))


def patient(*wishes: work.Wish) -> Callable[[], work.Wish]:
    """What the learner wishes, one a beat; a watch that hears of nothing fails instead of waiting on."""
    given = iter(wishes)
    beats = iter(range(200))

    def wish() -> work.Wish:
        assert next(beats, None) is not None, "nothing came"
        return next(given, "")

    return wish


def state(watched: Iterator[Answer[work.Watched]]) -> str:
    return next(watched).data.verdict.state


def saved(beats: Iterator[Any]) -> list[str]:
    """What the next save names."""
    for _, beat in zip(range(200), beats, strict=False):
        if beat.saved:
            names: list[str] = beat.saved
            return names
    raise AssertionError("no save was seen")


def no_watches(*paths: Path, **options: Any) -> Iterator[Any]:
    raise OSError("OS file watch limit reached.")


def no_watchers(*paths: Path, **options: Any) -> Iterator[Any]:
    raise RuntimeError("Too many open files (os error 24)")


@pytest.mark.parametrize("limit", [no_watches, no_watchers])
def test_at_the_systems_limit_files_are_looked_at_instead_and_that_is_said_once(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, limit: Callable[..., Iterator[Any]]
) -> None:
    monkeypatch.setattr(watchfiles, "watch", limit)
    watched = work.watch("00.1", wish=patient())
    assert any("looked at ten times a second" in note for note in next(watched).data.notes)
    write(tiny, WRONG)
    answer = next(watched)
    assert (answer.data.verdict.state, answer.data.notes) == ("fail", [])
    write(tiny, RIGHT)
    assert state(watched) == "pass"


@pytest.mark.parametrize("limit", [None, no_watches])
def test_saves_are_seen_after_the_folder_was_replaced(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, limit: Callable[..., Iterator[Any]] | None
) -> None:
    if limit is not None:
        monkeypatch.setattr(watchfiles, "watch", limit)
    ctx = Context("ada")
    beats = saves(ctx, ctx.curriculum.lab("00.1")[1])
    assert next(beats).saved == []
    folder = tiny.root / "src/labkit"
    shutil.copytree(folder, folder.with_name("copy"))
    folder.rename(folder.with_name("old"))
    for _ in range(3):
        assert next(beats).saved == [], "a folder that is away for a moment isn't a save"
    folder.with_name("copy").rename(folder)
    assert SOURCE in saved(beats)
    write(tiny, WRONG)
    assert saved(beats) == [SOURCE]
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("old"), folder)
    assert SOURCE in saved(beats)
    write(tiny, RIGHT)
    assert saved(beats) == [SOURCE]


def test_a_save_while_the_checks_run_is_not_lost(tiny: Repo) -> None:
    watched = work.watch("00.1", wish=patient())
    assert state(watched) == "not-started"
    write(tiny, RIGHT)  # before the watch is asked for more
    assert state(watched) == "pass"


def test_after_a_pass_it_says_the_next_lab_and_after_the_last_what_comes_then(tiny: Repo) -> None:
    add_lab(tiny)
    write(tiny, RIGHT)
    first = next(work.watch("00.1"))
    assert first.next == "just watch 00.2"
    write(tiny, RIGHT, "src/labkit/more2.py")
    assert next(work.watch("00.2")).next == "just run 00-tiny"


def test_it_says_why_a_lab_that_had_passed_is_open_again(tiny: Repo, cortex: Cortex) -> None:
    add_lab(tiny)
    write(tiny, RIGHT)
    write(tiny, RIGHT, "src/labkit/more2.py")
    cortex("check", "00")
    write(tiny, RIGHT.replace("a + b", "b + a"))
    passed = next(work.watch("00.2"))
    assert passed.next == "just watch 00.1"
    assert passed.data.notes == ["lab 00.1 is open again: changed since it passed"]
    watched = work.watch("00.1", wish=patient("run"))
    assert next(watched).data.notes == ["lab 00.1 is open again: changed since it passed"]
    assert next(watched).data.notes == []
    checks = tiny.root / "tests/labs/phase_00/test_lab_01.py"
    checks.write_text(checks.read_text() + "\n")
    newer = next(work.watch("00.1")).data.notes
    assert newer == ["lab 00.1 is open again: its checks are newer than its pass"]


def test_wishes_run_again_go_on_and_quit(tiny: Repo) -> None:
    add_lab(tiny)
    watched = work.watch("00.1", wish=patient("run", "next", "next", "quit"))
    assert [answer.data.lab.id for answer in watched] == ["00.1", "00.1", "00.2", "00.1"]


def test_labs_follow_each_other_as_the_phase_lists_them_whatever_their_numbers(tiny: Repo) -> None:
    for number in (3, 2):
        add_lab(tiny, number)
    watched = work.watch("00.1", wish=patient("next", "next", "next", "quit"))
    assert [answer.data.lab.id for answer in watched] == ["00.1", "00.3", "00.2", "00.1"]


def test_where_no_other_lab_is_open_the_next_one_is_this_one(tiny: Repo) -> None:
    watched = list(work.watch("00.1", wish=patient("next", "quit")))
    assert watched[1].data.notes == ["no other lab of phase 00 is open"]
    assert watched[1].data.verdict is watched[0].data.verdict


def test_keys_need_no_enter_and_are_named_in_one_line(terminal: Open, tiny: Repo) -> None:
    add_lab(tiny)
    screen = terminal("watch", "00.1")
    screen.until("n next lab, h hint, r run again, q quit")
    screen.type("h")
    screen.until("How many numbers go in?")
    screen.type("r")
    assert "Lab 00.1" in screen.until("q quit")
    screen.type("\x1b[B")  # an arrow key is none of them
    screen.type("n")
    assert "Lab 00.2" in screen.until("q quit")
    screen.type("q")
    assert screen.end() == 0
    record = Context("ada").learner.checkpoint(0)
    assert record is not None
    assert len(record.labs["00.1"].hints) == 1


@pytest.mark.parametrize("ending", ["q", "interrupt", "error"])
def test_the_terminal_is_as_before_however_it_ends(terminal: Open, tiny: Repo, ending: str) -> None:
    screen = terminal("watch", "00.1")
    before = termios.tcgetattr(screen.master)
    screen.until("q quit")
    assert termios.tcgetattr(screen.master) != before
    if ending == "q":
        screen.type("q")
    elif ending == "interrupt":
        os.kill(screen.process.pid, signal.SIGINT)
    else:
        (tiny.root / "tests/labs/phase_00/test_lab_01.py").unlink()
    assert screen.process.wait(20) == (2 if ending == "error" else 0)
    assert termios.tcgetattr(screen.master) == before
    screen.end()
