"""Checks of lab 00.1: the script behind `just snapshot TOPIC`, then the recipe, with topics that mean harm."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from given.checking import expect_equal, expect_raises, expect_true

from ._under_test import git, just, load, repository, run, scripts

PAGE = "theory/04-hygiene.md"
MANIFEST = "theory/06-manifest-anatomy.md"
HOSTILE = (
    '"; touch pwned; "',
    "'; touch pwned; '",
    "$(touch pwned)",
    "`touch pwned`",
    "x; touch pwned",
    "x\ntouch pwned",
    "{{ bin }} touch pwned",
)


def recipe(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `just snapshot ...` in a repository that holds the scripts and the learner.just under test."""
    program = just()
    expect_true(
        program,
        what="the program `just`",
        expected="$JUST, or just on PATH, or .cache/tools/bin/just",
        got="none of the three",
        idea="Run ./just once: it finds just or installs it. This lab can't be checked without it.",
        page=PAGE,
    )
    own = scripts().parent / "learner.just"
    expect_true(
        own.is_file(),
        what="the file learner.just",
        expected="beside the Justfile, which imports it",
        got="no such file",
        idea="Get it back with: git checkout -- learner.just",
        page=PAGE,
    )
    shutil.copy(own, folder / "learner.just")
    shutil.copytree(scripts(), folder / "scripts", dirs_exist_ok=True)
    # As in the clone's own Justfile: relative, so that a blank in the clone's path breaks no recipe.
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    (folder / "Justfile").write_text(
        f"set positional-arguments\nbin := '.venv/{Path(sys.executable).parent.name}'\n"
        "import? 'learner.just'\n",
        encoding="utf-8",
    )
    listed = run(str(program), "--justfile", folder / "Justfile", "--summary", cwd=folder)
    expect_equal(
        listed.returncode,
        0,
        what=f"just --summary with your learner.just ({listed.stderr.strip()[:300]})",
        idea="just can't read the file. Recipe lines are indented by four spaces or one tab, never both.",
        page=PAGE,
    )
    if "snapshot" not in listed.stdout.split():
        raise NotImplementedError(
            "Lab 00.1 - the recipe `snapshot TOPIC` isn't in learner.just yet"
        )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return run(
        str(program), "--justfile", folder / "Justfile", *arguments, cwd=folder, env={"PATH": path}
    )


def test_a_topic_becomes_a_folder_name() -> None:
    module = load("snapshot.py")
    for topic, expected in {
        "softmax": "softmax",
        "Softmax: stability?": "softmax-stability",
        "  a__b  ": "a-b",
        "../../etc/passwd": "etc-passwd",
        "año 2": "a-o-2",
        "x" * 100: "x" * 60,
        "a" * 59 + " b": "a" * 59,
    }.items():
        expect_equal(
            module.slug(topic),
            expected,
            what=f"slug({topic!r})",
            idea="Say what is allowed (a-z, 0-9, single inner -) and turn everything else into -; lists of forbidden characters are never complete.",
            page=PAGE,
        )


def test_a_topic_without_any_usable_character_is_refused() -> None:
    for topic in ("", "!!!", "../.."):
        with expect_raises(
            ValueError,
            what=f"slug({topic!r})",
            mentions=repr(topic),
            idea="An empty name would make every such snapshot the same folder. Show the topic in the message.",
            page=PAGE,
        ):
            load("snapshot.py").slug(topic)


