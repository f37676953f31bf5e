"""No pass that isn't earned: what submissions do to the checks, and what a repository does to the gate."""

from __future__ import annotations

import json
import py_compile
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import attack_ground
import cheats
import pytest
import tiny_curriculum
import tiny_walk
from conftest import ROOT, run_cortex
from tiny_walk import command

SOURCE, CHECKS = "src/labkit/tiny.py", "tests/labs/phase_00/test_lab_01.py"
SOLVED, SPOILED = "return a + b", "return a - b"
QUICK = {"the code of every function", "a plugin slipped in", "an int that equals everything"}


def verdict(ground: attack_ground.Ground, cheat: cheats.Cheat) -> str:
    """What the check says of a cheat."""
    (ground.root / SOURCE).write_text(cheats.source(cheat), encoding="utf-8")
    answer = run_cortex(ground.root, "check", "00.1", "--json")
    said = json.loads(answer.out)["labs"][0]
    return f"{said['state']}: {said['message']}"


@pytest.mark.parametrize(
    "cheat",
    [
        pytest.param(
            cheat,
            id=cheat.name,
            marks=[] if cheat.name in QUICK else [pytest.mark.slow, pytest.mark.attack],
        )
        for cheat in cheats.CHEATS
    ],
)
def test_a_pass_is_earned(tmp_path: Path, cheat: cheats.Cheat) -> None:
    with attack_ground.ground(tmp_path) as ground:
        state, _, words = verdict(ground, cheat).partition(": ")
    assert state in ("crash", "fail", "not-started"), words
    assert words.strip(), "nothing is said"


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("cheat", cheats.OWNERS, ids=lambda cheat: cheat.name)
def test_what_only_honesty_prevents_is_named_in_the_guide(
    tmp_path: Path, cheat: cheats.Cheat
) -> None:
    with attack_ground.ground(tmp_path) as ground:
        assert verdict(ground, cheat).startswith("pass"), (
            "it doesn't work any more: count it as held"
        )
    assert cheat.name in (ROOT / "docs/how-to/teach.md").read_text(encoding="utf-8")


