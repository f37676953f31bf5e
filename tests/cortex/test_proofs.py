"""Proofs that are remembered: what an edit stales, exactly, what is then run again, and what is refused."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_curriculum
import tiny_walk
from tiny_walk import command

from cortex.context import Context
from cortex.dev import inputs, proof, prove, rehearse
from cortex.files.repo import Repo

FIRST, SECOND = "docs/phase-00-tiny", "docs/phase-01-second"
MUTANTS = """
mutants:
  - id: minus
    lab: "00.1"
    clause: the sum of two numbers
    file: labkit/tiny.py
    replace: {find: "a + b", with: "a - b"}
    caught_by: test_two_and_three_make_five
"""
CLAIMS = """
claims:
  - id: counting-on
    page: theory/01-adding.md
    says: "start at the first number and take as many steps as the second says."
    held_by: "experiment 00-tiny: metrics.sum == 5"
    control: tests/labs/phase_00/test_lab_01.py::test_two_and_three_make_five
    planted: {file: solutions/labkit/tiny.py, find: "a + b", with: "a + b + 1"}
"""
ALL = {"labs", "breaks", "figures", "mutants", "claims", "rehearsal"}
CODE = ALL - {"figures"}


@pytest.fixture(scope="module")
def proved_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two phases of which everything is remembered, as if it had been run; the second imports the first's code."""
    repo = tiny_walk.at("sealed", tmp_path_factory.mktemp("proved"))
    root = repo.root
    (root / FIRST / "mutants.yaml").write_text(MUTANTS)
    (root / FIRST / "claims.yaml").write_text(CLAIMS)
    tiny_walk.second_phase(root)
    write(
        root,
        "solutions/labkit/second.py",
        '''
        """Adding, once more."""

        from labkit import tiny


        def add(a: int, b: int) -> int:
            """The sum of two numbers."""
            # lab 01.1 - add two numbers
            return tiny.add(a, b)
            # end lab


        def double(a: int) -> int:
            """Twice a number: what a later lab would ask for."""
            # lab 01.2 - double it
            return add(a, a)
            # end lab
        ''',
    )
    write(root, "tests/labs/phase_00/_numbers.py", "TWO = 2\n")
    tiny_walk.seal_and_commit(root)
    ctx = Context("ada", repo)
    for number in (0, 1):
        phase = ctx.curriculum.phase(number)
        for part in inputs.parts(repo, phase):
            proof.remember(root / phase.proof, part, 1.0, inputs.inputs(ctx, phase, part))
    tiny_curriculum.commit(root, "chore: proofs")
    return root


@pytest.fixture
def proved(proved_template: Path, tmp_path: Path) -> Repo:
    root = tmp_path / "clone"
    shutil.copytree(proved_template, root, symlinks=True)
    return Repo(root)


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")


def stale(repo: Repo) -> dict[int, set[str]]:
    """The parts that don't hold, by phase; phases that hold are left out."""
    ctx = Context("ada", Repo(repo.root))
    found = {number: set(prove.stale(ctx, ctx.curriculum.phase(number))) for number in (0, 1)}
    return {number: {*some} for number, some in found.items() if some}


Edit = Callable[[Path], None]


