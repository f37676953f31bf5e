"""What a learner types all day: status, open, phase, check, watch; on a terminal, in a pipe, on a bad day."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import tiny_curriculum
from conftest import ROOT, Cortex, clean_environment

from cortex.files.repo import Repo
from cortex.runs import sandbox
from cortex.terminal import card
from cortex.terminal.output import console, typed

SOURCE = "src/labkit/tiny.py"


def edit(repo: Repo, body: str) -> None:
    path = repo.root / SOURCE
    text = path.read_text().replace('raise NotImplementedError("Lab 00.1 - add two numbers")', body)
    temporary = path.with_suffix(".saved")
    temporary.write_text(text)
    temporary.replace(path)  # as editors save


def test_the_card_of_a_fresh_phase_says_where_to_begin(cortex: Cortex) -> None:
    answer = cortex("phase", "00")
    assert answer.code == 0
    assert "Phase 00  Adding" in answer.out
    assert "00.1  Add" in answer.out
    assert "0 of 1" in answer.out
    assert answer.out.endswith(
        "→ read docs/phase-00-tiny/theory/01-adding.md, then docs/phase-00-tiny/lab/01-add.md, "
        "then src/labkit/tiny.py:6, then: just check 00.1\n"
    )


def test_the_card_follows_the_work(cortex: Cortex, tiny: Repo) -> None:
    cortex("phase", "00")
    tiny_curriculum.solve(tiny.root)
    answer = cortex("phase", "00")
    assert "1 of 1" in answer.out
    assert answer.out.endswith("→ just run 00-tiny\n")
    edit_again = tiny.root / SOURCE
    edit_again.write_text(edit_again.read_text().replace("a + b", "b + a"))
    status = cortex("status", "--json").json
    lab = status["phases"][0]["lines"][0]
    assert (lab["mark"], lab["note"]) == ("stale", "changed since it passed")


def test_a_failed_check_teaches(cortex: Cortex, tiny: Repo) -> None:
    edit(tiny, "return a - b")
    answer = cortex("check", "00.1")
    assert answer.code == 1
    for part in (
        "✗ Lab 00.1  Add",
        "0 of 2 checks",
        "what      add(2, 3)",
        "expected  5",
        "got       -1",
        "idea      Count on from the first.",
        "reread    theory/01-adding.md",
        "mend it, then: just check 00.1 (or: just hint 00.1)",
    ):
        assert part in answer.out


def test_an_unwritten_lab_is_not_a_failure_and_shows_the_line(cortex: Cortex) -> None:
    answer = cortex("check", "00.1")
    assert answer.code == 1
    assert answer.out.splitlines()[0].startswith("· Lab 00.1  Add")
    assert "not started" in answer.out
    assert answer.out.endswith("lab/01-add.md, then src/labkit/tiny.py:6, then: just check 00.1\n")


def test_the_reference_is_checked_without_touching_the_record(cortex: Cortex, tiny: Repo) -> None:
    assert cortex("check", "00.1", "--impl", "reference").code == 0
    assert not (tiny.learners / "ada").exists()


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("check", "00.9"), 2, "cortex: there is no lab 00.9\nPhase 00 has 00.1.\n"),
        (("check", "00.1", "--impl", "mine"), 2, "cortex: there is no implementation 'mine'\n"),
        (("check",), 1, "cortex: no phase is open\nOpen one: `just phase00`.\n"),
        (
            ("open", "99"),
            2,
            "cortex: '99' isn't a phase\nPhases are 00 to 41: `just status` lists them.\n",
        ),
    ],
)
def test_wrong_words_get_an_answer_that_helps(
    cortex: Cortex, args: tuple[str, ...], code: int, says: str
) -> None:
    answer = cortex(*args)
    assert answer.code == code
    assert says in answer.err


@pytest.mark.parametrize("args", [("nonsense",), ("check", "--nonsense"), ("open",)])
def test_wrong_usage_leaves_with_2_and_no_traceback(cortex: Cortex, args: tuple[str, ...]) -> None:
    answer = cortex(*args)
    assert answer.code == 2
    assert "Traceback" not in answer.err
    assert answer.err


def test_outside_a_checkout_it_says_so(cortex: Cortex, tmp_path: Path) -> None:
    answer = cortex("status", cwd=tmp_path)
    assert answer.code == 2
    assert "isn't inside a Lynx Cortex checkout (no data/planned.yaml here or above)" in answer.err


@pytest.mark.parametrize(
    "command", [("status",), ("phase", "00"), ("check", "00.1"), ("open", "00")]
)
def test_every_answer_is_also_one_json_object(cortex: Cortex, command: tuple[str, ...]) -> None:
    answer = cortex(*command, "--json")
    assert {"ok", "exit", "next"} <= answer.json.keys()
    assert answer.json["exit"] == answer.code


@pytest.mark.parametrize(
    "env",
    [{}, {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"COLUMNS": "40"}, {"PYTHONIOENCODING": "ascii"}],
)
def test_piped_output_is_plain_and_fits_80_columns(
    cortex: Cortex, tiny: Repo, env: dict[str, str]
) -> None:
    edit(tiny, "return a - b")
    for command in (("phase", "00"), ("check", "00.1"), ("status",), ("status", "--all")):
        answer = cortex(*command, env=env)
        assert "\x1b" not in answer.out
        assert all(
            len(line) <= 80 or line.startswith(("→", "->")) for line in answer.out.splitlines()
        ), answer.out
        if "PYTHONIOENCODING" in env or env.get("TERM") == "dumb":
            assert answer.out.isascii()


def on_a_terminal(repo: Repo, *args: str, env: dict[str, str] | None = None) -> str:
    """The command's output on a pseudo-terminal of 80 by 24."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cortex", *args],
        cwd=repo.root,
        env=clean_environment() | {"COLUMNS": "80", "TERM": "xterm-256color"} | (env or {}),
        stdin=child,
        stdout=child,
        stderr=child,
    )
    os.close(child)
    output = b""
    try:
        while True:
            try:
                block = os.read(parent, 65536)
            except OSError:
                break
            if not block:
                break
            output += block
    finally:
        os.close(parent)
        process.wait(30)
    return output.decode()


