"""`cortex reset`: one lab's skeleton comes back, everything else stays, and nothing that was written is lost."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import tiny_curriculum
from conftest import Cortex, Open

from cortex.files.repo import Repo
from cortex.files.skeleton import render

SOURCE = "src/labkit/tiny.py"
REFERENCE = '''
    """Adding, and more."""

    # lab 00.2 - a helper
    _ONE = 1
    # end lab


    class Stack:
        """Numbers."""

        def push(self, x: int) -> None:
            """Puts one on top."""
            # lab 00.2
            self.items = [x]
            # end lab

        @property
        def top(self) -> int:
            """The last one."""
            # lab 00.1
            return self.items[-1]
            # end lab


    def add(a: int, b: int) -> int:
        """The sum of two numbers."""
        # lab 00.1 - add two numbers
        return a + b
        # end lab


    def double(a: int) -> int:
        """Twice a number."""
        # lab 00.2
        return add(a, a)
        # end lab
    '''
MINE = '''
    """Adding, and more."""
    from functools import reduce

    _ONE = 2


    def mine(a):
        return a  # my own


    class Stack:
        def push(self, x: int) -> None:
            self.items = [x, x]

        @property
        def top(self) -> int:
            return self.items[0]
            # or the last one?

        def other(self): return 7


    def add(a, b):
        """Mine."""
        return mine(a) - b

    # what comes now is lab 2
    def double(a: int) -> int:
        return 3 * a
    '''


def text(source: str) -> str:
    return textwrap.dedent(source).lstrip("\n")


def write(repo: Repo, name: str, source: str) -> Path:
    path = repo.root / name
    path.write_bytes(source.encode("utf-8", "surrogateescape"))
    return path


@pytest.fixture
def shared(tiny: Repo) -> Repo:
    """A file that two labs write, as a learner has it."""
    phase = tiny.root / "docs/phase-00-tiny/phase.yaml"
    first, rest = phase.read_text().split("breaks:", 1)
    lab = first[first.index('  - id: "00.1"') :]
    phase.write_text(first + lab.replace('"00.1"', '"00.2"') + "breaks:" + rest)
    write(tiny, "solutions/labkit/tiny.py", text(REFERENCE))
    write(tiny, SOURCE, text(MINE))
    return tiny


def kept(repo: Repo) -> list[Path]:
    return sorted(
        path for path in repo.root.glob("learners/ada/log/reset/*/**/*") if path.is_file()
    )


def test_the_skeleton_comes_back_the_old_text_is_kept_and_the_pass_is_stale(
    cortex: Cortex, tiny: Repo
) -> None:
    cortex("open", "00")
    tiny_curriculum.solve(tiny.root)
    cortex("check", "00.1")
    before = (tiny.root / SOURCE).read_bytes()
    answer = cortex("reset", "00.1", "--yes")
    assert answer.code == 0
    (copy,) = kept(tiny)
    assert copy.read_bytes() == before
    folder = copy.parents[2].relative_to(tiny.root).as_posix()
    assert folder.startswith("learners/ada/log/reset/") and folder.endswith("-00.1")
    assert f"What you had is in {folder}" in answer.out
    assert answer.out.endswith("→ just check 00.1\n")
    assert (tiny.root / SOURCE).read_text() == text(tiny_curriculum.FILES[SOURCE])
    (lab,) = [
        line
        for line in cortex("status", "--json").json["phases"][0]["lines"]
        if line["kind"] == "lab"
    ]
    assert lab["mark"] == "stale"


def test_in_a_shared_file_only_this_labs_functions_change(cortex: Cortex, shared: Repo) -> None:
    answer = cortex("reset", "00.1", "--yes", "--json").json
    assert (answer["files"], answer["whole"], answer["done"]) == ([SOURCE], [], True)
    assert (shared.root / SOURCE).read_text() == text('''
        """Adding, and more."""
        from functools import reduce

        _ONE = 2


        def mine(a):
            return a  # my own


        class Stack:
            def push(self, x: int) -> None:
                self.items = [x, x]

            @property
            def top(self) -> int:
                """The last one."""
                raise NotImplementedError("Lab 00.1 - Stack.top")

            def other(self): return 7


        def add(a: int, b: int) -> int:
            """The sum of two numbers."""
            raise NotImplementedError("Lab 00.1 - add two numbers")

        # what comes now is lab 2
        def double(a: int) -> int:
            return 3 * a
        ''')


def test_helpers_under_the_references_names_become_its_comment_again(
    cortex: Cortex, shared: Repo
) -> None:
    assert cortex("reset", "00.2", "--yes").code == 0
    new = (shared.root / SOURCE).read_text()
    assert "from functools import reduce\n\n# Lab 00.2 - a helper: write it here\n\n" in new
    assert "_ONE" not in new and "return mine(a) - b" in new and "return self.items[0]" in new
    assert new.count("raise NotImplementedError") == 2
    before = len(kept(shared))
    assert cortex("reset", "00.2", "--yes").code == 0
    assert len(kept(shared)) == before


def test_both_labs_one_after_the_other_leave_only_the_learners_own(
    cortex: Cortex, shared: Repo
) -> None:
    write(shared, SOURCE, text(REFERENCE))
    for lab in ("00.1", "00.2"):
        assert cortex("reset", lab, "--yes").code == 0
    new = (shared.root / SOURCE).read_text()
    said = [line for line in new.split("\n") if not line.strip().startswith(("# lab", "# end lab"))]
    assert "\n".join(said) == render(text(REFERENCE), SOURCE)


@pytest.mark.parametrize("extra", ["def add(a, b):\n    raise ValueError\n", "add = None\n"])
def test_a_function_written_twice_is_brought_back_once(
    cortex: Cortex, shared: Repo, extra: str
) -> None:
    write(shared, SOURCE, text(MINE) + extra)
    assert cortex("reset", "00.1", "--yes").code == 0
    new = (shared.root / SOURCE).read_text()
    assert new.count("def add(") == 1 and "add = None" not in new and "return 3 * a" in new


def test_line_ends_and_a_byte_order_mark_stay(cortex: Cortex, shared: Repo) -> None:
    write(shared, SOURCE, "\ufeff" + text(MINE).replace("\n", "\r\n"))
    assert cortex("reset", "00.1", "--yes").code == 0
    new = (shared.root / SOURCE).read_bytes()
    assert new.startswith(b"\xef\xbb\xbf") and new.count(b"\n") == new.count(b"\r\n") > 20
    assert b"Lab 00.1 - add two numbers" in new


@pytest.mark.parametrize(
    ("damage", "problem", "todo"),
    [
        (("return 3 * a", "return 3 *"), ":29: isn't Python", "Mend that line"),
        (("def add(", "def sum_up("), ": add isn't there any more", "Write add back"),
        (
            ("def top(self)", "def peek(self)"),
            ": Stack.top isn't there any more",
            "Write Stack.top back",
        ),
    ],
)
def test_where_a_shared_file_hides_the_lab_nothing_changes_and_the_way_on_is_told(
    cortex: Cortex, shared: Repo, damage: tuple[str, str], problem: str, todo: str
) -> None:
    path = write(shared, SOURCE, text(MINE).replace(*damage))
    before = path.read_bytes()
    answer = cortex("reset", "00.1", "--yes")
    assert answer.code == 1
    assert SOURCE + problem in answer.err and "00.2 writes this file too" in answer.err
    assert todo in answer.err and answer.err.endswith("then: just reset 00.1\n")
    assert path.read_bytes() == before and kept(shared) == []


def test_a_class_that_is_indented_in_another_way_is_left_alone(
    cortex: Cortex, shared: Repo
) -> None:
    path = write(shared, SOURCE, text(MINE).replace("    ", "  "))
    before = path.read_bytes()
    answer = cortex("reset", "00.1", "--yes")
    assert (answer.code, path.read_bytes()) == (1, before)
    assert "Indent it by four spaces, then: just reset 00.1" in answer.err


@pytest.mark.parametrize("held", ["def add(a, b:\n", "x = 1\n", "\udcff", "\0"])
def test_a_file_that_no_other_lab_writes_comes_back_whole(
    cortex: Cortex, tiny: Repo, held: str
) -> None:
    path = write(tiny, SOURCE, held)
    before = path.read_bytes()
    answer = cortex("reset", "00.1", "--yes", "--json").json
    assert (answer["ok"], answer["whole"]) == (True, [SOURCE])
    assert path.read_text() == text(tiny_curriculum.FILES[SOURCE])
    (copy,) = kept(tiny)
    assert copy.read_bytes() == before


def test_a_shared_file_that_is_gone_or_empty_comes_back_whole(cortex: Cortex, shared: Repo) -> None:
    path = shared.root / SOURCE
    for _ in range(2):
        path.unlink()
        assert cortex("reset", "00.1", "--yes").code == 0
        assert path.read_text() == render(text(REFERENCE), SOURCE)
    path.write_text("\n")
    assert cortex("reset", "00.2", "--yes").code == 0
    assert path.read_text() == render(text(REFERENCE), SOURCE)


def test_where_the_skeleton_stands_nothing_is_asked_and_nothing_written(
    cortex: Cortex, tiny: Repo
) -> None:
    answer = cortex("reset", "00.1")
    assert answer.code == 0
    assert "nothing to reset" in answer.out
    assert not (tiny.root / "learners/ada").exists()


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_without_a_terminal_and_without_yes_nothing_happens(
    cortex: Cortex, tiny: Repo, words: tuple[str, ...]
) -> None:
    tiny_curriculum.solve(tiny.root)
    before = (tiny.root / SOURCE).read_bytes()
    answer = cortex("reset", "00.1", *words)
    assert answer.code == 2
    told = answer.json if words else {"error": answer.err, "next": answer.err}
    assert f"takes your code of lab 00.1 out of {SOURCE}" in told["error"]
    assert "just reset 00.1 --yes" in told["next"]
    assert (tiny.root / SOURCE).read_bytes() == before


@pytest.mark.parametrize(("key", "code"), [("y", 0), ("n", 1)])
def test_on_a_terminal_it_asks(terminal: Open, tiny: Repo, key: str, code: int) -> None:
    tiny_curriculum.solve(tiny.root)
    before = (tiny.root / SOURCE).read_text()
    screen = terminal("reset", "00.1")
    assert f"{SOURCE}: your code of lab 00.1" in screen.until("y or n: ")
    screen.type(f"{key}\n")
    assert screen.end() == code
    assert ((tiny.root / SOURCE).read_text() == before) == (key == "n")
    assert len(kept(tiny)) == (key == "y")


def test_what_cannot_be_kept_is_not_taken(cortex: Cortex, tiny: Repo) -> None:
    tiny_curriculum.solve(tiny.root)
    before = (tiny.root / SOURCE).read_bytes()
    cortex("open", "00")
    log = tiny.root / "learners/ada/log"
    for path in [*log.rglob("*"), log]:
        path.unlink() if path.is_file() else path.rmdir()
    log.write_text("in the way: not even root can make a folder here")
    answer = cortex("reset", "00.1", "--yes")
    assert answer.code == 2 and "learners/ada/log/reset" in answer.err
    assert (tiny.root / SOURCE).read_bytes() == before


def test_a_link_out_of_the_checkout_is_refused(cortex: Cortex, tiny: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("x = 1\n")
    (tiny.root / SOURCE).unlink()
    (tiny.root / SOURCE).symlink_to(outside)
    assert cortex("reset", "00.1", "--yes").code == 2
    assert outside.read_text() == "x = 1\n"
