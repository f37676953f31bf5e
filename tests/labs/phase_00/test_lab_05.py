"""Checks of lab 00.5: the manifest diff."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from given.checking import expect_equal, expect_true

from ._under_test import ROOT, load, script

NAME = "manifest_diff.py"
PAGE = "theory/06-manifest-anatomy.md"
DEMO = ROOT / "experiments" / "00" / "manifest-diff-demo"
BASE: dict[str, Any] = {
    "git_sha": "a" * 40,
    "git_dirty": False,
    "seed": 42,
    "config": {"lr": 0.1},
    "versions": {"numpy": "2.0.1", "python": "3.11.9"},
    "hardware": {"cpu": "one", "ram_gb": 16.0},
    "env": {"OMP_NUM_THREADS": "8", "PYTHONHASHSEED": "42"},
    "started_at": "2026-05-18T10:00:00Z",
    "finished_at": "2026-05-18T10:00:08Z",
    "wall_seconds": 8.0,
    "metrics": {"loss": 0.5},
}


def compared(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    new: dict[str, Any],
    *flags: str,
    old: dict[str, Any] = BASE,
) -> tuple[int, list[str]]:
    """main()'s exit code and printed lines for two manifests."""
    paths = []
    for name, data in (("old", old), ("new", new)):
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(data), encoding="utf-8")
    code = load(NAME).main([*map(str, paths), *flags])
    return code, capsys.readouterr().out.splitlines()


def test_each_key_has_its_category_and_loses_its_prefix() -> None:
    for key, expected in {
        "git_sha": ("CODE", "git_sha"),
        "git_dirty": ("CODE", "git_dirty"),
        "versions.numpy": ("VERSIONS", "numpy"),
        "versions.torch.cuda": ("VERSIONS", "torch.cuda"),
        "hardware.cpu": ("HARDWARE", "cpu"),
        "env.OMP_NUM_THREADS": ("ENV", "OMP_NUM_THREADS"),
        "wall_seconds": ("TIME", "wall_seconds"),
        "started_at": ("TIME", "started_at"),
        "finished_at": ("TIME", "finished_at"),
        "metrics.loss": ("OTHER", "metrics.loss"),
        "seed": ("OTHER", "seed"),
        "id": ("OTHER", "id"),
        "versions": ("OTHER", "versions"),
        "environment": ("OTHER", "environment"),
        "config.git_sha": ("OTHER", "config.git_sha"),
    }.items():
        expect_equal(
            load(NAME).category(key),
            expected,
            what=f"category({key!r})",
            idea="Only the whole first part of the key decides, and only a category's own prefix is dropped.",
            page=PAGE,
        )


def test_equal_manifests_have_no_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expect_equal(
        compared(tmp_path, capsys, BASE),
        (0, ["(no differences: CODE, VERSIONS, HARDWARE, ENV, TIME, OTHER)"]),
        what="exit code and output for two equal manifests",
        idea="Saying what is equal is half of a diagnosis.",
        page=PAGE,
    )


def test_a_version_drift_is_one_line_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = BASE | {"versions": {"numpy": "2.0.2", "python": "3.11.9"}}
    expect_equal(
        compared(tmp_path, capsys, new),
        (
            1,
            [
                "[VERSIONS] numpy: 2.0.1 -> 2.0.2",
                "(no differences: CODE, HARDWARE, ENV, TIME, OTHER)",
            ],
        ),
        what="exit code and output when only numpy's version differs",
        idea="Compare the flattened manifests key by key.",
        page=PAGE,
    )


def test_only_code_and_versions_decide_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for change, expected in (
        ({"git_sha": "b" * 40}, 1),
        ({"git_dirty": True}, 1),
        ({"versions": {"numpy": "2.0.1"}}, 1),
        ({"hardware": {"cpu": "two", "ram_gb": 16.0}}, 0),
        ({"env": {}}, 0),
        ({"wall_seconds": 30.0}, 0),
        ({"metrics": {"loss": 0.6}}, 0),
        ({"seed": 43}, 0),
    ):
        expect_equal(
            compared(tmp_path, capsys, BASE | change)[0],
            expected,
            what=f"the exit code when {next(iter(change))} differs",
            idea="Other code or other libraries: the numbers needn't agree, and a script that asks should stop.",
            page=PAGE,
        )


def test_a_key_on_one_side_only_is_missing_on_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    less = BASE | {"env": {"PYTHONHASHSEED": "42"}}
    forward = compared(tmp_path, capsys, BASE, old=less)[1][0]
    backward = compared(tmp_path, capsys, less)[1][0]
    expect_equal(
        (forward, backward),
        ("[ENV] OMP_NUM_THREADS: <missing> -> 8", "[ENV] OMP_NUM_THREADS: 8 -> <missing>"),
        what="the line for a key that is missing on the left, then on the right",
        idea="Walk over the keys of both sides. An old manifest that lacks a field is a clue, not an error.",
        page=PAGE,
    )
    expect_equal(
        compared(tmp_path, capsys, BASE | {"config": {}}, old=BASE | {"config": {"lr": ""}})[1][:2],
        ["[OTHER] config: <missing> -> {}", "[OTHER] config.lr:  -> <missing>"],
        what="the lines when config goes from an empty text to an empty object",
        idea="Empty and missing are two things: test membership (or a default), not truth.",
        page=PAGE,
    )


