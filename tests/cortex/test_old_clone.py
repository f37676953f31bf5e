"""A clone from before the rooms moved: its own gatekeeper performs the update, and the new one reads what it recorded."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, clean_environment

from cortex.files.curriculum import load_curriculum
from cortex.files.repo import Repo
from cortex.formats.load import load
from cortex.formats.quiz import Quiz

# The last commit in which everything lay where the first learners have it.
OLD = "cc705bc"
OWN = {
    "src/minigrad/own.py": '"""Mine."""\n',
    "src/cortex/own.md": "Notes on how the gatekeeper works.\n",
    "experiments/07-tense-identity/own.md": "What I tried here.\n",
    "docs/phase-00-foundations/theory/own.md": "My own words.\n",
    "data/quizzes/own.md": "What I got wrong.\n",
}

# Run by the old gatekeeper's interpreter, with its own scripted learner: phase 00 to a closed gate, phase 07 begun.
STUDY = """
import json, sys
from pathlib import Path
from cortex.curriculum import load_curriculum
from cortex.dev import rehearse
from cortex.repo import Repo

repo = Repo(Path.cwd())
result = rehearse.Rehearsal()
walker = rehearse._Walker(repo, result, lambda step: None)
curriculum = load_curriculum(repo)


def solve(phase):
    for lab in phase.labs:
        walker.solved.add(lab.id)
    for lab in phase.labs:
        rehearse.write(repo, lab, solved=walker.solved)
    rehearse.commit(repo.root, "lab: all of them")


def study(number, labs, runs):
    phase = curriculum.phase(number)
    nn = f"{number:02d}"
    walker.command(phase, "opens", "open", nn)
    solve(phase)
    for lab in phase.labs[:labs]:
        walker.command(phase, "passes", "check", lab.id)
    folders = [walker.command(phase, "runs", "run", name)["folder"] for name in runs]
    walker.quiz(phase)
    return phase, [Path(folder).name for folder in folders]


try:
    first, _ = study(0, 99, ["00-seed-audit", "00-error-percentiles"])
    walker.breaks(first)
    walker.command(first, "writes the journal", "journal", "--add", rehearse._WORDS)
    for claim in first.done:
        if claim.by == "attest":
            says = ("--says", rehearse._WORDS)
            walker.command(first, "attests", "attest", "00", claim.id, *says)
    walker.command(first, "the gate closes", "gate", "00")
    _, stamps = study(7, 1, ["07-tense-identity"])
    rehearse.commit(repo.root, "docs: what I learned")
except rehearse._Deviation:
    sys.exit(f"{result.steps[-1].says}: {result.steps[-1].detail}")
