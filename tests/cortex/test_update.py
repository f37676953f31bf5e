"""`cortex update`: upstream's changes come in, the learner's stay, and whatever goes wrong leaves all as it was."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import ROOT, Answered, Cortex, clean_environment
from tiny_curriculum import commit

from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.upkeep import moves, update

CODE = "src/labkit/tiny.py"
LONG = "src/labkit/long.py"
LINES = [f"x{i} = {i}\n" for i in range(30)]


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=root, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return done.stdout.strip()


def write(root: Path, name: str, text: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def changed(line: int, text: str) -> str:
    return "".join([*LINES[:line], text + "\n", *LINES[line + 1 :]])


class Pair:
    """Upstream's repository and a learner's clone of it, with the remote called upstream."""

    def __init__(self, upstream: Path, mine: Path) -> None:
        self.upstream, self.mine = upstream, mine

    def upstream_does(self, **files: str | bytes | None) -> None:
        self._do(self.upstream, files)

    def learner_does(self, **files: str | bytes | None) -> None:
        self._do(self.mine, files)

    def _do(self, root: Path, files: dict[str, str | bytes | None]) -> None:
        for name, text in files.items():
            if text is None:
                (root / name).unlink()
            else:
                write(root, name, text)
        commit(root, "work")

    def text(self, name: str) -> str:
        return (self.mine / name).read_text(encoding="utf-8")

    @property
    def head(self) -> str:
        return git(self.mine, "rev-parse", "HEAD")

    @property
    def dirt(self) -> str:
        return git(self.mine, "status", "--porcelain")

    def state(self) -> tuple[str, str, dict[str, bytes]]:
        """HEAD, git's view of the tree, and every file."""
        files = {
            path.relative_to(self.mine).as_posix(): path.read_bytes()
            for path in self.mine.rglob("*")
            if path.is_file() and not {".git", ".cache"} & set(path.relative_to(self.mine).parts)
        }
        return self.head, self.dirt, files


@pytest.fixture
def pair(tiny: Repo, tmp_path: Path) -> Pair:
    write(tiny.root, LONG, "".join(LINES))
    commit(tiny.root, "a longer file")
    mine = tmp_path / "a clone with spaces"
    git(tmp_path, "clone", "-q", "-o", "upstream", str(tiny.root), str(mine))
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(mine, "config", key, value)
    return Pair(tiny.root, mine)


@pytest.fixture
def run(pair: Pair, cortex: Cortex) -> Cortex:
    """`cortex update ARGS` in the learner's clone."""

    def go(*args: str, **rest: object) -> Answered:
        return cortex("update", *args, cwd=pair.mine, **rest)

    return go


def test_an_update_without_news_changes_nothing(pair: Pair, run: Cortex) -> None:
    before = pair.state()
    answer = run()
    assert answer.code == 0
    assert "Nothing new in upstream/main." in answer.out
    assert pair.state() == before
    assert git(pair.mine, "for-each-ref", "refs/cortex") == ""


def test_a_clone_without_own_commits_moves_forward(pair: Pair, run: Cortex) -> None:
    pair.upstream_does(**{LONG: changed(3, "x3 = 33"), "docs/new.md": "# New\n"})
    answer = run("--json")
    assert answer.code == 0
    assert answer.json["updated"] == [LONG] and answer.json["added"] == ["docs/new.md"]
    assert pair.head == git(pair.upstream, "rev-parse", "HEAD")
    assert pair.dirt == ""
    assert pair.text("docs/new.md") == "# New\n"


def test_every_kind_of_change_in_one_update(pair: Pair, run: Cortex) -> None:
    mine = pair.text(CODE).replace("raise NotImplementedError", "return a + b  #")
    pair.learner_does(
        **{CODE: mine, LONG: changed(25, "x25 = 'mine'"), "src/labkit/own.py": "own = 1\n"}
    )
    pair.upstream_does(
        **{
            LONG: changed(2, "x2 = 'upstream'"),
            "docs/new.md": "# New\n",
            "docs/phase-00-tiny/README.md": "# Changed\n",
            "learners/_template/README.md": None,
        }
    )
    head, theirs = pair.head, git(pair.upstream, "rev-parse", "HEAD")
    answer = run("--json")
    assert answer.code == 0, answer.err
    assert pair.text(CODE) == mine
    assert pair.text("src/labkit/own.py") == "own = 1\n"
    assert pair.text(LONG) == changed(2, "x2 = 'upstream'").replace("x25 = 25", "x25 = 'mine'")
    assert pair.text("docs/phase-00-tiny/README.md") == "# Changed\n"
    assert not (pair.mine / "learners/_template").exists()
    told = answer.json
    assert told["merged"] == [LONG]
    assert told["added"] == ["docs/new.md"]
    assert told["updated"] == ["docs/phase-00-tiny/README.md"]
    assert told["removed"] == ["learners/_template/README.md"]
    assert told["conflicts"] == []
    assert git(pair.mine, "rev-parse", "HEAD^1", "HEAD^2").split() == [head, theirs]
    assert git(pair.mine, "rev-parse", told["backup"]) == head
    assert pair.dirt == ""


