"""Faults: predicted first, shown in a copy, and never in the learner's tree."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import tiny_curriculum
from conftest import Cortex, clean_environment

from cortex.context import Context
from cortex.files.repo import Repo
from cortex.formats.phase import Break
from cortex.runs import breaks

PREDICTION = "the sum becomes a difference: -1"
LESSON = "test with two unequal numbers"
PHASE = "docs/phase-00-tiny/phase.yaml"


def tree(root: Path) -> dict[str, str]:
    """Every file of the checkout but caches, git's own and the learner's record, by digest."""
    own = {".git", ".cache", "learners"}
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not own & set(path.relative_to(root).parts)
    }


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Replaces a text that must be there."""
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), encoding="utf-8")


def record(tiny: Repo) -> dict[str, Any]:
    """What is recorded of the one fault."""
    text = (tiny.root / "learners/ada/phase-00/checkpoint.json").read_text()
    found: dict[str, Any] = json.loads(text)["breaks"]["wrong-sign"]
    return found


def test_the_fault_shows_in_a_copy_of_the_learners_code(tiny: Repo, cortex: Cortex) -> None:
    tiny_curriculum.solve(tiny.root)
    before = tree(tiny.root)
    answer = cortex("break", "00", "--predict", PREDICTION, "--json")
    assert answer.code == 0, answer
    seen = answer.json["observation"]
    assert seen["impl"] == "learner"
    assert seen["before"] == {"sum": 5}
    assert seen["observed"] == {"sum": -1}
    assert seen["matched"] is True
    assert seen["caught"] is True
    assert tree(tiny.root) == before


def test_before_the_lab_passes_the_reference_is_broken_instead(tiny: Repo, cortex: Cortex) -> None:
    answer = cortex("break", "00", "--predict", PREDICTION, "--json")
    assert answer.code == 0
    assert answer.json["observation"]["impl"] == "reference"
    assert answer.json["why"] == "your code doesn't pass lab 00.1 yet"


def test_code_written_in_another_way_is_left_alone(tiny: Repo, cortex: Cortex) -> None:
    edit(
        tiny.root,
        "src/labkit/tiny.py",
        'raise NotImplementedError("Lab 00.1 - add two numbers")',
        "return sum((a, b))",
    )
    answer = cortex("break", "00", "--predict", PREDICTION, "--json")
    assert answer.code == 0
    assert answer.json["observation"]["impl"] == "reference"
    assert answer.json["why"] == "your labkit/tiny.py has no `a + b`: it is written another way"


def test_a_fault_that_shows_otherwise_in_the_learners_code_is_shown_in_the_reference(
    tiny: Repo, cortex: Cortex
) -> None:
    edit(
        tiny.root,
        "src/labkit/tiny.py",
        'raise NotImplementedError("Lab 00.1 - add two numbers")',
        "spare = a + b\n    return b - (-a) if spare else 0",
    )
    answer = cortex("break", "00", "--predict", PREDICTION, "--json")
    assert answer.code == 0
    assert answer.json["observation"]["impl"] == "reference"
    assert answer.json["why"] == "your code is written so that this fault shows in another way"


def test_the_prediction_is_kept_before_anything_runs(tiny: Repo, cortex: Cortex) -> None:
    edit(tiny.root, "docs/phase-00-tiny/break/observe.py", "import json", "import json, nowhere")
    answer = cortex("break", "00", "--predict", PREDICTION)
    assert answer.code == 1
    assert "before the fault, `python docs/phase-00-tiny/break/observe.py` gave no" in answer.out
    assert "No module named 'nowhere'" in " ".join(answer.out.split())
    assert record(tiny)["prediction"] == PREDICTION
    assert record(tiny)["observed_at"] == ""


