"""Learner code is hostile by accident: whatever it does, the check ends with a verdict that says what happened."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import tiny_curriculum
from conftest import ROOT, Cortex, clean_environment

from cortex.context import Context
from cortex.errors import CortexError
from cortex.files.repo import Repo
from cortex.formats.phase import Lab
from cortex.record import log
from cortex.runs import checks, sources

HEAD = '"""Adding."""\n\n\ndef add(a: int, b: int) -> int:\n'
FIRST = "in the check 'two and three make five'"


def context(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.chdir(repo.root)
    return Context("ada")


def write(repo: Repo, body: str, after: str = "") -> None:
    text = HEAD + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n" + after
    (repo.root / "src/labkit/tiny.py").write_text(text, encoding="utf-8")


def judge(repo: Repo, monkeypatch: pytest.MonkeyPatch, timeout: int = 10) -> checks.Verdict:
    ctx = context(repo, monkeypatch)
    lab = dataclasses.replace(ctx.curriculum.lab("00.1")[1], timeout=timeout, memory_mb=600)
    return checks.check_lab(ctx, lab)


HOSTILE = [
    ("right", "return a + b", "pass", ""),
    (
        "wrong",
        "return a - b",
        "fail",
        "two and three make five: CheckFailed: add(2, 3)",
    ),
    (
        "untouched",
        'raise NotImplementedError("Lab 00.1 - add two numbers")',
        "not-started",
        "Lab 00.1 - add two numbers",
    ),
    (
        "syntax error",
        "return a +",
        "crash",
        "src/labkit/tiny.py:5: the import fails: SyntaxError: invalid syntax",
    ),
    ("exit", "import sys; sys.exit(3)", "crash", f"something called exit(3) {FIRST}."),
    (
        "hard exit",
        "import os; os._exit(0)",
        "crash",
        f"the process left with code 0 {FIRST}: something called exit.",
    ),
    (
        "deep recursion",
        "return add(a, b)",
        "fail",
        "two and three make five: RecursionError: maximum recursion depth exceeded",
    ),
    (
        "a gigabyte",
        "return len(bytearray(1 << 30)) and a + b",
        "crash",
        f"more than 600 MB of memory was asked for {FIRST}.",
    ),
    (
        "a segmentation fault",
        "import ctypes; ctypes.string_at(0)",
        "crash",
        f"the interpreter itself crashed {FIRST} (segmentation fault): too deep a recursion is the usual cause.",
    ),
    (
        "a signal",
        "import os; os.kill(os.getpid(), 15)",
        "crash",
        f"the process was ended by signal 15 {FIRST}.",
    ),
    (
        "Ctrl-C in code",
        "raise KeyboardInterrupt",
        "crash",
        f"KeyboardInterrupt was raised, or pytest.exit called, {FIRST}.",
    ),
    ("closed stdout", "import sys; sys.stdout.close(); return a + b", "pass", ""),
    (
        "closed descriptors",
        "import os; [os.close(n) for n in (0, 1, 2) if os.path.exists(f'/proc/self/fd/{n}')]; return a + b",
        "pass",
        "",
    ),
    ("another folder", "import os; os.chdir('/'); return a + b", "pass", ""),
    (
        "endless output",
        "while True: print('x' * 1000)",
        "crash",
        f"more than 1 MB was printed {FIRST}: remove the print from the loop.",
    ),
    (
        "a hundred megabytes of output",
        "import sys; sys.stderr.write('x' * 100_000_000); return a + b",
        "crash",
        f"more than 1 MB was printed {FIRST}: remove the print from the loop.",
    ),
    (
        "a thread that stays",
        "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); return a + b",
        "pass",
        "3 s after its last check it still ran, a thread of it perhaps (ended now).",
    ),
]


@pytest.mark.parametrize(
    ("body", "state", "message"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_a_verdict_says_what_the_code_did(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, body: str, state: str, message: str
) -> None:
    write(tiny, body)
    verdict = judge(tiny, monkeypatch)
    assert (verdict.state, verdict.message) == (state, message)


def test_an_endless_loop_ends_at_the_labs_time_limit(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tiny, "while True: pass")
    verdict = judge(tiny, monkeypatch, timeout=1)
    assert verdict.state == "timeout"
    # A busy machine may not have got past the import within that second.
    places = (FIRST, "while your code was imported")
    told = "no end after 1 s {}: an endless loop, or work that grows too fast."
    assert verdict.message in [told.format(place) for place in places]


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (
            "import nothere\n",
            "src/labkit/tiny.py:6: the import fails: ModuleNotFoundError: No module named 'nothere'",
        ),
        ("import sys; sys.exit(4)\n", "something called exit while your code was imported."),
        ("raise ValueError('no')\n", "src/labkit/tiny.py:6: the import fails: ValueError: no"),
        (
            "import os; os._exit(5)\n",
            "the process left with code 5 while your code was imported: something called exit.",
        ),
    ],
    ids=["import error", "exit", "exception", "hard exit"],
)
def test_what_happens_on_import_is_told_apart(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, after: str, message: str
) -> None:
    write(tiny, "return a + b", after)
    verdict = judge(tiny, monkeypatch)
    assert (verdict.state, verdict.message) == ("crash", message)


def test_a_source_that_is_not_utf8_is_named_with_its_byte(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny.root / "src/labkit/tiny.py").write_bytes(HEAD.encode() + b'    return "\xe9"\n')
    verdict = judge(tiny, monkeypatch)
    assert verdict.state == "crash"
    assert verdict.message.startswith("src/labkit/tiny.py:")
    assert "utf-8" in verdict.message


def test_a_process_left_running_is_ended_even_in_a_session_of_its_own(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"86{os.getpid()}"
    write(
        tiny,
        f"import subprocess; subprocess.Popen(['sleep', '{marker}'], start_new_session=True)\nreturn a + b",
    )
    verdict = judge(tiny, monkeypatch)
    assert verdict.state == "pass"
    assert verdict.message == "It left 3 processes running (ended now)."
    time.sleep(0.1)
    assert (
        subprocess.run(
            ["pgrep", "-f", f"sleep {marker}"], capture_output=True, check=False
        ).returncode
        == 1
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the threads of a user")
def test_a_lab_says_how_many_processes_and_threads_it_may_have(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tiny,
        """
        import threading
        threading.stack_size(262144)
        wait = threading.Event()
        started = [threading.Thread(target=wait.wait) for _ in range(80)]
        try:
            for thread in started:
                thread.start()
        finally:
            wait.set()
        return a + b
        """,
    )
    ctx = context(tiny, monkeypatch)
    lab = ctx.curriculum.lab("00.1")[1]
    assert checks.check_lab(ctx, lab).state == "pass"
    few = checks.check_lab(ctx, dataclasses.replace(lab, processes=64))
    assert (few.state, "can't start new thread" in few.message) == ("fail", True)


def test_a_deleted_file_is_named_with_the_way_back(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny.root / "src/labkit/tiny.py").unlink()
    verdict = judge(tiny, monkeypatch)
    assert verdict.message == (
        "src/labkit/tiny.py isn't there: it was deleted or renamed. Get it back: git checkout -- src/labkit/tiny.py"
    )


def test_a_deleted_check_file_is_an_error(tiny: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (tiny.root / "tests/labs/phase_00/test_lab_01.py").unlink()
    with pytest.raises(
        CortexError, match=r"test_lab_01.py: the check file isn't there\ngit checkout -- tests/labs"
    ):
        judge(tiny, monkeypatch)


def test_a_link_out_of_the_checkout_is_refused(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    outside = tmp_path / "tiny.py"
    outside.write_text(HEAD + "    return a + b\n")
    target = tiny.root / "src/labkit/tiny.py"
    target.unlink()
    target.symlink_to(outside)
    with pytest.raises(
        CortexError, match=r"src/labkit/tiny.py: leads out of the checkout \(a symbolic link\?\)"
    ):
        judge(tiny, monkeypatch)


def test_a_check_writes_nothing_into_the_checkout(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tiny, "return a + b")
    before = {
        path
        for path in tiny.root.rglob("*")
        if ".git" not in path.parts and ".cache" not in path.parts
    }
    assert judge(tiny, monkeypatch).state == "pass"
    after = {
        path
        for path in tiny.root.rglob("*")
        if ".git" not in path.parts and ".cache" not in path.parts
    }
    assert after == before, "a check wrote into the checkout"


def test_the_reference_passes_and_the_skeleton_has_not_started(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tiny, monkeypatch)
    lab: Lab = ctx.curriculum.lab("00.1")[1]
    assert checks.check_lab(ctx, lab, impl="reference").state == "pass"
    assert checks.check_lab(ctx, lab).state == "not-started"


def test_a_pass_becomes_stale_when_source_or_check_changes(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tiny, monkeypatch)
    phase, lab = ctx.curriculum.lab("00.1")
    tiny_curriculum.solve(tiny.root)
    entry = checks.record(ctx, phase, lab, checks.check_lab(ctx, lab))
    assert not sources.stale(ctx.repo, lab, entry)
    for name, old, new in (
        ("src/labkit/tiny.py", "a + b", "b + a"),
        (lab.checks, "def test_", "# more\ndef test_"),
    ):
        path = tiny.root / name
        text = path.read_text()
        path.write_text(text.replace(old, new))
        assert path.read_text() != text
        assert sources.stale(ctx.repo, lab, entry), name
        path.write_text(text)
        assert not sources.stale(ctx.repo, lab, entry)


def test_a_lab_stands_on_those_that_its_phase_lists_before_it_whatever_their_numbers(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = "\n\ndef {0}() -> int:\n    # lab 00.{1}\n    return {1}\n    # end lab\n"
    both = "".join(extra.format(name, number) for name, number in (("early", 3), ("late", 2)))
    for folder in ("src", "solutions"):
        path = tiny.root / folder / "labkit/tiny.py"
        path.write_text(path.read_text() + both)
    listed = tiny.root / "docs/phase-00-tiny/phase.yaml"
    text = listed.read_text()
    start, end = text.index('  - id: "00.1"'), text.index("breaks:")
    more = "".join(text[start:end].replace("00.1", other) for other in ("00.3", "00.2"))
    listed.write_text(text[:end] + more + text[end:])
    ctx = context(tiny, monkeypatch)
    source = tiny.root / "src/labkit/tiny.py"
    written = source.read_text()

    def stales(old: str) -> set[str]:
        """The labs for which an edit of the learner's file counts."""
        labs = ctx.curriculum.phase(0).labs
        before = {lab.id: sources.module_digests(tiny, lab) for lab in labs}
        source.write_text(written.replace(old, f"{old} + 0"))
        after = {lab.id: sources.module_digests(tiny, lab) for lab in labs}
        source.write_text(written)
        return {name for name in before if before[name] != after[name]}

    assert stales("return 3") == {"00.3", "00.2"}
    assert stales("return 2") == {"00.2"}