def test_a_snapshot_says_which_code_and_when(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    path = load("snapshot.py").snapshot("Softmax: stability?", root)
    data = json.loads(path.read_text(encoding="utf-8"))
    expect_equal(
        sorted(data),
        ["created_at", "git_dirty", "git_sha", "id", "python", "topic"],
        what="the keys of snapshot.json",
        idea="Six fields, by these names.",
        page=MANIFEST,
    )
    expect_equal(
        (data["git_sha"], data["git_dirty"], data["topic"]),
        (git(root, "rev-parse", "HEAD"), False, "Softmax: stability?"),
        what="git_sha, git_dirty and topic in a clean repository",
        idea="The whole SHA (`git rev-parse HEAD`), a real bool, and the topic as it was typed. Ask about dirt before you write.",
        page=MANIFEST,
    )
    age = datetime.now(UTC) - datetime.fromisoformat(data["created_at"])
    expect_true(
        timedelta(seconds=-2) < age < timedelta(seconds=60) and data["created_at"].endswith("Z"),
        what="created_at",
        expected="now, in UTC, such as 2026-05-22T10:00:00Z",
        got=data["created_at"],
        idea="Local times can't be compared across machines, and repeat once a year.",
        page=MANIFEST,
    )
    expect_equal(
        path.relative_to(root).as_posix(),
        f"experiments/00-snapshots/runs/{data['id']}/snapshot.json",
        what="where it was written",
        idea="Below RUNS, in a folder with the snapshot's id.",
        page=MANIFEST,
    )
    expect_true(
        re.fullmatch(r"\d{4}-\d\d-\d\d-softmax-stability", data["id"]),
        what="the id",
        expected="YYYY-MM-DD-softmax-stability",
        got=data["id"],
        idea="The date in UTC, then the slug.",
        page=MANIFEST,
    )


def test_a_changed_tree_is_dirty_and_an_untracked_file_counts(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    (root / "new.py").write_text("x = 1\n", encoding="utf-8")
    data = json.loads(load("snapshot.py").snapshot("t", root).read_text(encoding="utf-8"))
    expect_equal(
        data["git_dirty"],
        True,
        what="git_dirty with an untracked new.py",
        idea="`git diff-index HEAD` doesn't see untracked files; `git status --porcelain` does, and an import would too.",
        page=MANIFEST,
    )


def test_the_second_snapshot_of_a_day_replaces_the_first(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    module = load("snapshot.py")
    first = module.snapshot("same", root)
    second = module.snapshot("same", root)
    files = sorted(p.name for p in first.parent.iterdir())
    expect_equal(
        (first, files),
        (second, ["snapshot.json"]),
        what="the path of two snapshots of one topic, and the files in its folder",
        idea="A recipe that can be run twice is one that can be run at all. Leave no temporary file behind.",
        page=MANIFEST,
    )


def test_outside_a_repository_nothing_is_written(tmp_path: Path) -> None:
    for folder in (tmp_path / "plain", repository(tmp_path / "unborn", commit=False)):
        folder.mkdir(exist_ok=True)
        with expect_raises(
            subprocess.CalledProcessError,
            OSError,
            what=f"a snapshot in a folder without a commit ({folder.name})",
            idea="No commit, no name for the code: say so instead of writing half a record.",
            page=MANIFEST,
        ):
            load("snapshot.py").snapshot("t", folder)
        expect_equal(
            (folder / "experiments").exists(),
            False,
            what="whether a folder was made all the same",
            idea="Collect everything first, write last.",
            page=MANIFEST,
        )


def test_the_recipe_passes_its_topic_on_and_prints_the_path(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    done = recipe(root, "snapshot", "two words")
    expect_equal(
        done.returncode,
        0,
        what=f"the exit code of just snapshot 'two words' ({done.stderr.strip()[-300:]})",
        idea="The topic must reach the script as one argument. How does a recipe name its first argument under positional-arguments, and what do quotes around it do?",
        page=PAGE,
    )
    path = root / done.stdout.strip().splitlines()[-1]
    expect_true(
        path.is_file() and json.loads(path.read_text(encoding="utf-8"))["topic"] == "two words",
        what="the path that just snapshot 'two words' prints",
        expected="the snapshot, with the topic 'two words'",
        got=done.stdout,
        idea="Print the path and nothing after it: the next program reads it.",
        page=PAGE,
    )


def test_a_hostile_topic_is_text_and_never_a_command(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    for topic in HOSTILE:
        done = recipe(root, "snapshot", topic)
        written = list((root / "experiments").glob("00-snapshots/runs/*/snapshot.json"))
        kept = [json.loads(path.read_text(encoding="utf-8"))["topic"] for path in written]
        expect_equal(
            ((root / "pwned").exists(), done.returncode, topic in kept),
            (False, 0, True),
            what=f"(a file pwned appeared, exit code, the topic is in a snapshot) for the topic {topic!r}",
            idea="Is the text pasted into the shell's line before the shell reads it, or handed over after? Only one of the two can be code.",
            page=PAGE,
        )


def test_the_recipe_fails_when_the_script_does(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo", commit=False)
    done = recipe(root, "snapshot", "t")
    bare = recipe(root, "snapshot")
    expect_equal(
        (done.returncode != 0, bare.returncode != 0),
        (True, True),
        what="(fails without a commit, fails without a topic)",
        idea="An exit code is the only thing that the caller reads. Don't swallow it with `-` or `|| true`, and give the topic no default.",
        page=PAGE,
    )


def test_the_script_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    done = run(sys.executable, "-I", "-S", scripts() / "snapshot.py", "t", cwd=root)
    expect_equal(
        done.returncode,
        0,
        what=f"the exit code of snapshot.py without any installed package ({done.stderr.strip()[-200:]})",
        idea="It is used when nothing else works yet: standard library only.",
        page=PAGE,
    )