@pytest.mark.parametrize("said", ["no idea", "   x        ", "123456789"])
def test_a_prediction_that_says_too_little_is_refused(
    tiny: Repo, cortex: Cortex, said: str
) -> None:
    answer = cortex("break", "00", "--predict", said)
    assert answer.code == 2
    assert "say too little (at least 10)" in answer.err
    assert not (tiny.root / "learners/ada/phase-00/checkpoint.json").exists()


def test_without_terminal_and_prediction_the_page_is_shown_and_nothing_runs(
    tiny: Repo, cortex: Cortex
) -> None:
    answer = cortex("break", "00")
    assert answer.code == 1
    assert "The sum is a difference." in answer.out
    assert 'just break 00 wrong-sign --predict "..."' in answer.out
    assert not (tiny.root / "learners").joinpath("ada").exists()
    told = cortex("break", "00", "--json").json
    assert told["page"] == "docs/phase-00-tiny/break/00-wrong-sign.md"
    assert told["asks"] == "The fault. The sum is a difference."


def test_what_the_page_reveals_stays_hidden_until_the_prediction(
    tiny: Repo, cortex: Cortex
) -> None:
    page = tiny.root / "docs/phase-00-tiny/break/00-wrong-sign.md"
    page.write_text(
        "# Break: a minus\n\n> **ES** Un menos.\n\n**The fault.** A minus.\n\n"
        "**Before you run it**, write down:\n1. The sum?\n2. Which check?\n\n"
        "<!-- outcome -->\n\n**Lo que verás.** Minus one.\n\n**Repair.** Add.\n"
    )
    asks = cortex("break", "00", "--json").json["asks"]
    assert asks.split("\n\n") == [
        "The fault. A minus.",
        "Before you run it, write down:",
        "1. The sum?",
        "2. Which check?",
    ]


def test_the_first_prediction_stands_once_the_fault_was_seen(tiny: Repo, cortex: Cortex) -> None:
    cortex("break", "00", "--predict", PREDICTION)
    answer = cortex("break", "00", "--predict", "I knew it was minus one")
    assert answer.code == 0
    assert "Your first prediction stands" in answer.out
    assert record(tiny)["prediction"] == PREDICTION


def test_a_prediction_may_be_bettered_until_the_fault_was_seen(tiny: Repo, cortex: Cortex) -> None:
    observe = "docs/phase-00-tiny/break/observe.py"
    edit(tiny.root, observe, "import json", "import json, nowhere")
    cortex("break", "00", "--predict", "a first thought on it")
    edit(tiny.root, observe, "import json, nowhere", "import json")
    cortex("break", "00", "--predict", PREDICTION)
    assert record(tiny)["prediction"] == PREDICTION


def test_a_lesson_needs_an_observation(tiny: Repo, cortex: Cortex) -> None:
    answer = cortex("break", "00", "wrong-sign", "--lesson", LESSON)
    assert answer.code == 1
    assert "the fault hasn't been observed" in answer.err
    assert not (tiny.root / "learners/ada/phase-00/checkpoint.json").exists()


def test_prediction_and_lesson_end_the_break(tiny: Repo, cortex: Cortex) -> None:
    first = cortex("break", "00", "--predict", PREDICTION, "--json").json
    assert first["next"] == 'just break 00 wrong-sign --lesson "..."'
    answer = cortex("break", "00", "wrong-sign", "--lesson", LESSON, "--json")
    assert (answer.code, answer.json["lesson"]) == (0, LESSON)
    kept = record(tiny)
    assert kept["matched"] is True
    assert kept["predicted_at"] <= kept["observed_at"] <= kept["lesson_at"]


def test_a_symptom_that_does_not_show_is_said_with_both_numbers(tiny: Repo, cortex: Cortex) -> None:
    edit(tiny.root, PHASE, "expect: {sum: -1}", "expect: {sum: -2}")
    answer = cortex("break", "00", "--predict", PREDICTION)
    assert answer.code == 1
    assert "This isn't the symptom that the page names." in answer.out
    assert record(tiny)["matched"] is False


