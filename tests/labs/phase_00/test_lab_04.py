"""Checks of lab 00.4: the manifest, what it says, what it refuses, and that it appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from given.checking import expect_equal, expect_raises, expect_true
from labkit import manifest as module
from labkit.errors import LabkitError
from labkit.manifest import ENV, flatten, git_state, hardware, record_manifest
from labkit.seeding import log_versions

from ._under_test import git, repository

PAGE = "theory/06-manifest-anatomy.md"
KEYS = [
    "schema",
    "id",
    "experiment",
    "git_sha",
    "git_dirty",
    "seed",
    "config",
    "versions",
    "hardware",
    "env",
    "started_at",
    "finished_at",
    "wall_seconds",
    "metrics",
    "artifacts",
]


def recorded(out: Path, **changes: Any) -> dict[str, Any]:
    """The manifest of a small run in the current directory's repository, with some arguments changed."""
    arguments: dict[str, Any] = {
        "experiment": "00-demo",
        "seed": 42,
        "config": {"lr": 0.1, "layers": [2, 16]},
        "metrics": {"loss": 0.5, "converged": True, "steps": 10, "note": "año"},
        "artifacts": [],
        "started_at": datetime.now(UTC) - timedelta(seconds=2),
    }
    path = record_manifest(out, **(arguments | changes))
    expect_equal(
        path,
        out / "manifest.json",
        what="what record_manifest returns",
        idea="The path of the file that it wrote, in the folder that it was given.",
        page=PAGE,
    )
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_the_commit_is_named_in_full_and_a_clean_tree_is_clean(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    deeper = root / "src"
    deeper.mkdir()
    expect_equal(
        (git_state(root), git_state(deeper)),
        ((git(root, "rev-parse", "HEAD"), False),) * 2,
        what="git_state of a clean repository, from its root and from a folder inside",
        idea="All 40 digits: short ones stop being unique as a repository grows.",
        page=PAGE,
    )


def test_changed_staged_and_untracked_files_make_a_tree_dirty(tmp_path: Path) -> None:
    def modify(root: Path) -> None:
        (root / ".gitignore").write_text("changed\n", encoding="utf-8")

    def stage(root: Path) -> None:
        modify(root)
        git(root, "add", ".gitignore")

    def add(root: Path) -> None:
        (root / "src").mkdir()
        (root / "src" / "new.py").write_text("x = 1\n", encoding="utf-8")

    def add_unseen(root: Path) -> None:
        add(root)
        git(root, "config", "status.showUntrackedFiles", "no")

    cases: dict[str, Callable[[Path], None]] = {
        "a modified file": modify,
        "a staged change": stage,
        "an untracked file": add,
        "an untracked file that the user's git doesn't show": add_unseen,
    }
    for why, change in cases.items():
        root = repository(tmp_path / why.replace(" ", "-").replace("'", ""))
        change(root)
        (root / "docs").mkdir()
        expect_equal(
            (git_state(root)[1], git_state(root / "docs")[1]),
            (True, True),
            what=f"dirty with {why}, asked from the root and from a folder beside it",
            idea="Whatever Python could import that the commit doesn't hold makes the SHA a half-truth. Does your question to git cover the whole repository, whatever the user's configuration hides?",
            page=PAGE,
        )


def test_a_runs_own_output_and_the_learners_notes_are_not_dirt(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    for name, dirty in {
        "learners/ada/journal/2026-05-22.md": False,
        "experiments/00-demo/runs/x/loss.svg": False,
        "build/ignored.txt": False,
        "experiments/00-demo/run.py": True,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
        if "ignored" in name:
            with (root / ".git" / "info" / "exclude").open("a", encoding="utf-8") as file:
                file.write("build/\n")
        else:  # as if this repository didn't ignore it
            (root / ".gitignore").write_text("", encoding="utf-8")
            git(root, "add", ".gitignore")
            git(root, "commit", "--quiet", "--allow-empty", "--message", "ignore nothing")
        expect_equal(
            git_state(root)[1],
            dirty,
            what=f"dirty after writing {name}",
            idea="A run that made its own next run dirty could never be repeated. NOT_CODE holds the pathspecs.",
            page=PAGE,
        )


def test_code_that_git_cannot_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    for folder in (plain, repository(tmp_path / "unborn", commit=False)):
        with expect_raises(
            LabkitError,
            what=f"git_state of a folder without a commit ({folder.name})",
            mentions=str(folder),
            idea="Name the folder: the usual cause is a run started from somewhere else.",
            page=PAGE,
        ):
            git_state(folder)
    root = repository(tmp_path / "repo")
    monkeypatch.setenv("PATH", str(plain))
    with expect_raises(
        LabkitError,
        what="git_state where git isn't installed",
        mentions="git",
        idea="_git turns a missing program into a LabkitError; let it through.",
        page=PAGE,
    ):
        git_state(root)


def test_a_hooks_environment_does_not_redirect_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, other = repository(tmp_path / "repo"), repository(tmp_path / "other")
    (other / "more.txt").write_text("x", encoding="utf-8")
    git(other, "add", ".")
    git(other, "commit", "--quiet", "--message", "another commit")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    expect_equal(
        git_state(root)[0],
        git(root, "rev-parse", "HEAD"),
        what="the SHA of `root` while GIT_DIR points to another repository",
        idea="Git sets GIT_DIR inside hooks. Ask through _git, which drops it.",
        page=PAGE,
    )


def test_the_hardware_has_four_entries_that_can_be_compared() -> None:
    here = hardware()
    expect_equal(
        sorted(here),
        ["cpu", "gpu", "os", "ram_gb"],
        what="the keys of hardware()",
        idea="What can change a number: the CPU's instructions, the GPU, the libraries of the system. No host name, no kernel.",
        page=PAGE,
    )
    expect_true(
        all(isinstance(here[key], str) and here[key] for key in ("cpu", "gpu", "os"))
        and (here["ram_gb"] == "unknown" or isinstance(here["ram_gb"], float))
        and here == hardware(),
        what="the values of hardware()",
        expected="text that isn't empty, ram_gb a float (or 'unknown'), the same twice",
        got=here,
        idea="A value that changes between two calls would show up in every diff and mean nothing.",
        page=PAGE,
    )


def test_a_manifest_says_everything_that_the_schema_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "repo")
    monkeypatch.chdir(root)
    monkeypatch.setenv("PYTHONHASHSEED", "42")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    data = recorded(tmp_path / "out")
    expect_equal(
        sorted(data),
        sorted(KEYS),
        what="the keys of the manifest",
        idea="Schema 1 has these and no others; a reader may rely on each of them.",
        page=PAGE,
    )
    expect_equal(
        [data["schema"], data["experiment"], data["seed"], data["git_sha"], data["git_dirty"]],
        [1, "00-demo", 42, git(root, "rev-parse", "HEAD"), False],
        what="schema, experiment, seed, git_sha, git_dirty",
        idea="The code is the repository of the current directory.",
        page=PAGE,
    )
    expect_equal(
        (data["config"], data["metrics"], data["versions"], data["hardware"]),
        (
            {"lr": 0.1, "layers": [2, 16]},
            {"loss": 0.5, "converged": True, "steps": 10, "note": "año"},
            log_versions(),
            hardware(),
        ),
        what="config, metrics, versions, hardware",
        idea="As given, and as log_versions() and hardware() say.",
        page=PAGE,
    )
    expect_equal(
        (sorted(data["env"]), data["env"]["PYTHONHASHSEED"], data["env"]["MKL_NUM_THREADS"]),
        (sorted(ENV), "42", ""),
        what="env: its keys, a variable that is set, one that isn't",
        idea="Strings, the empty one for unset. Only the names in ENV: an environment holds secrets.",
        page=PAGE,
    )


def test_times_are_utc_and_agree_with_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timezone

    monkeypatch.chdir(repository(tmp_path / "repo"))
    start = datetime.now(timezone(timedelta(hours=5, minutes=30))) - timedelta(seconds=3)
    data = recorded(tmp_path / "out", started_at=start)
    stamp = f"{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    expect_equal(
        data["id"],
        f"{stamp}-00-demo",
        what="the id of a run started in UTC+05:30",
        idea="<start in UTC as YYYYMMDDTHHMMSSZ>-<experiment>: sorted by name is sorted by time.",
        page=PAGE,
    )
    expect_true(
        all(
            re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", data[k])
            for k in ("started_at", "finished_at")
        ),
        what="started_at and finished_at",
        expected="ISO 8601 in UTC that ends in Z",
        got=(data["started_at"], data["finished_at"]),
        idea="Convert to UTC first (astimezone), then write; +00:00 and Z mean the same, the schema has Z.",
        page=PAGE,
    )
    began, ended = (datetime.fromisoformat(data[k]) for k in ("started_at", "finished_at"))
    expect_true(
        abs((began - start).total_seconds()) < 1
        and abs((ended - began).total_seconds() - data["wall_seconds"]) < 0.1
        and 3 <= data["wall_seconds"] < 60,
        what="started_at, and wall_seconds against the two times, for a run of about 3 s",
        expected="the start that was given; finished_at - started_at, in seconds",
        got=(data["started_at"], data["wall_seconds"]),
        idea="A run that took 30 s instead of 8 s is a clue: the machine was throttled, or busy.",
        page=PAGE,
    )


def test_artifacts_are_hashed_and_named_from_the_manifests_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "repo")
    monkeypatch.chdir(root)
    out = root / "experiments" / "00-demo" / "runs" / "x"
    (out / "plots").mkdir(parents=True)
    (out / "plots" / "loss.svg").write_bytes("<ñ/>\n".encode())
    (out / "empty.bin").write_bytes(b"")
    relative = Path("experiments/00-demo/runs/x/empty.bin")
    data = recorded(out, artifacts=[out / "plots" / "loss.svg", relative])
    expect_equal(
        data["artifacts"],
        [
            {
                "path": "plots/loss.svg",
                "sha256": hashlib.sha256("<ñ/>\n".encode()).hexdigest(),
                "bytes": 6,
            },
            {"path": "empty.bin", "sha256": hashlib.sha256(b"").hexdigest(), "bytes": 0},
        ],
        what="the artifacts: one in a subfolder, one given relative to the current directory",
        idea="Paths from the manifest's folder, so that the folder can be moved; a hash, so that a swapped file is noticed.",
        page=PAGE,
    )
    expect_equal(
        data["git_dirty"],
        False,
        what="git_dirty of a run that wrote into experiments/00-demo/runs/",
        idea="A run's own output isn't code.",
        page=PAGE,
    )


