"""`cortex doctor`: each probe on a sound and on a broken clone, and that it speaks where nothing else does."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Answered, Cortex, clean_environment
from tiny_curriculum import commit

from cortex.files.repo import Repo
from cortex.runs import sandbox
from cortex.upkeep import doctor
from cortex.upkeep.doctor import Finding

PYPROJECT = """
[project]
name = "lynx-cortex"
dependencies = ["rich>=13.9", "typer[all] >=0.15, <0.29; python_version > '3'"]

[dependency-groups]
dev = ["types-PyYAML>=6.0"]
"""
LOCK = """
version = 1

[[package]]
name = "lynx-cortex"
version = "0.1.0"
source = { editable = "." }

[package.metadata]
requires-dist = [
    { name = "rich", specifier = ">=13.9" },
    { name = "typer", extras = ["all"], marker = "python_full_version > '3'", specifier = "<0.29,>=0.15" },
]

[package.metadata.requires-dev]
dev = [{ name = "types-pyyaml", specifier = ">=6.0" }]
"""


@pytest.fixture
def clone(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tiny.root / "pyproject.toml").write_text(PYPROJECT)
    (tiny.root / "uv.lock").write_text(LOCK)
    commit(tiny.root, "build: a lock")
    monkeypatch.delenv("CORTEX_ROOT", raising=False)
    return tiny.root


def look(clone: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in doctor.examine(clone)}


def test_a_sound_clone_has_no_required_problem(clone: Path) -> None:
    bad = {name: f for name, f in look(clone).items() if f.required and not f.ok}
    assert bad == {}


def test_every_finding_that_is_not_ok_says_what_to_do(clone: Path) -> None:
    for name in ("uv.lock", "src/labkit/tiny.py"):
        (clone / name).unlink()
    shutil.rmtree(clone / ".git")
    for finding in doctor.examine(clone):
        assert finding.ok or finding.todo, finding


def test_a_plain_uv_sync_is_explained(clone: Path) -> None:
    assert (
        "A plain `uv sync` or `uv run` looks for the files in this folder"
        in look(clone)["uv sync"].todo
    )


@pytest.mark.parametrize("tier", sandbox.TIERS)
def test_the_walls_around_submissions_are_named_with_what_they_leave_open(
    clone: Path, monkeypatch: pytest.MonkeyPatch, tier: sandbox.Tier
) -> None:
    monkeypatch.setattr(sandbox, "tier", lambda: tier)
    finding = look(clone)["sandbox"]
    assert finding.found == f"tier {sandbox.TIERS.index(tier) + 1} of 3, {tier}"
    assert finding.ok is (not sandbox.HOLES[tier])
    assert all(hole in finding.todo for hole in sandbox.HOLES[tier])


def test_a_missing_lock_is_named(clone: Path) -> None:
    (clone / "uv.lock").unlink()
    finding = look(clone)["lock"]
    assert (finding.required, finding.ok, finding.todo) == (True, False, "git checkout -- uv.lock")


def test_a_lock_with_an_address_is_named_with_its_line(clone: Path) -> None:
    (clone / "uv.lock").write_text(
        LOCK.replace('editable = "."', 'registry = "https://example.org"')
    )
    finding = look(clone)["lock names no address"]
    assert (finding.ok, finding.found) == (False, "uv.lock:7 names one")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("rich>=13.9", "rich>=14", "rich"),
        ('["rich>=13.9"', '["rich>=13.9", "numpy"', "numpy"),
        ("types-PyYAML>=6.0", "mypy", "mypy, types-pyyaml"),
        (", <0.29", "", "typer"),
    ],
)
def test_a_lock_out_of_step_names_the_packages(clone: Path, old: str, new: str, named: str) -> None:
    assert look(clone)["lock in step"].ok
    (clone / "pyproject.toml").write_text(PYPROJECT.replace(old, new))
    finding = look(clone)["lock in step"]
    assert (finding.ok, finding.found) == (False, f"pyproject.toml and uv.lock differ in {named}")


@pytest.mark.parametrize("name", ["pyproject.toml", "uv.lock"])
def test_a_file_that_cannot_be_read_is_a_finding_and_no_crash(clone: Path, name: str) -> None:
    (clone / name).write_bytes(b"\xff[[")
    found = look(clone)
    assert not found["lock"].ok and "can't be looked at" in found["lock"].found
    assert found["src/labkit"].ok, "the other probes still run"


def test_the_real_lock_is_in_step() -> None:
    found = {finding.name: finding for finding in doctor._lock(ROOT)}
    assert found["lock names no address"].ok and found["lock in step"].ok


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def add(:\n", "SyntaxError"),
        ("import nowhere\n", "No module named 'nowhere' (src/labkit/tiny.py, line 1"),
        ("raise SystemExit(3)\n", "exit code 3"),
    ],
)
def test_a_package_that_does_not_import_is_named_with_its_place(
    clone: Path, text: str, says: str
) -> None:
    (clone / "src/labkit/tiny.py").write_text(text)
    finding = look(clone)["src/labkit"]
    assert finding.required and not finding.ok
    assert says in finding.found
    assert "tiny.py" in finding.found or "exit code" in finding.found


def test_without_git_it_says_so_and_goes_on(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(clone / "empty"))
    found = look(clone)
    assert not found["git"].ok and found["git"].required
    assert "repository" not in found
    assert not found["uv"].ok and not found["uv"].required


def test_a_copy_that_is_no_clone_is_named(clone: Path) -> None:
    shutil.rmtree(clone / ".git")
    finding = look(clone)["repository"]
    assert (finding.required, finding.ok) == (True, False)


def test_a_clone_that_git_refuses_is_not_called_no_clone(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git's own switch for its tests: it behaves as in a clone that belongs to another user."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    finding = look(clone)["repository"]
    assert (finding.required, finding.ok) == (True, False)
    assert finding.found == f"git refuses {clone}, since it belongs to somebody else"
    place = shlex.quote(str(clone))
    assert finding.todo == f"If you trust it: git config --global --add safe.directory {place}"


def test_every_command_says_that_git_refuses(cortex: Cortex, clone: Path) -> None:
    answer = cortex("update", env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert answer.code == 2
    assert answer.err.startswith(f"cortex: git refuses {clone}, since it belongs to somebody else")


@pytest.mark.parametrize(
    ("name", "old", "needed"), [("just", "1.39.0", "1.40"), ("uv", "0.8", "0.9")]
)
def test_a_tool_that_is_too_old_does_not_count(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, needed: str
) -> None:
    def put(place: Path, version: str) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\necho {name} {version}\n")
        place.chmod(0o755)

    put(tmp_path / "bin" / name, old)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    finding = look(clone)[name]
    assert (finding.ok, finding.found) == (
        False,
        f"{name} {old} at {tmp_path}/bin/{name}, and {needed} or newer is needed",
    )
    assert "./just" in finding.todo
    put(clone / ".cache/tools/bin" / name, "99.0.0")
    assert (look(clone)[name].ok, look(clone)[name].found) == (True, f"{name} 99.0.0")


def test_hooks_count_only_if_they_are_ours(clone: Path) -> None:
    hooks = clone / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    assert look(clone)["hooks"].found.startswith("not installed: pre-commit, commit-msg;")
    (hooks / "pre-commit").write_text("#!/bin/sh\nexec pre-commit run\n")
    assert look(clone)["hooks"].found.startswith("not installed: commit-msg;")
    (hooks / "commit-msg").write_text("#!/bin/sh\nexec pre-commit run\n")
    assert look(clone)["hooks"].ok


def test_an_environment_made_from_another_lock_is_named(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = clone / ".venv/.lynx"
    state.mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(clone / ".venv"))
    (state / "uv.lock").write_text(LOCK)
    assert look(clone)["environment in step"].ok
    (clone / "uv.lock").write_text(LOCK + "\n")
    finding = look(clone)["environment in step"]
    assert (finding.required, finding.ok, finding.todo) == (True, False, "./just setup")


def test_the_machines_own_python_is_no_environment(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    finding = look(clone)["environment"]
    assert (finding.required, finding.ok) == (True, False)


def test_a_missing_package_is_named(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MODULES", ("rich", "no_such_module"))
    finding = look(clone)["packages"]
    assert (finding.ok, finding.found) == (False, "missing: no_such_module")


def test_a_full_disk_is_named(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_MB", 10**9)
    assert not look(clone)["disk"].ok


def test_a_place_that_cannot_be_written_is_named(clone: Path) -> None:
    shutil.rmtree(clone / "learners")
    (clone / "learners").write_text("a file where a folder belongs")
    finding = look(clone)["writing"]
    assert (finding.required, finding.found) == (True, "can't write in learners")


def alone(clone: Path, *options: str) -> Answered:
    """doctor.py as a plain file, in an interpreter that sees no installed package."""
    done = subprocess.run(
        [sys.executable, *options, str(ROOT / "src/cortex/upkeep/doctor.py")],
        cwd=clone,
        env=clean_environment() | {"PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return Answered(done.returncode, done.stdout, done.stderr)


def test_it_speaks_where_no_package_can_be_imported(clone: Path) -> None:
    answer = alone(clone, "-S")
    assert answer.code == 1
    assert "MISSING packages: missing: filelock, fsrs" in answer.out
    assert answer.err == ""


def test_the_command_lists_findings_and_leaves_with_1_if_one_is_required(
    clone: Path, cortex: Cortex
) -> None:
    answer = cortex("doctor")
    assert answer.code == 0, answer.out
    assert "python" in answer.out and "(optional)" in answer.out
    (clone / "src/labkit/tiny.py").write_text("def add(:\n")
    answer = cortex("doctor", "--json")
    assert answer.code == 1
    assert answer.json["next"].startswith("Mend the file")
    sick = [f for f in answer.json["findings"] if f["required"] and not f["ok"]]
    assert [f["name"] for f in sick] == ["src/labkit"]


def test_it_runs_in_a_checkout_that_lost_its_curriculum(clone: Path, cortex: Cortex) -> None:
    shutil.rmtree(clone / "data")
    shutil.rmtree(clone / "docs")
    assert cortex("doctor").code == 0


def test_it_runs_outside_of_any_checkout(cortex: Cortex, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = cortex("doctor", cwd=empty)
    assert answer.code == 1
    assert "is no git clone with a commit" in answer.out


def test_a_package_is_imported_behind_walls(tiny: Repo, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (tiny.src / "labkit/tiny.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    (found,) = [one for one in doctor.examine(tiny.root) if one.name == "src/labkit"]
    assert not mark.exists()
    assert not found.ok
    assert "mark" in found.found
