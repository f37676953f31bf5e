"""Manifests: believed only when complete and true, compared by category."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tiny_curriculum
from conftest import ROOT, Cortex

from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.runs import manifests as provenance

LOSS = b"0.5\n0.25\n"
Damage = Callable[[dict[str, Any]], None]


def manifest(folder: Path) -> dict[str, Any]:
    """A sound manifest with one artifact, which is written into `folder`."""
    (folder / "plots").mkdir(exist_ok=True)
    (folder / "plots" / "loss.csv").write_bytes(LOSS)
    return {
        "schema": 1,
        "id": "20260522T080000Z-07-tense-identity",
        "experiment": "07-tense-identity",
        "git_sha": "a" * 40,
        "git_dirty": False,
        "seed": 42,
        "config": {"lr": 0.1, "layers": [2, 16, 1]},
        "versions": {"python": "3.11.9", "numpy": "2.0.1", "torch": "not installed"},
        "hardware": {"cpu": "i5-8250U", "ram_gb": 15.5, "gpu": "none", "os": "Debian 12"},
        "env": {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "",
            "PYTHONHASHSEED": "42",
        },
        "started_at": "2026-05-22T08:00:00Z",
        "finished_at": "2026-05-22T08:00:07.500Z",
        "wall_seconds": 7.5,
        "metrics": {"final_loss": 0.25, "epochs": 300, "separated": True, "worst": "go"},
        "artifacts": [
            {
                "path": "plots/loss.csv",
                "sha256": hashlib.sha256(LOSS).hexdigest(),
                "bytes": len(LOSS),
            }
        ],
    }


def _put(**fields: Any) -> Damage:
    return lambda made: made.update(fields)


def _drop(name: str) -> Damage:
    return lambda made: made.pop(name)


def _into(part: str, **fields: Any) -> Damage:
    return lambda made: made[part].update(fields)


# What both the model and the published schema must refuse, and the field that is named.
MISSHAPEN: list[tuple[str, Damage]] = [
    ("git_sha", _put(git_sha="a1b2c3d")),
    ("git_sha", _put(git_sha="A" * 40)),
    ("git_dirty", _put(git_dirty="no")),
    ("git_dirty", _drop("git_dirty")),
    ("seed", _put(seed=-1)),
    ("seed", _put(seed=2**32)),
    ("seed", _put(seed="42")),
    ("seed", _put(seed=True)),
    ("started_at", _put(started_at="2026-05-22 08:00:00")),
    ("finished_at", _put(finished_at="2026-05-22T08:00:00+02:00")),
    ("wall_seconds", _put(wall_seconds=-0.1)),
    ("metrics.curve", _into("metrics", curve=[1, 2])),
    ("metrics.nothing", _into("metrics", nothing=None)),
    ("versions", _put(versions={"numpy": "2.0.1"})),
    ("hardware.cpu", _into("hardware", cpu=8)),
    ("env.OMP_NUM_THREADS", _into("env", OMP_NUM_THREADS=1)),
    ("config", _put(config=[])),
    ("artifacts.0.sha256", lambda made: made["artifacts"][0].update(sha256="0" * 63)),
    ("artifacts.0.bytes", lambda made: made["artifacts"][0].update(bytes=-1)),
    ("artifacts.0.path", lambda made: made["artifacts"][0].update(path="")),
    ("schema", _put(schema=0)),
    ("schema", _drop("schema")),
    ("experiment", _put(experiment="")),
]


def published() -> dict[str, Any]:
    """The committed JSON Schema."""
    text = (ROOT / "docs/schemas/manifest.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_sound_manifest_is_believed(tmp_path: Path) -> None:
    assert provenance.validate(manifest(tmp_path), tmp_path) == []


def test_the_published_schema_is_the_one_that_the_model_writes() -> None:
    path = ROOT / "docs/schemas/manifest.schema.json"
    assert path.read_text(encoding="utf-8") == provenance.schema_text()


def test_the_published_schema_accepts_a_sound_manifest(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(published())
    jsonschema.validate(manifest(tmp_path), published())


@pytest.mark.parametrize(("field", "damage"), MISSHAPEN)
def test_a_misshapen_manifest_is_refused_by_model_and_schema_alike(
    tmp_path: Path, field: str, damage: Damage
) -> None:
    made = manifest(tmp_path)
    damage(made)
    problems = provenance.validate(made, tmp_path)
    assert any(problem.startswith(field) for problem in problems), problems
    assert not jsonschema.Draft202012Validator(published()).is_valid(made)


def test_a_field_that_this_version_does_not_know_is_no_problem(tmp_path: Path) -> None:
    made = manifest(tmp_path) | {"carbon_grams": 0.2}
    made["env"]["VECLIB_MAXIMUM_THREADS"] = "1"
    made["artifacts"][0]["kind"] = "table"
    assert provenance.validate(made, tmp_path) == []
    jsonschema.validate(made, published())


def test_a_newer_schema_is_refused_with_the_way_out(tmp_path: Path) -> None:
    problems = provenance.validate(manifest(tmp_path) | {"schema": 2}, tmp_path)
    assert problems == [
        "schema: written by a newer labkit (schema 2, this cortex knows 1); `cortex update`"
    ]


def test_a_metric_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    made = manifest(tmp_path)
    made["metrics"]["final_loss"] = float("nan")
    problems = provenance.validate(made, tmp_path)
    assert problems == ["metrics.final_loss: should be a finite number, true, false or a text"]


def test_an_end_before_the_start_is_refused(tmp_path: Path) -> None:
    made = manifest(tmp_path) | {"finished_at": "2026-05-22T07:59:59Z"}
    problems = provenance.validate(made, tmp_path)
    assert problems == ["finished_at: 2026-05-22T07:59:59Z is before 2026-05-22T08:00:00Z"]


def test_a_day_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    made = manifest(tmp_path) | {"started_at": "2026-02-30T08:00:00Z"}
    (problem,) = provenance.validate(made, tmp_path)
    assert problem.startswith("started_at, finished_at:")


@pytest.mark.parametrize("path", ["/etc/hostname", "../loss.csv", "plots/../../x", "a\\b", "C:/x"])
def test_an_artifact_outside_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    made = manifest(tmp_path)
    made["artifacts"][0]["path"] = path
    assert provenance.validate(made, tmp_path) == [
        f"artifact {path}: leads out of the run's folder"
    ]


def test_an_artifact_that_links_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "run"
    inside.mkdir()
    made = manifest(inside)
    outside = tmp_path / "loss.csv"
    (inside / "plots" / "loss.csv").rename(outside)
    (inside / "plots" / "loss.csv").symlink_to(outside)
    assert provenance.validate(made, inside) == [
        "artifact plots/loss.csv: a link that leads out of the run's folder"
    ]


def test_a_changed_artifact_shows_by_size_and_by_hash(tmp_path: Path) -> None:
    made = manifest(tmp_path)
    file = tmp_path / "plots" / "loss.csv"
    file.write_bytes(LOSS + b"!")
    assert provenance.validate(made, tmp_path) == [
        "artifact plots/loss.csv: 10 bytes, the manifest says 9"
    ]
    file.write_bytes(LOSS.replace(b"5", b"4"))
    assert provenance.validate(made, tmp_path) == [
        "artifact plots/loss.csv: its SHA-256 isn't the one in the manifest"
    ]
    file.unlink()
    assert provenance.validate(made, tmp_path) == ["artifact plots/loss.csv: isn't there"]


def test_an_artifact_listed_twice_is_refused(tmp_path: Path) -> None:
    made = manifest(tmp_path)
    made["artifacts"].append(made["artifacts"][0])
    assert provenance.validate(made, tmp_path) == ["artifact plots/loss.csv: listed twice"]


def test_what_is_no_object_is_no_manifest(tmp_path: Path) -> None:
    assert provenance.validate([], tmp_path) == ["a manifest is a JSON object, this isn't one"]


def test_what_the_reference_of_labkit_writes_is_believed(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from labkit.manifest import record_manifest\n"
        "out = Path(sys.argv[1]); (out / 'x.txt').write_text('x')\n"
        "record_manifest(out, experiment='00-x', seed=1, config={'a': [1]}, metrics={'x': 1.5},"
        " artifacts=[out / 'x.txt'], started_at=datetime.now(UTC))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "solutions")}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, env=env, check=True)
    assert provenance.validate(provenance.read(tmp_path), tmp_path) == []


def test_equal_manifests_differ_in_nothing(tmp_path: Path) -> None:
    made = manifest(tmp_path)
    found = provenance.diff(made, copy.deepcopy(made))
    assert found == []
    assert provenance.quiet_categories(found) == list(provenance.CATEGORIES)


def drifted(made: dict[str, Any]) -> dict[str, Any]:
    """The same run a day later, on another machine, with one difference of every kind."""
    other = copy.deepcopy(made)
    other["git_sha"] = "b" * 40
    other["versions"]["numpy"] = "2.0.2"
    other["hardware"]["cpu"] = "Ryzen 7"
    del other["env"]["OMP_NUM_THREADS"]
    other["wall_seconds"] = 9.0
    other["metrics"]["final_loss"] = 0.251
    other["config"]["lr"] = 0.2
    return other


def test_differences_come_by_category_and_without_its_prefix(tmp_path: Path) -> None:
    made = manifest(tmp_path)
    found = provenance.diff(made, drifted(made))
    assert [str(item) for item in found] == [
        f"[CODE] git_sha: {'a' * 40} -> {'b' * 40}",
        "[VERSIONS] numpy: 2.0.1 -> 2.0.2",
        "[HARDWARE] cpu: i5-8250U -> Ryzen 7",
        "[ENV] OMP_NUM_THREADS: 1 -> <missing>",
        "[TIME] wall_seconds: 7.5 -> 9.0",
        "[OTHER] config.lr: 0.1 -> 0.2",
        "[OTHER] metrics.final_loss: 0.25 -> 0.251",
    ]


def test_the_command_prints_what_the_reference_of_lab_00_5_prints(
    tmp_path: Path, cortex: Cortex
) -> None:
    made = manifest(tmp_path)
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    a.write_text(json.dumps(made))
    for other in (made, drifted(made), made | {"extra": {}}, drifted(made) | {"git_dirty": True}):
        b.write_text(json.dumps(other))
        env = {**os.environ, "PYTHONPATH": str(ROOT / "solutions")}
        script = ROOT / "solutions/scripts/manifest_diff.py"
        reference = subprocess.run(
            [sys.executable, str(script), str(a), str(b)],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        ours = cortex("manifest", "diff", str(a), str(b))
        assert (ours.code, ours.out) == (reference.returncode, reference.stdout)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_put(seed=43), 0),
        (_put(git_dirty=True), 1),
        (_into("versions", numpy="2.0.2"), 1),
        (_into("versions", scipy="1.14"), 1),
        (_into("hardware", cpu="x"), 0),
    ],
)
def test_only_code_and_versions_decide_the_exit_code(
    tmp_path: Path, cortex: Cortex, damage: Damage, code: int
) -> None:
    made = manifest(tmp_path)
    for name, change in (("a", None), ("b", damage)):
        (tmp_path / name).mkdir()
        data = copy.deepcopy(made)
        if change:
            change(data)
        (tmp_path / name / "manifest.json").write_text(json.dumps(data))
    answer = cortex("manifest", "diff", str(tmp_path / "a"), str(tmp_path / "b"), "--quiet")
    assert (answer.code, answer.out) == (code, "")


def test_a_manifest_that_is_not_there_is_wrong_usage(tmp_path: Path, cortex: Cortex) -> None:
    answer = cortex("manifest", "diff", str(tmp_path / "no.json"), str(tmp_path / "no.json"))
    assert answer.code == 2
    assert "no.json: the file isn't there" in answer.err


def test_a_manifest_made_by_hand_is_valid_and_never_overwritten(tiny: Repo, cortex: Cortex) -> None:
    first = cortex("manifest", "new", "softmax-stability", "--json").json["manifest"]
    path = tiny.root / first
    assert provenance.validate(provenance.read(path), path.parent) == []
    assert path.parent.name.endswith("-softmax-stability")
    path.write_text(path.read_text().replace('"metrics": {}', '"metrics": {"x": 1}'))
    again = cortex("manifest", "new", "softmax-stability", "--json").json["manifest"]
    assert again == first
    assert provenance.read(path)["metrics"] == {}
    assert provenance.read(path.parent / "manifest-1.json")["metrics"] == {"x": 1}


@pytest.mark.parametrize("topic", ['"; touch x', "../x", "Softmax", "", "a b", "-a", "a--b"])
def test_a_topic_that_is_no_slug_is_refused_and_nothing_is_written(
    tiny: Repo, cortex: Cortex, topic: str
) -> None:
    before = sorted(tiny.root.rglob("*"))
    answer = cortex("manifest", "new", "--", topic)
    assert answer.code == 2
    assert "can't name a topic" in answer.err
    assert sorted(p for p in tiny.root.rglob("*") if ".cache" not in p.parts) == [
        p for p in before if ".cache" not in p.parts
    ]


def test_without_git_no_manifest_is_made_by_hand(tiny: Repo, cortex: Cortex) -> None:
    (tiny.root / ".git").rename(tiny.root / "no-git")
    answer = cortex("manifest", "new", "x")
    assert answer.code == 1
    assert "isn't a git repository" in answer.err


def test_untracked_files_make_a_tree_dirty_but_a_learners_own_and_runs_do_not(tiny: Repo) -> None:
    sha, dirty = provenance.git_state(tiny)
    assert len(sha) == 40
    assert not dirty
    runs = ("00/tiny", "00-tiny", "bench-tiny")
    own = ["learners/ada/notes.md", *(f"experiments/{name}/runs/x/sum.txt" for name in runs)]
    for name in own:
        (tiny.root / name).parent.mkdir(parents=True, exist_ok=True)
        (tiny.root / name).write_text("x")
    assert provenance.changed_files(tiny) == ["learners/ada/notes.md"]  # git ignores the runs,
    subprocess.run(["git", "add", "--force", *own], cwd=tiny.root, check=True)
    assert sorted(provenance.changed_files(tiny)) == sorted(own)  # unless somebody adds them
    assert provenance.git_state(tiny) == (sha, False)
    (tiny.root / "notes.md").write_text("x")
    assert provenance.git_state(tiny) == (sha, True)


def test_changed_files_are_named_also_when_renamed_and_with_blanks(tiny: Repo) -> None:
    (tiny.root / "two words.md").write_text("x\n" * 50)
    tiny_curriculum.commit(tiny.root, "docs: two words")
    subprocess.run(["git", "mv", "two words.md", "três palavras.md"], cwd=tiny.root, check=True)
    assert provenance.changed_files(tiny) == ["três palavras.md"]


def test_a_commit_is_known_only_where_it_is(tiny: Repo) -> None:
    sha, _ = provenance.git_state(tiny)
    assert provenance.knows_commit(tiny, sha)
    assert not provenance.knows_commit(tiny, "0" * 40)


def test_reading_what_is_not_an_object_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[1]")
    with pytest.raises(CortexError, match="manifest is a JSON object") as caught:
        provenance.read(tmp_path)
    assert caught.value.file == tmp_path / "manifest.json"