def test_a_terminal_gets_color_unless_it_asks_for_none(tiny: Repo) -> None:
    edit(tiny, "return a - b")
    assert "\x1b[" in on_a_terminal(tiny, "check", "00.1")
    assert "\x1b[3" not in on_a_terminal(tiny, "check", "00.1", env={"NO_COLOR": "1"})


def test_a_closed_standard_output_is_no_crash(tiny: Repo) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m cortex status >&-'],
        cwd=tiny.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_crash(tiny: Repo) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m cortex status --all | head -n 1'],
        cwd=tiny.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Lynx Cortex")
    assert done.stderr == ""


@pytest.mark.parametrize(
    "state", ["no git", "detached HEAD", "dirty tree", "spaces and unicode in the path"]
)
def test_work_goes_on_in_any_checkout(
    cortex: Cortex, tiny: Repo, tmp_path: Path, state: str
) -> None:
    root = tiny.root
    if state == "no git":
        shutil.rmtree(root / ".git")
    elif state == "detached HEAD":
        subprocess.run(["git", "checkout", "-q", "--detach"], cwd=root, check=True)
    elif state == "dirty tree":
        (root / "notes.txt").write_text("mine")
    else:
        root = tmp_path / "mi carpeta ñ"
        shutil.move(tiny.root, root)
    for command in (("phase", "00"), ("check", "00.1"), ("status",)):
        assert cortex(*command, cwd=root).code in (0, 1), command
    log = json.loads((root / "learners/ada/log/phase-00.json").read_text())
    assert log["labs"]["00.1"]["verdict"] == "not-started"


def test_a_folder_that_cannot_be_written_is_named(cortex: Cortex, tiny: Repo) -> None:
    tiny.learners.joinpath("ada").write_text("a file where a folder should be")
    answer = cortex("open", "00")
    assert answer.code == 2
    assert "can't be written" in answer.err
    assert "Traceback" not in answer.err


def test_two_commands_at_once_lose_nothing(tiny: Repo, cortex: Cortex) -> None:
    cortex("open", "00")
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "cortex", "check", "00.1"],
            cwd=tiny.root,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(3)
    ]
    assert [process.wait(60) for process in both] == [1, 1, 1]
    log = json.loads((tiny.learners / "ada/log/phase-00.json").read_text())
    assert log["labs"]["00.1"]["runs"] == 3


def read_json_line(process: subprocess.Popen[str], seconds: float) -> dict[str, object]:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    assert ready, f"no verdict within {seconds} s"
    data: dict[str, object] = json.loads(process.stdout.readline())
    return data


def test_watch_gives_a_verdict_on_every_save_and_ends_on_ctrl_c(tiny: Repo) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cortex", "watch", "00.1", "--json"],
        cwd=tiny.root,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert read_json_line(process, 60)["state"] == "not-started"
        edit(tiny, "return a - b")
        assert read_json_line(process, 60)["state"] == "fail"
        text = (tiny.root / SOURCE).read_text()
        (tiny.root / SOURCE).write_text(text.replace("a - b", "a + b"))
        assert read_json_line(process, 60)["state"] == "pass"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_progress_is_written_for_people(cortex: Cortex, tiny: Repo) -> None:
    cortex("phase", "00")
    text = (tiny.learners / "ada/log/progress.md").read_text()
    assert "| 00 Adding | in-flight | 0 of 1 | 0 of 1 | not taken |" in text