print(json.dumps({"stamps": stamps}))
"""


def git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=root, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    return done.stdout.strip()


def python(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs this environment's Python on the clone's code, with the `just` that the wrapper brought."""
    env = clean_environment()
    path = os.pathsep.join([env["PATH"], str(ROOT / ".cache/tools/bin")])
    return subprocess.run(
        [sys.executable, *words],
        cwd=root,
        env=env | {"PYTHONPATH": str(root / "src"), "PATH": path, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=1800,
        check=False,
    )


def ask(root: Path, *words: str, code: int | None) -> dict[str, Any]:
    """What `cortex WORDS --json` answers, by the code that lies in the clone."""
    done = python(root, "-m", "cortex", *words, "--json")
    assert code is None or done.returncode == code, (words, done.stdout, done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def files(root: Path) -> dict[str, str]:
    """Records, runs and what a learner added to a clone, each with its content's digest."""
    own = [*root.glob("learners/ada/**/*"), *root.glob("experiments/**/runs/**/*")]
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in [*own, *(root / name for name in OWN)]
        if path.is_file()
    }


def written(root: Path) -> dict[str, set[str]]:
    """The lines that the learner committed, of each file: what HEAD has and the old skeleton hasn't."""
    found = {}
    names = git(root, "diff", "--name-only", OLD, "HEAD", "--", ".", ":!learners")
    for name in names.splitlines():
        shipped = subprocess.run(
            ["git", "show", f"{OLD}:{name}"], cwd=root, capture_output=True, text=True, check=False
        ).stdout
        lines = set((root / name).read_text(encoding="utf-8").splitlines())
        found[name] = lines - set(shipped.splitlines())
    return found


@pytest.mark.slow
def test_an_update_by_the_old_gatekeeper_keeps_all_that_it_recorded(tmp_path: Path) -> None:
    known = ["git", "cat-file", "-e", f"{OLD}^{{commit}}"]
    if subprocess.run(known, cwd=ROOT, capture_output=True, check=False).returncode != 0:
        pytest.fail(f"this clone's history doesn't reach {OLD}: git fetch --unshallow, then again")
    root = tmp_path / "clone"
    git(ROOT, "clone", "-q", "-o", "upstream", str(ROOT), str(root))
    git(root, "checkout", "-q", "-B", "main", OLD)
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(root, "config", key, value)
    for name, text in OWN.items():
        (root / name).write_text(text, encoding="utf-8")
    studied = python(root, "-c", STUDY)
    assert studied.returncode == 0, studied.stderr
    (stamp,) = json.loads(studied.stdout)["stamps"]
    head, before, mine = git(root, "rev-parse", "HEAD"), files(root), written(root)
    assert before.keys() > OWN.keys()
    assert any(stamp in name for name in before)
    assert mine["src/minigrad/scalar.py"] and mine["src/labkit/manifest.py"]

    git(root, "fetch", "-q", "upstream", "HEAD:refs/heads/news")
    told = ask(root, "update", "--from", "news", code=None)
    changed_by_both = {conflict["path"] for conflict in told["conflicts"]}
    assert changed_by_both <= mine.keys(), told
    parents = git(root, "rev-parse", "HEAD^1", "HEAD^2").split()
    assert parents == [head, git(ROOT, "rev-parse", "HEAD")]
    after = files(root)
    assert {name: after.get(name) for name in before} == before
    for name, own in mine.items():
        assert own <= set((root / name).read_text(encoding="utf-8").splitlines()), name

    # From here on the code in the clone is the new one.
    phases = {phase["number"]: phase for phase in ask(root, "status", code=0)["phases"]}
    assert phases[0]["closed"]
    marks = {(line["kind"], line["mark"]) for line in phases[0]["lines"]}
    assert marks <= {(kind, "done") for kind, _ in marks} | {("lab", "stale")}
    gate = ask(root, "gate", "07", code=1)
    lines = {line["id"]: line for line in gate["lines"]}
    assert lines["00"]["ok"], "the closed gate counts where it is required"
    assert lines["quiz"]["ok"] and lines["journal"]["ok"], (lines["quiz"], lines["journal"])
    assert lines["trained"]["ok"] and stamp in lines["trained"]["evidence"], lines["trained"]


@pytest.mark.slow
def test_a_choice_that_is_still_there_has_the_number_it_had() -> None:
    """Recorded answers name choices by their numbers in the file: what learners answered then must mean the same now."""
    moved = []
    for phase in load_curriculum(Repo(ROOT)).shipped.values():
        old = subprocess.run(
            ["git", "show", f"{OLD}:data/quizzes/{Path(phase.folder).name}.yaml"],
            cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        if old.returncode != 0:  # a phase that came later
            continue
        now = {item.id: item for item in load(ROOT / phase.quiz, Quiz).items}
        for item in yaml.safe_load(old.stdout)["items"]:
            before = [choice["en"] for choice in item.get("choices", [])]
            # A question that became another one has another id.
            after = [choice.en for choice in now[item["id"]].choices] if item["id"] in now else []
            moved += [
                (item["id"], text)
                for text in before
                if text in after and after.index(text) != before.index(text)
            ]
    assert moved == []
