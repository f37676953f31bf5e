"""Checks of lab 00.0: the probe, on this machine and on machines that it is told to believe in."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from given.checking import expect_equal, expect_true

from ._under_test import ROOT, load, repository, script

PAGE = "theory/05-environment.md"


def fake_tool(folder: Path, name: str, body: str) -> Path:
    """An executable that `sh` runs, first on nobody's PATH yet."""
    folder.mkdir(exist_ok=True)
    tool = folder / name
    tool.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    tool.chmod(0o755)
    return tool


def probe(path: str, cwd: Path) -> tuple[int, dict[str, list[dict[str, object]]]]:
    """The probe's exit code and report on a machine with this PATH."""
    done = script("probe.py", cwd=cwd, env={"PATH": path})
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        expect_true(
            False,
            what="what probe.py prints",
            expected="one JSON object and nothing else on standard output",
            got=done.stdout[:200] or done.stderr[-300:],
            idea="A program will read it. Everything that isn't the report goes to standard error.",
            page=PAGE,
        )
        raise


def by_name(findings: list[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {finding["name"]: finding for finding in findings}


def test_ask_returns_the_first_line_that_a_tool_prints(tmp_path: Path) -> None:
    tool = fake_tool(tmp_path / "bin", "talker", "echo '  talker 1.2.3  '; echo more")
    expect_equal(
        load("probe.py").ask([str(tool)]),
        "talker 1.2.3",
        what="ask() on a tool that prints two lines",
        idea="The first line, without the spaces around it: that is where a version stands.",
        page=PAGE,
    )


def test_a_tool_that_is_there_and_does_not_work_counts_as_missing(tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    cases = {
        "exits with 1": fake_tool(bin_folder, "fails", "echo 1.0; exit 1"),
        "prints nothing": fake_tool(bin_folder, "silent", "exit 0"),
        "prints on standard error alone": fake_tool(bin_folder, "loud", "echo 1.0 >&2"),
        "isn't there": bin_folder / "absent",
        "can't be started": tmp_path,
    }
    for why, tool in cases.items():
        expect_equal(
            load("probe.py").ask([str(tool)]),
            None,
            what=f"ask() on a tool that {why}",
            idea="Being on PATH proves nothing: a broken link, a wrong architecture and a shim all are. Run it.",
            page=PAGE,
        )


def test_a_tool_that_hangs_is_given_up(tmp_path: Path) -> None:
    tool = fake_tool(tmp_path / "bin", "sleeper", "exec sleep 8")
    started = time.monotonic()
    answer = load("probe.py").ask([str(tool)], timeout=0.2)
    expect_true(
        answer is None and time.monotonic() - started < 5,
        what="ask() on a tool that never ends, timeout 0.2 s",
        expected="None, within a moment",
        got=f"{answer!r} after {time.monotonic() - started:.1f} s",
        idea="A probe that hangs tells nobody anything. What does the function that starts the tool offer for that?",
        page=PAGE,
    )


def test_the_required_findings_have_their_names_and_order() -> None:
    module = load("probe.py")
    expect_equal(
        [finding.name for finding in module.required(ROOT)],
        ["python", "virtual environment", "git", "repository"]
        + [f"package {name}" for name in module.PACKAGES],
        what="the names of required()",
        idea="Other programs look findings up by name.",
        page=PAGE,
    )


def test_the_required_findings_are_true_of_this_machine() -> None:
    found = {finding.name: finding for finding in load("probe.py").required(ROOT)}
    here = ".".join(str(part) for part in sys.version_info[:3])
    expect_true(
        here in found["python"].found,
        what="the finding 'python'",
        expected=f"shows {here}",
        got=found["python"].found,
        idea="sys.version_info is the interpreter that runs you; `python3 --version` may be another one.",
        page=PAGE,
    )
    expect_equal(
        found["virtual environment"].ok,
        sys.prefix != sys.base_prefix,
        what="the finding 'virtual environment'",
        idea="Two attributes of sys are different inside an environment: which two, and what does each point to?",
        page=PAGE,
    )


def test_a_finding_that_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    module = load("probe.py")
    for finding in [*module.required(tmp_path), *module.optional()]:
        expect_equal(
            (bool(finding.fix), bool(finding.found)),
            (not finding.ok, finding.ok),
            what=f"(has a fix, has something found) of {finding.name!r}, ok={finding.ok}",
            idea="Found and fix answer each other: what works needs no advice, what doesn't needs some.",
            page=PAGE,
        )


def test_a_folder_outside_any_repository_is_found_out(tmp_path: Path) -> None:
    module = load("probe.py")
    outside = {f.name: f.ok for f in module.required(tmp_path)}["repository"]
    unborn = {f.name: f.ok for f in module.required(repository(tmp_path / "new", commit=False))}
    inside = {f.name: f.ok for f in module.required(repository(tmp_path / "old"))}
    expect_equal(
        (outside, unborn["repository"], inside["repository"]),
        (False, False, True),
        what="'repository' for a plain folder, a repository without a commit, one with a commit",
        idea="A manifest names a commit, so there has to be one. Which question to git is answered only then?",
        page=PAGE,
    )


def test_the_report_has_three_levels_and_the_probe_ticks_no_attested_line(tmp_path: Path) -> None:
    _, report = probe(os.environ["PATH"], tmp_path)
    expect_equal(
        sorted(report),
        ["attested", "ok", "optional", "required"],
        what="the keys of the report",
        idea="One object; each level under its own key.",
        page=PAGE,
    )
    module = load("probe.py")
    expect_equal(
        report["attested"],
        [{"id": name, "says": says} for name, says in module.ATTESTED.items()],
        what="the attested lines",
        idea="A program can't see your editor. A box that it ticks all the same is worth less than an empty one.",
        page=PAGE,
    )
    expect_equal(
        [finding["name"] for finding in report["optional"]],
        list(module.OPTIONAL),
        what="the optional findings",
        idea="One finding for each tool of the table, in its order.",
        page=PAGE,
    )


def test_without_git_the_probe_fails_and_still_reports(tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    code, report = probe(str(empty), tmp_path)
    required = by_name(report["required"])
    expect_equal(
        (code, report["ok"], required["git"]["ok"], required["python"]["ok"]),
        (1, False, False, True),
        what="exit code, ok, git and python on a machine with an empty PATH",
        idea="One missing thing must not hide the others: collect every finding, then decide.",
        page=PAGE,
    )


def test_missing_optional_tools_do_not_decide(tmp_path: Path) -> None:
    fake = fake_tool(tmp_path / "bin", "git", "echo git version 9.9.9").parent
    code, report = probe(str(fake), tmp_path)
    by = by_name(report["required"])
    optional = by_name(report["optional"])
    needed = all(bool(finding["ok"]) for finding in report["required"])
    expect_equal(
        (by["git"]["found"], optional["just"]["ok"], code),
        ("git version 9.9.9", False, 0 if needed else 1),
        what="git's answer, whether just was found, and the exit code, where PATH has git alone",
        idea="The exit code follows the required findings only: optional means that you can start without it.",
        page=PAGE,
    )


def test_a_package_is_looked_for_and_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("probe.py")
    (tmp_path / "costly_to_import.py").write_text(
        "raise RuntimeError('imported')\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, "PACKAGES", ("costly_to_import", "absent_from_everywhere"))
    found = {finding.name: finding.ok for finding in module.required(ROOT)}
    expect_equal(
        (found["package costly_to_import"], found["package absent_from_everywhere"]),
        (True, False),
        what="(a package that raises when it is imported is found, a missing one isn't)",
        idea="Importing runs the package. Which function only asks where it lies?",
        page=PAGE,
    )


def test_an_optional_tool_is_asked_for_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("probe.py")
    fake_tool(tmp_path / "bin", "just", 'test "$1" = --version && echo just 9.9.9')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    found = {finding.name: finding for finding in module.optional()}["just"]
    expect_equal(
        (found.ok, found.found, found.fix),
        (True, "just 9.9.9", ""),
        what="the optional finding of a `just` that answers only to --version",
        idea="A tool that is called without a word may wait for input, or do its work.",
        page=PAGE,
    )