def test_a_check_that_misses_the_fault_is_said(tiny: Repo, cortex: Cortex) -> None:
    edit(tiny.root, PHASE, "::test_two_and_three_make_five", "::test_order_does_not_matter")
    edit(tiny.root, PHASE, 'with: "a - b"', 'with: "a + b - 6"')
    answer = cortex("break", "00", "--predict", PREDICTION, "--json")
    assert answer.json["observation"]["caught"] is False


def test_an_unknown_fault_names_those_that_there_are(cortex: Cortex) -> None:
    answer = cortex("break", "00", "overwrite")
    assert answer.code == 2
    assert "phase 00 has no break 'overwrite'" in answer.err
    assert "It has wrong-sign." in answer.err


def script_break(tiny: Repo, body: str) -> None:
    """Turns the replacement into a script."""
    edit(
        tiny.root,
        PHASE,
        'replace: {find: "a + b", with: "a - b"}',
        "apply: break/wrong_sign.py",
    )
    (tiny.root / "docs/phase-00-tiny/break/wrong_sign.py").write_text(
        f"import sys\nfrom pathlib import Path\npath = Path(sys.argv[1])\n{body}\n"
    )


def test_a_script_can_break_what_a_replacement_cannot(tiny: Repo, cortex: Cortex) -> None:
    script_break(tiny, "path.write_text(path.read_text().replace('a + b', 'a - b'))")
    before = tree(tiny.root)
    answer = cortex("break", "00", "--predict", PREDICTION, "--json")
    assert (answer.code, answer.json["matched"]) == (0, True)
    assert tree(tiny.root) == before


def test_a_script_that_changes_nothing_is_no_fault(tiny: Repo, cortex: Cortex) -> None:
    script_break(tiny, "print('nothing fits')")
    answer = cortex("break", "00", "--predict", PREDICTION)
    assert answer.code == 1
    told = " ".join(answer.out.split())
    assert "break/wrong_sign.py can't break the reference's labkit/tiny.py: nothing fits" in told


