"""What an experiment gets from `given.run`: its name, its seed, its folder, plots that repeat, and a manifest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cortex.files.repo import Repo
from cortex.runs import folders
from given.run import name_of

ROOT = Path(__file__).parents[2]
SCRIPT = '''"""Squares the seed."""

import json

from given.run import Run, conduct


def seeding(seed):
    print("seeded with", seed)


def manifest(out, **parts):
    parts["artifacts"] = [path.relative_to(out).as_posix() for path in parts["artifacts"]]
    parts["started_at"] = parts["started_at"].isoformat()
    path = out / "manifest.json"
    path.write_text(json.dumps(parts))
    return path


def main(run: Run) -> None:
    with run.plot("square.svg", 3, 2) as figure:
        figure.subplots().plot([0, run.seed], label="square")
    run.save("square.json", {"él": run.seed**2})
    run.file("square.txt").write_text(str(run.seed**2))
    run.record(config={"power": 2}, metrics={"square": run.seed**2})


if __name__ == "__main__":
    conduct(main, seeding=seeding, manifest=manifest)
'''


def ran(root: Path, place: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = root / "experiments" / place / "run.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(SCRIPT, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_run_is_seeded_and_told_to_the_manifest_that_the_experiment_brings(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    said = ran(tmp_path, "07/tiny", "--seed", "3", "--out", str(out)).stdout
    assert said.splitlines() == ["seeded with 3"]
    told = read(out / "manifest.json")
    assert told.pop("started_at").endswith("+00:00")
    assert told == {
        "experiment": "07-tiny",
        "seed": 3,
        "config": {"power": 2},
        "metrics": {"square": 9},
        "artifacts": ["square.svg", "square.json", "square.txt"],
    }
    assert read(out / "square.json") == {"él": 9}
    again = tmp_path / "again"
    ran(tmp_path, "07/tiny", "--seed", "3", "--out", str(again))
    assert (out / "square.svg").read_bytes() == (again / "square.svg").read_bytes()


def test_without_a_folder_a_run_goes_below_its_script_and_the_seed_is_42(tmp_path: Path) -> None:
    said = ran(tmp_path, "bench-tiny").stdout
    (path,) = (tmp_path / "experiments/bench-tiny/runs").glob("*/manifest.json")
    assert said.splitlines() == ["seeded with 42", str(path)]
    assert (read(path)["experiment"], read(path)["seed"]) == ("bench-tiny", 42)
    assert "Squares the seed." in ran(tmp_path, "bench-tiny", "--help").stdout


def test_a_script_and_the_runner_give_an_experiment_one_name() -> None:
    repo = Repo(ROOT)
    scripts = folders.scripts(repo)
    assert {name: name_of(path.parent) for name, path in scripts.items()} == {n: n for n in scripts}


# A benchmark has options of its own.
@pytest.mark.parametrize(
    "name", [name for name in sorted(folders.scripts(Repo(ROOT))) if not name.startswith("bench-")]
)
def test_no_experiment_brings_its_own_preamble(name: str) -> None:
    text = folders.scripts(Repo(ROOT))[name].read_text(encoding="utf-8")
    assert "conduct(main, seeding=seed_everything, manifest=record_manifest)" in text
    for word in ("argparse", "rc_context", "savefig", "artifacts="):
        assert word not in text, word


def test_what_a_run_uses_is_a_folder_by_the_experiment_that_made_it(tmp_path: Path) -> None:
    ran(tmp_path, "07/tiny", "--out", str(tmp_path / "made"))
    taken = parsed(tmp_path, "--uses", f"07-tiny={tmp_path / 'made'}")
    assert (taken.returncode, taken.stdout.splitlines()[-2]) == (0, str(tmp_path / "made"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "uses a run of 07-tiny, and it was handed none: start it with `just run`"),
        (("--uses", "made"), "'made' should look like 18-tutor=FOLDER"),
        (("--uses", "07-tiny=nowhere"), "no run lies in nowhere: it has no manifest.json"),
    ],
)
def test_a_run_that_lacks_what_it_uses_says_so_without_a_traceback(
    tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    told = parsed(tmp_path, *words)
    assert told.returncode != 0
    assert says in told.stderr
    assert "Traceback" not in told.stderr


def parsed(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """An experiment that prints the folder of the run that it uses."""
    script = root / "experiments/08/using/run.py"
    script.parent.mkdir(parents=True)
    prints = 'def main(run: Run) -> None:\n    print(run.inputs["07-tiny"])\n'
    script.write_text(SCRIPT.replace("def main(run: Run) -> None:\n", prints), encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
