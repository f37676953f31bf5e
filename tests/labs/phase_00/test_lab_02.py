"""Checks of lab 00.2: the hook that refuses pickle loads."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from given.checking import expect_equal, expect_true

from ._under_test import load, run, scripts

NAME = "precommit/forbid_pickle_loads.py"
PAGE = "theory/04-hygiene.md"


def hook() -> ModuleType:
    return load(NAME)


def uses(text: str) -> list[tuple[int, int, str]]:
    return sorted(hook().findings(text.encode()))


def test_load_and_loads_are_found_with_line_and_column() -> None:
    text = (
        "import pickle\n\ndata = pickle.load(open('x', 'rb'))\nif data:\n    pickle.loads(data)\n"
    )
    expect_equal(
        uses(text),
        [(3, 8, "pickle.load"), (5, 5, "pickle.loads")],
        what="the findings in a module with one load and one loads",
        idea="Editors count lines and columns from 1. From where does the tree that you read count each?",
        page=PAGE,
    )


def test_an_import_or_a_dump_is_no_finding() -> None:
    for text in (
        "import pickle\n",
        "from pickle import loads\n",
        "import pickle\npickle.dumps(1)\n",
        "import json\njson.loads('1')\n",
        "class pickle:\n    pass\n",
        "",
    ):
        expect_equal(
            uses(text),
            [],
            what=f"the findings in {text!r}",
            idea="Writing a pickle runs nothing. Only pickle.load and pickle.loads of the module pickle count.",
            page=PAGE,
        )


def test_another_name_for_the_same_function_is_found() -> None:
    for text, expected in {
        "import pickle as p\np.loads(b'')\n": [(2, 1, "pickle.loads")],
        "from pickle import loads as read\nread(b'')\n": [(2, 1, "pickle.loads")],
        "from pickle import load\nrun = load\n": [(2, 7, "pickle.load")],
        "def f(b):\n    import pickle\n    return map(pickle.loads, b)\n": [
            (3, 16, "pickle.loads")
        ],
    }.items():
        expect_equal(
            uses(text),
            expected,
            what=f"the findings in {text!r}",
            idea="Which names mean the function in this module, and which lines gave them? Look for those anywhere in the file before you look for uses, called or handed on.",
            page=PAGE,
        )


def test_text_that_only_looks_like_a_use_is_no_finding() -> None:
    text = '"""Never call pickle.loads(data)."""\nimport pickle\nhelp = "pickle.load(f)"  # pickle.loads(x)\n'
    expect_equal(
        uses(text),
        [],
        what="the findings in a docstring, a string and a comment",
        idea="A regular expression can't tell code from text about code. The parser can; and the hook must be able to pass itself.",
        page=PAGE,
    )


def test_a_reason_on_the_line_lets_a_use_pass() -> None:
    base = "import pickle\npickle.loads(b'x')"
    for comment, passes in {
        "  # nosec safe-source: written by this test a line ago": True,
        "  #nosec safe-source:ours": True,
        "  # nosec": False,
        "  # nosec safe-source": False,
        "  # nosec safe-source:   ": False,
        "  # trust me": False,
    }.items():
        expect_equal(
            uses(base + comment + "\n") == [],
            passes,
            what=f"whether the comment {comment.strip()!r} lets the line pass",
            idea="An exception without a reason can't be reviewed.",
            page=PAGE,
        )


def test_a_reason_inside_a_string_is_no_reason() -> None:
    text = (
        "import pickle\npickle.loads(b'# nosec safe-source: x')\n# nosec safe-source: wrong line\n"
    )
    expect_equal(
        uses(text),
        [(2, 1, "pickle.loads")],
        what="the findings where the reason stands in a string and on another line",
        idea="The ast drops comments; the tokenize module keeps them, with their line.",
        page=PAGE,
    )


def test_only_the_repositorys_own_tests_folder_is_exempt() -> None:
    for path, expected in {
        "tests/test_x.py": True,
        "./tests/deep/test_x.py": True,
        "src/tests/x.py": False,
        "tests_old/x.py": False,
        "src/x.py": False,
        "notes.md": True,
    }.items():
        expect_equal(
            hook().exempt(path),
            expected,
            what=f"exempt({path!r})",
            idea="Compare the first part of the path, not the first letters of the text: Path(path).parts.",
            page=PAGE,
        )


def test_the_report_names_place_function_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("src", "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text(
            "import pickle\n\nx = [pickle.loads(b''), pickle.load]\n", encoding="utf-8"
        )
    code = hook().main(["src/a.py", "tests/a.py"])
    lines = capsys.readouterr().out.splitlines()
    expect_equal(
        (code, [line.split(" ")[0] for line in lines]),
        (1, ["src/a.py:3:6:", "src/a.py:3:25:"]),
        what="the exit code, and where the printed lines point",
        idea="path:line:col: is what editors and terminals turn into a link. One line a finding, in reading order.",
        page=PAGE,
    )
    expect_true(
        "pickle.loads" in lines[0] and "safetensors" in lines[0],
        what="the message",
        expected="names pickle.loads and says safetensors",
        got=lines[0],
        idea="A hook that only says no is a hook that people switch off.",
        page=PAGE,
    )


def test_nothing_to_look_at_is_fine() -> None:
    expect_equal(
        hook().main([]),
        0,
        what="the exit code for no files",
        idea="pre-commit calls a hook with the staged files that match, which may be none.",
        page=PAGE,
    )


def test_a_file_that_cannot_be_judged_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.py").write_text("x = 1\ndef f(:\n", encoding="utf-8")
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "zero.py").write_bytes(b"x = 1\x00\n")
    (tmp_path / "bad.py").write_text("import pickle\npickle.loads(b'')\n", encoding="utf-8")
    code = hook().main(["broken.py", "latin.py", "zero.py", "absent.py", "bad.py"])
    lines = capsys.readouterr().out.splitlines()
    expect_equal(
        (code, [line.split(":")[0] for line in lines]),
        (1, ["broken.py", "latin.py", "zero.py", "absent.py", "bad.py"]),
        what="the exit code and the files named, for a syntax error, bytes that aren't UTF-8, a null byte, a missing file, a real finding",
        idea="ast.parse raises SyntaxError or ValueError, reading raises OSError. Report each, and go on to the next file.",
        page=PAGE,
    )


def test_a_declared_encoding_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nx = 'caf\xe9'\n")
    expect_equal(
        hook().main(["latin.py"]),
        0,
        what="the exit code for a harmless file that declares latin-1",
        idea="Give ast.parse and tokenize.tokenize the bytes: they read the declaration themselves.",
        page=PAGE,
    )


def test_the_hook_passes_itself_and_runs_as_a_program(tmp_path: Path) -> None:
    done = run(sys.executable, "-I", "-S", scripts() / NAME, scripts() / NAME, cwd=tmp_path)
    expect_equal(
        (done.returncode, done.stdout),
        (0, ""),
        what=f"the exit code and output of the hook on its own source ({done.stderr.strip()[-200:]})",
        idea="Standard library only, and no finding in code that merely talks about pickle.",
        page=PAGE,
    )


def test_the_reason_stands_on_the_line_that_names_the_function() -> None:
    text = "import pickle\n\npickle.loads(\n    b'x'\n)  # nosec safe-source: on the call's last line\n"
    named = "import pickle\n\n(pickle\n .loads)  # nosec safe-source: begins a line above\n"
    expect_equal(
        (uses(text), uses(named)),
        ([(3, 1, "pickle.loads")], [(3, 2, "pickle.loads")]),
        what="the findings where the reason stands on a later line of the same expression",
        idea="A reader looks for the reason where the finding points. Which line do you report?",
        page=PAGE,
    )


def test_one_file_that_cannot_be_judged_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.py").write_text("def f(:\n", encoding="utf-8")
    for name in ("broken.py", "absent.py"):
        code = hook().main([name])
        printed = capsys.readouterr().out
        expect_equal(
            (code, printed.startswith(f"{name}:1:")),
            (1, True),
            what=f"(exit code, the line begins with {name}:1:) for {name} alone",
            idea="What can't be judged doesn't pass: what would a commit with a file that no parser reads let through?",
            page=PAGE,
        )