def test_what_cannot_be_recorded_honestly_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository(tmp_path / "repo"))
    (tmp_path / "outside.txt").write_text("x", encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    (out / "link.txt").symlink_to(tmp_path / "outside.txt")
    import numpy as np

    cases: list[tuple[str, dict[str, Any], str, str]] = [
        ("a missing artifact", {"artifacts": [out / "no.svg"]}, "no.svg", "An entry without a file proves nothing."),
        ("an artifact outside the folder", {"artifacts": [tmp_path / "outside.txt"]}, "outside.txt", "Move the folder and the path is wrong."),
        ("a link that leads out of the folder", {"artifacts": [out / "link.txt"]}, "link.txt", "Resolve the path first: a name inside can point outside."),
        ("the folder itself as an artifact", {"artifacts": [out]}, "out", "Only files have a hash."),
        ("a NaN metric", {"metrics": {"loss": float("nan")}}, "loss", "json.dumps writes NaN by default, which no other JSON reader accepts."),
        ("an infinite metric", {"metrics": {"loss": float("-inf")}}, "loss", "Infinity isn't JSON either."),
        ("a numpy metric", {"metrics": {"loss": np.float32(0.5)}}, "loss", "float32 isn't a float: convert, so that you decide how."),
        ("a config that JSON can't say", {"config": {"where": Path("x")}}, "config", "Turn paths into text yourself."),
        ("a NaN in the config", {"config": {"lr": float("nan")}}, "config", "allow_nan=False catches every one, however deep."),
        ("a start without a time zone", {"started_at": datetime(2026, 5, 22)}, "zone", "Midnight where?"),
        ("a name with a slash", {"experiment": "../x"}, "../x", "The name goes into the id, and the id into paths."),
        ("two hyphens in a row", {"experiment": "00--x"}, "00--x", "Single hyphens only: names are compared, and people type them."),
        ("a hyphen at the end", {"experiment": "00-x-"}, "00-x-", "A hyphen joins two parts."),
        ("a capital letter", {"experiment": "00-X"}, "00-X", "Some file systems can't tell X from x."),
        ("an empty name", {"experiment": ""}, "experiment", "An id that ends in - finds nothing."),
    ]  # fmt: skip
    for why, change, mentions, idea in cases:
        with expect_raises(
            LabkitError, what=f"a manifest with {why}", mentions=mentions, idea=idea, page=PAGE
        ):
            recorded(out, **change)
        expect_equal(
            sorted(p.name for p in out.iterdir()),
            ["link.txt"],
            what=f"the files in the folder after refusing {why}",
            idea="Check everything first; write last.",
            page=PAGE,
        )


def test_the_file_is_plain_json_and_replaces_an_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository(tmp_path / "repo"))
    out = tmp_path / "new" / "folder"
    recorded(out, seed=1)
    second = recorded(out, seed=2)
    text = (out / "manifest.json").read_text(encoding="utf-8")
    expect_equal(
        (
            second["seed"],
            [p.name for p in out.iterdir()],
            text[-1:],
            text.count("\n") > 15,
            "año" in text,
        ),
        (2, ["manifest.json"], "\n", True, True),
        what="the seed, the folder's files, the last character, one field a line, accents readable",
        idea="Create the folder, leave no temporary file. People and `git diff` read it too: what does json.dumps do to lines and to accents, if you don't ask for anything else?",
        page=PAGE,
    )