def test_the_way_back_that_is_told_leads_back(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{"src/labkit/own.py": "own = 1\n"})
    pair.upstream_does(**{LONG: changed(2, "x2 = 'upstream'")})
    before = pair.state()
    undo = run("--json").json["undo"]
    assert undo.startswith("git reset --keep refs/cortex/before-update/")
    git(pair.mine, *undo.split()[1:])
    assert pair.state() == before


def test_the_next_update_starts_where_this_one_ended(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{LONG: changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: changed(2, "x2 = 'one'")})
    assert run().code == 0
    pair.upstream_does(**{LONG: changed(2, "x2 = 'two'")})
    assert run().code == 0
    assert pair.text(LONG) == changed(2, "x2 = 'two'").replace("x20 = 20", "x20 = 'mine'")
    assert run().out.startswith("✓ Nothing new")


@pytest.mark.parametrize("name", [LONG, "docs/phase-00-tiny/README.md"])
def test_in_a_conflict_the_learners_file_stays_and_upstreams_lies_beside(
    pair: Pair, run: Cortex, name: str
) -> None:
    pair.learner_does(**{name: changed(7, "x7 = 'mine'")})
    pair.upstream_does(**{name: changed(7, "x7 = 'upstream'"), "docs/new.md": "# New\n"})
    answer = run("--json")
    assert answer.code == 1
    assert pair.text(name) == changed(7, "x7 = 'mine'")
    assert pair.text(f"{name}.upstream") == changed(7, "x7 = 'upstream'")
    assert pair.text("docs/new.md") == "# New\n", "the rest comes in"
    assert pair.dirt == f"?? {name}.upstream"
    (conflict,) = answer.json["conflicts"]
    assert (conflict["path"], conflict["beside"]) == (name, f"{name}.upstream")
    assert "git diff --no-index" in answer.json["next"]
    again = run()
    assert again.code == 0 and "Nothing new" in again.out


def test_upstreams_version_never_lands_on_a_file_that_is_there(pair: Pair, run: Cortex) -> None:
    write(pair.mine, f"{LONG}.upstream", "my own notes\n")
    pair.learner_does(**{LONG: changed(7, "x7 = 'mine'")})
    pair.upstream_does(**{LONG: changed(7, "x7 = 'upstream'")})
    assert run().code == 1
    assert pair.text(f"{LONG}.upstream") == "my own notes\n"
    assert pair.text(f"{LONG}.upstream-2") == changed(7, "x7 = 'upstream'")


def test_changes_that_merge_into_what_is_no_python_are_a_conflict(pair: Pair, run: Cortex) -> None:
    start = "if x:\n" + "    y = 1\n" * 20
    pair.upstream_does(**{LONG: start})
    assert run().code == 0
    pair.learner_does(**{LONG: start.replace("if x:", "with x:")})
    pair.upstream_does(**{LONG: start + "else:\n    z = 2\n"})
    answer = run("--json")
    assert answer.code == 1
    assert answer.json["conflicts"][0]["why"] == "the two changes together aren't valid Python"
    assert pair.text(LONG).startswith("with x:")


def test_a_file_that_one_side_removed_and_the_other_changed(pair: Pair, run: Cortex) -> None:
    pair.upstream_does(**{"a.txt": "a\n", "b.txt": "b\n"})
    assert run().code == 0
    pair.learner_does(**{"a.txt": "mine\n", "b.txt": None})
    pair.upstream_does(**{"a.txt": None, "b.txt": "upstream\n"})
    answer = run("--json")
    assert answer.code == 1
    assert pair.text("a.txt") == "mine\n"
    assert not (pair.mine / "b.txt").exists()
    assert pair.text("b.txt.upstream") == "upstream\n"
    assert {c["path"]: c["why"] for c in answer.json["conflicts"]} == {
        "a.txt": "upstream removed it, you changed it",
        "b.txt": "you removed it, upstream changed it",
    }


def test_a_file_that_both_removed_or_both_changed_alike_is_no_conflict(
    pair: Pair, run: Cortex
) -> None:
    pair.upstream_does(**{"a.txt": "a\n"})
    assert run().code == 0
    pair.learner_does(**{"a.txt": None, LONG: changed(1, "x1 = 'same'"), "own": "1\n"})
    pair.upstream_does(**{"a.txt": None, LONG: changed(1, "x1 = 'same'")})
    assert run().code == 0
    assert pair.dirt == ""


def test_files_that_both_added(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{"same.txt": "x\n", "other.txt": "mine\n"})
    pair.upstream_does(**{"same.txt": "x\n", "other.txt": "upstream\n"})
    answer = run("--json")
    assert [c["path"] for c in answer.json["conflicts"]] == ["other.txt"]
    assert pair.text("other.txt") == "mine\n"
    assert pair.text("other.txt.upstream") == "upstream\n"