def swap(name: str, old: str, new: str) -> Edit:
    def edit(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def add(name: str, text: str) -> Edit:
    return lambda root: write(root, name, text)


CHECKS = "tests/labs/phase_00/test_lab_01.py"
TINY = "solutions/labkit/tiny.py"
SECOND_CODE = "solutions/labkit/second.py"
EDITS: dict[str, tuple[Edit, dict[int, set[str]]]] = {
    "a check": (swap(CHECKS, "expect_equal(add(2, 3), 5", "expect_equal(add(3, 2), 5"), {0: CODE}),
    "a helper of the checks": (swap("tests/labs/phase_00/_numbers.py", "2", "3"), {0: CODE - {"breaks", "claims"}}),
    "an experiment": (swap("experiments/00/tiny/run.py", "add(2, 3)", "add(3, 2)"), {0: {"claims", "rehearsal"}}),
    "an experiment's seed": (swap(f"{FIRST}/phase.yaml", "seed: 42", "seed: 7"), {0: {"claims", "rehearsal"}}),
    "what shows a break": (swap(f"{FIRST}/break/observe.py", "add(2, 3)", "add(3, 2)"), {0: {"breaks", "rehearsal"}}),
    "what a break expects": (swap(f"{FIRST}/phase.yaml", "{sum: -1}", "{sum: '< 0'}"), {0: {"breaks", "rehearsal"}}),
    "a lab's time limit": (swap(f"{FIRST}/phase.yaml", "timeout: 60", "timeout: 50"), {0: {"labs", "mutants", "rehearsal"}}),
    "what is to be done": (swap(f"{FIRST}/phase.yaml", "metrics.sum == 5", "metrics.sum > 4"), {0: {"rehearsal"}}),
    "the quiz": (swap(f"{FIRST}/quiz.yaml", "What is 2 + 3?", "How much is 2 + 3?"), {0: {"rehearsal"}}),
    "a mutant": (swap(f"{FIRST}/mutants.yaml", "a - b", "a * b"), {0: {"mutants"}}),
    "a claim": (swap(f"{FIRST}/claims.yaml", "a + b + 1", "a + b + 2"), {0: {"claims"}}),
    "a figure's script": (swap(f"{FIRST}/figures/01-plus.py", "= 5", "makes 5"), {0: {"figures"}}),
    "a figure": (swap(f"{FIRST}/figures/01-plus.svg", "= 5", "makes 5"), {0: {"figures"}}),
    "the reference that a later phase imports": (swap(TINY, "return a + b", "return b + a"), {0: CODE, 1: {"labs", "breaks", "rehearsal"}}),
    "a region of the later phase": (swap(SECOND_CODE, "tiny.add(a, b)", "tiny.add(b, a)"), {1: {"labs", "breaks", "rehearsal"}}),
    "a module that nothing imports": (add("solutions/labkit/alone.py", "X = 1\n"), {}),
    "a data file that a check names": (swap("tests/labs/phase_00/_numbers.py", "TWO = 2", "TWO = 'two.json'"), {0: CODE - {"breaks", "claims"}}),
    "a region of a lab after the phase": (swap(SECOND_CODE, "add(a, a)", "2 * a"), {}),
    "which lab asks for a region": (swap(TINY, "# lab 00.1 - add", "# lab 00.0 - add"), {0: CODE, 1: {"labs", "breaks", "rehearsal"}}),
    "a comment and a docstring of the reference": (swap(TINY, '"""The sum of two numbers."""', '"""The sum."""  # of two'), {}),
    "a comment of a check": (swap(CHECKS, "\n\ndef test_two", "\n\n# two and three\ndef test_two"), {}),
    "a page": (swap(f"{FIRST}/theory/01-adding.md", "Peano", "Giuseppe Peano"), {}),
    "a hint and a title": (swap(f"{FIRST}/phase.yaml", "One comes out.", "One goes out."), {}),
    "the skeleton": (swap("src/labkit/tiny.py", "raise", "return 5\n    raise"), {}),
    "a learner's file": (add("learners/ada/notes.md", "x\n"), {}),
    "a line of the README": (swap(f"{FIRST}/README.md", "You add", "One adds"), {}),
    "the seal": (swap(f"{FIRST}/seal.json", "quiz.yaml", "quiz-2.yaml"), {}),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_stales_exactly_what_stands_on_it(proved: Repo, what: str) -> None:
    edit, expected = EDITS[what]
    assert stale(proved) == {}
    edit(proved.root)
    assert stale(proved) == expected


def test_a_module_that_was_imported_without_being_named_counts(proved: Repo) -> None:
    ctx = Context("ada", proved)
    phase = ctx.curriculum.phase(0)
    path = proved.root / phase.proof
    write(proved.root, "solutions/labkit/hidden.py", "X = 1\n")
    with_it = inputs.inputs(ctx, phase, "labs", ["solutions/labkit/hidden.py"])
    proof.remember(path, "labs", 1.0, with_it)
    assert stale(proved) == {}
    write(proved.root, "solutions/labkit/hidden.py", "X = 2\n")
    assert prove.stale(ctx, phase) == {"labs": ["solutions/labkit/hidden.py changed"]}


def test_every_lab_of_a_phase_counts_wherever_it_is_listed(proved: Repo) -> None:
    ctx = Context("ada", proved)
    phase = ctx.curriculum.phase(1)
    lab = phase.labs[0]
    phase = replace(phase, labs=[replace(lab, id="01.2"), lab])
    before = inputs.inputs(ctx, phase, "labs")
    swap(SECOND_CODE, "return add(a, a)", "return 2 * a")(proved.root)
    after = inputs.inputs(ctx, phase, "labs")
    assert {name for name in before if before[name] != after[name]} == {SECOND_CODE}


def test_a_data_file_that_a_program_names_counts(proved: Repo) -> None:
    write(proved.root, "data/numbers.json", "[2, 3]\n")
    swap("tests/labs/phase_00/_numbers.py", "TWO = 2", "FILE = 'numbers.json'")(proved.root)
    ctx = Context("ada", proved)
    phase = ctx.curriculum.phase(0)
    for part in inputs.parts(proved, phase):
        now = inputs.inputs(ctx, phase, part)
        proof.remember(proved.root / phase.proof, part, 1.0, now)
    write(proved.root, "data/numbers.json", "[2, 4]\n")
    assert stale(proved) == {0: {"labs", "mutants", "rehearsal"}}


def test_a_locked_version_that_changes_stales_what_it_decides(proved: Repo) -> None:
    lock = 'version = 1\n[[package]]\nname = "matplotlib"\nversion = "{}"\n'
    write(proved.root, "uv.lock", lock.format("3.1"))
    ctx = Context("ada", proved)
    for number in (0, 1):
        phase = ctx.curriculum.phase(number)
        for part in inputs.parts(proved, phase):
            proof.remember(proved.root / phase.proof, part, 1.0, inputs.inputs(ctx, phase, part))
    write(proved.root, "uv.lock", lock.format("3.2"))
    assert stale(proved) == {0: {"figures", "claims", "rehearsal"}, 1: {"figures", "rehearsal"}}


def test_a_wrong_checksum_is_refused(proved: Repo) -> None:
    swap(f"{FIRST}/proof.json", '"seconds": 1.0', '"seconds": 0.1')(proved.root)
    assert stale(proved) == {0: ALL}
    ctx = Context("ada", proved)
    (why,) = prove.stale(ctx, ctx.curriculum.phase(0))["labs"]
    assert "its checksum is wrong" in why


def test_a_proof_that_a_newer_cortex_wrote_is_not_believed(proved: Repo) -> None:
    swap(f"{FIRST}/proof.json", '"schema": 1', '"schema": 2')(proved.root)
    assert stale(proved) == {0: ALL}


def run(root: Path, *words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = command(root, "dev", *words, "--json", code=code).json
    return found


def states(answer: dict[str, Any]) -> dict[tuple[int, str], str]:
    return {(row["phase"], row["part"]): row["state"] for row in answer["parts"]}


@pytest.mark.slow
def test_prove_runs_everything_once_and_then_nothing(tmp_path: Path) -> None:
    root = tiny_walk.at("sealed", tmp_path).root
    write(root, f"{FIRST}/mutants.yaml", MUTANTS)
    write(root, f"{FIRST}/claims.yaml", CLAIMS)
    answer = run(root, "prove")
    assert set(states(answer).values()) == {"proved"}
    assert {part for _, part in states(answer)} == ALL
    assert answer["written"] == [f"{FIRST}/proof.json"]
    assert answer["next"] == f"git add {FIRST}/proof.json"
    kept = json.loads((root / FIRST / "proof.json").read_text())
    assert set(kept["parts"]) == ALL
    part = kept["parts"]["rehearsal"]
    assert part["seconds"] > 0
    assert set(part["versions"]) == {"python", "numpy"}
    tiny_curriculum.commit(root, "chore: proof")
    answer = run(root, "prove")
    assert set(states(answer).values()) == {"holds"}
    assert (answer["written"], answer["anew"]) == ([], [])
    assert run(root, "mutants")["remembered"] == [0]
    walked = run(root, "rehearse")
    assert (walked["remembered"], walked["steps"]) == ([0], [])


def test_only_what_is_stale_runs_and_a_part_that_fails_is_forgotten(proved: Repo) -> None:
    swap(f"{FIRST}/mutants.yaml", "a - b", "a + b + 0")(proved.root)
    tiny_curriculum.commit(proved.root, "test: a mutant that survives")
    answer = run(proved.root, "prove", code=1)
    found = states(answer)
    assert found.pop((0, "mutants")) == "failed"
    assert set(found.values()) == {"holds"}
    (row,) = [row for row in answer["parts"] if row["state"] == "failed"]
    assert row["why"] == [f"{FIRST}/mutants.yaml changed"]
    assert "mutant minus of lab 00.1: survived" in row["problems"][0]["what"]
    assert "mutants" not in json.loads((proved.root / FIRST / "proof.json").read_text())["parts"]


def test_a_rehearsal_is_remembered_when_it_closes_though_the_others_are_cut_off(
    proved: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap("solutions/labkit/tiny.py", "return a + b", "return b + a")(proved.root)
    ctx = Context("ada", proved)
    assert prove.unrehearsed(ctx, [0, 1]) == [0, 1]

    def cut_off(*args: object, closed: Callable[[int], None], **settings: object) -> None:
        closed(0)
        raise KeyboardInterrupt

    monkeypatch.setattr(rehearse, "rehearse", cut_off)
    with pytest.raises(KeyboardInterrupt):
        prove.rehearsed(ctx, [0, 1])
    assert prove.unrehearsed(ctx, [0, 1]) == [1]


def test_a_file_that_can_not_be_read_fails_its_part_alone(proved: Repo) -> None:
    for name in ("mutants", "claims"):
        swap(f"{FIRST}/{name}.yaml", f"{name}:", f"all_{name}:")(proved.root)
    swap(f"{SECOND}/figures/01-plus.py", "folder", "place")(proved.root)
    found = states(run(proved.root, "prove", "--jobs", "1", code=1))
    failed = {key for key, state in found.items() if state == "failed"}
    assert failed == {(0, "mutants"), (0, "claims")}
    assert found[1, "figures"] == "proved"


def test_dev_check_runs_only_what_is_not_remembered(
    proved: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cortex.runs import checks

    asked: list[str] = []
    real = checks.check_lab

    def watched(ctx: Context, lab: Any, **words: Any) -> checks.Verdict:
        asked.append(lab.id)
        return real(ctx, lab, **words)

    monkeypatch.setattr(checks, "check_lab", watched)
    run(proved.root, "check", code=2)  # what is generated was never written here
    assert asked == []
    swap(f"{SECOND}/phase.yaml", "timeout: 60", "timeout: 50")(proved.root)
    run(proved.root, "check", code=2)
    assert asked == ["01.1", "01.1"]


def test_the_sample_is_chosen_by_the_commit(proved: Repo) -> None:
    numbers = list(range(42))
    first = prove.sample(proved, numbers, 2)
    assert prove.sample(proved, numbers, 2) == first
    assert len(set(first)) == 2
    others = set()
    for count in range(6):
        write(proved.root, "note.txt", f"{count}\n")
        tiny_curriculum.commit(proved.root, "docs: note")
        others.add(tuple(prove.sample(proved, numbers, 2)))
    assert len(others) > 1


def test_a_changed_gatekeeper_stales_nothing_but_asks_for_witnesses(
    proved: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = Context("ada", proved)
    assert prove.witnesses(ctx, [0, 1]) == []
    monkeypatch.setattr(proof, "gatekeeper", lambda: "another")
    assert stale(proved) == {}
    assert prove.witnesses(ctx, [0, 1]) == [0, 1]
    monkeypatch.setattr(prove, "WITNESSES", 1)
    (chosen,) = prove.witnesses(ctx, [0, 1])
    phase = ctx.curriculum.phase(chosen)
    for part in inputs.parts(proved, phase):
        now = inputs.inputs(ctx, phase, part)
        proof.remember(proved.root / phase.proof, part, 1.0, now)
    assert prove.witnesses(ctx, [0, 1]) == []


def test_the_gatekeepers_digest_is_of_its_core(tmp_path: Path) -> None:
    for name in ("runs/checks.py", "dev/site.py", "commands/dev.py"):
        write(tmp_path, name, '"""What it does."""\n\nX = 1\n')
    before = proof.digest_of_core(tmp_path)
    write(tmp_path, "dev/site.py", "X = 2\n")
    write(tmp_path, "commands/dev.py", "X = 2\n")
    write(tmp_path, "runs/checks.py", '"""What else it does."""\n\n# why\nX = 1\n')
    assert proof.digest_of_core(tmp_path) == before
    write(tmp_path, "runs/checks.py", "X = 2\n")
    assert proof.digest_of_core(tmp_path) != before


def test_two_writers_lose_nothing(proved: Repo) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = proved.root / "many.json"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: proof.remember(path, f"part{n}", 1.0, {}), range(20)))
    assert len(proof.read(path)) == 20
    proof.forget(path, "part3")
    assert "part3" not in proof.read(path)


def test_the_oracle_runs_where_it_does_not_hold(proved: Repo) -> None:
    root = proved.root
    write(root, "solutions/minitorch/tensor.py", "X = 1\n")
    write(root, "tests/torch_oracle/test_x.py", "from minitorch import tensor\n")
    write(root, "tools/groups/torch.txt", "torch==2.0\n")
    write(root, "tools/oracle.sh", 'echo "$1" >> ran.txt\n')
    write(root, "tools/no_skips.py", "")
    answer = run(root, "oracle")
    assert answer["why"] == ["nothing is remembered"]
    assert (root / "ran.txt").read_text().split() == ["--quiet", "bench", "bench"]
    assert run(root, "oracle")["why"] == []
    write(root, "tools/groups/torch.txt", "torch==2.1\n")
    assert run(root, "oracle")["why"] == ["tools/groups/torch.txt changed"]
    write(root, "solutions/minitorch/tensor.py", "X = 2\n")
    write(root, "tools/oracle.sh", "exit 1\n")
    assert "failed" in run(root, "oracle", code=1)["error"]
    assert run(root, "oracle", code=1)["error"]
