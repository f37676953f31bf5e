"""The skeleton generator: what becomes of a region, what is refused, and that a person's work is never overwritten."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import Cortex
from hypothesis import given
from hypothesis import strategies as st
from tiny_curriculum import commit

from cortex.dev import skeleton
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.files.skeleton import render

ROOT = Path(__file__).parents[2]


def made(text: str, file: str = "x.py") -> str:
    return render(textwrap.dedent(text).lstrip("\n"), file)


def test_a_body_becomes_one_raise_below_signature_and_docstring() -> None:
    assert (
        made('''
            def add(a: int, b: int = 2) -> int:
                """The sum."""
                # lab 03.1 - add the two
                total = a + b
                return total
                # end lab
            ''')
        == textwrap.dedent('''
            def add(a: int, b: int = 2) -> int:
                """The sum."""
                raise NotImplementedError("Lab 03.1 - add the two")
            ''').lstrip()
    )


def test_without_words_the_qualified_name_stands_in() -> None:
    text = made("""
        class Stack:
            def push(self, x: int) -> None:
                # lab 03.10
                self.items.append(x)
                # end lab
        """)
    assert 'raise NotImplementedError("Lab 03.10 - Stack.push")' in text


def test_what_stands_outside_the_markers_stays() -> None:
    text = made("""
        def f(x: int) -> int:
            if x < 0:
                raise ValueError(x)
            else:
                # lab 03.1
                y = x
                # end lab
            return y
        """)
    assert "raise ValueError(x)" in text and "return y" in text
    assert '        raise NotImplementedError("Lab 03.1 - f")' in text


def test_private_helpers_at_module_level_become_one_comment() -> None:
    text = made("""
        import re


        # lab 03.1 - a helper, if you want one
        _WORD = re.compile("x")


        def _helper() -> int:
            return 1


        # end lab


        def after() -> int:
            return 2
        """)
    assert text == textwrap.dedent("""
        import re


        # Lab 03.1 - a helper, if you want one: write it here


        def after() -> int:
            return 2
        """).lstrip("\n")


def test_a_helper_in_a_class_becomes_a_comment_at_its_indentation() -> None:
    text = made('''
        class A:
            """A class."""

            # lab 03.1
            @staticmethod
            def _twice(x: int) -> int:
                return 2 * x

            # end lab
        ''')
    assert "\n    # Lab 03.1 - _twice: write it here\n" in text
    assert "staticmethod" not in text


def test_a_marker_inside_a_string_is_no_marker() -> None:
    text = 'HELP = """\n# lab 03.1\n# end lab\n"""\n'
    assert render(text, "x.py") == text


def test_a_file_without_markers_is_copied_as_it_is() -> None:
    text = "x = 1  \n\n\n\n# odd\tlayout"
    assert render(text, "x.py") == text


def test_other_files_keep_their_lines_and_lose_the_region() -> None:
    text = (
        "default:\n    @just --list\n\n# lab 03.2 - the recipe `go`\ngo:\n    @echo go\n# end lab\n"
    )
    assert render(text, "learner.just") == (
        "default:\n    @just --list\n\n# Lab 03.2 - the recipe `go`: write it here\n"
    )


