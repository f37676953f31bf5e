"""An experiment that uses another's artifacts: handed on, noted, held by the gate, replayed, rehearsed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_curriculum
import tiny_walk
from tiny_walk import command

from cortex.context import Context
from cortex.dev import uses
from cortex.files.curriculum import load_curriculum
from cortex.files.digests import file_digest
from cortex.files.repo import Repo
from cortex.runs import evidence
from cortex.runs import manifests as provenance

LISTED = "  - {id: 00-tiny, title: Add once, seconds: 1, seed: 42, replay: [metrics.sum]}\n"
TWICE = "  - {id: 00-twice, title: Double it, seconds: 1, replay: [sum], uses: [00-tiny]}\n"
CLAIM = '  - {id: ran, says: The run adds, by: "experiment 00-tiny: metrics.sum == 5"}\n'
DOUBLED = (
    '  - {id: doubled, says: The sum is doubled, by: "experiment 00-twice: metrics.sum == 10"}\n'
)
READS = "total = 2 * int((given['00-tiny'] / 'sum.txt').read_text())"


def using(root: Path) -> Repo:
    """Adds the experiment 00-twice, which doubles what 00-tiny made, with a claim."""
    script = (root / "experiments/00/tiny/run.py").read_text()
    script = script.replace("00-tiny", "00-twice").replace("total = add(2, 3)", READS)
    parse = 'parser.add_argument("--uses", action="append", default=[])\nargs = '
    script = script.replace("args = ", parse, 1)
    given = 'given = {k: Path(v) for k, v in (w.split("=") for w in args.uses)}\n'
    script = script.replace("started = stamp()\n", f"{given}started = stamp()\n")
    path = root / "experiments/00/twice/run.py"
    path.parent.mkdir()
    path.write_text(script)
    edit(phase_file(root), LISTED, LISTED + TWICE)
    edit(phase_file(root), CLAIM, CLAIM + DOUBLED)
    tiny_walk.seal_and_commit(root)
    return Repo(root)


def phase_file(root: Path) -> Path:
    return root / "docs/phase-00-tiny/phase.yaml"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def ran(root: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """What running 00-twice answers."""
    found: dict[str, Any] = json.loads(
        command(root, "run", "00-twice", *words, "--json", code=code).out
    )
    return found


def line(root: Path, code: int | None) -> dict[str, Any]:
    """The gate's line about 00-twice."""
    answer = json.loads(command(root, "gate", "00", "--json", code=code).out)
    found: dict[str, Any] = next(line for line in answer["lines"] if line["id"] == "doubled")
    return found


def run_of(root: Path, name: str) -> Path:
    """The one run of an experiment."""
    (folder,) = (root / "experiments/00" / name / "runs").iterdir()
    return folder


def newer(run: Path, total: int) -> Path:
    """A later run of 00-tiny that counts and made another sum."""
    copy = run.with_name("29990101T000000Z")
    shutil.copytree(run, copy)
    made = copy / "sum.txt"
    made.write_text(f"{total}\n")
    data = provenance.read(copy)
    data["artifacts"][0] |= {"sha256": file_digest(made), "bytes": made.stat().st_size}
    (copy / "manifest.json").write_text(json.dumps(data))
    return copy


def test_a_run_is_handed_what_it_uses_and_its_manifest_says_which_run_that_was(
    tmp_path: Path,
) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    answer = ran(root)
    assert (answer["evidence"], answer["metrics"]) == (True, {"sum": 10})
    used = run_of(root, "tiny")
    assert provenance.read(root / answer["folder"])["inputs"] == [
        {"run": f"00-tiny/{used.name}", "sha256": file_digest(used / "manifest.json")}
    ]
    assert line(root, 0)["evidence"].endswith(", replayed")


def test_the_newest_run_that_counts_is_handed_on(tmp_path: Path) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    later = newer(run_of(root, "tiny"), 7)
    assert ran(root)["metrics"] == {"sum": 14}
    edit(later / "sum.txt", "7", "8")
    assert ran(root)["metrics"] == {"sum": 10}


