"""Code is hostile by accident: whatever it does, what is said is right, nothing is lost, and nothing still runs."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import accidents
import attack_ground
import pytest
from attack_ground import SOURCE
from conftest import run_cortex

QUICK = {
    "a daemon without environment, call",
    "rmtree of the clone, import",
    "memory in many processes, call",
    "an error with escape sequences, call",
    "every descriptor closed, call",
}


def examine(ground: attack_ground.Ground, says: str) -> None:
    """Checks the lab, and looks at what was said and at what is left."""
    before = ground.snapshot()
    answer = run_cortex(ground.root, "check", "00.1", "--json")
    verdict = json.loads(answer.out)["labs"][0]
    told = f"{verdict['state']}: {verdict['message']}"
    assert re.fullmatch(says, told, re.DOTALL), told
    assert ground.snapshot() == before, "the clone, the home or another clone was changed"
    assert not ground.running()
    texts = [told, verdict["output"]]
    texts += [str(part) for test in verdict["tests"] for part in test.values()]
    assert all(attack_ground.clean(text) for text in texts)


@pytest.mark.parametrize(
    ("kind", "place", "says"),
    [
        pytest.param(
            *row, id=name, marks=[] if name in QUICK else [pytest.mark.slow, pytest.mark.attack]
        )
        for name, *row in accidents.everywhere()
    ],
)
def test_an_accident_is_told_and_harms_nothing(
    tmp_path: Path, kind: accidents.Kind, place: str, says: str
) -> None:
    with attack_ground.ground(tmp_path, seconds=kind.seconds) as ground:
        ground.submit(kind.body, place)
        examine(ground, says)


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("name", accidents.ANSWERS)
def test_an_answer_that_is_hard_to_look_at_is_told(tmp_path: Path, name: str) -> None:
    answer, says = accidents.ANSWERS[name]
    with attack_ground.ground(tmp_path) as ground:
        text = f'"""Adding."""\n\n\ndef add(a: int, b: int) -> int:\n    return {answer}\n'
        (ground.root / SOURCE).write_text(text)
        examine(ground, says)


SOLVED = '"""Adding."""\n\n\ndef add(a: int, b: int) -> int:\n    """The sum of two numbers."""\n    return a + b\n'


def _replace(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        (root / SOURCE).unlink()
        make(root / SOURCE)

    return act


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _cycle(path: Path) -> None:
    path.symlink_to("other.py")
    path.with_name("other.py").symlink_to(path.name)


def _sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(1 << 40)


CONFLICT = (
    "<<<<<<< HEAD\ndef add(a, b): return 1\n=======\ndef add(a, b): return 2\n>>>>>>> theirs\n"
)
FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, "isn't there"),
    "a FIFO": (os.mkfifo, "a pipe, socket or device"),
    "a socket": (_socket, "a pipe, socket or device|No such device"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "link"),
    "a cycle of links": (_cycle, "link"),
    "a link to nothing": (lambda path: path.symlink_to("gone.py"), "link|isn't there"),
    "a link out of the clone": (
        lambda path: path.symlink_to("/etc/hostname"),
        "leads out of the checkout",
    ),
    "a link to /dev/zero": (lambda path: path.symlink_to("/dev/zero"), "leads out of the checkout"),
    "a folder": (lambda path: path.mkdir(), "a folder"),
    "a sparse terabyte": (_sparse, "MiB"),
    "an empty file": (lambda path: path.touch(), "ImportError: cannot import name 'add'"),
    "UTF-16": (lambda path: path.write_text(SOLVED, encoding="utf-16"), "UTF-16"),
    "UTF-32": (lambda path: path.write_text(SOLVED, encoding="utf-32"), "UTF"),
    "NUL": (lambda path: path.write_text(SOLVED + "\0"), "(?i)nul"),
    "conflict marks": (lambda path: path.write_text(CONFLICT), "conflict"),
    "a merge that wasn't finished": (lambda path: path.write_text(SOLVED + CONFLICT), "conflict"),
    "another encoding": (lambda path: path.write_bytes(SOLVED.encode() + b"# \xe9\n"), "(?i)utf-8"),
    "random bytes": (lambda path: path.write_bytes(os.urandom(2000)), "tiny.py"),
    "an encoding that isn't one": (
        lambda path: path.write_text("# coding: nothing\n" + SOLVED),
        "nothing",
    ),
    "tabs and spaces": (
        lambda path: path.write_text("def add(a, b):\n\tx = 1\n        return a\n"),
        "TabError|inconsistent",
    ),
    "a thousand brackets": (lambda path: path.write_text("(" * 1000), "tiny.py"),
    "a notebook": (
        lambda path: path.write_text('{"cells": [null, true]}'),
        "tiny.py|cannot import",
    ),
    "a diff": (lambda path: path.write_text("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"), "SyntaxError"),
    "no rights to read": (
        lambda path: (path.write_text(SOLVED), path.chmod(0)),
        "pass|read|Permission",
    ),
}


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("name", FILES)
def test_what_lies_in_the_files_place_is_named(tmp_path: Path, name: str) -> None:
    make, says = FILES[name]
    with attack_ground.ground(tmp_path) as ground:
        _replace(make)(ground.root)
        answer = run_cortex(ground.root, "check", "00.1", "--json")
        told = json.dumps(answer.json)
        assert answer.code != 0 or "pass" in says
        assert re.search(says, told), told
        assert "Traceback" not in answer.err
        assert not ground.running()


HARMLESS = {
    "BOM": SOLVED.encode("utf-8-sig"),
    "line ends of another system": SOLVED.replace("\n", "\r\n").encode(),
    "old line ends": SOLVED.replace("\n", "\r").encode(),
    "no line end": SOLVED.rstrip("\n").encode(),
    "form feeds": SOLVED.replace("\n\n\n", "\n\x0c\n").encode(),
    "names in other scripts": (SOLVED + "größe = 数 = 1\n").encode(),
    "ten megabytes of comment": (SOLVED + ("# " + "x" * 98 + "\n") * 100_000).encode(),
}


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("name", HARMLESS)
def test_what_python_reads_is_read(tmp_path: Path, name: str) -> None:
    with attack_ground.ground(tmp_path) as ground:
        (ground.root / SOURCE).write_bytes(HARMLESS[name])
        examine(ground, "pass: ")


@pytest.mark.slow
@pytest.mark.attack
def test_another_encoding_is_named_even_where_the_file_says_it(tmp_path: Path) -> None:
    with attack_ground.ground(tmp_path) as ground:
        text = b"# coding: latin-1\n" + SOLVED.encode() + b"# \xe9\n"
        (ground.root / SOURCE).write_bytes(text)
        answer = run_cortex(ground.root, "check", "00.1", "--json")
        assert answer.code == 2
        assert answer.json["error"] == "byte 0xe9 isn't UTF-8"
        assert answer.json["file"].endswith(SOURCE)
        assert (ground.root / SOURCE).read_bytes() == text


SHADOWS = [
    *(
        "random.py",
        "types.py",
        "json.py",
        "re.py",
        "os.py",
        "enum.py",
        "typing.py",
        "ast.py",
        "site.py",
    ),
    *("pytest/__init__.py", "_pytest/__init__.py", "numpy.py", "given.py", "cortex/__init__.py"),
    *("sitecustomize.py", "usercustomize.py", "conftest.py", "pytest.ini", "tox.ini", "setup.cfg"),
    *("pluggy.py", "encodings/__init__.py", "phase_00/__init__.py", "tests/__init__.py"),
]


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("folder", ["", "src", "src/labkit"])
@pytest.mark.parametrize("name", SHADOWS)
def test_a_file_named_like_a_library_shadows_nothing(
    tmp_path: Path, name: str, folder: str
) -> None:
    with attack_ground.ground(tmp_path) as ground:
        (ground.root / SOURCE).write_text("import random, json, types, re\n" + SOLVED)
        path = ground.root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("raise SystemExit('shadowed')\n")
        examine(ground, "pass: ")


@pytest.mark.slow
@pytest.mark.attack
def test_a_full_scratch_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cortex.runs import child

    monkeypatch.setattr(child, "SCRATCH_MB", 50)
    body = "import time\nfor n in range(10**6):\n    open(f'f{n}', 'wb').write(bytes(1 << 20)); time.sleep(0.01)"
    with attack_ground.ground(tmp_path) as ground:
        ground.submit(body, "call")
        examine(ground, "crash: it wrote more than 50 MB in the check 'two and three make five'.*")


@pytest.mark.slow
@pytest.mark.attack
def test_a_terminal_gets_nothing_to_obey(tmp_path: Path) -> None:
    body = r"""
    print('\x1b[2J\x1b]0;owned\x07')
    raise ValueError('\x1b[2J\x1b]0;owned\x07\x9b31m bad')
    """
    for place in ("import", "call"):
        with attack_ground.ground(tmp_path / place) as ground:
            ground.submit(body, place)
            answer = run_cortex(ground.root, "check", "00.1", "--verbose", env={"NO_COLOR": "1"})
            assert "bad" in answer.out
            assert attack_ground.clean(answer.out + answer.err)