DAMAGED = {
    "never closed": (
        "def f():\n    # lab 03.1\n    return 1\n",
        2,
        "lab 03.1 is never closed",
    ),
    "closed twice": (
        "def f():\n    # lab 03.1\n    return 1\n    # end lab\n    # end lab\n",
        5,
        "`# end lab` closes nothing",
    ),
    "nested": (
        "def f():\n    # lab 03.1\n    # lab 03.2\n    return 1\n    # end lab\n    # end lab\n",
        3,
        "lab 03.2 opens inside lab 03.1 of line 2",
    ),
    "misspelt": (
        "def f():\n    # Lab 03.1\n    return 1\n    # end lab\n",
        2,
        "'# Lab 03.1' is almost a marker",
    ),
    "no such id": (
        "def f():\n    # lab 3.1\n    return 1\n    # end lab\n",
        2,
        "'# lab 3.1' is almost a marker",
    ),
    "misspelt end": (
        "def f():\n    # lab 03.1\n    return 1\n    # endlab\n",
        4,
        "'# endlab' is almost a marker",
    ),
    "behind code": (
        "def f():\n    x = 1  # lab 03.1\n    return x\n    # end lab\n",
        2,
        "a marker stands on a line of its own",
    ),
    "end indented otherwise": (
        "def f():\n    # lab 03.1\n    return 1\n# end lab\n",
        4,
        "`# end lab` isn't indented like the marker of line 2",
    ),
    "indented otherwise": (
        "def f():\n# lab 03.1\n    return 1\n# end lab\n",
        2,
        "the marker of lab 03.1 isn't indented like the code below it",
    ),
    "empty": (
        "def f():\n    # lab 03.1\n    # only words\n    # end lab\n    return 1\n",
        2,
        "nothing stands between the markers of lab 03.1",
    ),
    "half a statement": (
        "def f(x):\n    # lab 03.1\n    if x:\n        return 1\n    # end lab\n    else:\n        return 2\n",
        2,
        "the marker of lab 03.1 isn't indented like the code below it",
    ),
    "two halves": (
        "def f(x):\n    if x:\n        # lab 03.1\n        y = 1\n    z = [\n        # end lab\n    ]\n",
        3,
        "the region cuts a statement in two",
    ),
    "inside an expression": (
        "x = [\n    # lab 03.1\n    1,\n    # end lab\n]\n",
        2,
        "the region cuts a statement in two",
    ),
    "with the docstring": (
        'def f():\n    # lab 03.1\n    """Words."""\n    return 1\n    # end lab\n',
        2,
        "the docstring is inside the region and would be lost",
    ),
    "a public function": (
        "# lab 03.1\ndef f():\n    return 1\n\n\n# end lab\n",
        1,
        "f is public and would be gone from the skeleton",
    ),
    "not Python": (
        "def f(:\n    # lab 03.1\n    return 1\n    # end lab\n",
        1,
        "isn't Python",
    ),
    "a class left empty": (
        "class A:\n    # lab 03.1\n    _x = 1\n    # end lab\n",
        None,
        "the skeleton made of it isn't Python",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_marker_is_refused_with_its_line(name: str) -> None:
    text, line, message = DAMAGED[name]
    with pytest.raises(CortexError) as caught:
        render(text, "solutions/labkit/x.py")
    assert message in caught.value.problem
    assert caught.value.file == "solutions/labkit/x.py"
    assert line is None or caught.value.line == line


@given(what=st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), min_size=1, max_size=120))
def test_any_words_of_a_marker_arrive_in_the_message(what: str) -> None:
    words = " ".join(what.split())
    if not words:
        return
    text = render(
        f"def f() -> int:\n    # lab 03.1 - {words}\n    return 1\n    # end lab\n", "x.py"
    )
    scope: dict[str, object] = {}
    exec(compile(text, "x.py", "exec"), scope)
    with pytest.raises(NotImplementedError) as caught:
        scope["f"]()  # type: ignore[operator]
    assert str(caught.value) == f"Lab 03.1 - {words}"


LONG = (
    "compare the two manifests and print every difference, sorted by what it means to the learner"
)