def test_no_command_loads_what_it_does_not_need(tiny: Repo) -> None:
    """Start-up time is a matter of imports: status must not load pydantic, numpy, pytest or matplotlib."""
    script = (
        "import sys\nfrom cortex.__main__ import main\nsys.argv = ['cortex', 'status']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pydantic', 'numpy', 'pytest', 'matplotlib', 'fsrs', 'watchfiles', 'asyncio'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))\n"
    )
    for _ in range(2):  # the first run fills the memory of parsed files
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tiny.root,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_the_real_curriculum_loads(cortex: Cortex) -> None:
    answer = cortex("status", "--json", cwd=ROOT, env={"CORTEX_LEARNER": "nobody-yet"})
    assert answer.code == 0
    assert not (ROOT / "learners/nobody-yet").exists()


def test_commands_are_shown_as_this_person_can_type_them(cortex: Cortex) -> None:
    """The wrapper says ./just where there is no just on PATH."""
    env = {"CORTEX_JUST": "./just"}
    assert cortex("phase", "00", env=env).out.endswith(", then: ./just check 00.1\n")
    assert cortex("phase", "09", env=env).err.endswith("Adding: `./just phase00`.\n")
    assert "→ ./just run 00-tiny" in cortex("gate", "00", env=env).out
    assert cortex("status", "--json", env=env).json["next"] == "just phase00"


@pytest.mark.parametrize(
    ("version", "command"), [("1.40.0", "just"), ("1.39.0", "./just"), ("", "./just")]
)
def test_started_without_just_it_finds_out_what_can_be_typed(
    cortex: Cortex, tmp_path: Path, version: str, command: str
) -> None:
    """The first `just` on PATH is what a typed `just` runs, and one that is too old won't do."""
    just = tmp_path / "bin/just"
    just.parent.mkdir()
    just.write_text(f"#!/bin/sh\necho just {version}\n" if version else "#!/bin/sh\nexit 127\n")
    just.chmod(0o755)
    env = {"CORTEX_JUST": "", "PATH": f"{just.parent}{os.pathsep}{os.environ['PATH']}"}
    assert cortex("phase", "00", env=env).out.endswith(f", then: {command} check 00.1\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Bring your clone up to date: `cortex update`.",
            "Bring your clone up to date: `./just update`.",
        ),
        ("cortex dev site", "./just dev site"),
        ("it wasn't started by `cortex run`", "it wasn't started by `./just run`"),
        ("cortex open 07, then cortex phase 08", "./just phase07, then ./just phase08"),
        (
            "cortex manifest new x; cortex manifest diff A B",
            "./just manifest x; .venv/bin/cortex manifest diff A B",
        ),
        (
            ".venv/bin/cortex check 07, ./just check 07",
            ".venv/bin/cortex check 07, ./just check 07",
        ),
        ("this cortex knows 1", "this cortex knows 1"),
        ("just docs-serve, not just checks", "./just docs-serve, not just checks"),
    ],
)
def test_messages_name_no_command_that_is_on_no_path(
    monkeypatch: pytest.MonkeyPatch, text: str, shown: str
) -> None:
    monkeypatch.setenv("CORTEX_JUST", "./just")
    assert typed(text) == shown
    assert typed(shown) == shown


def test_every_recipe_is_shown_as_this_person_can_type_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORTEX_JUST", "./just")
    text = (ROOT / "Justfile").read_text(encoding="utf-8")
    names = set(re.findall(r"^([a-z][a-z-]*)(?: [^:=\n]*)?:(?!=)", text, re.MULTILINE)) - {
        "default"
    }
    assert {"exp", "types", "test-all", "check", "run"} <= names | {"exp"}
    for name in {*names, "exp", "phase00"}:
        assert typed(f"type `just {name} x`") == f"type `./just {name} x`"


@pytest.mark.parametrize("just", ["just", "./just"])
def test_a_cards_row_ends_where_the_others_do_whatever_is_typed_for_just(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], just: str
) -> None:
    monkeypatch.setenv("CORTEX_JUST", just)
    monkeypatch.setenv("COLUMNS", "80")
    for title in (
        "Short",
        "I ran `just lint` and `just types`, read what they say, " + "and " * 20,
    ):
        card._row(console(), "Claims", "todo", title, "in your own words")
    first, second = capsys.readouterr().out.splitlines()
    assert len(first) == len(second)


def test_every_part_of_a_message_is_spelled_so(cortex: Cortex) -> None:
    answer = cortex("status", env={"CORTEX_JUST": "./just"})
    assert "more are planned: ./just status --all" in answer.out


def test_a_childs_python_is_not_told_what_the_shell_tells_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME"):
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("SECRET", "of mine")
    told = sandbox.environment(Path("/scratch/home"), {"CORTEX_IMPL": "learner"})
    assert not {"PYTHONPATH", "PYTHONHOME", "SECRET"} & told.keys()
    assert told["CORTEX_IMPL"] == "learner"