def test_a_write_that_dies_leaves_the_old_manifest_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository(tmp_path / "repo"))
    out = tmp_path / "out"
    recorded(out, seed=1)
    before = (out / "manifest.json").read_bytes()
    synced: list[int] = []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with expect_raises(
        OSError,
        what="record_manifest when fsync reports a full disk",
        idea="What lies on the disk if the power goes in the middle of your write, and what if it goes just after? Page 06 has the order of the steps.",
        page=PAGE,
    ):
        recorded(out, seed=2)
    expect_equal(
        ((out / "manifest.json").read_bytes() == before, sorted(p.name for p in out.iterdir())),
        (True, ["manifest.json"]),
        what="(the old manifest is untouched, the folder's files) after that",
        idea="A rename within one folder happens or doesn't; writing in place is half done for a while. Remove the temporary file in a finally.",
        page=PAGE,
    )


def test_flatten_gives_one_line_to_each_leaf() -> None:
    nested = {
        "git_dirty": False,
        "seed": 42,
        "loss": 0.1,
        "versions": {"numpy": "2.0.2", "torch": None},
        "artifacts": [{"path": "a.svg"}, {"path": "b.svg"}],
        "config": {},
        "tags": [],
    }
    expect_equal(
        flatten(nested),
        {
            "git_dirty": "false",
            "seed": "42",
            "loss": "0.1",
            "versions.numpy": "2.0.2",
            "versions.torch": "null",
            "artifacts.0.path": "a.svg",
            "artifacts.1.path": "b.svg",
            "config": "{}",
            "tags": "[]",
        },
        what="flatten of a nested object",
        idea="Text as it is, other leaves as JSON writes them, dots between the keys, list places as numbers; empty is not missing.",
        page=PAGE,
    )
    expect_equal(
        (flatten({"a": 1}, "x"), flatten("leaf", "x")),
        ({"x.a": "1"}, {"x": "leaf"}),
        what="flatten with a prefix, of an object and of a bare leaf",
        idea="The prefix is what the recursion hands down.",
        page=PAGE,
    )