def test_binary_files_are_taken_whole_or_put_beside(pair: Pair, run: Cortex) -> None:
    pair.upstream_does(**{"a.bin": b"\0\xff1", "b.bin": b"\0\xff1"})
    assert run().code == 0
    pair.learner_does(**{"b.bin": b"\0\xffmine"})
    pair.upstream_does(**{"a.bin": b"\0\xff2", "b.bin": b"\0\xff2"})
    answer = run("--json")
    assert (pair.mine / "a.bin").read_bytes() == b"\0\xff2"
    assert (pair.mine / "b.bin").read_bytes() == b"\0\xffmine"
    assert (pair.mine / "b.bin.upstream").read_bytes() == b"\0\xff2"
    assert answer.json["conflicts"][0]["why"] == "it isn't text"


def test_modes_and_links_and_odd_names_come_along(pair: Pair, run: Cortex) -> None:
    names = ["docs/sí señor.md", "docs/a\tb.md", "docs/ -x.md"]
    pair.learner_does(**{LONG: changed(20, "x20 = 'mine'")})
    for name in names:
        write(pair.upstream, name, "x\n")
    (pair.upstream / "docs/link.md").symlink_to(names[0].removeprefix("docs/"))
    (pair.upstream / LONG).chmod(0o755)
    commit(pair.upstream, "names")
    answer = run("--json")
    assert answer.code == 0
    assert set(answer.json["added"]) == {*names, "docs/link.md"}
    assert (pair.mine / "docs/link.md").is_symlink() and pair.text("docs/link.md") == "x\n"
    assert os.access(pair.mine / LONG, os.X_OK)
    assert "mine" in pair.text(LONG)
    assert pair.dirt == ""


def test_a_file_against_a_folder_leaves_the_learners(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{"notes": "mine\n", "deep/a.txt": "mine\n"})
    pair.upstream_does(**{"notes/index.md": "upstream\n", "deep": "upstream\n"})
    answer = run("--json")
    assert answer.code == 1, answer.err
    assert pair.text("notes") == "mine\n" and pair.text("deep/a.txt") == "mine\n"
    assert pair.text("notes.upstream/index.md") == "upstream\n"
    assert pair.text("deep.upstream") == "upstream\n"


def test_a_folder_that_becomes_a_file_upstream_does_so_here(pair: Pair, run: Cortex) -> None:
    pair.upstream_does(**{"deep/a.txt": "a\n"})
    assert run().code == 0
    pair.learner_does(**{"own.txt": "own\n"})
    shutil.rmtree(pair.upstream / "deep")
    pair.upstream_does(**{"deep": "now a file\n"})
    assert run().code == 0
    assert pair.text("deep") == "now a file\n"


def test_what_is_unsaved_in_learners_stays_unsaved_and_untouched(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{"learners/ada/progress.md": "one\n"})
    write(pair.mine, "learners/ada/progress.md", "two\n")
    write(pair.mine, "learners/ada/journal/2026-01-02.md", "today\n")
    git(pair.mine, "add", "learners/ada/progress.md")
    pair.upstream_does(**{LONG: changed(2, "x2 = 'upstream'")})
    dirt = pair.dirt
    assert run().code == 0
    assert pair.text(LONG) == changed(2, "x2 = 'upstream'")
    assert pair.text("learners/ada/progress.md") == "two\n"
    assert pair.dirt == dirt


# A file that one side moved.

MOVED = "src/labkit/moved/longer.py"


def test_a_learners_change_moves_along_with_a_file_that_upstream_renamed(
    pair: Pair, run: Cortex
) -> None:
    pair.learner_does(**{LONG: changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: None, MOVED: changed(2, "x2 = 'upstream'")})
    answer = run("--json")
    assert answer.code == 0, answer.err
    assert not (pair.mine / LONG).exists()
    assert pair.text(MOVED) == changed(2, "x2 = 'upstream'").replace("x20 = 20", "x20 = 'mine'")
    told = answer.json
    assert told["renamed"] == [{"old": LONG, "new": MOVED}]
    assert told["merged"] == [MOVED]
    assert told["added"] == told["removed"] == told["conflicts"] == []
    assert pair.dirt == ""
    pair.upstream_does(**{MOVED: changed(3, "x3 = 'later'")})
    assert run().code == 0
    assert "'later'" in pair.text(MOVED) and "'mine'" in pair.text(MOVED)


def test_a_file_that_was_only_renamed_is_told_as_moved(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{"own.txt": "own\n"})
    pair.upstream_does(**{LONG: None, MOVED: "".join(LINES)})
    answer = run()
    assert answer.code == 0
    assert f"1 moved\n  {LONG} -> {MOVED}\n" in answer.out
    assert "1 new" not in answer.out and "gone" not in answer.out
    assert pair.text(MOVED) == "".join(LINES) and not (pair.mine / LONG).exists()


def test_upstreams_change_arrives_in_a_file_that_the_learner_renamed(
    pair: Pair, run: Cortex
) -> None:
    pair.learner_does(**{LONG: None, "src/labkit/own.py": changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: changed(2, "x2 = 'upstream'")})
    answer = run("--json")
    assert answer.code == 0, answer.err
    assert not (pair.mine / LONG).exists()
    assert "'upstream'" in pair.text("src/labkit/own.py")
    assert "'mine'" in pair.text("src/labkit/own.py")
    assert answer.json["merged"] == ["src/labkit/own.py"]