def test_what_is_generated_is_formatted_as_ruff_would(tmp_path: Path) -> None:
    awkward = '''
        """A module."""


        def long() -> int:
            """Long."""
            # lab 03.1 - {long}
            return 1
            # end lab


        def quotes() -> int:
            # lab 03.2 - write "yes" or "no"
            return 1
            # end lab


        def both() -> int:

            # lab 03.3 - don't write "yes"
            return 1
            # end lab


        class A:
            """A class."""

            # lab 03.4
            _x = 1

            def _y(self) -> int:
                return self._x

            # end lab

            def z(self) -> int:
                return 1


        # lab 03.5 - the last of it
        def _last() -> int:
            return 1


        # end lab
        '''.replace("{long}", LONG)
    file = tmp_path / "made.py"
    file.write_text(made(awkward), encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "format", "--diff", "--line-length", "100", "--no-cache", "--isolated", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_skeletons_are_formatted_and_parse() -> None:
    files = [path for path in skeleton.generate(Repo(ROOT)) if path.suffix == ".py"]
    assert files
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"))
    done = subprocess.run(
        [Path(sys.executable).with_name("ruff"), "format", "--check", "--no-cache", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_outside_the_packages_are_made_only_if_they_are_marked(tiny: Repo) -> None:
    scripts = tiny.solutions / "scripts"
    scripts.mkdir()
    (scripts / "plain.py").write_text("x = 1\n")
    (scripts / "lab.py").write_text(
        "def f() -> int:\n    # lab 00.1\n    return 1\n    # end lab\n"
    )
    names = {tiny.relative(path) for path in skeleton.generate(tiny)}
    assert names == {"scripts/lab.py", "src/labkit/__init__.py", "src/labkit/tiny.py"}


def test_caches_and_compiled_files_are_not_sources(tiny: Repo) -> None:
    for name in (".mypy_cache/x.py", "labkit/__pycache__/tiny.pyc"):
        path = tiny.solutions / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xff")
    assert [tiny.relative(path) for path in skeleton.sources(tiny)] == [
        "solutions/labkit/__init__.py",
        "solutions/labkit/tiny.py",
    ]


def change_the_reference(repo: Repo) -> None:
    path = repo.solutions / "labkit/tiny.py"
    path.write_text(path.read_text().replace("The sum of two numbers.", "a plus b."))


def test_an_untouched_skeleton_follows_the_reference(tiny: Repo, cortex: Cortex) -> None:
    change_the_reference(tiny)
    assert cortex("dev", "skeleton", "--check").code == 2
    answer = cortex("dev", "skeleton", "--json")
    assert answer.code == 0
    assert answer.json["written"] == ["src/labkit/tiny.py"]
    assert '"""a plus b."""' in (tiny.src / "labkit/tiny.py").read_text()
    assert cortex("dev", "skeleton", "--check").code == 0


def test_a_skeleton_follows_a_reference_that_was_committed_alone(tiny: Repo) -> None:
    change_the_reference(tiny)
    commit(tiny.root, "feat: another docstring")
    assert skeleton.write(tiny).written == ["src/labkit/tiny.py"]


def test_a_skeleton_made_twice_between_commits_still_follows(tiny: Repo) -> None:
    change_the_reference(tiny)
    skeleton.write(tiny)
    path = tiny.solutions / "labkit/tiny.py"
    path.write_text(path.read_text().replace("a plus b.", "b plus a."))
    assert skeleton.write(tiny).written == ["src/labkit/tiny.py"]


@pytest.mark.parametrize("committed", [False, True])
def test_a_learners_work_is_kept_unless_forced(tiny: Repo, cortex: Cortex, committed: bool) -> None:
    path = tiny.src / "labkit/tiny.py"
    mine = path.read_text().replace(
        'raise NotImplementedError("Lab 00.1 - add two numbers")', "return b + a"
    )
    path.write_text(mine)
    if committed:
        commit(tiny.root, "lab: mine")
    for _ in range(2):  # the refusal must not make the file known as generated
        answer = cortex("dev", "skeleton")
        assert answer.code == 2
        assert "src/labkit/tiny.py: it holds changes that no generator made" in answer.out
        assert path.read_text() == mine
    assert cortex("dev", "skeleton", "--force").code == 0
    assert "NotImplementedError" in path.read_text()


def test_a_learners_work_is_kept_where_there_is_no_git(tiny: Repo) -> None:
    (tiny.root / ".git").rename(tiny.root / "elsewhere")
    path = tiny.src / "labkit/tiny.py"
    path.write_text("mine = 1\n")
    assert skeleton.write(tiny).refused == ["src/labkit/tiny.py"]
    assert path.read_text() == "mine = 1\n"


def test_a_skeleton_whose_reference_is_gone_goes_only_if_nobody_touched_it(tiny: Repo) -> None:
    for name in ("old", "mine"):
        (tiny.solutions / f"labkit/{name}.py").write_text("x = 1\n")
    skeleton.write(tiny)
    for name in ("old", "mine"):
        (tiny.solutions / f"labkit/{name}.py").unlink()
    (tiny.src / "labkit/mine.py").write_text("x = 2\n")
    assert skeleton.write(tiny).removed == ["src/labkit/old.py"]
    assert (tiny.src / "labkit/mine.py").read_text() == "x = 2\n"


def test_a_broken_reference_is_named_with_file_and_line(tiny: Repo, cortex: Cortex) -> None:
    path = tiny.solutions / "labkit/tiny.py"
    path.write_text(path.read_text().replace("    # end lab\n", ""))
    answer = cortex("dev", "skeleton")
    assert answer.code == 2
    assert "solutions/labkit/tiny.py:6: lab 00.1 is never closed" in answer.err