def test_lines_come_by_category_then_by_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = BASE | {
        "seed": 1,
        "metrics": {"loss": 0.6},
        "wall_seconds": 30.0,
        "env": {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": ""},
        "versions": {"numpy": "2.0.2", "python": "3.12.0"},
        "git_sha": "b" * 40,
    }
    expect_equal(
        compared(tmp_path, capsys, new)[1],
        [
            f"[CODE] git_sha: {'a' * 40} -> {'b' * 40}",
            "[VERSIONS] numpy: 2.0.1 -> 2.0.2",
            "[VERSIONS] python: 3.11.9 -> 3.12.0",
            "[ENV] OMP_NUM_THREADS: 8 -> 1",
            "[ENV] PYTHONHASHSEED: 42 -> ",
            "[TIME] wall_seconds: 8.0 -> 30.0",
            "[OTHER] metrics.loss: 0.5 -> 0.6",
            "[OTHER] seed: 42 -> 1",
            "(no differences: HARDWARE)",
        ],
        what="the output when most things differ",
        idea="Causes first (code, versions, hardware, env), effects last. Sort within a category, so that two diffs can be compared.",
        page=PAGE,
    )


def test_no_last_line_when_every_category_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = {
        "git_sha": "b" * 40,
        "versions": {},
        "hardware": {},
        "env": {},
        "wall_seconds": 1,
        "seed": 1,
    }
    lines = compared(tmp_path, capsys, new)[1]
    expect_true(
        lines and not any(line.startswith("(") for line in lines),
        what="the output when every category differs",
        expected="no line (no differences: ...)",
        got=lines[-1:],
        idea="An empty list of names says nothing.",
        page=PAGE,
    )


def test_quiet_keeps_the_exit_code_and_prints_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expect_equal(
        (
            compared(tmp_path, capsys, BASE | {"git_dirty": True}, "--quiet"),
            compared(tmp_path, capsys, BASE, "--quiet"),
        ),
        ((1, []), (0, [])),
        what="exit code and output with --quiet, for different and for equal manifests",
        idea="For use in a script: if python scripts/manifest_diff.py A B --quiet; then ...",
        page=PAGE,
    )


def test_quiet_may_stand_anywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(tmp_path / f"{name}.json") for name in ("old", "new")]
    for path, data in zip(paths, (BASE, BASE | {"git_dirty": True}), strict=True):
        Path(path).write_text(json.dumps(data), encoding="utf-8")
    for arguments in (["--quiet", *paths], [paths[0], "--quiet", paths[1]]):
        code = load(NAME).main(arguments)
        expect_equal(
            (code, capsys.readouterr().out),
            (1, ""),
            what=f"exit code and output with --quiet as word {arguments.index('--quiet') + 1} of 3",
            idea="People type flags where they think of them.",
            page=PAGE,
        )


def test_what_is_not_a_manifest_is_an_error_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = tmp_path / "good.json"
    good.write_text("{}", encoding="utf-8")
    (tmp_path / "text.json").write_text("not json", encoding="utf-8")
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    for bad in ("absent.json", "text.json", "list.json", "bytes.json"):
        code = load(NAME).main([str(good), str(tmp_path / bad)])
        printed = capsys.readouterr()
        expect_equal(
            (code, printed.out, bad in printed.err),
            (2, "", True),
            what=f"(exit code, output, the file is named on standard error) for {bad}",
            idea="1 says 'they differ'. A caller must be able to tell that from 'I couldn't look'.",
            page=PAGE,
        )
    for arguments in ([], [str(good)], [str(good)] * 3):
        expect_equal(
            load(NAME).main(arguments),
            2,
            what=f"the exit code for {len(arguments)} file(s)",
            idea="Two files, no more and no fewer.",
            page=PAGE,
        )
        capsys.readouterr()


def test_the_demo_pair_is_diagnosed_by_the_program(tmp_path: Path) -> None:
    started = time.monotonic()
    done = script(NAME, DEMO / "monday.json", DEMO / "tuesday.json", cwd=tmp_path)
    seconds = time.monotonic() - started
    causes = [
        line for line in done.stdout.splitlines() if not line.startswith(("[TIME]", "[OTHER]", "("))
    ]
    expect_equal(
        (done.returncode, causes),
        (1, ["[VERSIONS] numpy: 2.3.3 -> 2.4.6"]),
        what=f"exit code and causes of the demo pair ({done.stderr.strip()[-200:]})",
        idea="Same code, same machine, same environment, one library: that is the whole diagnosis.",
        page=PAGE,
    )
    expect_true(
        seconds < 1.5,
        what="the time that one diff takes",
        expected="well under a second",
        got=f"{seconds:.2f} s",
        idea="A tool that answers at once is one that people use. Import nothing heavy.",
        page=PAGE,
    )