def test_a_conflict_in_a_renamed_file_leaves_the_learners_at_the_new_place(
    pair: Pair, run: Cortex
) -> None:
    pair.learner_does(**{LONG: changed(7, "x7 = 'mine'")})
    pair.upstream_does(**{LONG: None, MOVED: changed(7, "x7 = 'upstream'")})
    assert run().code == 1
    assert pair.text(MOVED) == changed(7, "x7 = 'mine'")
    assert pair.text(f"{MOVED}.upstream") == changed(7, "x7 = 'upstream'")
    assert pair.dirt == f"?? {MOVED}.upstream"


def test_a_file_that_both_renamed_alike_is_merged_there(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{LONG: None, MOVED: changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: None, MOVED: changed(2, "x2 = 'upstream'")})
    assert run().code == 0
    assert pair.text(MOVED) == changed(2, "x2 = 'upstream'").replace("x20 = 20", "x20 = 'mine'")


def test_a_file_that_both_renamed_differently_is_there_twice_and_told(
    pair: Pair, run: Cortex
) -> None:
    own = "src/labkit/own.py"
    pair.learner_does(**{LONG: None, own: changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: None, MOVED: changed(2, "x2 = 'upstream'")})
    answer = run("--json")
    assert answer.code == 1
    assert pair.text(own) == changed(20, "x20 = 'mine'")
    assert pair.text(MOVED) == changed(2, "x2 = 'upstream'")
    (conflict,) = answer.json["conflicts"]
    assert (conflict["path"], conflict["beside"]) == (own, MOVED)
    assert conflict["why"] == f"you moved {LONG} here, upstream moved it there"
    assert conflict["todo"].startswith(f"git diff --no-index {own} {MOVED}, keep one")
    assert pair.dirt == ""


@pytest.mark.parametrize("edited", [False, True])
def test_upstreams_rename_onto_a_file_of_the_learners_leaves_both_of_theirs(
    pair: Pair, run: Cortex, edited: bool
) -> None:
    pair.learner_does(**{MOVED: "own = 1\n"})
    if edited:
        pair.learner_does(**{LONG: changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: None, MOVED: changed(2, "x2 = 'upstream'")})
    answer = run("--json")
    assert answer.code == 1
    assert pair.text(MOVED) == "own = 1\n"
    assert pair.text(f"{MOVED}.upstream") == changed(2, "x2 = 'upstream'")
    why = {conflict["path"]: conflict["why"] for conflict in answer.json["conflicts"]}
    if edited:
        assert pair.text(LONG) == changed(20, "x20 = 'mine'")
        assert why.pop(LONG) == f"upstream moved it to {MOVED}, you changed it"
    assert why == {MOVED: "both of you added it"}


def test_the_learners_rename_onto_a_file_of_upstreams_leaves_theirs(
    pair: Pair, run: Cortex
) -> None:
    pair.learner_does(**{LONG: None, MOVED: changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: changed(2, "x2 = 'upstream'"), MOVED: "new = 1\n"})
    answer = run("--json")
    assert answer.code == 1
    assert pair.text(MOVED) == changed(20, "x20 = 'mine'")
    assert pair.text(f"{MOVED}.upstream") == "new = 1\n"
    assert pair.text(f"{LONG}.upstream") == changed(2, "x2 = 'upstream'")