def test_two_leaves_never_share_a_line() -> None:
    with expect_raises(
        LabkitError,
        what='flatten({"a": {"b": 1}, "a.b": 2})',
        mentions="a.b",
        idea="Silently keeping one of the two would hide a difference.",
        page=PAGE,
    ):
        flatten({"a": {"b": 1}, "a.b": 2})
    draw = random.Random(0)

    def tree(depth: int) -> object:
        kids = 0 if depth == 0 else draw.randrange(4)
        return {f"k{i}": tree(depth - 1) for i in range(kids)} or draw.randrange(9)

    def leaves(node: object) -> int:
        return sum(map(leaves, node.values())) if isinstance(node, dict) else 1

    for _ in range(50):
        nested = {"root": tree(4)}
        expect_equal(
            len(flatten(nested)),
            leaves(nested),
            what=f"the number of lines of {nested!r}",
            idea="As many lines as leaves.",
            page=PAGE,
        )


def test_the_manifest_of_a_child_process_carries_the_hash_seed(tmp_path: Path) -> None:
    from labkit.seeding import child_env

    from ._under_test import run

    root = repository(tmp_path / "repo")
    code = (
        "from datetime import UTC, datetime; from pathlib import Path; from labkit.manifest import record_manifest\n"
        f"record_manifest(Path({str(tmp_path / 'out')!r}), experiment='x', seed=7, config={{}}, metrics={{}}, "
        "artifacts=[], started_at=datetime.now(UTC))"
    )
    done = run(
        sys.executable, "-c", code, cwd=root, base=child_env(7, {"PATH": os.environ["PATH"]})
    )
    expect_equal(
        done.returncode,
        0,
        what=f"the exit code of a child that records a manifest ({done.stderr.strip()[-200:]})",
        idea="This is how `just run` runs every experiment.",
        page=PAGE,
    )
    data = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    expect_equal(
        data["env"],
        dict.fromkeys(ENV, "1") | {"PYTHONHASHSEED": "7"},
        what="env in the manifest of a child started with child_env(7)",
        idea="What the launcher set is what the run sees, and what the manifest says.",
        page=PAGE,
    )