def test_an_endless_observation_is_ended(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    from cortex.runs import child

    edit(tiny.root, "docs/phase-00-tiny/break/observe.py", "import json", "while True: pass")
    monkeypatch.chdir(tiny.root)
    monkeypatch.setattr(breaks, "_LIMITS", child.Limits(seconds=0.5))
    ctx = Context("ada")
    phase = ctx.curriculum.phase(0)
    seen = breaks.run_break(ctx, phase, phase.breaks[0], "reference", ask_check=False)
    assert not seen.matched
    assert seen.problem.endswith("had to be ended: timeout")


@pytest.mark.slow
def test_a_break_that_is_killed_leaves_the_tree_as_it_was(tiny: Repo) -> None:
    tiny_curriculum.solve(tiny.root)
    edit(
        tiny.root,
        "docs/phase-00-tiny/break/observe.py",
        "import json",
        "import json, os, time; open(os.environ['TMPDIR'] + '/observing', 'w').close(); time.sleep(30)",
    )
    before = tree(tiny.root)
    scratch = tiny.root.parent / "scratch"
    scratch.mkdir()
    env = clean_environment() | {"TMPDIR": str(scratch)}
    words = [sys.executable, "-m", "cortex", "break", "00", "--predict", PREDICTION]
    process = subprocess.Popen(
        words, cwd=tiny.root, env=env, stdout=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 30
    while not list(scratch.glob("*/tmp/observing")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(scratch.glob("*/tmp/observing"))
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    while _using(scratch) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _using(scratch), "the observation outlived its parent"
    assert tree(tiny.root) == before
    assert record(tiny)["prediction"] == PREDICTION
    assert list(scratch.iterdir())
    subprocess.run([*words[:3], "check", "00.1"], cwd=tiny.root, env=env, capture_output=True)
    assert not list(scratch.iterdir()), "what a killed command left behind is removed by the next"


def _using(folder: Path) -> list[int]:
    """Processes that work below a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def test_a_link_in_the_learners_package_is_never_written_through(
    tiny: Repo, cortex: Cortex
) -> None:
    tiny_curriculum.solve(tiny.root)
    real = tiny.root / "src/labkit/_real.py"
    (tiny.root / "src/labkit/tiny.py").rename(real)
    (tiny.root / "src/labkit/tiny.py").symlink_to(real)
    before = tree(tiny.root)
    answer = cortex("break", "00", "--predict", PREDICTION, "--json")
    assert answer.json["matched"] is True
    assert tree(tiny.root) == before


@pytest.mark.slow
def test_no_copy_is_left_behind(tiny: Repo, cortex: Cortex) -> None:
    folder = tiny.root.parent / "tmp"
    folder.mkdir()
    cortex("break", "00", "--predict", PREDICTION, env={"TMPDIR": str(folder)})
    assert list(folder.glob("cortex-*")) == []


def test_on_a_terminal_prediction_and_lesson_are_asked_for(tiny: Repo) -> None:
    tiny_curriculum.solve(tiny.root)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cortex", "break", "00"],
        cwd=tiny.root,
        env=clean_environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = _until(ours, "What do you expect to see?")
    assert "The sum is a difference." in shown
    os.write(ours, b"dunno\n")
    _until(ours, "5 characters say too little (at least 10)")
    os.write(ours, b"no idea what happens\n")
    _until(ours, "'no idea what happens' says nothing that could be wrong")
    os.write(ours, f"{PREDICTION}\n".encode())
    shown = _until(ours, "What did it teach you?")
    assert "The symptom is the one that the page names." in shown
    os.write(ours, f"{LESSON}\n".encode())
    _until(ours, "just")
    assert process.wait(20) == 0
    os.close(ours)
    kept = record(tiny)
    assert (kept["prediction"], kept["lesson"]) == (PREDICTION, LESSON)


def _until(handle: int, text: str) -> str:
    """What the terminal shows up to `text`."""
    shown = ""
    deadline = time.monotonic() + 20
    while text not in shown and time.monotonic() < deadline:
        if select.select([handle], [], [], 0.1)[0]:
            try:
                shown += os.read(handle, 65536).decode(errors="replace")
            except OSError:
                break
    assert text in shown, shown
    return shown


def made(**fields: Any) -> Break:
    """A fault with these expectations."""
    whole: dict[str, Any] = {
        "id": "x",
        "title": "x",
        "page": "x",
        "file": "x",
        "observe": "x",
        "caught_by": "x",
        "replace": {"find": "a", "with": "b"},
    }
    return Break(**(whole | fields))


@pytest.mark.parametrize(
    ("expect", "got", "ok"),
    [
        ({"a.grad": -6.0}, {"a.grad": -6.0}, True),
        ({"a.grad": -6.0}, {"a": {"grad": -6}}, True),
        ({"a.grad": -6.0}, {"a.grad": -6.1}, False),
        ({"orders": "> 1"}, {"orders": 3}, True),
        ({"orders": "> 1"}, {"orders": 1}, False),
        ({"orders": "> 1"}, {}, False),
        ({"same": True}, {"same": 1}, False),
        ({"loss": "nan"}, {"loss": "nan"}, True),
    ],
)
def test_expected_values_are_numbers_words_truths_or_conditions(
    expect: dict[str, Any], got: dict[str, Any], ok: bool
) -> None:
    (row,) = breaks.compare(made(expect=expect), {}, got)
    assert row.ok is ok


def test_sound_code_must_show_what_it_should() -> None:
    item = made(expect={"x": 1}, before={"y": 2})
    rows = breaks.compare(item, {"x": 5, "y": 3}, {"x": 1, "y": 3})
    assert [(row.key, row.ok) for row in rows] == [("x", True), ("y", False)]
