"""The names: the shipped list, and a loader that always ends with names and says which."""

from __future__ import annotations

import hashlib
import http.client
import io
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from types import ModuleType

import pytest

from . import standards
from .standards import ROOT

INVENTED = "names: 2000 invented from syllables"
MANY = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiouy" for c in "abcdefghijklmnopq"]
BODY = ("\n".join(MANY) + "\n").encode()


class Reply(io.BytesIO):
    """What `urlopen` hands over: a body, and headers that may say how long it is."""

    def __init__(self, body: bytes, length: int | None = None) -> None:
        super().__init__(body)
        self.headers = Message()
        if length is not None:
            self.headers["Content-Length"] = str(length)


class Cut(Reply):
    """A chunked reply that breaks off."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise http.client.IncompleteRead(b"anna\n")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of a script, three below a repository that ships no names."""
    folder = tmp_path / "experiments" / "no-magic" / "01-foundations"
    folder.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    return folder


@pytest.fixture
def loader(place: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The canonical block, in that folder, on a machine without a network."""
    monkeypatch.delenv("NO_MAGIC_NAMES", raising=False)
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    module = ModuleType("loader")
    module.__dict__["__file__"] = str(place / "micro.py")
    imports = "import os, random, urllib.request\n"
    exec(imports + standards.blocks(standards.CANONICAL[0]), module.__dict__)
    return module


def refuse(*_: object, **__: object) -> Reply:
    raise urllib.error.URLError("no network here")


def answer(reply: Callable[[], Reply]) -> Callable[..., Reply]:
    """A network that gives that reply, if it's asked as it should be: with a time-out."""

    def urlopen(url: str, *, timeout: float) -> Reply:
        assert url.startswith("https://")
        assert 0 < timeout <= 30
        return reply()

    return urlopen


# -- The list ---------------------------------------------------------------------------------


def test_the_shipped_list_is_what_its_page_says() -> None:
    text = (ROOT / "data/names.txt").read_bytes()
    names = text.decode("ascii").split("\n")
    assert names.pop() == ""
    assert len(names) == 5163
    assert names == sorted(set(names))
    assert all(re.fullmatch("[a-z]{2,15}", name) for name in names)
    page = (ROOT / "experiments/no-magic/README.md").read_text("utf-8")
    assert "5,163" in page
    assert hashlib.sha256(text).hexdigest() in page


def test_every_name_of_the_shipped_list_is_usable(loader: ModuleType) -> None:
    text = (ROOT / "data/names.txt").read_text("utf-8")
    assert loader.clean_names(text) == text.split()


# -- The order of places ----------------------------------------------------------------------


def test_beside_the_script_comes_first_and_data_second(
    loader: ModuleType, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.parents[2] / "data/names.txt").write_bytes(BODY)
    assert loader.load_names() == MANY
    (place / "names.txt").write_text("\n".join(reversed(MANY)))
    assert loader.load_names() == MANY[::-1]
    assert capsys.readouterr().out.splitlines() == [
        f"names: {len(MANY)} from data/names.txt",
        f"names: {len(MANY)} from names.txt beside the script",
    ]


def test_a_download_is_kept_and_found_the_next_time(
    loader: ModuleType,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", answer(lambda: Reply(BODY, len(BODY))))
    assert loader.load_names() == MANY
    assert [path.name for path in place.iterdir()] == ["names.txt"]
    assert (place / "names.txt").read_bytes() == BODY
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    assert loader.load_names() == MANY
    assert capsys.readouterr().out.splitlines() == [
        f"names: {len(MANY)} downloaded",
        f"names: {len(MANY)} from names.txt beside the script",
    ]


def test_a_download_that_cannot_be_kept_is_used(
    loader: ModuleType,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", answer(lambda: Reply(BODY)))
    (place / "names.txt.part").mkdir()
    assert loader.load_names() == MANY
    assert capsys.readouterr().out.splitlines() == [
        f"names: {len(MANY)} downloaded",
        "names: not kept (IsADirectoryError)",
    ]


# -- What goes wrong --------------------------------------------------------------------------


def test_without_a_network_names_are_invented(
    loader: ModuleType, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = loader.load_names()
    assert len(set(names)) == len(names) == 2000
    assert loader.clean_names("\n".join(names)) == names
    assert loader.load_names() == names
    assert capsys.readouterr().out.splitlines()[:2] == ["names: no download (URLError)", INVENTED]
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "reply",
    [
        lambda: Reply(b"<!DOCTYPE html>\n<html>\n" + b"<p>sign in</p>\n" * 5000 + b"</html>\n"),
        lambda: Reply(BODY, len(BODY) + 1000),
        lambda: Reply(BODY[:-3]),
        lambda: Reply(BODY[:100], 100),
        lambda: Reply(b"", 0),
        lambda: Reply(b"\xff\xfe" + BODY),
        lambda: Reply(BODY * 2000),
        lambda: Cut(BODY),
    ],
    ids=[
        "HTML",
        "cut at a line",
        "cut in a line",
        "short",
        "empty",
        "binary",
        "huge",
        "broken off",
    ],
)
def test_a_download_that_is_not_the_list_is_neither_used_nor_kept(
    loader: ModuleType,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reply: Callable[[], Reply],
) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", answer(reply))
    assert len(loader.load_names()) == 2000
    first, last = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"names: no download \(\w+\)", first)
    assert last == INVENTED
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00" + BODY, "can't read {} (UnicodeDecodeError)"),
        (b"", "{} has 0 usable names, 1000 needed"),
        (b"\n\n \n", "{} has 0 usable names, 1000 needed"),
        (b"anna\n", "{} has 1 usable names, 1000 needed"),
        ("zoë\nрита\nanna\n名前\n".encode(), "{} has 1 usable names, 1000 needed"),
        (b"anna\n" * 5000, "{} has 1 usable names, 1000 needed"),
        (b"a\nannabellacarolina\nmary ann\nx1\n", "{} has 0 usable names, 1000 needed"),
        (None, "can't read {} (IsADirectoryError)"),
    ],
    ids=["binary", "empty", "blank", "one", "unicode", "repeated", "odd", "folder"],
)
@pytest.mark.parametrize("forced", [False, True])
def test_a_file_that_is_no_list_is_passed_over_with_a_message(
    loader: ModuleType,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    said: str,
    forced: bool,
) -> None:
    path = place / "names.txt"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    label = "names.txt beside the script"
    if forced:
        monkeypatch.setenv("NO_MAGIC_NAMES", str(path))
        label = "the file in NO_MAGIC_NAMES"
    assert len(loader.load_names()) == 2000
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "names: " + said.format(label)
    assert lines[-1] == INVENTED
    # A file that somebody named is the one wanted: nothing else is asked.
    assert len(lines) == (2 if forced else 3)


def test_a_forced_file_that_is_not_there_is_missed(
    loader: ModuleType,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NO_MAGIC_NAMES", str(place / "missing"))
    assert len(loader.load_names()) == 2000
    assert capsys.readouterr().out.splitlines() == [
        "names: can't read the file in NO_MAGIC_NAMES (FileNotFoundError)",
        INVENTED,
    ]


def test_invented_names_can_be_asked_for(
    loader: ModuleType,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (place / "names.txt").write_bytes(BODY)
    monkeypatch.setenv("NO_MAGIC_NAMES", "generated")
    assert loader.load_names() == loader.invented_names()
    assert capsys.readouterr().out.splitlines() == [INVENTED]


def test_blank_lines_capitals_and_windows_line_ends_are_no_trouble(loader: ModuleType) -> None:
    assert loader.clean_names("Anna\r\n\r\n  Zoe  \n\nANNA\nbob") == ["anna", "zoe", "bob"]


def test_inventing_names_moves_nobody_elses_random_numbers(loader: ModuleType) -> None:
    loader.random.seed(42)
    state = loader.random.getstate()
    loader.invented_names(50)
    assert loader.random.getstate() == state