def test_an_attempt_counts_from_the_first_run_that_got_somewhere(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context(tiny, monkeypatch)
    phase, lab = ctx.curriculum.lab("00.1")
    checks.record(ctx, phase, lab, checks.check_lab(ctx, lab))
    assert log.read(ctx.learner, 0).labs["00.1"].attempted_at == ""
    write(tiny, "return a - b")
    entry = checks.record(ctx, phase, lab, checks.check_lab(ctx, lab))
    assert (entry.verdict, entry.passed_at) == ("", "")
    run = log.read(ctx.learner, 0).labs["00.1"]
    assert run.attempted_at and (run.runs, run.verdict) == (2, "fail")
    write(tiny, "return a + b")
    entry = checks.record(ctx, phase, lab, checks.check_lab(ctx, lab))
    assert (entry.verdict, entry.runs, entry.attempted_at) == ("pass", 3, run.attempted_at)


@pytest.mark.slow
def test_the_first_lab_can_be_passed_in_a_path_with_a_space(tmp_path: Path) -> None:
    """What a clone in `my code/` has: an interpreter whose path holds a space, handed to recipes and scripts."""
    home = tmp_path / "my code"
    home.mkdir()
    (home / ".venv").symlink_to(sys.prefix)
    done = subprocess.run(
        [str(home / ".venv/bin/python"), "-m", "cortex", "check", "00.1", "--impl", "reference"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "10 of 10 checks" in done.stdout) == (0, True), done.stdout


TODO = '    raise NotImplementedError("Lab 00.1 - add two numbers")\n'


def test_code_that_passes_gets_advice_that_nothing_waits_for(tiny: Repo, cortex: Cortex) -> None:
    path = tiny.src / "labkit/tiny.py"
    lines = [f"    unused_{n} = lambda: {n}\n" for n in range(5)]
    path.write_text(path.read_text().replace(TODO, "".join(lines) + "    return a + b\n"))
    said = cortex("check", "00.1")
    assert said.code == 0, said.out
    assert "advice, which nothing waits for" in said.out
    told = cortex("check", "00.1", "--json").json["labs"][0]["advice"]
    assert len(told) == 4
    assert told[0].startswith("src/labkit/tiny.py:")
    assert told[-1] == "and 2 more: just lint"


def test_code_that_fails_gets_no_advice_and_neither_does_a_broken_linter(
    tiny: Repo, cortex: Cortex
) -> None:
    path = tiny.src / "labkit/tiny.py"
    text = path.read_text()
    path.write_text(text.replace(TODO, "    unused = 1\n    return a - b\n"))
    assert cortex("check", "00.1", "--json").json["labs"][0]["advice"] == []
    path.write_text(text.replace(TODO, "    unused = 1\n    return a + b\n"))
    (tiny.root / "pyproject.toml").write_text("[tool.ruff]\nline-length = 'long'\n")
    said = cortex("check", "00.1", "--json")
    assert (said.code, said.json["labs"][0]["advice"]) == (0, [])
