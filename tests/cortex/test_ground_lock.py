"""uv.lock names no host, says exactly what the addressed lock said, and an addressed one is refused."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from ground_house import ROOT, tool


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("neutral_lock", ROOT / "tools/neutral_lock.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


neutral_lock = load()
HASH = 'hash = "sha256:00"'


def addressed(lock: str) -> str:
    """The lock as uv writes it: the neutral one with an index's address in front of everything."""
    lock = lock.replace('registry = "."', 'registry = "https://index.invalid/simple"')
    return re.sub(r'\bpath = "([^"]+)"', r'url = "https://files.invalid/packages/ab/\1"', lock)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('source = { registry = "https://index.invalid/simple" }', 'source = { registry = "." }'),
        ('source = { registry = "/srv/mirror/simple" }', 'source = { registry = "." }'),
        ('source = { registry = "." }', 'source = { registry = "." }'),
        (
            '{ name = "numpy", version = "2.4", source = { registry = "https://i.invalid/s" }, marker = "x" },',
            '{ name = "numpy", version = "2.4", source = { registry = "." }, marker = "x" },',
        ),
        (
            f'{{ url = "https://f.invalid/a/b/six-1.0-py3-none-any.whl", {HASH}, size = 3 }},',
            f'{{ path = "six-1.0-py3-none-any.whl", {HASH}, size = 3 }},',
        ),
        (
            f'sdist = {{ url = "https://f.invalid/x/torch-2.0%2Bcpu.tar.gz#sha256=1?a=b", {HASH} }}',
            f'sdist = {{ path = "torch-2.0+cpu.tar.gz", {HASH} }}',
        ),
        (
            f'sdist = {{ path = "/srv/wheels/six-1.0.tar.gz", {HASH} }}',
            f'sdist = {{ path = "six-1.0.tar.gz", {HASH} }}',
        ),
        ('source = { editable = "." }', 'source = { editable = "." }'),
    ],
)
def test_each_kind_of_address_becomes_a_name(line: str, expected: str) -> None:
    assert neutral_lock.neutral(line) == expected
    assert neutral_lock.neutral(expected) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'source = { git = "https://git.invalid/x?rev=1#2" }',
            "uv.lock:2: a package that comes from no registry can't be pinned by hash",
        ),
        (
            'source = { url = "https://f.invalid/x.whl" }',
            "uv.lock:2: a package that comes from no registry can't be pinned by hash",
        ),
        ('name = "torch"', "uv.lock:2: torch is optional and stays out of the lock"),
    ],
)
def test_what_has_no_neutral_form_is_refused(line: str, message: str) -> None:
    with pytest.raises(neutral_lock.LockError, match="^" + re.escape(message) + "$"):
        neutral_lock.neutral(f"version = 1\n{line}\n")


def test_the_committed_lock_round_trips() -> None:
    lock = (ROOT / "uv.lock").read_text()
    assert neutral_lock.findings(lock) == []
    assert "://" not in lock
    assert addressed(lock).count("://") > 1000
    assert neutral_lock.neutral(addressed(lock)) == lock


def test_check_passes_the_committed_lock_and_refuses_an_addressed_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = (ROOT / "uv.lock").read_text()
    (tmp_path / "uv.lock").write_text(lock)
    assert neutral_lock.main(["--check", "uv.lock"], tmp_path) == 0
    (tmp_path / "uv.lock").write_text(addressed(lock))
    assert neutral_lock.main(["--check"], tmp_path) == 1
    first, *_, last = capsys.readouterr().err.splitlines()
    assert re.fullmatch(
        r"uv\.lock:\d+: holds an address: run `just lock`, which writes names", first
    )
    assert re.fullmatch(r"\d{4,} in all", last)


def test_one_address_is_enough_to_be_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (ROOT / "uv.lock").read_text().splitlines()
    number = next(n for n, line in enumerate(lines) if "path = " in line)
    lines[number] = addressed(lines[number])
    (tmp_path / "uv.lock").write_text("\n".join(lines))
    assert neutral_lock.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"uv.lock:{number + 1}: holds an address: run `just lock`, which writes names",
        "1 in all",
    ]


@pytest.mark.parametrize(
    "line",
    [
        'source = { registry = "https://index.invalid/simple" }',
        'source = { registry = "/srv/mirror" }',
        f'sdist = {{ url = "https://f.invalid/six-1.0.tar.gz", {HASH} }}',
        f'sdist = {{ path = "wheels/six-1.0.tar.gz", {HASH} }}',
        "# see https://docs.invalid",
    ],
)
def test_every_place_is_found_whatever_it_names(line: str) -> None:
    assert neutral_lock.findings(f"version = 1\n{line}\n") == [
        "uv.lock:2: holds an address: run `just lock`, which writes names"
    ]


def uv(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [tool("uv"), *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_uv_reads_the_same_pins_and_hashes_from_both_forms(tmp_path: Path) -> None:
    export = ("export", "--offline", "--frozen", "--no-emit-project", "--no-header", "--all-groups")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    lock = (ROOT / "uv.lock").read_text()
    (tmp_path / "uv.lock").write_text(lock)
    ours = uv(tmp_path, *export)
    (tmp_path / "uv.lock").write_text(addressed(lock))
    assert uv(tmp_path, *export) == ours
    pins = re.findall(r"^[a-z0-9-]+==\S+", ours, re.MULTILINE)
    assert len(pins) == lock.count("[[package]]") - 1
    # Every file that the lock names is there with its hash.
    assert set(re.findall(r"sha256:[0-9a-f]{64}", ours)) == set(
        re.findall(r"sha256:[0-9a-f]{64}", lock)
    )


def test_uv_finds_the_committed_lock_in_step_with_the_project(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "uv.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    uv(tmp_path, "lock", "--check", "--offline")
    assert (tmp_path / "uv.lock").read_bytes() == (ROOT / "uv.lock").read_bytes()


def test_a_failed_resolution_leaves_the_lock_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UV", tool("uv"))
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 3\n")
    (tmp_path / "uv.lock").write_text("version = 1\n")
    assert neutral_lock.main([], tmp_path) == 1
    assert capsys.readouterr().err.endswith("uv lock --quiet failed; uv.lock is as it was\n")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["pyproject.toml", "uv.lock"]
    assert (tmp_path / "uv.lock").read_text() == "version = 1\n"


@pytest.mark.slow
def test_resolving_again_keeps_the_versions_and_stays_neutral(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV", tool("uv"))
    project = (ROOT / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(project)
    (tmp_path / "uv.lock").write_bytes((ROOT / "uv.lock").read_bytes())
    (tmp_path / "pyproject.toml").write_text(
        project.replace('bench = ["micrograd==0.1.0"]', "bench = []")
    )
    assert neutral_lock.main([], tmp_path) == 0
    new = (tmp_path / "uv.lock").read_text()

    def packages(lock: str) -> set[tuple[str, ...]]:
        return set(re.findall(r'^name = "(.+)"\nversion = "(.+)"', lock, re.MULTILINE))

    old = (ROOT / "uv.lock").read_text()
    assert packages(old) - packages(new) == {("micrograd", "0.1.0")}
    assert packages(new) < packages(old)
    assert neutral_lock.findings(new) == []