def test_without_a_run_to_use_it_says_what_to_type_and_leaves_no_folder(tmp_path: Path) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    shutil.rmtree(root / "experiments/00/tiny/runs")
    told = command(root, "run", "00-twice", code=1).err
    assert "00-twice uses what 00-tiny made, and there is no run of it that counts" in told
    assert "just run 00-tiny" in told
    assert not (root / "experiments/00/twice/runs").exists()


def test_the_reference_is_handed_a_run_of_the_reference(tmp_path: Path) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    words = ("--impl", "reference")
    told = command(root, "run", "00-twice", *words, code=1).err
    assert "just run 00-tiny --impl reference" in told
    command(root, "run", "00-tiny", *words)
    answer = ran(root, *words)
    assert answer["doubts"] == ["it ran the reference, which proves nothing about your code"]
    (used,) = (root / "experiments/00/tiny/runs/reference").iterdir()
    (given,) = provenance.read(root / answer["folder"])["inputs"]
    assert given["run"] == f"00-tiny/{used.name}"


def _gone(tiny: Path, twice: Path) -> None:
    shutil.rmtree(tiny)


def _manifest_edited(tiny: Path, twice: Path) -> None:
    edit(tiny / "manifest.json", '"cpu": "x"', '"cpu": "y"')


def _artifact_edited(tiny: Path, twice: Path) -> None:
    edit(tiny / "sum.txt", "5", "6")


def _not_listed(tiny: Path, twice: Path) -> None:
    data = provenance.read(twice)
    del data["inputs"]
    (twice / "manifest.json").write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_gone, "inputs: 00-tiny: run STAMP isn't there any more"),
        (_manifest_edited, "inputs: 00-tiny: run STAMP: its manifest was changed since"),
        (_artifact_edited, "run STAMP: artifact sum.txt: its SHA-256 isn't the one"),
        (_not_listed, "inputs: 00-tiny: the manifest doesn't say which run of it was used"),
    ],
)
def test_a_run_whose_input_no_longer_counts_is_no_evidence(
    tmp_path: Path, damage: Any, says: str
) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    ran(root)
    tiny = run_of(root, "tiny")
    damage(tiny, run_of(root, "twice"))
    found = line(root, 1)
    assert says.replace("STAMP", tiny.name) in found["evidence"]
    assert found["todo"] == "just run 00-twice"


def test_a_replay_uses_the_run_that_was_used_then_and_no_newer_one(tmp_path: Path) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    ran(root)
    newer(run_of(root, "tiny"), 7)
    found = line(root, None)  # the newer one shuts another line
    assert found["ok"]
    assert found["evidence"].endswith(", replayed")


def test_the_report_keeps_the_runs_that_a_cited_run_used(tmp_path: Path) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    ran(root)
    used = newer(run_of(root, "tiny"), 5)  # what the gate cites of 00-tiny is the newest
    assert line(root, 0)["ok"]
    kept = root / "learners/ada/phase-00/runs/00-tiny"
    assert len(list(kept.iterdir())) == 2
    shutil.rmtree(used.parent)
    assert line(root, 0)["ok"]


def test_another_input_shows_beside_what_else_a_run_stands_on(tmp_path: Path) -> None:
    root = using(tiny_walk.at("ready", tmp_path).root).root
    first = ran(root)["folder"]
    later = newer(run_of(root, "tiny"), 7)
    shown = command(root, "manifest", "diff", first, ran(root)["folder"], code=1).out
    assert f" -> 00-tiny/{later.name}" in shown
    assert "[VERSIONS] inputs.0.sha256: " in shown