def git(root: Path, *words: str, feed: str | None = None) -> str:
    """What git prints."""
    done = subprocess.run(
        [*tiny_curriculum.GIT, *words],
        cwd=root,
        input=feed,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def edit(path: Path, old: str, new: str) -> None:
    """Replaces a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def spoil(root: Path) -> None:
    """Commits code that doesn't add, and leaves what does in the working tree."""
    edit(root / SOURCE, SOLVED, SPOILED)
    tiny_curriculum.commit(root, "lab: spoil it")
    edit(root / SOURCE, SPOILED, SOLVED)


def smudged(root: Path) -> None:
    good = root / ".git" / "good.py"
    good.write_text((root / SOURCE).read_text())
    edit(root / SOURCE, SOLVED, SPOILED)
    (root / ".gitattributes").write_text(f"{SOURCE} filter=mend\n")
    tiny_curriculum.commit(root, "lab: spoil it")
    git(root, "config", "filter.mend.smudge", f"cat {good}")
    git(root, "config", "filter.mend.clean", f"git show HEAD:{SOURCE}")
    (root / SOURCE).unlink()
    git(root, "checkout", "--", SOURCE)


def expanded(root: Path) -> None:
    edit(root / SOURCE, SOLVED, "return a + b if '$Id$' != '$' + 'Id$' else a - b")
    (root / ".gitattributes").write_text("*.py ident\n")
    tiny_curriculum.commit(root, "lab: an ident")


def exported(root: Path) -> None:
    edit(root / SOURCE, SOLVED, "return a + b if '$Format:%H$'[0] != '$' else a - b")
    (root / ".gitattributes").write_text("*.py export-subst\ntests/** export-ignore\n")
    tiny_curriculum.commit(root, "lab: a format")


def encoded(root: Path) -> None:
    edit(root / SOURCE, SOLVED, "return a + b if len('\u00e9') == 2 else a - b")
    tiny_curriculum.commit(root, "lab: an accent")
    (root / ".gitattributes").write_text("*.py eol=crlf working-tree-encoding=UTF-16\n")
    git(root, "add", ".gitattributes")
    git(root, "commit", "-qm", "lab: an encoding")


def unchanged(root: Path) -> None:
    spoil(root)
    git(root, "update-index", "--assume-unchanged", SOURCE)


def skipped(root: Path) -> None:
    spoil(root)
    git(root, "update-index", "--skip-worktree", SOURCE)


def compiled(root: Path) -> None:
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    made = py_compile.compile(str(root / SOURCE), invalidation_mode=unchecked)
    edit(root / SOURCE, SOLVED, SPOILED)
    git(root, "add", "-f", str(made))
    tiny_curriculum.commit(root, "lab: compiled")


def compiled_alone(root: Path) -> None:
    py_compile.compile(str(root / SOURCE), cfile=str(root / "src/labkit/good.pyc"))
    (root / SOURCE).write_text('"""Adding."""\n\nfrom labkit.good import add\n')
    git(root, "add", "-f", "src/labkit/good.pyc")
    tiny_curriculum.commit(root, "lab: compiled")


def untracked(root: Path) -> None:
    (root / "src/labkit/good.py").write_text((root / SOURCE).read_text())
    (root / SOURCE).write_text('"""Adding."""\n\nfrom labkit.good import add\n')
    git(root, "add", SOURCE)
    git(root, "commit", "-qm", "lab: a helper")


def ignored(root: Path) -> None:
    (root / ".git/info/exclude").write_text("good.py\n")
    untracked(root)


def from_solutions(root: Path) -> None:
    (root / SOURCE).unlink()
    (root / SOURCE).symlink_to("../../solutions/labkit/tiny.py")
    tiny_curriculum.commit(root, "lab: a link")


def imports_solutions(root: Path) -> None:
    (root / SOURCE).write_text(
        "import importlib.util, pathlib\nroot = pathlib.Path(__file__).parents[2]\n"
        "spec = importlib.util.spec_from_file_location('t', root / 'solutions/labkit/tiny.py')\n"
        "m = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(m)\nadd = m.add\n"
    )
    tiny_curriculum.commit(root, "lab: look it up")


def replaced(root: Path) -> None:
    good = git(root, "rev-parse", f"HEAD:{SOURCE}")
    edit(root / SOURCE, SOLVED, SPOILED)
    tiny_curriculum.commit(root, "lab: spoil it")
    git(root, "replace", git(root, "rev-parse", f"HEAD:{SOURCE}"), good)


def remembered(root: Path) -> None:
    """The curriculum that cortex remembers says that there is nothing to check."""
    command(root, "status")
    folder = root / ".cache/cortex/curriculum"
    for path in folder.glob("*.json"):
        path.write_text(path.read_text().replace(CHECKS, "tests/labs/phase_00/easy.py"))
    easy = "def test_it():\n    pass\n"
    (root / "tests/labs/phase_00/easy.py").write_text(easy)
    edit(root / SOURCE, SOLVED, SPOILED)
    git(root, "add", "-fA")
    git(root, "commit", "-qm", "chore: a cache")


def pytest_configured(root: Path) -> None:
    for name in ("pytest.ini", "src/pytest.ini", "tests/pytest.ini", "tox.ini"):
        (root / name).write_text("[pytest]\naddopts = --collect-only -p labkit.plug --deselect x\n")
    (root / "src/pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--co'\n")
    (root / "conftest.py").write_text("def pytest_pyfunc_call(pyfuncitem): return True\n")
    (root / "src/conftest.py").write_text("def pytest_pyfunc_call(pyfuncitem): return True\n")
    edit(root / SOURCE, SOLVED, SPOILED)
    tiny_curriculum.commit(root, "lab: settings")


def installed(root: Path) -> None:
    place = root / "src/evil-1.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (place / "entry_points.txt").write_text("[pytest11]\nevil = evil\n")
    (root / "src/evil.py").write_text("def pytest_pyfunc_call(pyfuncitem): return True\n")
    edit(root / SOURCE, SOLVED, SPOILED)
    tiny_curriculum.commit(root, "lab: a plugin")


def shadowed(root: Path) -> None:
    """A package named like the checks' own, which changes how files are read."""
    (root / "src/phase_00").mkdir()
    (root / "src/phase_00/__init__.py").write_text(
        "import ast\nreal = ast.parse\n\n\ndef parse(source, *rest, **more):\n"
        "    if b'test_order' in bytes(source if isinstance(source, bytes) else b''):\n"
        "        source = ''.join(f'def test_{n}(): pass\\n' for n in\n"
        "            ('two_and_three_make_five', 'order_does_not_matter'))\n"
        "    return real(source, *rest, **more)\n\n\nast.parse = parse\n"
    )
    edit(root / SOURCE, SOLVED, SPOILED)
    tiny_curriculum.commit(root, "lab: a package")


def shadowing(name: str) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        for folder in ("", "src/", "src/labkit/"):
            path = root / f"{folder}{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("def __getattr__(name): return lambda *a, **k: True\n")
        edit(root / SOURCE, SOLVED, SPOILED)
        tiny_curriculum.commit(root, "lab: shadows")

    return act


def manifest(root: Path) -> Path:
    """The one run's manifest."""
    (path,) = (root / "experiments/00/tiny/runs").glob("*/manifest.json")
    return path


def forged(change: dict[str, object]) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        data = json.loads(manifest(root).read_text())
        manifest(root).write_text(json.dumps(data | change))

    return act


def other_branch(root: Path) -> None:
    side = git(root, "commit-tree", "HEAD^{tree}", "-m", "aside")
    forged({"git_sha": side})(root)


def grafted(root: Path) -> None:
    side = git(root, "commit-tree", "HEAD^{tree}", "-m", "aside")
    git(root, "replace", "--graft", "HEAD", side)
    forged({"git_sha": side})(root)


def ignorant(root: Path) -> None:
    """A commit before the experiment."""
    empty = git(root, "hash-object", "-t", "tree", "-w", "--stdin", feed="")
    first = git(root, "commit-tree", empty, "-m", "nothing yet")
    git(root, "merge", "-q", "--allow-unrelated-histories", "-s", "ours", "-m", "merge", first)
    forged({"git_sha": first})(root)


def linked_run(root: Path) -> None:
    folder = manifest(root).parent
    aside = root.parent / "aside"
    shutil.move(folder, aside)
    folder.symlink_to(aside)


def record(root: Path) -> Path:
    """The learner's record."""
    return root / "learners/ada/phase-00/checkpoint.json"


def recorded(
    change: Callable[[dict[str, dict[str, dict[str, object]]]], object],
) -> Callable[[Path], None]:
    def act(root: Path) -> None:
        data = json.loads(record(root).read_text())
        change(data)
        record(root).write_text(json.dumps(data))

    return act


def patched_writer(root: Path) -> None:
    """Code that lets an experiment write what the line asks for, and not what it measured."""
    for name, old, new in (
        ("docs/phase-00-tiny/phase.yaml", "metrics.sum == 5", "metrics.sum > 5"),
        (
            "experiments/00/tiny/run.py",
            'print("sum", total)',
            'from given.run import witnesses\n[tell(manifest["metrics"]) for tell in witnesses]',
        ),
    ):
        edit(root / name, old, new)
    tiny_walk.seal_and_commit(root)
    edit(
        root / SOURCE,
        '"""Adding."""',
        '"""Adding."""\n\nimport json\n\n_real = json.dumps\njson.dumps = lambda data, **k: _real(data, **k).replace(\'"sum": 5\', \'"sum": 6\')',
    )
    tiny_curriculum.commit(root, "lab: a writer")
    shutil.rmtree(root / "experiments/00/tiny/runs")
    command(root, "run", "00-tiny", code=None)


@dataclass(frozen=True)
class Trick:
    """What is done to a clone that is ready for its gate, the line that must hold it, and what that line says."""

    name: str
    act: Callable[[Path], None]
    line: str
    says: str
    env: dict[str, str] | None = None


TRICKS = [
    Trick("a smudge filter", smudged, "00.1", "fail:"),
    Trick("an ident that is expanded", expanded, "00.1", "fail:"),
    Trick("a format that is expanded", exported, "00.1", "fail:"),
    Trick("another encoding in the working tree", encoded, "00.1", "fail:"),
    Trick("assume-unchanged", unchanged, "00.1", "fail:"),
    Trick("skip-worktree", skipped, "00.1", "fail:"),
    Trick("what isn't committed", spoil, "00.1", "fail:"),
    Trick("compiled code that isn't the source's", compiled, "00.1", "fail:"),
    Trick(
        "compiled code without a source", compiled_alone, "00.1", "No module named 'labkit.good'"
    ),
    Trick("a helper that isn't committed", untracked, "00.1", "No module named 'labkit.good'"),
    Trick("a helper that git ignores", ignored, "00.1", "No module named 'labkit.good'"),
    Trick("a link to the reference", from_solutions, "00.1", "tiny.py"),
    Trick("the reference imported", imports_solutions, "00.1", "the import fails"),
    Trick("a replaced object", replaced, "00.1", "fail:"),
    Trick("a committed memory of the curriculum", remembered, "00.1", "fail:"),
    Trick("settings of pytest's", pytest_configured, "00.1", "fail:"),
    Trick("a plugin by entry point", installed, "00.1", "fail:"),
    Trick("a package named like the checks'", shadowed, "00.1", "fail:"),
    *(
        Trick(f"a shadow of {name}", shadowing(name), "00.1", "fail:")
        for name in (
            "math.py",
            "pytest/__init__.py",
            "given/checking.py",
            "sitecustomize.py",
            "usercustomize.py",
            "ast.py",
            "_pytest/__init__.py",
        )
    ),
    Trick("PYTHONPATH", spoil, "00.1", "fail:", {"PYTHONPATH": f"solutions:{ROOT / 'src'}"}),
    Trick("PYTEST_ADDOPTS", spoil, "00.1", "fail:", {"PYTEST_ADDOPTS": "--collect-only"}),
    Trick("PYTEST_PLUGINS", spoil, "00.1", "fail:", {"PYTEST_PLUGINS": "labkit.plug"}),
    Trick(
        "CORTEX_PACKAGES",
        spoil,
        "00.1",
        "fail:",
        {"CORTEX_PACKAGES": "solutions", "CORTEX_IMPL": "reference"},
    ),
    Trick("a run of another branch", other_branch, "ran", "doesn't lead to what is checked out"),
    Trick(
        "a run of a branch that is grafted on",
        grafted,
        "ran",
        "doesn't lead to what is checked out",
    ),
    Trick("a run of a commit without the experiment", ignorant, "ran", "has no experiment 00-tiny"),
    Trick("a run behind a link", linked_run, "ran", "link"),
    Trick("a manifest with NaN", forged({"metrics": {"sum": float("nan")}}), "ran", "run "),
    Trick(
        "a manifest with a metric that isn't measured",
        forged({"metrics": {"sum": True}}),
        "ran",
        "run ",
    ),
    Trick("a manifest of another seed", forged({"seed": 7}), "ran", "PYTHONHASHSEED"),
    Trick("a manifest with threads", forged({"env": {}}), "ran", "env"),
    Trick("a writer of manifests that lies", patched_writer, "ran", "manifest says"),
    Trick(
        "an attestation of nothing to see",
        recorded(lambda d: d["attestations"]["explained"].update(says="\u200b" * 40)),
        "explained",
        "no sentence",
    ),
    Trick(
        "an attestation of one character",
        recorded(lambda d: d["attestations"]["explained"].update(says="x")),
        "explained",
        "no sentence",
    ),
    Trick(
        "an attestation of stops",
        recorded(
            lambda d: d["attestations"]["explained"].update(says=". . . . . . . . . . . . . .")
        ),
        "explained",
        "no sentence",
    ),
    Trick(
        "a prediction of nothing to see",
        recorded(lambda d: d["breaks"]["wrong-sign"].update(prediction="\u2060" * 40)),
        "wrong-sign",
        "no prediction",
    ),
    Trick(
        "a lesson of nothing to see",
        recorded(lambda d: d["breaks"]["wrong-sign"].update(lesson="\u2060" * 40)),
        "wrong-sign",
        "lesson",
    ),
    Trick(
        "another observation",
        recorded(lambda d: d["breaks"]["wrong-sign"].update(observed={"sum": 1})),
        "wrong-sign",
        "isn't the symptom",
    ),
    Trick(
        "an observation that wasn't",
        recorded(lambda d: d["breaks"]["wrong-sign"].update(observed_at="")),
        "wrong-sign",
        "not observed",
    ),
    Trick(
        "a journal of headings",
        lambda root: (
            [
                p.write_text("# A day\n\n> quoted\n\n<!-- nothing -->\n")
                for p in (root / "learners/ada/journal").rglob("*.md")
            ]
            and None
        ),
        "journal",
        "no entry",
    ),
]


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: trick.name)
def test_the_gate_stays_shut_and_says_why(tmp_path: Path, trick: Trick) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    trick.act(root)
    answer = run_cortex(root, "gate", "00", "--json", env=trick.env)
    assert answer.code == 1, answer.out + answer.err
    line = next(line for line in answer.json["lines"] if line["id"] == trick.line)
    assert not line["ok"]
    assert trick.says in line["evidence"]
    assert json.loads(record(root).read_text())["closed"] is None


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize("whole", [True, False], ids=["the folder", "the record"])
def test_a_record_copied_from_another_learner_is_named(tmp_path: Path, whole: bool) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    if whole:
        shutil.copytree(root / "learners/ada", root / "learners/bob")
    else:
        command(root, "open", "00", "--learner", "bob")
        shutil.copy(record(root), root / "learners/bob/phase-00/checkpoint.json")
    answer = run_cortex(root, "gate", "00", "--json", "--learner", "bob")
    assert answer.code != 0, answer.out
    assert "ada" in answer.out


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize(
    "name", ["learners/ada/phase-00", "learners/ada", "learners/ada/phase-00/checkpoint.json"]
)
def test_a_record_behind_a_link_is_refused(tmp_path: Path, name: str) -> None:
    root = tiny_walk.at("ready", tmp_path).root
    aside = tmp_path / "aside"
    shutil.move(root / name, aside)
    (root / name).symlink_to(aside)
    answer = run_cortex(root, "gate", "00", "--json")
    assert answer.code != 0
    assert "link" in answer.out
