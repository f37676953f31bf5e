"""The process that runs of checks are forked from: one child at a time, none left behind, and no run that needs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tiny_curriculum
from conftest import clean_environment

from cortex.context import Context
from cortex.files.repo import HOUSE, Repo
from cortex.runs import checks, child, forkserver

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")


@pytest.fixture(autouse=True)
def _no_server_before_and_after() -> Iterator[None]:
    forkserver.close()
    yield
    forkserver.close()


def servers() -> list[forkserver.Server]:
    return [one for known in forkserver._servers.values() for one in known]


def check(repo: Repo) -> checks.Verdict:
    ctx = Context("ada", repo)
    return checks.check_lab(ctx, ctx.curriculum.phase(0).labs[0])


def test_one_server_serves_all_runs_and_each_has_a_fresh_child(tiny: Repo) -> None:
    tiny_curriculum.solve(tiny.root)
    path = tiny.src / "labkit/tiny.py"
    told = "import os, sys\nprint(os.getpid(), 'mark' in sys.modules)\nsys.modules['mark'] = sys\n"
    path.write_text(told + path.read_text())
    first, second = check(tiny), check(tiny)
    assert (first.state, second.state) == ("pass", "pass")
    (one,) = servers()
    assert one.pid not in (os.getpid(), None)
    assert not one.busy
    assert first.output.endswith("False") and second.output.endswith("False")


def test_two_at_once_have_two_servers(tiny: Repo) -> None:
    path = tiny.src / "labkit/tiny.py"
    go = path.with_name("go.py")
    wait = f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.05)\n"
    path.write_text(wait + path.read_text())
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(check, tiny) for _ in range(2)]
        until = time.monotonic() + 20
        while len(servers()) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        found = len(servers())
        go.write_text("")
        states = [run.result().state for run in running]
    assert states == ["not-started", "not-started"]
    assert found == 2


def test_a_server_that_was_killed_costs_nothing_but_time(tiny: Repo) -> None:
    tiny_curriculum.solve(tiny.root)
    assert check(tiny).state == "pass"
    os.kill(servers()[0].pid, signal.SIGKILL)
    assert check(tiny).state == "pass"  # started anew, without a server
    assert check(tiny).state == "pass"
    assert len(servers()) == 1


def test_a_server_killed_during_a_run_ends_the_run_and_says_so(tiny: Repo) -> None:
    path = tiny.src / "labkit/tiny.py"
    path.write_text("import time\ntime.sleep(60)\n" + path.read_text())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(check, tiny)
        while not servers() or len(child._tree(servers()[0].pid)) < 3:
            time.sleep(0.05)
        os.kill(servers()[0].pid, signal.SIGKILL)
        verdict = running.result(20)
    assert verdict.state == "crash"


def test_where_none_can_be_had_a_run_begins_at_nothing(
    tiny: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_curriculum.solve(tiny.root)
    monkeypatch.setattr(forkserver, "server", lambda *_: None)
    assert check(tiny).state == "pass"
    assert servers() == []


def test_a_child_gets_its_own_environment_and_nothing_of_the_servers(tiny: Repo) -> None:
    path = tiny.src / "labkit/tiny.py"
    path.write_text(
        "import os\nprint(sorted(os.environ))\n"
        "print([name for name in os.listdir('/proc/self/fd') if int(name) > 2])\n"
        + path.read_text()
    )
    served = check(tiny).output
    forkserver.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forkserver, "server", lambda *_: None)
        fresh = check(tiny).output
    assert served.splitlines()[0] == fresh.splitlines()[0]


def test_a_command_leaves_no_server_behind(tiny: Repo) -> None:
    tiny_curriculum.solve(tiny.root)
    subprocess.run(
        [sys.executable, "-m", "cortex", "check", "00.1"],
        cwd=tiny.root,
        env=clean_environment(),
        check=True,
        capture_output=True,
    )
    launch = str(HOUSE / "cortex/runs/inside/launch.py").encode()
    here = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if launch in words and b"serve" in words and parent == "1":
                here.append(entry.name)
    assert here == []


def test_a_killed_command_takes_its_server_and_the_servers_child_along(tiny: Repo) -> None:
    path = tiny.src / "labkit/tiny.py"
    path.write_text("import time\ntime.sleep(600)\n" + path.read_text())
    process = subprocess.Popen(
        [sys.executable, "-m", "cortex", "check", "00.1"], cwd=tiny.root, env=clean_environment()
    )
    below: set[int] = set()
    while len(below) < 4:  # itself, its server, the child behind its walls
        time.sleep(0.05)
        below = child._tree(process.pid)
    process.kill()
    process.wait()
    for _ in range(200):
        alive = [pid for pid in below if Path(f"/proc/{pid}/environ").exists() and _runs(pid)]
        if not alive:
            break
        time.sleep(0.05)
    assert alive == []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