def test_two_files_renamed_to_one_name_leave_the_learners(pair: Pair, run: Cortex) -> None:
    other = "".join(f"other{i} = {i}\n" for i in range(30))
    pair.upstream_does(**{"src/labkit/other.py": other})
    assert run().code == 0
    pair.learner_does(**{"src/labkit/other.py": None, MOVED: other + "mine = 1\n"})
    pair.upstream_does(**{LONG: None, MOVED: changed(2, "x2 = 'upstream'")})
    answer = run("--json")
    assert answer.code == 1
    assert pair.text(MOVED) == other + "mine = 1\n"
    assert pair.text(f"{MOVED}.upstream") == changed(2, "x2 = 'upstream'")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [("src/labkit/moved", MOVED), (f"{MOVED}/notes.md", MOVED), (MOVED, "src/labkit/moved")],
)
def test_a_rename_against_a_file_or_a_folder_of_the_learners_leaves_all_of_theirs(
    pair: Pair, run: Cortex, mine: str, theirs: str
) -> None:
    pair.learner_does(**{mine: "own\n", LONG: changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{LONG: None, theirs: changed(2, "x2 = 'upstream'")})
    assert run().code == 1
    assert pair.text(mine) == "own\n"
    assert pair.text(LONG) == changed(20, "x20 = 'mine'")


def test_a_file_that_becomes_a_folder_with_itself_inside_takes_the_change_along(
    pair: Pair, run: Cortex
) -> None:
    pair.upstream_does(**{"notes": "".join(LINES)})
    assert run().code == 0
    pair.learner_does(**{"notes": changed(20, "x20 = 'mine'")})
    pair.upstream_does(**{"notes": None, "notes/index": changed(2, "x2 = 'upstream'")})
    assert run().code == 0
    assert "'mine'" in pair.text("notes/index") and "'upstream'" in pair.text("notes/index")


def test_a_file_that_the_learner_removed_comes_at_its_new_place(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{LONG: None})
    pair.upstream_does(**{LONG: None, MOVED: "".join(LINES)})
    answer = run("--json")
    assert (answer.code, answer.json["added"]) == (0, [MOVED])


def test_a_folder_that_upstream_moved_takes_changes_along_and_leaves_own_files(
    pair: Pair, run: Cortex
) -> None:
    old, new = "experiments/00-walk", "experiments/00/walk"
    texts = {name: "".join(f"{name}{i} = {i}\n" for i in range(9)) for name in ("run", "plot")}
    pair.upstream_does(**{f"{old}/{name}.py": text for name, text in texts.items()})
    assert run().code == 0
    pair.learner_does(
        **{
            f"{old}/run.py": texts["run"] + "mine = 1\n",
            f"{old}/own/idea.py": "idea = 1\n",
            "experiments/other.md": "not in that folder\n",
        }
    )
    write(pair.mine, f"{old}/draft.md", "in no commit\n")
    (pair.upstream / new).mkdir(parents=True)
    for name in texts:
        git(pair.upstream, "mv", f"{old}/{name}.py", f"{new}/{name}.py")
    commit(pair.upstream, "experiments lie in their phase's folder")
    answer = run("--json")
    assert answer.code == 0, answer.err
    assert pair.text(f"{new}/run.py") == texts["run"] + "mine = 1\n"
    assert pair.text(f"{new}/plot.py") == texts["plot"]
    assert pair.text(f"{old}/own/idea.py") == "idea = 1\n"
    assert pair.text(f"{old}/draft.md") == "in no commit\n"
    stay = [f"{old}/draft.md", f"{old}/own/idea.py"]
    assert answer.json["left"] == [{"folder": old, "moved_to": new, "files": stay}]
    assert pair.dirt == f"?? {old}/draft.md"


def test_own_files_in_a_folder_that_upstream_moved_are_told_on_the_screen(
    pair: Pair, run: Cortex
) -> None:
    pair.learner_does(**{"learners/_template/own.md": "mine\n"})
    (pair.upstream / "learners/_start").mkdir()
    git(pair.upstream, "mv", "learners/_template/README.md", "learners/_start/README.md")
    commit(pair.upstream, "another name")
    answer = run()
    assert answer.code == 0
    moved = "upstream moved learners/_template/ to learners/_start/"
    assert f"1 of yours not moved: {moved}\n  learners/_template/own.md\n" in answer.out


class Someone:
    """Edits, moves, removes and adds files at random; every line that they write is found again by its number."""

    def __init__(self, root: Path, name: str, chance: random.Random) -> None:
        self.root, self.name, self.chance = root, name, chance
        self.written: list[str] = []

    def line(self) -> str:
        self.written.append(f"{self.name}_{len(self.written)}_")
        return f"{self.written[-1]} = 0\n"

    def works(self, names: list[str]) -> None:
        for name in names:
            path = self.root / name
            deed = self.chance.choice(["edit", "move", "move and edit", "leave", "remove"])
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            if deed == "remove":
                path.unlink()
                continue
            if "edit" in deed:
                for _ in range(self.chance.choice([1, 1, 2])):
                    lines[self.chance.randrange(len(lines))] = self.line()
            if "move" in deed:
                path.unlink()
                name = self.free([*names, "b/0.py", "b/1.py", "c", "c/2.py", "d/e/3.py"])
            write(self.root, name, "".join(lines))
        if self.chance.random() < 0.5:
            write(self.root, self.free(["a/new.py", "b/1.py", "c", "c/2.py"]), self.line())
        commit(self.root, f"{self.name} works")

    def free(self, names: list[str]) -> str:
        free = [name for name in names if self.takes(name)]
        return self.chance.choice([*free, f"z/{len(self.written)}{self.chance.random()}.py"])

    def takes(self, name: str) -> bool:
        path = self.root / name
        above = [folder for folder in path.parents if folder.is_relative_to(self.root)]
        return not path.exists() and all(not f.exists() or f.is_dir() for f in above)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_no_line_that_either_wrote_is_lost_whatever_both_did(pair: Pair, seed: int) -> None:
    names = [f"a/{i}.py" for i in range(5)]
    pair.upstream_does(
        **{name: "".join(f"v{name[2]}{i} = {i}\n" for i in range(12)) for name in names}
    )
    git(pair.mine, "pull", "-q")
    chance = random.Random(seed)
    learner = Someone(pair.mine, "learner", chance)
    upstream = Someone(pair.upstream, "upstream", chance)
    learner.works(names)
    upstream.works(names)

    def held(root: Path, ref: str) -> str:
        return git(root, "grep", "-h", "_", ref)

    mine, theirs = held(pair.mine, "HEAD"), held(pair.upstream, "HEAD")
    done = update.update(Repo(pair.mine))
    after = held(pair.mine, "HEAD")
    assert [word for word in learner.written if word in mine and word not in after] == []
    beside = "".join(
        pair.text(conflict.beside) for conflict in done.conflicts if conflict.entry is not None
    )
    assert [
        word for word in upstream.written if word in theirs and word not in after + beside
    ] == []
    assert git(pair.mine, "status", "--porcelain", "--untracked-files=no") == ""


def refused(pair: Pair, answer: Answered, code: int, *says: str) -> None:
    assert answer.code == code, answer.out
    for words in says:
        assert words in answer.err


@pytest.mark.parametrize("staged", [False, True])
def test_a_dirty_tree_is_refused_with_the_command_to_type(
    pair: Pair, run: Cortex, staged: bool
) -> None:
    pair.upstream_does(**{"docs/new.md": "# New\n"})
    write(pair.mine, CODE, "half = \n")
    if staged:
        git(pair.mine, "add", CODE)
    before = pair.state()
    refused(
        pair,
        run(),
        1,
        f"{CODE} has changes that no commit holds",
        'git commit -am "My work so far", then just update',
    )
    assert pair.state() == before
    git(pair.mine, "commit", "-qam", "My work so far")
    assert run().code == 0
    assert pair.text(CODE) == "half = \n"


def test_unsaved_changes_in_learners_that_upstream_changes_too_are_refused(
    pair: Pair, run: Cortex
) -> None:
    name = "learners/_template/README.md"
    pair.upstream_does(**{name: "# Theirs\n"})
    write(pair.mine, name, "# Mine\n")
    before = pair.state()
    refused(pair, run(), 1, f"{name} has changes that no commit holds, and the update changes it")
    assert pair.state() == before


@pytest.mark.parametrize("mine", ["docs/new.md", "docs/new.md/inside.md", "docs"])
def test_an_untracked_file_in_the_way_is_refused(pair: Pair, run: Cortex, mine: str) -> None:
    where = "top" if mine == "docs" else ""
    new = f"{where}{'/' if where else ''}docs/new.md"
    pair.upstream_does(**{new: "# Theirs\n"})
    stranger = f"top/{mine}" if where else mine
    write(pair.mine, stranger, "# Mine\n")
    before = pair.state()
    refused(pair, run(), 1, f"{stranger} isn't in git", f"git add -f {stranger}")
    assert pair.state() == before


def test_where_there_is_no_git_program_it_says_so(pair: Pair, run: Cortex, tmp_path: Path) -> None:
    refused(pair, run(env={"PATH": str(tmp_path / "empty")}), 2, "git isn't installed")


def test_where_there_is_no_git_clone_it_says_so(tiny: Repo, cortex: Cortex) -> None:
    shutil.rmtree(tiny.root / ".git")
    answer = cortex("update")
    assert answer.code == 2
    assert "this copy isn't a git clone" in answer.err


def test_a_clone_without_commits_is_refused(pair: Pair, run: Cortex) -> None:
    git(pair.mine, "checkout", "-q", "--orphan", "empty")
    refused(pair, run(), 2, "this clone has no commit yet")


def test_a_detached_head_is_refused(pair: Pair, run: Cortex) -> None:
    git(pair.mine, "checkout", "-q", "--detach")
    before = pair.state()
    refused(pair, run(), 2, "HEAD is detached", "git switch -c my-work")
    assert pair.state() == before


def test_a_merge_underway_is_refused(pair: Pair, run: Cortex) -> None:
    pair.learner_does(**{LONG: changed(7, "x7 = 'mine'")})
    pair.upstream_does(**{LONG: changed(7, "x7 = 'upstream'")})
    git(pair.mine, "fetch", "-q")
    subprocess.run(
        ["git", "merge", "-q", "upstream/main"], cwd=pair.mine, capture_output=True, check=False
    )
    refused(pair, run(), 2, "a git merge is underway", "git merge --abort")


def test_without_a_remote_it_says_how_to_add_one(pair: Pair, run: Cortex) -> None:
    git(pair.mine, "remote", "remove", "upstream")
    refused(pair, run(), 2, "no remote is called upstream or origin", "git remote add upstream")


def test_a_local_branch_can_be_named(pair: Pair, run: Cortex) -> None:
    git(pair.mine, "switch", "-q", "-c", "news")
    pair.learner_does(**{"docs/new.md": "# New\n"})
    git(pair.mine, "switch", "-q", "main")
    git(pair.mine, "remote", "remove", "upstream")
    assert run("--from", "news").code == 0
    assert pair.text("docs/new.md") == "# New\n"


@pytest.mark.parametrize("name", ["nowhere/main", "--upload-pack=x"])
def test_a_ref_that_is_not_there_is_refused(pair: Pair, run: Cortex, name: str) -> None:
    answer = run(f"--from={name}")
    assert answer.code == 2
    assert f"there is no {name} here" in answer.err or "is no branch" in answer.err


def test_origin_serves_where_there_is_no_upstream(pair: Pair, run: Cortex) -> None:
    git(pair.mine, "remote", "rename", "upstream", "origin")
    pair.upstream_does(**{"docs/new.md": "# New\n"})
    answer = run("--json")
    assert (answer.code, answer.json["ref"]) == (0, "origin/main")


def test_offline_it_works_from_what_was_fetched_and_says_so(pair: Pair, run: Cortex) -> None:
    pair.upstream_does(**{"docs/new.md": "# New\n"})
    git(pair.mine, "fetch", "-q")
    pair.upstream.rename(pair.upstream.with_name("away"))
    answer = run()
    assert answer.code == 0
    assert "upstream didn't answer" in answer.out and "working from what is here" in answer.out
    assert pair.text("docs/new.md") == "# New\n"


def test_offline_with_nothing_fetched_is_refused(pair: Pair, run: Cortex) -> None:
    git(pair.mine, "remote", "add", "origin", str(pair.mine.parent / "nowhere"))
    git(pair.mine, "remote", "remove", "upstream")
    refused(pair, run(), 2, "there is no origin/main here: origin didn't answer")


def test_unrelated_histories_are_refused(pair: Pair, run: Cortex, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    git(stranger, "init", "-q", "-b", "main")
    write(stranger, "README.md", "# Other\n")
    commit(stranger, "other")
    git(pair.mine, "remote", "set-url", "upstream", str(stranger))
    before = pair.state()
    refused(pair, run(), 2, "your branch and upstream/main have no common history")
    assert pair.state() == before


def test_without_an_identity_the_merge_is_still_made(
    pair: Pair, run: Cortex, tmp_path: Path
) -> None:
    pair.learner_does(**{"own.txt": "own\n"})
    pair.upstream_does(**{"docs/new.md": "# New\n"})
    for key in ("user.name", "user.email"):
        git(pair.mine, "config", "--unset", key)
    git(pair.mine, "config", "user.useConfigOnly", "true")
    env = {"GIT_CONFIG_GLOBAL": str(tmp_path / "none"), "GIT_CONFIG_NOSYSTEM": "1"}
    assert run(env=env).code == 0
    assert git(pair.mine, "log", "-1", "--format=%s") == "Merge upstream/main by cortex update"


def test_files_with_another_line_ending_in_the_working_tree_are_no_obstacle(
    pair: Pair, run: Cortex
) -> None:
    git(pair.mine, "config", "core.autocrlf", "true")
    (pair.mine / LONG).unlink()
    git(pair.mine, "checkout", "-q", "--", LONG)
    assert b"\r\n" in (pair.mine / LONG).read_bytes()
    pair.upstream_does(**{LONG: changed(2, "x2 = 'upstream'")})
    assert run().code == 0
    assert b"x2 = 'upstream'\r\n" in (pair.mine / LONG).read_bytes()
    assert pair.dirt == ""


# An update that is cut off. Each runs in a process of its own, which ends itself at the chosen point.

CUT = """
import os, sys
from pathlib import Path
from cortex.files import git
from cortex.upkeep import update
from cortex.files.repo import Repo

root, point = Path(sys.argv[1]), int(sys.argv[2])
real_run, real_put = git.run, update._put
seen = {"begun": False, "calls": 0}


def step():
    if seen["begun"]:
        if seen["calls"] == point:
            os._exit(9)
        seen["calls"] += 1


def run(where, *arguments, **rest):
    if arguments[:2] == ("update-ref", next(iter(arguments[1:2]), "")) and "before-update" in arguments[1]:
        seen["begun"] = True
    step()
    return real_run(where, *arguments, **rest)


def put(path, data):
    step()
    path.write_bytes(data[: len(data) // 2])
    step()
    path.unlink()
    real_put(path, data)


git.run, update._put = run, put
update.update(Repo(root))
"""

TORN = """
import os, sys
from pathlib import Path
from cortex.files import git
from cortex.upkeep import update
from cortex.files.repo import Repo

root = Path(sys.argv[1])
real_run = git.run


def run(where, *arguments, **rest):
    if arguments[:3] == ("read-tree", "-m", "-u"):
        new = real_run(where, "show", arguments[4] + ":src/labkit/long.py")
        (where / "src/labkit/long.py").write_bytes(new[: len(new) // 2])
        (where / "docs").mkdir(exist_ok=True)
        (where / "docs/new.md").write_bytes(b"# N")
        (where / "learners/_template/README.md").unlink()
        moved = real_run(where, "show", arguments[4] + ":new/first")
        (where / "new").mkdir()
        (where / "new/first").write_bytes(moved[: len(moved) // 2])
        (where / "old/first").unlink()
        os._exit(9)
    return real_run(where, *arguments, **rest)


git.run = run
update.update(Repo(root))
"""


def cut(script: str, *arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=clean_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 9), done.stderr
    return done.returncode


def both_sides_work(pair: Pair) -> None:
    both = {name: "".join(f"{name}{i}\n" for i in range(20)) for name in ("first", "second")}
    pair.upstream_does(**{f"old/{name}": text for name, text in both.items()})
    git(pair.mine, "pull", "-q")
    pair.learner_does(
        **{
            CODE: "mine = 1\n",
            LONG: changed(20, "x20 = 'mine'"),
            "clash.txt": "mine\n",
            "old/first": both["first"] + "mine\n",
            "old/second": None,
            "own/second": both["second"] + "mine\n",
            "old/own": "mine\n",
        }
    )
    pair.upstream_does(
        **{
            LONG: changed(2, "x2 = 'upstream'"),
            "old/first": None,
            "new/first": "upstream\n" + both["first"],
            "old/second": "upstream\n" + both["second"],
            "docs/new.md": "# New\n",
            "clash.txt": "upstream\n",
            "learners/_template/README.md": None,
        }
    )


@pytest.mark.slow
def test_a_kill_at_any_step_leaves_head_whole_and_the_next_update_finishes(
    pair: Pair, cortex: Cortex, tmp_path: Path
) -> None:
    both_sides_work(pair)
    before = pair.state()
    points = 0
    while True:
        victim = Pair(pair.upstream, tmp_path / f"victim {points}")
        shutil.copytree(pair.mine, victim.mine, symlinks=True)
        finished = cut(CUT, str(victim.mine), str(points)) == 0
        head = victim.head
        if head == before[0]:
            assert victim.text(CODE) == "mine = 1\n" and victim.text("clash.txt") == "mine\n"
        answer = cortex("update", cwd=victim.mine)
        assert answer.code in (0, 1), (points, answer.err)
        assert git(victim.mine, "rev-parse", "HEAD^1") == before[0]
        assert victim.text(CODE) == "mine = 1\n"
        assert victim.text("clash.txt") == "mine\n"
        assert victim.text("clash.txt.upstream") == "upstream\n"
        assert "'mine'" in victim.text(LONG) and "'upstream'" in victim.text(LONG)
        assert not (victim.mine / "learners/_template/README.md").exists()
        for name in ("new/first", "own/second"):
            assert victim.text(name).startswith("upstream\n"), name
            assert victim.text(name).endswith("19\nmine\n"), name
        assert not (victim.mine / "old/first").exists()
        assert victim.text("old/own") == "mine\n"
        assert victim.dirt == "?? clash.txt.upstream"
        if finished:
            break
        points += 1
    assert points >= 6


def test_files_torn_by_a_kill_are_put_back_and_a_persons_edit_since_stays(
    pair: Pair, run: Cortex
) -> None:
    both_sides_work(pair)
    before = pair.state()
    assert cut(TORN, str(pair.mine)) == 9
    assert pair.head == before[0]
    assert pair.dirt != ""
    update._recover(Repo(pair.mine))
    assert pair.state() == before
    assert cut(TORN, str(pair.mine)) == 9
    write(pair.mine, LONG, "typed = 'after the crash'\n")
    answer = run()
    assert answer.code == 1
    assert f"{LONG} has changes that no commit holds" in answer.err
    assert pair.text(LONG) == "typed = 'after the crash'\n"


def test_a_lock_that_a_killed_git_left_is_named(pair: Pair, run: Cortex) -> None:
    both_sides_work(pair)
    cut(TORN, str(pair.mine))
    (pair.mine / ".git/index.lock").write_text("")
    answer = run()
    assert answer.code == 2
    assert "git's lock is still there" in answer.err and "index.lock && just update" in answer.err
    (pair.mine / ".git/index.lock").unlink()
    assert run().code == 1


def test_an_error_in_the_middle_takes_everything_back(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_sides_work(pair)
    before = pair.state()

    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(update, "_put", full)
    with pytest.raises(CortexError, match="it was taken back, nothing changed"):
        update.update(Repo(pair.mine))
    assert pair.state() == before
    assert not (pair.mine / ".git/cortex-update.json").exists()


def test_a_journal_that_cannot_be_read_is_dropped(pair: Pair, run: Cortex) -> None:
    write(pair.mine, ".git/cortex-update.json", "{half")
    pair.upstream_does(**{"docs/new.md": "# New\n"})
    assert run().code == 0
    assert not (pair.mine / ".git/cortex-update.json").exists()


def test_a_changed_lock_says_to_set_up_again(pair: Pair, run: Cortex) -> None:
    pair.upstream_does(**{"uv.lock": "version = 1\n"})
    assert "uv.lock changed: ./just setup" in run().out


def test_the_answer_is_json_with_every_part(pair: Pair, run: Cortex) -> None:
    both_sides_work(pair)
    told = json.loads(run("--json").out)
    assert {"ok", "exit", "next", "ref", "head", "commit", "backup", "undo", "notes"} <= told.keys()
    assert told["merged"] == ["new/first", "own/second", LONG]


def test_the_plan_leaves_the_repository_alone(pair: Pair) -> None:
    both_sides_work(pair)
    git(pair.mine, "fetch", "-q")
    before = pair.state()
    base = git(pair.mine, "merge-base", "HEAD", "upstream/main")
    made = moves.plan(pair.mine, base, "HEAD", "upstream/main")
    assert made.merged == ["new/first", "own/second", LONG]
    assert textwrap.shorten(made.conflicts[0].why, 40) == "both of you added it"
    assert pair.state() == before
