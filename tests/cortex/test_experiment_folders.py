"""An experiment's name and its folder say the same thing, for every experiment that ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from cortex.files.repo import Repo
from cortex.runs import folders

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("07-tense-identity", "07/tense-identity"),
        ("00-tiny", "00/tiny"),
        ("bench-minitorch", "bench-minitorch"),
        ("2026-01-02-by-hand", "2026-01-02-by-hand"),
        ("07-", "07-"),
    ],
)
def test_a_name_begins_with_the_phase_that_its_folder_lies_in(name: str, place: str) -> None:
    assert folders.folder(Repo(ROOT), name) == ROOT / "experiments" / place


def test_names_and_folders_lead_to_each_other() -> None:
    repo = Repo(ROOT)
    scripts = folders.scripts(repo)
    assert {"07-tense-identity", "00-seed-audit", "bench-scalar"} <= scripts.keys()
    assert len(scripts) > 30
    assert [
        name for name, path in scripts.items() if folders.folder(repo, name) != path.parent
    ] == []


def test_an_experiment_that_a_learner_keeps_in_the_old_place_is_found(tmp_path: Path) -> None:
    for place in ("00-mine", "00-both", "00/both"):
        (tmp_path / "experiments" / place).mkdir(parents=True)
        (tmp_path / "experiments" / place / "run.py").touch()
    found = folders.scripts(Repo(tmp_path))
    assert found == {
        "00-mine": tmp_path / "experiments/00-mine/run.py",
        "00-both": tmp_path / "experiments/00/both/run.py",
    }