def test_an_experiment_runs_on_the_interpreter_of_its_group(tmp_path: Path) -> None:
    """The group's python is a wrapper here that leaves a mark and goes on with this interpreter."""
    root = tiny_walk.at("ready", tmp_path).root
    edit(phase_file(root), "seconds: 1, ", "seconds: 1, group: own, ")
    (root / "tools/groups").mkdir(parents=True)
    (root / "tools/groups/own.txt").write_text("numpy\n")
    tiny_curriculum.commit(root, "chore: a group")
    told = command(root, "run", "00-tiny", code=1).err
    assert "00-tiny needs the packages of the group own" in told
    assert "./just setup own" in told
    python = root / ".cache/groups/own/bin/python"
    python.parent.mkdir(parents=True)
    mark = root / ".cache/ran"
    python.write_text(f'#!/bin/sh\ntouch "{mark}"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    assert json.loads(command(root, "run", "00-tiny", "--json").out)["evidence"] is True
    assert mark.exists()


def problems(root: Path) -> list[str]:
    return [problem.what for problem in uses.problems(load_curriculum(Repo(root)))]


def test_what_an_experiment_uses_must_be_shipped_and_built_on_without_a_circle(
    tmp_path: Path,
) -> None:
    root = using(tiny_walk.at("sealed", tmp_path).root).root
    assert problems(root) == []
    tiny_walk.second_phase(root)
    second = root / "docs/phase-01-second/phase.yaml"
    edit(second, "uses: [01-tiny]", "uses: [01-tiny, 00-twice]")
    edit(second, "00-twice, title", "01-twice, title")
    edit(second, "experiment 00-twice", "experiment 01-twice")
    assert problems(root) == []
    edit(second, "requires: [0]", "requires: []")
    assert problems(root) == [
        "experiment 01-twice uses 00-twice, but phase 01 doesn't build on phase 00"
    ]
    edit(second, "01-tiny, 00-twice", "00-large")
    assert problems(root) == ["experiment 01-twice uses 00-large, which no shipped phase lists"]
    edit(phase_file(root), "replay: [metrics.sum]", "uses: [00-twice]")
    assert "experiments use each other in a circle: 00-tiny -> 00-twice -> 00-tiny" in problems(
        root
    )


@pytest.mark.slow
def test_a_phase_walked_on_its_own_first_runs_what_its_experiments_use(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    tiny_walk.second_phase(root)
    script = root / "experiments/01/tiny/run.py"
    parse = 'parser.add_argument("--uses", action="append", default=[])\nargs = '
    edit(script, "args = ", parse)
    edit(script, "total = add(2, 3)", "total = len(args.uses) * add(2, 3)")
    second = root / "docs/phase-01-second/phase.yaml"
    edit(second, "seconds: 1, ", "seconds: 1, uses: [00-tiny], ")
    tiny_walk.seal_and_commit(root)
    answer = json.loads(command(root, "dev", "rehearse", "01", "--json").out)
    assert answer["closed"] == [1]
    says = [step["says"] for step in answer["steps"]]
    assert says.index("runs 00-tiny") < says.index("runs 01-tiny")


def test_where_each_learner_has_a_seed_of_their_own_no_other_counts(tmp_path: Path) -> None:
    tiny = tiny_walk.at("ready", tmp_path).root
    edit(phase_file(tiny), "seed: 42, replay", "seed: 42, own_seed: true, replay")
    tiny_walk.seal_and_commit(tiny)

    def made(*words: str) -> tuple[int, list[str]]:
        answer = json.loads(command(tiny, "run", "00-tiny", *words, "--json").out)
        seed: int = provenance.read(tiny / answer["folder"])["seed"]
        return seed, answer["doubts"]

    first, again = made(), made()
    assert first == again and first[0] != 42 and not first[1]
    assert made("--seed", "42") == (
        42,
        [f"seed: 42 isn't yours, {first[0]}; run it without `--seed`"],
    )
    assert made("--impl", "reference")[0] == 42
    names = (Context(name, Repo(tiny)) for name in ("ada", "ben"))
    ada, ben = (evidence.seed(one, "00-tiny") for one in names)
    assert ada == first[0] != ben and evidence.seed(Context("ada", Repo(tiny)), "00-twice") is None
